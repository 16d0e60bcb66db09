package observe

import (
	"cmp"
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Parent is a process with zombies that nobody reaps.
type Parent struct {
	Process       *facts.Process // nil when the parent is not visible
	PID           int            // 0: outside this PID namespace
	Command       string
	IsPID1        bool // of its own PID namespace
	Zombies       int  // that are held against it; of those that it cannot reap (Hold) none is
	Held          int  // zombies below it that it cannot reap
	Adopted       int
	Own           int
	UnknownOrigin int
	Container     *Container // the one it is in; nil: unknown
	// Oldest and Newest are the ages of the zombies held against it that died first and last.
	Oldest, Newest facts.Age
	Rate           Rate
	Timeline       *Timeline   // nil: fewer than five deaths whose time is known
	Children       []*Zombie   // the zombies that are held against it, by PID
	Deaths         []facts.Age // when these died, where that is known; the longest ago first
	SurelyAdopted  int         // counts those of Adopted of which that is certain
	Lasting        bool        // one of them is
}

// Parents are those of the zombies of a snapshot.
type Parents struct {
	ByPID map[int]*Parent
	All   []*Parent // ordered by PID
}

func findParents(l *Looks, d *Dead, containers *Containers) *Parents {
	ps := &Parents{ByPID: map[int]*Parent{}}
	for i := range d.Lasting {
		z := &d.Lasting[i]
		if slices.Contains(z.Holds, ParentOutside) {
			continue // no visible process is its parent
		}
		p := ps.ByPID[z.PPID]
		if p == nil {
			proc := l.Find(z.PPID)
			p = &Parent{Process: proc, PID: z.PPID, Command: CommandOf(proc), Container: containers.Of(proc)}
			p.IsPID1 = proc != nil && l.IsPID1(proc)
			ps.ByPID[z.PPID] = p
			ps.All = append(ps.All, p)
		}
		p.add(z)
	}
	for _, p := range ps.All {
		p.Oldest, p.Newest = extremes(p.Children)
		p.Deaths = deathsOf(p.Children)
		p.Rate, p.Timeline = rateOf(p.Deaths), timelineOf(p.Deaths)
	}
	slices.SortFunc(ps.All, func(a, b *Parent) int { return cmp.Compare(a.PID, b.PID) })
	return ps
}

func (p *Parent) add(z *Zombie) {
	if len(z.Holds) > 0 {
		p.Held++
		return
	}
	p.Zombies++
	p.Children = append(p.Children, z)
	p.Lasting = p.Lasting || z.Lasting
	switch z.Origin.Descent {
	case Own:
		p.Own++
	case Adopted:
		p.Adopted++
		if z.Origin.Sure == Certain {
			p.SurelyAdopted++
		}
	default:
		p.UnknownOrigin++
	}
}

// OwnDuty counts the zombies that the parent ought to wait for as for children of
// its own: not those that it adopted as PID 1 (Z301) or as a subreaper (Z310).
func (p *Parent) OwnDuty() int {
	switch {
	case p.IsPID1:
		return p.Own
	case p.Adopted > 0:
		return p.Zombies - p.Adopted
	default:
		return p.Zombies
	}
}

// Evidence points at a few of the zombies of a parent.
func (p *Parent) Evidence() []Evidence {
	var ev []Evidence
	for _, z := range p.Children[:min(len(p.Children), MaxListed)] {
		ev = append(ev, StatePPID(z.Process.PID, facts.Zombie, z.PPID))
	}
	return ev
}
