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
})

type cloneChild struct {
	signal int // 0: none
	parent int
}

func findCloneChild(_ *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.CloneChild) {
		return nil
	}
	signal, _ := z.Process.ExitSignal.Get()
	return about(z.Process, observe.CertainIf(z.Lasting), 1, cloneChild{signal: int(signal), parent: z.PPID}, observe.Stat(z.Process.PID, fmt.Sprint(signal), "exit_signal", 38))
}

func (c cloneChild) Message() string {
	how := fmt.Sprintf("with signal %d as its exit signal instead of SIGCHLD", c.signal)
	if c.signal == 0 {
		how = "without an exit signal"
	}
	return "was made by clone " + how + ": a wait without __WALL does not see it"
}

// Cause is that of this zombie.
func (cloneChild) Cause() string {
	return "its exit signal is not SIGCHLD, so a wait without __WALL does not see it"
}

func (c cloneChild) Advice() []Advice {
	return []Advice{advise(Developer, Cure, "Its parent (PID %d) must wait for it with __WALL: waitpid(-1, &status, __WALL).", c.parent).
		by(Step{Text: "It made it by clone(2), and __WCLONE does too."})}
}
