package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Question is a question about one process.
type Question string

// The questions. Of a zombie: why has nobody reaped it? Of any other process:
// does it reap its children?
const (
	WhyStillHere Question = "why-still-here"
	DoesItReap   Question = "does-it-reap"
)

// Process is the answer about one process, with the chain of its ancestors.
type Process struct {
	Diagnosis *Diagnosis // of the whole, of which this is a part
	Process   *facts.Process
	Question  Question
	Sentence  string
	Zombie    *Zombie // nil when it is not one, or a transient one
	// Reaps: does it reap its children, and as PID 1 also the orphans that it
	// adopts? For a zombie it is the answer about its parent. Why says what it
	// rests on.
	Reaps         Answer
	Why           string
	InitWouldHelp Answer // would an init as PID 1 reap the zombies that this is about?
	InitWhy       string
	Chain         []Link // from the top to the process itself
	// Namespaces are those that the chain passes, from the outermost; of one
	// whose PID 1 was not seen only the ID is known.
	Namespaces []Namespace
	Adopter    *Heir // who gets its children when it exits; nil: it is unknown
	// Findings are those about it and the parent of a zombie, and about what could not be seen.
	Findings []Finding
	Unread   []facts.Unread
}

// Link is one process of the chain, and how it is seen treating its children.
type Link struct {
	Process *facts.Process
	Command string
	Role    string            // "PID 1", "subreaper", "parent", "zombie", "kernel thread"; "": none
	NSPID   facts.Opt[int]    // its PID in its own PID namespace
	PIDNS   facts.Opt[uint64] // the inode of that
	Living  int               // children
	Zombies int
	// HasReaped: it has waited for a child at some time, or the program that ran
	// in this process before its last execve has.
	HasReaped bool
	// Sigchld is how it would receive SIGCHLD: default, ignored, caught, blocked
	// (in some thread) or signalfd; "": unknown.
	Sigchld string
	// WaitsFor is any-child, one-child, child, signal or nothing; "": unknown.
	// Detail says it for people.
	WaitsFor string
	Detail   string
	Evidence []Evidence
}

// Inspect answers about one process; nil: it was not seen.
func Inspect(s *facts.Snapshot, pid int, o Options) *Process {
	proc := s.Find(pid)
	if proc == nil {
		return nil
	}
	x := observe.New(s, o)
	v := &Process{Diagnosis: Judge(x), Process: proc, Question: DoesItReap, Reaps: Unknown, InitWouldHelp: Unknown}
	in := &inspector{x: x, d: v.Diagnosis, v: v}
	if proc.State == facts.Zombie {
		v.Question = WhyStillHere
		for i := range in.d.Zombies {
			if in.d.Zombies[i].Process == proc {
				v.Zombie = &in.d.Zombies[i]
			}
		}
	}
	in.chain()
	if v.Question == WhyStillHere {
		v.Adopter = x.Heirs.Known(x.Find(in.parentPID()))
		in.whyStillHere()
	} else {
		v.Adopter = x.Heirs.Known(proc)
		in.doesItReap()
	}
	in.concerning()
	return v
}

type inspector struct {
	x *observe.Observation
	d *Diagnosis
	v *Process
}

// parent returns the conclusion about a parent of zombies; nil: it does not have
// any.
func (in *inspector) parent(pid int) *Parent {
	if i := slices.IndexFunc(in.d.Parents, func(p Parent) bool { return p.PID == pid }); i >= 0 {
		return &in.d.Parents[i]
	}
	return nil
}

func (in *inspector) chain() {
	x, v := in.x, in.v
	living, zombies := map[int]int{}, map[int]int{}
	for i := range x.Procs {
		if p := &x.Procs[i]; p.State == facts.Zombie {
			zombies[p.PPID]++
		} else {
			living[p.PPID]++
		}
	}
	parent := in.parentPID()
	seen := map[int]bool{}
	for p := v.Process; p != nil && !seen[p.PID]; {
		seen[p.PID] = true
		l := in.link(p)
		l.Living, l.Zombies = living[p.PID], zombies[p.PID]
		l.Role = in.role(p, parent)
		v.Chain = append(v.Chain, l)
		if p == v.Process {
			p = x.Find(parent)
		} else {
			p = x.Find(p.PPID)
		}
	}
	slices.Reverse(v.Chain)
	for i := range v.Chain {
		p1 := x.PID1s.Of(v.Chain[i].Process)
		if p1 == nil || slices.ContainsFunc(v.Namespaces, func(n Namespace) bool { return n.PID1 != nil && n.PID1.Process == p1 }) {
			continue
		}
		v.Namespaces = append(v.Namespaces, worded(x.Namespaces.Of(p1)))
	}
}

