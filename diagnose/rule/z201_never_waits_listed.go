package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

// keepsListed is what Z201 found in a list: a living parent keeps zombies.
type keepsListed struct {
	parent *observe.Parent
	gaps   gaps
}

func neverWaitsListed(p *observe.Parent) *Finding {
	f := about(p.Process, observe.Likely, keepsListed{p, len(observe.Gaps(p.Children)) > 0})
	f.Zombies = p.Zombies
	f.Evidence = append(p.Evidence(), observe.ProcFile(p.PID, "stat", ""))
	return f
}

func (k keepsListed) Message() string {
	n := k.parent.Zombies
	return fmt.Sprintf("keeps %s%s, and lives: it does not wait for %s, or not in time", phrase.Zombies(n), phrase.Batches(k.parent), phrase.Them(n)) + k.gaps.hint()
}

// Cause is said of a list as a whole, by who the parent is.
func (keepsListed) Cause() string { return "" }

func (k keepsListed) Advice() []Advice {
	return []Advice{
		advise(Operator, Confirm, "A second list, a moment later, shows whether they stay: the same PIDs are zombies that nobody reaps."),
		advise(Developer, Cure, "The program has to wait for its children: in C waitpid() in a loop on SIGCHLD, in Go cmd.Wait(), in Python Popen.wait() or subprocess.run(), in Node the 'exit' event."),
		advise(Operator, Now, "To clear them now, restart that program").forProcess(k.parent.PID, "; its zombies then pass to PID 1.").ending("that program"),
	}
}
