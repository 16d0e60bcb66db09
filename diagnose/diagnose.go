package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// Options of a diagnosis.
type Options struct {
	// MinAge: a zombie that is known to be younger is the ordinary life of a
	// process, and does not count.
	MinAge time.Duration
	// Horizon: a limit that will be hit within it is a finding (Z402). 0: none
	// is.
	Horizon time.Duration
	// AllNamespaces: judge also the PID 1 of namespaces without zombies, where
	// the snapshot holds them.
	AllNamespaces bool
	// Filter restricts the diagnosis to some containers.
	Filter Filter
}

// DefaultMinAge is the MinAge that people mean.
const DefaultMinAge = time.Second

// Diagnose judges a snapshot.
func Diagnose(s *scan.Snapshot, o Options) *Diagnosis { return examine(s, o).d }

func examine(s *scan.Snapshot, o Options) *exam {
	x := &exam{Snapshot: s, opts: o, ages: scan.NewAges(s), pid1s: scan.NewPID1s(s), d: &Diagnosis{Snapshot: s, Processes: len(s.Procs)}, parents: map[int]*Parent{}, late: map[int]map[int]bool{}, waiting: map[int]waiting{}, owners: map[int]*scan.Process{}, containers: map[int]*Container{}}
	x.d.exam = x
	x.lost = x.Orphaned()
	x.hides = x.hiding()
	x.collectZombies()
	x.d.Stand = x.findStand()
	x.findNamespaces()
	for _, r := range rules {
		if r.zombie == nil {
			continue
		}
		for i := range x.d.Zombies {
			z := &x.d.Zombies[i]
			if f := r.zombie(x, z); f != nil {
				z.Rules = append(z.Rules, r.ID)
				if x.selects(z.Container) {
					x.report(r, f)
				}
			}
		}
	}
	x.collectParents()
	x.judgePID1s()
	for _, p := range x.order {
		p.InitWouldHelp, p.InitWhy = x.initFor(p)
	}
	for _, r := range rules {
		if r.parent == nil {
			continue
		}
		for _, p := range x.order {
			if f := r.parent(x, p); f != nil {
				p.Rules = append(p.Rules, r.ID)
				p.whys[r.ID] = f.why
				if p.Certainty == "" || precedence(r.ID) < precedence(p.Rules[0]) {
					p.Certainty = f.Certainty
				}
				// About another process than the parent: the rule looked whose
				// that is.
				if f.Subject.PID != p.PID || x.selectsParent(p) {
					x.report(r, f)
				}
			}
		}
	}
	x.findLimits()
	x.applyFilter()
	for _, r := range rules {
		if r.whole != nil {
			for _, f := range r.whole(x) {
				x.report(r, f)
			}
		}
	}
	x.finish()
	return x
}

// exam is a diagnosis in the making.
type exam struct {
	*scan.Snapshot
	d     *Diagnosis
	opts  Options
	ages  *scan.Ages
	pid1s *scan.PID1s
	// passing holds the zombies that do not count, by parent.
	passing map[int]*passing
	parents map[int]*Parent       // by PID
	late    map[int]map[int]bool  // see outOfOrder
	waiting map[int]waiting       // see waits
	owners  map[int]*scan.Process // see ownerOf
	// forked holds the living children of each process that have not called
	// execve; nil: not collected yet.
	forked map[int][]*scan.Process
	order  []*Parent       // by PID
	spaces []*Namespace    // by the PID of PID 1
	lost   []*scan.Process // whose parent is not in view
	hides  bool            // see hiding
	// containers holds the answers of containerOf by PID.
	containers map[int]*Container
}

// seenTwice reports whether a process was looked at twice.
func (x *exam) seenTwice(pid int) bool {
	if x.Again == nil {
		return false
	}
	_, asked := slices.BinarySearch(x.Again.Asked, pid)
	return asked
}

// lastLook returns the latest stat of a process; false: it has ended.
func (x *exam) lastLook(p *scan.Process) (scan.Stat, bool) {
	if !x.seenTwice(p.PID) {
		return p.Stat, !p.Gone
	}
	a, ok := x.Again.Procs[p.PID]
	if !ok || a.StartTicks != p.StartTicks {
		return scan.Stat{}, false
	}
	return a.Stat, true
}

// passing are zombies of one parent that are the ordinary life of a process.
type passing struct{ gone, young []*scan.Process }

