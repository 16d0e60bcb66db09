package diagnose

import "fmt"

// Would an init as PID 1 help? Where this is answered.

// initFor answers it for the zombies of one parent.
func (x *exam) initFor(p *Parent) (Answer, string) {
	proc := p.Process
	switch {
	case proc == nil:
		return Unknown, "their parent is not in view"
	case proc.KernelThread():
		return No, "their parent is a kernel thread"
	case x.pid1s.Of(proc) == nil:
		return Unknown, "whether their parent is PID 1 of its namespace cannot be told"
	case p.IsPID1:
		return x.initForPID1(p)
	}
	if v := x.verdictOver(proc); v != nil && v.Init == Yes && v.Reaps == Yes {
		return No, "there is one already; their parent lives, and only it can reap them"
	}
	if p.Adopted > 0 {
		return No, "their parent is a subreaper, which adopts before PID 1 does"
	}
	return No, "their parent lives, and only it can reap them"
}

// initForPID1 answers it where PID 1 itself keeps zombies.
func (x *exam) initForPID1(p *Parent) (Answer, string) {
	how := x.halted(p.Process)
	if known := knownProgram(p.Process); known != nil && known.isInit() && known.reaps == Yes {
		switch {
		case how != "":
			return No, "PID 1 is an init already, and " + how
		case x.tooSlow(p):
			return No, "PID 1 is an init already, which reaps, and cannot keep up"
		}
		return No, "PID 1 is an init already; it does not do its work"
	}
	switch {
	case p.Own == p.Zombies && p.Own > 0:
		return No, "PID 1 started these itself, and only it can reap them"
	case how != "":
		return Unknown, "PID 1 " + how + ": let it go on, and look whether it reaps"
	case p.UnknownOrigin == 0 && p.Own == 0:
		return Yes, "these are orphans that PID 1 adopted: an init reaps what it adopts"
	case p.Adopted > 0:
		return Yes, fmt.Sprintf("%d of these are orphans that PID 1 adopted, and an init reaps what it adopts; of the others it cannot be told", p.Adopted)
	default:
		return Unknown, "an init helps if PID 1 adopted these, and does not if it started them itself"
	}
}

// initWouldHelp answers for all zombies in view: yes where it would help with
// some and it is not known that others would stay.
func (x *exam) initWouldHelp() (Answer, string) {
	zombies, why := map[Answer]int{}, map[Answer]string{}
	for i := range x.d.Parents { // the worst first: its reason speaks for the others
		p := &x.d.Parents[i]
		if p.Zombies == 0 {
			continue
		}
		if zombies[p.InitWouldHelp] == 0 {
			why[p.InitWouldHelp] = p.InitWhy
		}
		zombies[p.InitWouldHelp] += p.Zombies
	}
	total := zombies[Yes] + zombies[No] + zombies[Unknown]
	answer := Unknown
	switch {
	case len(x.d.Zombies) == 0:
		return Unknown, ""
	case total == 0:
		return No, "nobody can reap them yet: that their parents do not wait is not why they are there"
	case zombies[Unknown] == 0 && zombies[Yes] == 0:
		answer = No
	case zombies[Yes] > 0:
		answer = Yes
	}
	reason := why[answer]
	if zombies[answer] < total {
		reason = fmt.Sprintf("of %d of %d zombies: %s", zombies[answer], total, reason)
		if n := zombies[No]; n > 0 && answer != No {
			reason += fmt.Sprintf("; of %d it would not: %s", n, why[No])
		}
	}
	return answer, reason
}
