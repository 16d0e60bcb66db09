package phrase

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

var bases = [...]string{
	observe.NotSeen:            "cannot be told from what was read",
	observe.HasEnded:           "it has ended",
	observe.Lingers:            "it has ended, and its namespace with it",
	observe.SeenLate:           "was seen reaping, and is late",
	observe.SeenBehind:         "was seen reaping, and cannot keep up",
	observe.SeenReapingOrphans: "was seen reaping orphans",
	observe.IgnoresSIGCHLD:     "ignores SIGCHLD, so the kernel reaps for it",
	observe.WaitsForAny:        "a thread waits for any child",
	observe.HearsNothing:       "no thread waits, and nothing would tell it of SIGCHLD",
	observe.NeverWaited:        "has never waited for a child, and shows no means to",
	observe.OrphansUnknown:     "has waited for children, whether also for orphans cannot be told",
	observe.ShellTrap:          "a shell with a trap: whether it passes SIGTERM on is up to the script",
	observe.RuntimeHandler:     "the handler is the runtime's own, which may not end a PID 1",
	observe.GoHandler:          "the Go runtime handles it, and ends the program",
	observe.HasHandler:         "it has a handler",
	observe.ReadsSignalfd:      "it reads it from a signalfd",
	observe.NoHandler:          "no handler: the kernel drops it, and a stop waits out its grace period",
	observe.MayWaitForIt:       "it may wait for it: which signals it waits for the kernel does not tell",
}

// Reaps says what the answer rests on whether a process reaps what it adopts.
func Reaps(b observe.Basis) string {
	switch b.Kind {
	case observe.KeepsZombies:
		return "keeps " + Zombies(b.Count)
	case observe.KeepsOrphans:
		return "keeps " + english.Count(b.Count, "orphan", "orphans")
	case observe.KnownProgram:
		return byName(b.Program)
	}
	return bases[b.Kind]
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
	case observe.KnownProgram:
		return "is " + b.Program.Name
	case observe.PassesNothing:
		return fmt.Sprintf("a %s passes no signal on", b.Program.Kind)
	}
	return bases[b.Kind]
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
	return [...]string{
		observe.NotKnown:      "whether it would notice SIGCHLD cannot be told",
		observe.ByHandler:     "it has a handler for SIGCHLD",
		observe.BySignalfd:    "it reads SIGCHLD from a signalfd",
		observe.BySigwait:     "a thread waits for signals",
		observe.IsIgnored:     "it ignores SIGCHLD",
		observe.GoNeverWaited: "its handlers are those of the Go runtime, and it has never waited for a child",
		observe.ByGo:          "its handlers are those of the Go runtime",
		observe.ByNothing:     "no handler, no signalfd, no thread that waits: nothing would tell it of SIGCHLD",
	}[b]
}

var traces = [...]string{
	observe.ParentChanged:     "its parent changed from FROM to TO between two looks",
	observe.SeenAdopted:       "its parent was seen to change from FROM to TO",
	observe.OtherExitSignal:   "its exit signal is FROM and not SIGCHLD, to which adoption resets it",
	observe.ParentsName:       "it has the name of its parent: forked off it, it has run no other program",
	observe.OlderThanParent:   "it started before its parent (FROM and TO ticks after boot)",
	observe.OutOfOrder:        "it is older than a child of FROM that was listed before it, so it came later",
	observe.SessionLeaderGone: "the leader of its session, FROM, is gone and was not its parent",
	observe.GroupLeaderGone:   "the leader of its process group, FROM, is gone and was not its parent",
	observe.NotExeced:         "has not called execve",
}

// Trace says what shows whose child a process is; "": nothing does.
func Trace(t observe.Trace) string {
	return strings.NewReplacer("FROM", fmt.Sprint(t.From), "TO", fmt.Sprint(t.To)).Replace(traces[t.Kind])
}

// Value says what was found in a place, and what that shows.
func Value(e observe.Evidence) string {
	if shows := Trace(e.Shows); shows != "" {
		return e.Value + ": " + shows
	}
	return e.Value
}
