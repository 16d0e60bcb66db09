package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z104", Name: "clone-child", Severity: Warning,
	Rank: NoCause, Nudge: useless("its exit signal is not SIGCHLD: the parent's wait does not see it without __WALL"), Zombie: findCloneChild,
	Title: "A child whose exit signal is not SIGCHLD",
	Means: `The parent made this child with clone(2) and another exit signal than SIGCHLD, or none. Such a child is passed over by
a wait that does not say __WALL or __WCLONE: waitpid(-1, ...) returns ECHILD as if there was none. It is the parent's
own child for sure, because adoption sets the signal to SIGCHLD, as execve does.`,
	Confirm: `    awk '{sub(/.*\) /, ""); print $36}' /proc/PID/stat      # exit_signal: 17 is SIGCHLD`,
	Fix:     "Wait with __WALL (or __WCLONE), or give clone SIGCHLD as the exit signal. Ending the parent clears it too: whoever adopts it gets SIGCHLD.",
})

// cloneChild is what Z104 found: a child that does not report with SIGCHLD.
type cloneChild struct {
	noCause
	signal int // 0: none
	parent int
}

func findCloneChild(_ *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.CloneChild) {
		return nil
	}
	signal, _ := z.Process.ExitSignal.Get()
	f := about(z.Process, sureOf(z), cloneChild{signal: int(signal), parent: z.PPID})
	f.Zombies = 1
	f.Evidence = []observe.Evidence{observe.Stat(z.Process.PID, fmt.Sprint(signal), "exit_signal", 38)}
	return f
}

func (c cloneChild) Message() string {
	what := fmt.Sprintf("signal %d", c.signal)
	if c.signal == 0 {
		what = "no signal at all"
	}
	return "was made by clone with " + what + " for its end instead of SIGCHLD: a wait without __WALL does not see it"
}

func (c cloneChild) Advice() []Advice {
	return []Advice{advise(Developer, Cure, "Its parent (PID %d) made it by clone(2), and has to wait for it with __WALL or __WCLONE: waitpid(-1, &status, __WALL).", c.parent)}
}
