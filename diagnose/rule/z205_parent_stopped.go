package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z205", Name: "parent-stopped", Severity: Warning,
	Rank: StoppedRank, Nudge: useless("the parent is stopped: it does nothing until SIGCONT (--signal CONT)"), Parent: haltedAs(observe.Stopped),
	Title: "The parent is stopped (T)",
})
