// Package reap acts on a diagnosis: it waits for zombies that are our own
// children, and nudges the parents of others. What is stronger has to be asked
// for, and is refused where it would do harm. It prints nothing and knows no
// command line.
//
// First a plan is made of a diagnosis ([Make]), which touches nothing. Then it
// is carried out ([Do]): of each parent a pidfd is opened first, the facts are
// read again, and the signal is sent through that same pidfd.
package reap

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// Deed is what is done about the zombies of one parent.
type Deed string

// The deeds.
const (
	Nothing   Deed = "nothing"   // Step.Why says why
	Wait      Deed = "wait"      // they are children of this process: wait for each
	Nudge     Deed = "nudge"     // SIGCHLD to the parent
	Signal    Deed = "signal"    // another signal to the parent
	Terminate Deed = "terminate" // SIGTERM to the parent: its reaper inherits the zombies
	Orphaned  Deed = "orphan"    // of a probe: a process was made, and lost its parent
)

// Signals (signal(7)); the numbers are the same on every architecture that
// containers run on.
const (
	sigterm = 15
	sigcont = 18
	sigstop = 19
	sigttou = 22
)

// Options say what is wanted.
type Options struct {
	// Self is the PID of this process in the source of the diagnosis; 0: it is
	// not in there, as in a recording.
	Self int
	// PIDs and Parents choose zombies by their own PID and by their parent's;
	// both empty: all in view.
	PIDs, Parents []int
	// All: all in view are meant, though they belong to several.
	All bool
	// Signal is sent in place of SIGCHLD; 0: none.
	Signal int
	// Terminate asks to end the parent.
	Terminate bool
	// Force overrides the refusals that Step.Forceable tells.
	Force bool
}

// stronger reports whether anything but a nudge is asked for.
func (o *Options) stronger() bool { return o.Terminate || o.Signal != 0 }

// Plan is what would be done.
type Plan struct {
	Diagnosis *diagnose.Diagnosis
	Options   Options
	Steps     []*Step // by the PID of the parent
	// Unchosen says what several are in view of, so that somebody has to choose
	// before anything is done; "": it may be done.
	Unchosen string

	self int
}

// Step is what is done about the zombies of one parent.
type Step struct {
	Parent *diagnose.Parent
	Deed   Deed
	Signal int // that is sent; 0: none
	// Rule and Why say why nothing is done, where Deed is Nothing.
	Rule, Why string
	// Refused: it was asked for, and is not done because it may do harm.
	// Forceable: Options.Force would override that.
	Refused, Forceable bool
	// Heirs may inherit the zombies, where the parent may end by the signal.
	Heirs   []diagnose.Heir
	Zombies []*Zombie

	// What was done, once it was.
	Sent  int  // signals
	Ended bool // the parent has ended
	// Adopter inherited the zombies of a parent that has ended; 0: cannot be told.
	Adopter int
	Err     error // why a signal could not be sent
}

// Fate is what became of a zombie.
type Fate string

// The fates.
const (
	Planned Fate = "planned" // nothing was done
	Reaped  Fate = "reaped"
	Left    Fate = "left" // still there; Rule and Why say why
)

// Zombie is a zombie of a plan.
type Zombie struct {
	*diagnose.Zombie
	// Rule and Why say why it is left: by which rule, where there is one.
	Rule, Why string
	Fate      Fate
	// Status is the wait status with which it was waited for by this process.
	Status scan.Opt[scan.Exit]
	// Adopter is who was seen to be its parent after its parent ended.
	Adopter int

	held bool // its parent cannot reap it
}

// Left counts the zombies that are still there, or would be.
func (p *Plan) Left() (n int) {
	for _, s := range p.Steps {
		for _, z := range s.Zombies {
			if z.Fate != Reaped {
				n++
			}
		}
	}
	return n
}

// Zombies counts the zombies of the plan.
func (p *Plan) Zombies() (n int) {
	for _, s := range p.Steps {
		n += len(s.Zombies)
	}
	return n
}