// collectZombies keeps the zombies that are still there at the last look and
// are not known to be young.
func (x *exam) collectZombies() {
	x.passing = map[int]*passing{}
	var dead []*scan.Process
	for i := range x.Procs {
		if p := &x.Procs[i]; p.State == scan.Zombie {
			dead = append(dead, p)
		}
	}
	x.d.Zombies = slices.Grow(x.d.Zombies, len(dead))
	for _, p := range dead {
		last, ok := x.lastLook(p)
		gone := !ok || last.State != scan.Zombie
		age := x.ages.Of(p)
		if gone || x.young(age) {
			x.d.Transient++
			of := x.passing[p.PPID]
			if of == nil {
				of = &passing{}
				x.passing[p.PPID] = of
			}
			if gone {
				of.gone = append(of.gone, p)
			} else {
				of.young = append(of.young, p)
			}
			continue
		}
		z := Zombie{Process: p, PPID: last.PPID, Age: age, Exit: p.Exit()}
		z.lasting = x.seenTwice(p.PID) || age.Lasting() || p.Listed != nil
		z.Container = x.containerOfZombie(p, last.PPID)
		z.Origin, z.OriginSure, z.OriginWhy = x.origin(p, last)
		x.d.Zombies = append(x.d.Zombies, z)
	}
}

// young reports whether a zombie is known to be younger than counts. Where no
// clock ran on its CPU that cannot be known, unless its whole life was shorter.
func (x *exam) young(a scan.Age) bool {
	if most, ok := a.AtMost.Get(); ok && most < x.opts.MinAge {
		return true
	}
	least, ok := a.AtLeast.Get()
	return ok && a.Clocked && least < x.opts.MinAge
}

// collectParents groups the zombies by parent.
func (x *exam) collectParents() {
	for i := range x.d.Zombies {
		z := &x.d.Zombies[i]
		if z.has("Z105") {
			continue // nobody in view is its parent
		}
		p := x.parents[z.PPID]
		if p == nil {
			proc := x.Find(z.PPID)
			p = &Parent{Process: proc, PID: z.PPID, Command: CommandOf(proc), whys: map[string]string{}, Container: x.containerOf(proc)}
			p.IsPID1 = proc != nil && x.pid1s.Of(proc) == proc
			x.parents[z.PPID] = p
		}
		if len(z.Rules) > 0 {
			p.Held++
			continue
		}
		p.Zombies++
		p.zombies = append(p.zombies, z)
		p.lasting = p.lasting || z.lasting
		switch z.Origin {
		case Own:
			p.Own++
		case Adopted:
			p.Adopted++
			if z.OriginSure == Certain {
				p.adoptedForSure++
			}
		default:
			p.UnknownOrigin++
		}
	}
	for _, p := range x.parents {
		p.Oldest, p.Newest = extremes(p.zombies)
		p.deaths = deathsOf(p.zombies)
		p.Rate, p.Timeline = rateOf(p), timelineOf(p)
		x.order = append(x.order, p)
	}
	slices.SortFunc(x.order, func(a, b *Parent) int { return cmp.Compare(a.PID, b.PID) })
}

func (z *Zombie) has(rule string) bool { return slices.Contains(z.Rules, rule) }

func (x *exam) report(r *Rule, f *Finding) {
	f.Rule, f.Name = r.ID, r.Name
	f.Severity = max(f.Severity, r.Severity)
	if x.Listing != nil {
		x.listed(f)
	}
	x.d.Findings = append(x.d.Findings, *f)
}

// finish orders everything and draws the conclusions.
func (x *exam) finish() {
	d := x.d
	for _, p := range x.order {
		slices.SortStableFunc(p.Rules, func(a, b string) int { return precedence(a) - precedence(b) })
		p.Why = x.why(p)
		if x.Listing != nil && p.Certainty == Certain {
			p.Certainty = Likely // see listed
		}
		d.Parents = append(d.Parents, *p)
	}
	slices.SortStableFunc(d.Parents, func(a, b Parent) int {
		return cmp.Or(cmp.Compare(b.Zombies, a.Zombies), cmp.Compare(b.Held, a.Held), cmp.Compare(a.PID, b.PID))
	})
	for _, ns := range x.spaces {
		d.Namespaces = append(d.Namespaces, *ns)
	}
	d.Containers = x.groupContainers()
	slices.SortStableFunc(d.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Rule, b.Rule), cmp.Compare(b.Zombies, a.Zombies), cmp.Compare(a.Subject.PID, b.Subject.PID))
	})
	for i := range d.Findings {
		d.Severity = max(d.Severity, d.Findings[i].Severity)
		d.Blind = d.Blind || d.Findings[i].Rule == "Z901"
	}
	d.InitWouldHelp, d.InitWhy = x.initWouldHelp()
	d.Sentence = x.sentence() + x.teardownClause() + x.limitClause()
}

// primaryOrder is the order in which one cause of a parent yields to another.
// First come those that are critical: what they say explains the others.
var primaryOrder = []string{"Z308", "Z311", "Z206", "Z205", "Z207", "Z208", "Z301", "Z310", "Z202", "Z204", "Z210", "Z203", "Z201"}

func precedence(rule string) int {
	if i := slices.Index(primaryOrder, rule); i >= 0 {
		return i
	}
	return len(primaryOrder)
}
