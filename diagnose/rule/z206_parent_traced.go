package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z206", Name: "parent-traced", Severity: Warning,
	Rank: TracedRank, Nudge: useless("a debugger holds the parent: that gets the signal first"), Parent: haltedAs(observe.HeldByTracer),
	Title: "A debugger holds the parent (t)",
})