// Make plans what to do about the zombies of a diagnosis. It touches nothing.
// An error means that what was asked for makes no sense.
func Make(d *diagnose.Diagnosis, o Options) (*Plan, error) {
	p := &Plan{Diagnosis: d, Options: o, self: o.Self}
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
			s = &Step{Parent: p.parent(z.PPID), Deed: Nothing}
			steps[z.PPID] = s
			p.Steps = append(p.Steps, s)
		}
		s.Zombies = append(s.Zombies, &Zombie{Zombie: z, Fate: Planned})
	}
	slices.SortFunc(p.Steps, func(a, b *Step) int { return a.Parent.PID - b.Parent.PID })
	for _, s := range p.Steps {
		p.decide(s)
	}
	if len(o.PIDs)+len(o.Parents) == 0 && !o.All {
		p.Unchosen = p.several()
	}
	return p, nil
}

func (p *Plan) check() error {
	o := &p.Options
	switch {
	case o.Signal < 0 || o.Signal > 64:
		return fmt.Errorf("no signal %d", o.Signal)
	case o.Signal >= sigstop && o.Signal <= sigttou:
		return fmt.Errorf("%s stops a process, and a parent that is stopped reaps nothing", scan.SignalName(o.Signal))
	case o.Terminate && o.Signal != 0:
		return errors.New("to end the parent and to send it another signal exclude each other")
	case o.stronger() && len(o.PIDs)+len(o.Parents) == 0:
		return errors.New("which parent? What is stronger than a nudge is done only to those that were chosen by PID")
	}
	return nil
}

// choose returns the zombies that are meant.
func (p *Plan) choose() ([]*diagnose.Zombie, error) {
	var chosen []*diagnose.Zombie
	o, d := &p.Options, p.Diagnosis
	all := len(o.PIDs)+len(o.Parents) == 0
	for i := range d.Zombies {
		z := &d.Zombies[i]
		if all || slices.Contains(o.PIDs, z.Process.PID) || slices.Contains(o.Parents, z.PPID) {
			chosen = append(chosen, z)
		}
	}
	for _, pid := range o.PIDs {
		if slices.ContainsFunc(chosen, func(z *diagnose.Zombie) bool { return z.Process.PID == pid }) {
			continue
		}
		if q := d.Snapshot.Find(pid); q == nil {
			return nil, fmt.Errorf("PID %d is not in view", pid)
		}
		return nil, fmt.Errorf("PID %d is no zombie, or one that was reaped a moment later", pid)
	}
	for _, pid := range o.Parents {
		if d.Snapshot.Find(pid) == nil {
			return nil, fmt.Errorf("PID %d is not in view", pid)
		}
	}
	return chosen, nil
}

// parent returns what the diagnosis says of a parent. Zombies whose parent is
// outside of this PID namespace have none.
func (p *Plan) parent(pid int) *diagnose.Parent {
	for i := range p.Diagnosis.Parents {
		if q := &p.Diagnosis.Parents[i]; q.PID == pid {
			return q
		}
	}
	return &diagnose.Parent{PID: pid}
}

func (s *Step) nothing(rule, why string) { s.Deed, s.Rule, s.Why = Nothing, rule, why }

func (s *Step) refuse(why string, forceable bool) {
	s.nothing("", why)
	s.Refused, s.Forceable = true, forceable
}

// decide says what is done about the zombies of one parent.
func (p *Plan) decide(s *Step) {
	parent := s.Parent.Process
	reapable := 0
	for _, z := range s.Zombies {
		if z.Rule, z.Why = cannotReap(z.Zombie); z.Why != "" {
			z.held = true
		} else {
			reapable++
		}
	}
	switch {
	case s.Parent.PID == 0:
		s.nothing("Z105", nudges["Z105"].why)
	case s.Parent.PID == p.self:
		s.Deed = Wait
	case parent == nil:
		s.nothing("", "the parent is not in view")
	case parent.KernelThread():
		s.nothing("", "the parent is a kernel thread")
	case parent.State == scan.Zombie || parent.State == scan.Dead:
		s.nothing("", "the parent has ended itself")
	case p.Options.stronger():
		p.decideStronger(s)
	case reapable == 0:
		s.nothing(s.Zombies[0].Rule, s.Zombies[0].Why)
	default:
		if rule, why := useless(p.Diagnosis, s.Parent); why != "" {
			s.nothing(rule, why)
		} else {
			s.Deed, s.Signal = Nudge, scan.SIGCHLD
		}
	}
	for _, z := range s.Zombies {
		if s.Deed == Nothing && z.Why == "" {
			z.Rule, z.Why = s.Rule, s.Why
		}
	}
}

