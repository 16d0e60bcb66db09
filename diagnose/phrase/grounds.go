package phrase

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

// Reaps says what the answer rests on whether a process reaps what it adopts.
func Reaps(b observe.Basis) string {
	switch b.Kind {
	case observe.HasEnded:
		return "it has ended"
	case observe.Lingers:
		return "it has ended, and its namespace with it"
	case observe.KeepsZombies:
		return "keeps " + Zombies(b.Count)
	case observe.KeepsOrphans:
		return "keeps " + english.Count(b.Count, "orphan", "orphans")
	case observe.SeenLate:
		return "was seen reaping, and is late"
	case observe.SeenBehind:
		return "was seen reaping, and cannot keep up"
	case observe.SeenReapingOrphans:
		return "was seen reaping orphans"
	case observe.IgnoresSIGCHLD:
		return "ignores SIGCHLD, so the kernel reaps for it"
	case observe.WaitsForAny:
		return "a thread waits for any child"
	case observe.KnownProgram:
		return byName(b.Program)
	case observe.HearsNothing:
		return "no thread waits, and nothing would tell it of SIGCHLD"
	case observe.NeverWaited:
		return "has never waited for a child, and shows no means to"
	case observe.OrphansUnknown:
		return "has waited for children, whether also for orphans cannot be told"
	default:
		return "cannot be told from what was read"
	}
}

func byName(p *observe.Program) string {
	what := "is " + p.Title()
	if p.Kind == observe.Shell {
		what = "a shell"
	}
	if p.Note != "" {
		what += ": " + p.Note
	}
	return what
}

// Sigterm says what the answer rests on whether SIGTERM gets through a PID 1.
func Sigterm(b observe.Basis) string {
	switch b.Kind {
	case observe.HasEnded:
		return "it has ended"
	case observe.Lingers:
		return "it has ended, and its namespace with it"
	case observe.ShellTrap:
		return "a shell with a trap: whether it passes SIGTERM on is up to the script"
	case observe.KnownProgram:
		return "is " + b.Program.Name
	case observe.RuntimeHandler:
		return "the handler is the runtime's own, which may not end a PID 1"
	case observe.GoHandler:
		return "the Go runtime handles it, and ends the program"
	case observe.HasHandler:
		return "it has a handler"
	case observe.ReadsSignalfd:
		return "it reads it from a signalfd"
	case observe.PassesNothing:
		return fmt.Sprintf("a %s passes no signal on", b.Program.Kind)
	case observe.NoHandler:
		return "no handler: the kernel drops it, and a stop waits out its grace period"
	case observe.MayWaitForIt:
		return "it may wait for it: which signals it waits for the kernel does not tell"
	default:
		return "cannot be told from what was read"
	}
}

// Program names what a PID 1 is known as; "": nothing is known of it.
func Program(v *observe.PID1) string {
	switch {
	case v.Known != nil && v.Known.Kind == observe.Shell:
		return "a shell"
	case v.Known != nil:
		return v.Known.Title()
	case v.IsGo:
		return "a Go program"
	}
	return ""
}

// Hears says what the answer rests on whether a process would notice SIGCHLD.
func Hears(b observe.HearingBasis) string {
	switch b {
	case observe.ByHandler:
		return "it has a handler for SIGCHLD"
	case observe.BySignalfd:
		return "it reads SIGCHLD from a signalfd"
	case observe.BySigwait:
		return "a thread waits for signals"
	case observe.IsIgnored:
		return "it ignores SIGCHLD"
	case observe.GoNeverWaited:
		return "its handlers are those of the Go runtime, and it has never waited for a child"
	case observe.ByGo:
		return "its handlers are those of the Go runtime"
	case observe.ByNothing:
		return "no handler, no signalfd, no thread that waits: nothing would tell it of SIGCHLD"
	default:
		return "whether it would notice SIGCHLD cannot be told"
	}
}

// Trace says what shows whose child a process is; "": nothing does.
func Trace(t observe.Trace) string {
	switch t.Kind {
	case observe.ParentChanged:
		return fmt.Sprintf("its parent changed from %d to %d between two looks", t.From, t.To)
	case observe.SeenAdopted:
		return fmt.Sprintf("its parent was seen to change from %d to %d", t.From, t.To)
	case observe.OtherExitSignal:
		return fmt.Sprintf("its exit signal is %d and not SIGCHLD, to which adoption resets it", t.From)
	case observe.ParentsName:
		return "it has the name of its parent: forked off it, it has run no other program"
	case observe.OlderThanParent:
		return fmt.Sprintf("it started before its parent (%d and %d ticks after boot)", t.From, t.To)
	case observe.OutOfOrder:
		return fmt.Sprintf("it is older than a child of %d that was listed before it, so it came later", t.From)
	case observe.SessionLeaderGone:
		return fmt.Sprintf("the leader of its session, %d, is gone and was not its parent", t.From)
	case observe.GroupLeaderGone:
		return fmt.Sprintf("the leader of its process group, %d, is gone and was not its parent", t.From)
	case observe.NotExeced:
		return "has not called execve"
	}
	return ""
}

// Value says what was found in a place, and what that shows.
func Value(e observe.Evidence) string {
	if shows := Trace(e.Shows); shows != "" {
		return e.Value + ": " + shows
	}
	return e.Value
}
