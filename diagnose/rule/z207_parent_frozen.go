package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z207", Name: "parent-frozen", Severity: Warning,
	Rank: FrozenRank, Nudge: useless("the parent is frozen: thaw it"), Parent: haltedAs(observe.Frozen),
	Title: "The parent's cgroup is frozen",
})