// minAge is the age under which nothing stronger than a nudge is done about a
// zombie: its parent may be about to reap it (preap(1) has the same).
const minAge = time.Minute

// decideStronger is for what was asked for.
func (p *Plan) decideStronger(s *Step) {
	o, parent := &p.Options, s.Parent.Process
	s.Deed, s.Signal = Signal, o.Signal
	if o.Terminate {
		s.Deed, s.Signal = Terminate, sigterm
	}
	if why := p.protected(parent); why != "" {
		s.refuse(why, false)
		return
	}
	if mayEnd(parent, s.Signal) {
		if why := p.findHeirs(s); why != "" {
			s.refuse(why, false)
			return
		}
	}
	if o.Force {
		return
	}
	if s.Signal == sigcont && parent.State == scan.Stopped {
		return // it is about to reap nothing, until this comes
	}
	if s.Signal != sigcont && (parent.State == scan.Stopped || parent.State == scan.Traced) {
		s.refuse("the parent is stopped: it may reap when it goes on", true)
		return
	}
	for _, z := range s.Zombies {
		if least, ok := z.Age.AtLeast.Get(); !ok || least < minAge {
			why := fmt.Sprintf("zombie %d has been dead for less than a minute: the parent may be about to reap it", z.Process.PID)
			if !ok {
				why = fmt.Sprintf("for how long zombie %d has been dead is not known: the parent may be about to reap it", z.Process.PID)
			}
			s.refuse(why, true)
			return
		}
	}
}

// mayEnd reports whether a process may end by a signal: one that is meant to end
// it, or one that ends whoever does not handle it.
func mayEnd(p *scan.Process, signal int) bool {
	switch signal {
	case scan.SIGCHLD, sigcont, 23, 28: // SIGURG, SIGWINCH: ignored by default
		return false
	case 1, 2, 3, 6, 9, sigterm: // SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL
		return true
	}
	if p.Deep == nil {
		return true
	}
	st, _ := p.Deep.Status.Get()
	caught, ok1 := st.SigCgt.Get()
	ignored, ok2 := st.SigIgn.Get()
	return !ok1 || !ok2 || !scan.HasSignal(caught|ignored, signal)
}

// findHeirs finds who may inherit the zombies, and says why that is not good
// enough; "": all of them are known to reap.
func (p *Plan) findHeirs(s *Step) string {
	heirs, whole := p.Diagnosis.Heirs(s.Parent.Process)
	s.Heirs = heirs
	if !whole {
		return "who would inherit its zombies cannot be told: not all of its ancestors are in view"
	}
	for _, h := range heirs {
		if h.Reaps == diagnose.Yes {
			continue
		}
		who := fmt.Sprintf("PID %d (%s)", h.Process.PID, h.Process.Comm)
		if h.Reaps == diagnose.No {
			return fmt.Sprintf("its zombies may pass to %s, which does not reap: %s", who, h.Why)
		}
		return fmt.Sprintf("its zombies may pass to %s, which is not known to reap: %s", who, h.Why)
	}
	return ""
}

// Chosen reports whether the zombies were chosen by PID.
func (p *Plan) Chosen() bool { return len(p.Options.PIDs)+len(p.Options.Parents) > 0 }

// Hindered reports whether something would have been done, and could not be: it
// was refused, not permitted or not confirmed. Nothing else was done then.
func (p *Plan) Hindered() bool {
	hindered := false
	for _, s := range p.Steps {
		if s.Sent > 0 || s.Deed == Wait {
			return false
		}
		hindered = hindered || s.Refused || s.Err != nil
	}
	return hindered
}
