package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z208", Name: "parent-uninterruptible", Severity: Warning,
	Rank: SleepsRank, Nudge: useless("the parent is in uninterruptible sleep: signals wait"), Parent: haltedAs(observe.Uninterruptible),
	Title: "The parent is in uninterruptible sleep (D)",
})
