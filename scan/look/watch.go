package look

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Watch looks at a running machine again and again, and reads only what can
// have changed since the look before: processes that are new, those that have
// ended, which their pidfds tell (pidfd_open(2)), and the children of those,
// which have another parent now. What a pidfd does not tell, a full look does,
// now and then: that a leader ended while threads of it live, that a process
// was exec'd or stopped.
type Watch struct {
	src  *Live
	opts Options
	last *facts.Snapshot
	fds  *pidfds
	// blunt is why pidfds cannot be had; nil: they can.
	blunt error
	// kept are the live processes of which this look keeps what was read before.
	kept map[int]bool
	// reapings are those of the parents that are still there.
	reapings map[facts.ID]facts.Reaping
}

// NewWatch prepares to watch a running machine.
func NewWatch(src Source, o Options) (*Watch, error) {
	live, ok := src.(*Live)
	if !ok {
		return nil, fmt.Errorf("%s: is a recording, and will not change", src.Name())
	}
	return &Watch{src: live, opts: o}, nil
}

// Close gives back the pidfds.
func (w *Watch) Close() { w.fds.close() }

// Blunt returns why Quick has to read every process, and costs as much as a
// scan; nil: it need not.
func (w *Watch) Blunt() error { return w.blunt }

// join returns for each process what it was in the look before; nil: it was
// not there.
func (w *Watch) join(s *facts.Snapshot) []*facts.Process {
	before := make([]*facts.Process, len(s.Procs))
	if w.last == nil {
		return before
	}
	old := w.last.Procs
	j := 0
	for i := range s.Procs {
		p := &s.Procs[i]
		for j < len(old) && old[j].PID < p.PID {
			j++
		}
		if j < len(old) && old[j].PID == p.PID && old[j].StartTicks == p.StartTicks {
			before[i] = &old[j]
		}
	}
	return before
}

// eachZombie goes through the zombies of the look before, and what they are
// now; nil: they are gone.
func (w *Watch) eachZombie(s *facts.Snapshot, f func(was, now *facts.Process)) {
	if w.last == nil {
		return
	}
	i := 0
	for j := range w.last.Procs {
		was := &w.last.Procs[j]
		if was.State != facts.Zombie {
			continue
		}
		for i < len(s.Procs) && s.Procs[i].PID < was.PID {
			i++
		}
		var now *facts.Process
		if i < len(s.Procs) && s.Procs[i].PID == was.PID && s.Procs[i].StartTicks == was.StartTicks {
			now = &s.Procs[i]
		}
		f(was, now)
	}
}