func (in *inspector) link(p *facts.Process) Link {
	x := in.x
	l := Link{Process: p, Command: observe.CommandOf(p), PIDNS: observe.Deep(p).PIDNS, HasReaped: observe.HasReaped(x.Snapshot, p)}
	if pids := p.NSpid(); len(pids) > 0 {
		l.NSPID = facts.Some(pids[len(pids)-1])
	}
	if p.State == facts.Zombie || p.KernelThread() {
		return l
	}
	chld := observe.Receives(p, facts.SIGCHLD)
	l.Sigchld, l.Evidence = sigchldWord(chld), append([]Evidence{observe.Reaped(p)}, chld.Evidence...)
	w := x.Waits.Of(p)
	var ev *Evidence
	l.WaitsFor, l.Detail, ev = waitsFor(&w)
	if ev != nil {
		l.Evidence = append(l.Evidence, *ev)
	}
	if h := x.Halts.Of(p); h != nil {
		l.Detail = phrase.Halted(h.Kind)
	}
	if p.Listed != nil {
		l.Evidence = []Evidence{observe.Line(x.Snapshot, p.Listed.Line)}
	}
	if wchan, ok := observe.WchanOf(p); ok {
		l.Evidence = append(l.Evidence, observe.ProcFile(p.PID, "wchan", wchan))
	}
	return l
}

func sigchldWord(r observe.Reception) string {
	switch {
	case r.FD:
		return "signalfd"
	case r.Evidence == nil:
		return ""
	case r.Ignored:
		return "ignored"
	case r.Blocked:
		return "blocked"
	case r.Caught:
		return "caught"
	case !r.Known:
		return "" // another thread may block it
	default:
		return "default"
	}
}

func waitsFor(w *observe.Waiting) (kind, detail string, ev *Evidence) {
	switch {
	case w.Any != nil:
		return "any-child", "any child", w.Any
	case w.One != nil:
		return "one-child", "one child", w.One
	case w.Vfork != nil:
		return "one-child", "the child that it started with vfork", w.Vfork
	case w.Some != nil:
		return "child", "a child", w.Some
	case w.Sigwait != nil:
		return "signal", "a signal", w.Sigwait
	case w.Known:
		return "nothing", "nothing", nil
	default:
		return "", "?", nil
	}
}

func (in *inspector) role(p *facts.Process, parent int) string {
	var roles []string
	if in.x.IsPID1(p) {
		roles = append(roles, "PID 1")
	} else if p.State != facts.Zombie && in.x.Heirs.Adopts(p) {
		roles = append(roles, "subreaper")
	}
	switch {
	case p.KernelThread():
		roles = append(roles, "kernel thread")
	case p == in.v.Process && in.v.Question == WhyStillHere:
		roles = append(roles, "zombie")
	case p != in.v.Process && p.PID == parent:
		roles = append(roles, "parent")
	}
	return strings.Join(roles, ", ")
}

// parentPID is that of its parent, at the last look.
func (in *inspector) parentPID() int {
	if in.v.Zombie != nil {
		return in.v.Zombie.PPID
	}
	return in.v.Process.PPID
}

func (in *inspector) whyStillHere() {
	x, v := in.x, in.v
	who := fmt.Sprintf("%s (PID %d)", v.Process.Comm, v.Process.PID)
	last, ok := observe.LastLook(x.Snapshot, v.Process)
	switch {
	case v.Zombie == nil && (!ok || last.State != facts.Zombie):
		v.Reaps, v.Why = Yes, "it has reaped this one"
		v.Sentence = who + " was a zombie for a moment: it has been reaped since."
		return
	case v.Zombie == nil:
		v.Why = "it may be about to"
		v.Sentence = who + " has been dead for less than " + english.Duration(x.Options.MinAge) + ": its parent may be about to reap it."
		return
	}
	z := v.Zombie
	since := ""
	if age := phrase.Age(z.Age); age != "?" {
		since = " for " + age
	}
	if f := in.exonerating(z); f != nil {
		v.Why, v.InitWouldHelp = f.Cause(), No
		v.InitWhy = initForUnreapable(map[string]int{f.Rule: 1})
		v.Sentence = fmt.Sprintf("%s has been a zombie%s: %s. An init would not help.", who, since, f.Cause())
		if since == "" {
			v.Sentence = fmt.Sprintf("%s is a zombie: %s. An init would not help.", who, f.Cause())
		}
		return
	}
	p := in.parent(z.PPID)
	v.Reaps, v.Why, v.InitWouldHelp, v.InitWhy = No, p.Why, p.InitWouldHelp, p.InitWhy
	if !z.Lasting || p.Process == nil {
		v.Reaps = Unknown
	}
	v.Sentence = fmt.Sprintf("%s is a zombie because %s has not reaped it%s: %s. %s", who, phrase.Parent(p.Parent), since, p.Why, phrase.InitWould(p.Parent, p.Init))
}

// exonerating is the finding that says why nobody can reap a zombie.
func (in *inspector) exonerating(z *Zombie) *Finding {
	for i := range in.d.Findings {
		if f := &in.d.Findings[i]; len(z.Rules) > 0 && f.Rule == z.Rules[0] && f.Subject.PID == z.Process.PID {
			return f
		}
	}
	return nil
}

