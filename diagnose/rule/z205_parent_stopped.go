package rule

import "github.com/zombiectl/zombiectl/diagnose/observe"

var _ = register(Rule{
	ID: "Z205", Name: "parent-stopped", Severity: Warning,
	Rank: StoppedRank, Nudge: useless("the parent is stopped: it does nothing until SIGCONT (--signal CONT)"), Parent: haltedAs(observe.Stopped),
	Title:   "The parent is stopped (T)",
	Means:   "The parent was stopped by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU. It does nothing at all until it gets SIGCONT, reaping included. Nothing can be said about the program: it may reap well.",
	Confirm: "    ps -o pid,stat,comm -p PARENT             # T",
	Fix:     "    kill -CONT PARENT\n\nOr \"zombiectl reap --parent PARENT --signal CONT\", which asks and looks again (without a terminal: --yes). If it is stopped at once by SIGTTIN or SIGTTOU, it reads from, or writes to, a terminal that is not its own.",
})
