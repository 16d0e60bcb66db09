package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z206", Name: "parent-traced", Severity: Warning,
	Rank: TracedRank, Nudge: useless("a debugger holds the parent: that gets the signal first"), Parent: haltedAs(observe.HeldByTracer),
	Title: "A debugger holds the parent (t)",
	Means: "The parent is stopped by its tracer (gdb, strace, a profiler), in both looks. It does nothing until that lets it go on, reaping included.",
	Confirm: `    ps -o pid,stat,comm -p PARENT             # t
    grep TracerPid /proc/PARENT/status        # who holds it`,
	Fix: "Continue or detach in the debugger, or end it. Then look again.",
})
