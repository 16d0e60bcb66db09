package reap

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/sys"
)

// Make plans what to do about the zombies that were observed. It touches
// nothing. An error means that the options make no sense.
func Make(x *observe.Observation, o Options) (*Plan, error) {
	p := &Plan{Diagnosis: diagnose.Judge(x), observed: x, options: o}
	if err := p.check(); err != nil {
		return nil, err
	}
	chosen, err := p.choose()
	if err != nil {
		return nil, err
	}
	steps := map[int]*Step{}
	for _, z := range chosen {
		s := steps[z.PPID]
		if s == nil {
			s = &Step{Parent: p.parent(z.PPID), Deed: doNothing}
			steps[z.PPID] = s
			p.Steps = append(p.Steps, s)
		}
		s.Zombies = append(s.Zombies, &Zombie{Zombie: z, Fate: fatePlanned})
	}
	slices.SortFunc(p.Steps, func(a, b *Step) int { return a.Parent.PID - b.Parent.PID })
	for _, s := range p.Steps {
		p.decide(s)
	}
	if !o.Chosen() && !o.All {
		p.Unchosen = p.several()
	}
	return p, nil
}

func (p *Plan) check() error {
	o := &p.options
	switch {
	case o.Signal < 0 || o.Signal > sys.LastSignal:
		return fmt.Errorf("signal %d does not exist", o.Signal)
	case o.Signal >= sys.SIGSTOP && o.Signal <= sys.SIGTTOU:
		return fmt.Errorf("%s stops a process, and a parent that is stopped reaps nothing", sys.SignalName(o.Signal))
	case o.Terminate && o.Signal != 0:
		return errors.New("the parent can be ended or sent another signal, and not both")
	case o.Stronger() && !o.Chosen():
		return errors.New("a signal other than SIGCHLD goes only to parents that were chosen by PID")
	}
	return nil
}

func (p *Plan) choose() ([]*diagnose.Zombie, error) {
	var chosen []*diagnose.Zombie
	o, d := &p.options, p.Diagnosis
	for i := range d.Zombies {
		z := &d.Zombies[i]
		if !o.Chosen() || slices.Contains(o.PIDs, z.Process.PID) || slices.Contains(o.Parents, z.PPID) {
			chosen = append(chosen, z)
		}
	}
	for _, pid := range o.PIDs {
		if slices.ContainsFunc(chosen, func(z *diagnose.Zombie) bool { return z.Process.PID == pid }) {
			continue
		}
		if d.Snapshot.Find(pid) == nil {
			return nil, fmt.Errorf("PID %d was not found", pid)
		}
		return nil, fmt.Errorf("PID %d is not a zombie, or was reaped a moment later", pid)
	}
	for _, pid := range o.Parents {
		if d.Snapshot.Find(pid) == nil {
			return nil, fmt.Errorf("PID %d was not found", pid)
		}
	}
	return chosen, nil
}

// parent returns the diagnosis of a parent. Zombies whose parent is outside this
// PID namespace have none.
func (p *Plan) parent(pid int) *diagnose.Parent {
	for i := range p.Diagnosis.Parents {
		if q := &p.Diagnosis.Parents[i]; q.PID == pid {
			return q
		}
	}
	return &diagnose.Parent{Parent: &observe.Parent{PID: pid}}
}
