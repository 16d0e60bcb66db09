package phrase

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

var bases = [...]string{
	observe.NotSeen:            "the facts that were read do not show it",
	observe.HasEnded:           "it has exited",
	observe.Lingers:            "it has exited, and waits for the rest of its namespace",
	observe.SeenLate:           "it was seen reaping, but late",
	observe.SeenBehind:         "it was seen reaping, but cannot keep up",
	observe.SeenReapingOrphans: "it was seen reaping orphans",
	observe.IgnoresSIGCHLD:     "it ignores SIGCHLD, so the kernel reaps for it",
	observe.WaitsForAny:        "a thread waits for any child",
	observe.HearsNothing:       "no thread waits, and it would not notice SIGCHLD",
	observe.NeverWaited:        "it has never waited for a child, and has no visible means to",
	observe.OrphansUnknown:     "it has waited, but whether for orphans is unknown",
	observe.ShellTrap:          "it is a shell with a trap, and its script decides whether SIGTERM is passed on",
	observe.RuntimeHandler:     "its handler is the runtime's own, which may not end a PID 1",
	observe.GoHandler:          "the Go runtime handles it, and ends the program",
	observe.HasHandler:         "it has a handler",
	observe.ReadsSignalfd:      "it reads it from a signalfd",
	observe.NoHandler:          "it has no handler, so the kernel drops it, and a stop takes the whole grace period",
	observe.MayWaitForIt:       "it may wait for it, which the kernel does not show",
}

// Reaps returns the grounds of the answer whether a process reaps the orphans
// that it adopts.
func Reaps(b observe.Basis) string {
	switch b.Kind {
	case observe.KeepsZombies:
		return "it has left " + Zombies(b.Count)
	case observe.KeepsOrphans:
		return "it has not reaped " + english.Count(b.Count, "orphan", "orphans")
	case observe.KnownProgram:
		return byName(b.Program)
	}
	return bases[b.Kind]
}

func byName(p *observe.Program) string {
	if p.Note == "" {
		return "it is " + Known(p)
	}
	return "it is " + Known(p) + ", which " + p.Note
}

// Known says what a program is known as: "a shell", "postgres".
func Known(p *observe.Program) string {
	if p.Kind == observe.Shell {
		return "a shell"
	}
	return p.Title()
}

// Sigterm says what the answer rests on whether SIGTERM gets through a PID 1.
func Sigterm(b observe.Basis) string {
	switch b.Kind {
	case observe.KnownProgram:
		return "it is " + b.Program.Name
	case observe.PassesNothing:
		return fmt.Sprintf("it is %s, and a %s passes no signal on", Known(b.Program), b.Program.Kind)
	}
	return bases[b.Kind]
}

// Program names what a PID 1 is known as; "": nothing is known of it.
func Program(v *observe.PID1) string {
	switch {
	case v.Known != nil:
		return Known(v.Known)
	case v.IsGo:
		return "a Go program"
	}
	return ""
}

// Hears says what the answer rests on whether a process would notice SIGCHLD.
func Hears(b observe.HearingBasis) string {
	return [...]string{
		observe.NotKnown:      "it is unknown whether it would notice SIGCHLD",
		observe.ByHandler:     "it has a handler for SIGCHLD",
		observe.BySignalfd:    "it reads SIGCHLD from a signalfd",
		observe.BySigwait:     "a thread waits for signals",
		observe.IsIgnored:     "it ignores SIGCHLD",
		observe.GoNeverWaited: "its handlers are those of the Go runtime, and it has never waited for a child",
		observe.ByGo:          "its handlers are those of the Go runtime",
		observe.ByNothing:     "it has no handler, no signalfd and no thread that waits, so it would not notice SIGCHLD",
	}[b]
}

var traces = [...]string{
	observe.ParentChanged:     "its parent changed from FROM to TO between two looks",
	observe.SeenAdopted:       "its parent was seen to change from FROM to TO",
	observe.OtherExitSignal:   "its exit signal is FROM and not SIGCHLD, to which adoption resets it",
	observe.ParentsName:       "it has the name of its parent: it was forked, and has run no other program",
	observe.OlderThanParent:   "it started before its parent (FROM and TO ticks after boot)",
	observe.OutOfOrder:        "it is older than a child of FROM that was listed before it, so it came later",
	observe.SessionLeaderGone: "the leader of its session, FROM, is gone and was not its parent",
	observe.GroupLeaderGone:   "the leader of its process group, FROM, is gone and was not its parent",
	observe.NotExeced:         "it has not called execve",
}

// Trace says what shows whose child a process is; "": nothing does.
func Trace(t observe.Trace) string {
	return strings.NewReplacer("FROM", fmt.Sprint(t.From), "TO", fmt.Sprint(t.To)).Replace(traces[t.Kind])
}

// Value returns the value that was found in a place, and what that shows.
func Value(e observe.Evidence) string {
	if shows := Trace(e.Shows); shows != "" {
		return e.Value + ": " + shows
	}
	return e.Value
}