func (in *inspector) doesItReap() {
	x, v := in.x, in.v
	p := v.Process
	who := fmt.Sprintf("%s (PID %d)", observe.ShortCommand(p), p.PID)
	switch {
	case p.Gone:
		v.Why, v.Sentence = "it has exited since", who+" exited while it was looked at."
		return
	case p.KernelThread():
		v.Why, v.Sentence = "it is a kernel thread", who+" is a kernel thread: the kernel reaps what it starts."
		return
	}
	l := &v.Chain[len(v.Chain)-1]
	par := in.parent(p.PID)
	if x.IsPID1(p) {
		ns := worded(x.Namespaces.Of(p))
		v.Reaps, v.Why = ns.PID1.Reaps, ns.PID1.ReapsWhy
		who += ", PID 1 of its namespace,"
	} else {
		v.Reaps, v.Why = in.reapsOwn(p, par, l.Living)
	}
	switch {
	case par != nil && par.Zombies > 0:
		v.InitWouldHelp, v.InitWhy = par.InitWouldHelp, par.InitWhy
		v.Sentence = fmt.Sprintf("%s has left %s%s: %s. %s", who, phrase.Zombies(par.Zombies), phrase.Since(par.Parent), par.Why, phrase.InitWould(par.Parent, par.Init))
	case v.Reaps == Yes:
		v.Sentence = who + " reaps: " + v.Why + "."
	case v.Reaps == No:
		v.Sentence = who + " would not reap: " + v.Why + "."
	default:
		v.Sentence = "It is unknown whether " + who + " reaps: " + v.Why + "."
	}
}

// reapsOwn answers for a process that is not PID 1: does it reap the children that it starts?
func (in *inspector) reapsOwn(p *facts.Process, par *Parent, living int) (Answer, string) {
	w, chld, halt := in.x.Waits.Of(p), observe.Receives(p, facts.SIGCHLD), in.x.Halts.Of(p)
	children, one := "it has no child", "one"
	if living > 0 {
		children = "it has " + english.Count(living, "running child", "running children")
	}
	if par != nil && par.Held > 0 {
		children, one = "it has "+english.Count(par.Held, "zombie that it", "zombies that it")+" cannot reap yet", "a child"
		if rules := in.heldBy(par); rules != "" {
			children += " (" + rules + ")"
		}
	}
	switch {
	case par != nil && par.Zombies > 0 && par.Lasting:
		return No, par.Why
	case p.Listed != nil:
		return Unknown, children + ", and a list does not show what it waits for"
	case halt != nil:
		return Unknown, "it " + phrase.Halt(halt.Kind)
	case chld.Known && chld.Ignored:
		return Yes, "it ignores SIGCHLD, so the kernel reaps for it"
	case w.Any != nil:
		return Yes, "a thread waits for any child"
	case observe.HasReaped(in.x.Snapshot, p):
		return Yes, "it has waited for children, and has left no zombie"
	case w.One != nil:
		return Unknown, "it waits for one child, and has reaped no other yet"
	case chld.Deaf(w) && living > 0:
		return No, children + ", has never waited for " + one + ", and has no visible means to"
	default:
		return Unknown, children + ", and has never waited for " + one
	}
}

// heldBy lists the rules that say why a parent cannot reap some of its zombies.
func (in *inspector) heldBy(par *Parent) string {
	var rules []string
	for _, z := range in.d.Zombies {
		if z.PPID == par.PID {
			rules = append(rules, z.Rules...)
		}
	}
	slices.Sort(rules)
	return strings.Join(slices.Compact(rules), ", ")
}

// heldBelow reports whether a finding says of a child of p that p cannot reap it.
func (in *inspector) heldBelow(p *facts.Process, f *Finding) bool {
	return slices.ContainsFunc(in.d.Zombies, func(z Zombie) bool {
		return z.PPID == p.PID && z.Process.PID == f.Subject.PID && slices.Contains(z.Rules, f.Rule)
	})
}

// concerning picks the findings and the unread files that matter here: whether
// SIGTERM gets through is another question.
func (in *inspector) concerning() {
	x, v, d := in.x, in.v, in.d
	parent := 0
	if v.Question == WhyStillHere {
		parent = in.parentPID()
	}
	for i := range d.Findings {
		f := d.Findings[i]
		about := f.Subject.PID != 0 && (f.Subject.PID == v.Process.PID || f.Subject.PID == parent) ||
			slices.Contains(f.AlsoAbout, v.Process.PID) || parent != 0 && slices.Contains(f.AlsoAbout, parent) || in.heldBelow(v.Process, &f)
		if f.Rule == "Z901" || about && f.Rule != "Z303" {
			v.Findings = append(v.Findings, f)
		}
	}
	inChain := map[int]bool{}
	for i := range v.Chain {
		inChain[v.Chain[i].Process.PID] = true
	}
	for _, u := range x.Unread {
		if inChain[u.PID] {
			v.Unread = append(v.Unread, u)
		}
	}
}
