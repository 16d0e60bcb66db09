package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// Question is what there is to ask about one process.
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
	Process   *scan.Process
	Question  Question
	Sentence  string
	// Zombie is nil when it is none, or a passing one.
	Zombie *Zombie
	// Reaps: does it reap its children, and as PID 1 also what it adopts? For a
	// zombie it is the answer about its parent. Why says what it rests on.
	Reaps Answer
	Why   string
	// InitWouldHelp: would an init as PID 1 reap the zombies that this is about?
	InitWouldHelp Answer
	InitWhy       string
	Chain         []Link // from the top to the process itself
	// Namespaces are those that the chain passes, from the outermost; of one
	// whose PID 1 is not in view only the ID is known.
	Namespaces []Namespace
	// Adopter is who gets its children when it ends; nil: cannot be told.
	Adopter *Heir
	// Findings are those about it and the parent of a zombie, and about what
	// could not be seen.
	Findings []Finding
	Unread   []scan.Unread
}

// Link is one process of the chain, and what it is seen doing about children.
type Link struct {
	Process *scan.Process
	Command string
	Role    string // "PID 1", "subreaper", "parent", "zombie", "kernel thread"; "": none
	// NSPID is its PID in its own PID namespace, PIDNS the inode of that.
	NSPID   scan.Opt[int]
	PIDNS   scan.Opt[uint64]
	Living  int // children
	Zombies int
	// HasReaped: it has waited for a child, at some time in its life or in the
	// life of what it was before it executed its program.
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

// Inspect answers about one process; nil: it is not in view.
func Inspect(s *scan.Snapshot, pid int, o Options) *Process {
	proc := s.Find(pid)
	if proc == nil {
		return nil
	}
	x := examine(s, o)
	v := &Process{Diagnosis: x.d, Process: proc, Question: DoesItReap, Reaps: Unknown, InitWouldHelp: Unknown}
	if proc.State == scan.Zombie {
		v.Question = WhyStillHere
		for i := range x.d.Zombies {
			if x.d.Zombies[i].Process == proc {
				v.Zombie = &x.d.Zombies[i]
			}
		}
	}
	x.chain(v)
	x.adopter(v)
	if v.Question == WhyStillHere {
		x.whyStillHere(v)
	} else {
		x.doesItReap(v)
	}
	x.concerning(v)
	return v
}

// chain follows the parents upwards.
func (x *exam) chain(v *Process) {
	living, zombies := map[int]int{}, map[int]int{}
	for i := range x.Procs {
		if p := &x.Procs[i]; p.State == scan.Zombie {
			zombies[p.PPID]++
		} else {
			living[p.PPID]++
		}
	}
	parent := v.Process.PPID
	if v.Zombie != nil {
		parent = v.Zombie.PPID
	}
	seen := map[int]bool{}
	for p := v.Process; p != nil && !seen[p.PID]; {
		seen[p.PID] = true
		l := x.link(p)
		l.Living, l.Zombies = living[p.PID], zombies[p.PID]
		l.Role = x.role(v, p, parent)
		v.Chain = append(v.Chain, l)
		if p == v.Process {
			p = x.Find(parent)
		} else {
			p = x.Find(p.PPID)
		}
	}
	slices.Reverse(v.Chain)
	for i := range v.Chain {
		p1 := x.pid1s.Of(v.Chain[i].Process)
		if p1 == nil || slices.ContainsFunc(v.Namespaces, func(n Namespace) bool { return n.PID1 != nil && n.PID1.Process == p1 }) {
			continue
		}
		v.Namespaces = append(v.Namespaces, x.namespaceOf(p1))
	}
}

// namespaceOf returns the namespace of a PID 1, with the verdict on that, also
// of one that holds no zombie.
func (x *exam) namespaceOf(pid1 *scan.Process) Namespace {
	for _, ns := range x.spaces {
		if ns.PID1 != nil && ns.PID1.Process == pid1 {
			return *ns
		}
	}
	ns := Namespace{PID1: &PID1{Process: pid1}}
	if id, ok := pid1.PIDNS(); ok {
		ns.ID, ns.Host = scan.Some(id), id == initNS
	}
	x.judgePID1(ns.PID1)
	return ns
}

func (x *exam) link(p *scan.Process) Link {
	l := Link{Process: p, Command: CommandOf(p), HasReaped: x.hasReaped(p)}
	if pids := p.NSpid(); len(pids) > 0 {
		l.NSPID = scan.Some(pids[len(pids)-1])
	}
	if id, ok := p.PIDNS(); ok {
		l.PIDNS = scan.Some(id)
	}
	if p.State == scan.Zombie || p.KernelThread() {
		return l
	}
	chld := x.receives(p, scan.SIGCHLD)
	l.Sigchld, l.Evidence = sigchldWord(chld), append([]Evidence{reapedEvidence(p)}, chld.evidence...)
	w := x.waits(p)
	var ev *Evidence
	l.WaitsFor, l.Detail, ev = w.words()
	if ev != nil {
		l.Evidence = append(l.Evidence, *ev)
	}
	if how := x.halted(p); how != "" {
		l.Detail = strings.TrimPrefix(how, "is ")
	}
	if p.Listed != nil {
		l.Evidence = []Evidence{x.lineEvidence(p.Listed.Line)}
	}
	if p.Deep != nil {
		if wchan, ok := p.Deep.Wchan.Get(); ok && wchan != "0" && wchan != "" {
			l.Evidence = append(l.Evidence, Evidence{fmt.Sprintf("/proc/%d/wchan", p.PID), "", wchan})
		}
	}
	return l
}

func sigchldWord(r reception) string {
	switch {
	case r.fd:
		return "signalfd"
	case r.evidence == nil:
		return ""
	case r.ignored:
		return "ignored"
	case r.blocked:
		return "blocked"
	case r.caught:
		return "caught"
	case !r.known:
		return "" // another thread may block it
	default:
		return "default"
	}
}

// words says what a process is seen waiting for.
func (w *waiting) words() (kind, detail string, ev *Evidence) {
	switch {
	case w.any != nil:
		return "any-child", "any child", w.any
	case w.one != nil:
		return "one-child", "one child", w.one
	case w.vfork != nil:
		return "one-child", "the child that it started with vfork", w.vfork
	case w.some != nil:
		return "child", "a child", w.some
	case w.sigwait != nil:
		return "signal", "a signal", w.sigwait
	case w.known:
		return "nothing", "nothing", nil
	default:
		return "", "?", nil
	}
}

func (x *exam) role(v *Process, p *scan.Process, parent int) string {
	var roles []string
	if x.pid1s.Of(p) == p {
		roles = append(roles, "PID 1")
	} else if p.State != scan.Zombie && x.adopts(p) {
		roles = append(roles, "subreaper")
	}
	switch {
	case p.KernelThread():
		roles = append(roles, "kernel thread")
	case p == v.Process && v.Question == WhyStillHere:
		roles = append(roles, "zombie")
	case p != v.Process && p.PID == parent:
		roles = append(roles, "parent")
	}
	return strings.Join(roles, ", ")
}

// adopter finds who gets the children of a process when it ends: the nearest
// ancestor that is known, or seen, to be a subreaper, else PID 1.
func (x *exam) adopter(v *Process) {
	p := v.Process
	if v.Question == WhyStillHere {
		p = x.Find(x.parentOf(v))
	}
	if p == nil || p.KernelThread() {
		return
	}
	p1 := x.pid1s.Of(p)
	if p1 == nil || p1 == p { // when PID 1 ends, its namespace does
		return
	}
	q := p
	for range len(x.Procs) { // parents that form a loop end, too
		if q = x.Find(q.PPID); q == nil || q == p1 || x.pid1s.Of(q) != p1 {
			break // what came from outside goes to PID 1
		}
		if x.adopts(q) {
			reaps, why := x.reaps(q, knownProgram(q), x.waits(q), x.receives(q, scan.SIGCHLD))
			v.Adopter = &Heir{Process: q, Command: CommandOf(q), Reaps: reaps, Why: why}
			return
		}
	}
	ns := x.namespaceOf(p1)
	v.Adopter = &Heir{Process: p1, Command: ns.PID1.Command, PID1: true, Reaps: ns.PID1.Reaps, Why: ns.PID1.ReapsWhy}
}

// adopts reports whether a process below PID 1 is a subreaper, by its name or
// by what it has adopted.
func (x *exam) adopts(p *scan.Process) bool {
	par := x.parents[p.PID]
	return knownSubreaper(p) || par != nil && !par.IsPID1 && par.Adopted > 0
}

func (x *exam) parentOf(v *Process) int {
	if v.Zombie != nil {
		return v.Zombie.PPID
	}
	return v.Process.PPID
}

func (x *exam) whyStillHere(v *Process) {
	who := fmt.Sprintf("%s (PID %d)", v.Process.Comm, v.Process.PID)
	last, ok := x.lastLook(v.Process)
	switch {
	case v.Zombie == nil && (!ok || last.State != scan.Zombie):
		v.Reaps, v.Why = Yes, "it has reaped this one"
		v.Sentence = who + " was a zombie for a moment: it has been reaped since."
		return
	case v.Zombie == nil:
		v.Why = "it may be about to"
		v.Sentence = who + " has been dead for less than " + duration(x.opts.MinAge) + ": its parent may be about to reap it."
		return
	}
	z := v.Zombie
	since := ""
	if age := AgeText(z.Age); age != "?" {
		since = " for " + age
	}
	if f := x.exonerating(z); f != nil {
		v.Why, v.InitWouldHelp = f.Message, No
		v.InitWhy = initForUnreapable(map[string]int{f.Rule: 1})
		v.Sentence = fmt.Sprintf("%s has been a zombie%s: %s. An init as PID 1 would not help.", who, since, f.Message)
		if since == "" {
			v.Sentence = fmt.Sprintf("%s is a zombie: %s. An init as PID 1 would not help.", who, f.Message)
		}
		return
	}
	p := x.parents[z.PPID]
	v.Reaps, v.Why, v.InitWouldHelp, v.InitWhy = No, p.Why, p.InitWouldHelp, p.InitWhy
	if !z.lasting || p.Process == nil {
		v.Reaps = Unknown
	}
	v.Sentence = fmt.Sprintf("%s is a zombie because %s has not reaped it%s: %s. %s", who, nameOf(p), since, p.Why, initSentence(p.InitWouldHelp))
}

// exonerating is the finding that says why nobody can reap a zombie.
func (x *exam) exonerating(z *Zombie) *Finding {
	if len(z.Rules) == 0 {
		return nil
	}
	for i := range x.d.Findings {
		if f := &x.d.Findings[i]; f.Rule == z.Rules[0] && f.Subject.PID == z.Process.PID {
			return f
		}
	}
	return nil
}

func (x *exam) doesItReap(v *Process) {
	p := v.Process
	who := fmt.Sprintf("%s (PID %d)", shortCommand(p), p.PID)
	if p.Gone {
		v.Why = "it has ended since"
		v.Sentence = who + " ended while it was looked at."
		return
	}
	if p.KernelThread() {
		v.Why = "it is a kernel thread"
		v.Sentence = who + " is a kernel thread: the kernel reaps what it starts."
		return
	}
	l := &v.Chain[len(v.Chain)-1]
	par := x.parents[p.PID]
	pid1 := x.pid1s.Of(p) == p
	if pid1 {
		ns := x.namespaceOf(p)
		v.Reaps, v.Why = ns.PID1.Reaps, ns.PID1.ReapsWhy
		who += ", PID 1 of its namespace,"
	} else {
		v.Reaps, v.Why = x.reapsOwn(p, par, l.Living)
	}
	if par != nil && par.Zombies > 0 {
		v.InitWouldHelp, v.InitWhy = par.InitWouldHelp, par.InitWhy
	}
	switch {
	case par != nil && par.Zombies > 0:
		v.Sentence = fmt.Sprintf("%s has not reaped %s%s: %s. %s", who, count(par.Zombies, "zombie", "zombies"), since(par), par.Why, initSentence(par.InitWouldHelp))
	case v.Reaps == Yes:
		v.Sentence = who + " reaps: " + v.Why + "."
	case v.Reaps == No:
		v.Sentence = who + " would not reap: " + v.Why + "."
	default:
		v.Sentence = "Whether " + who + " reaps cannot be told: " + v.Why + "."
	}
}

// reapsOwn answers for a process that is not PID 1: does it reap the children
// that it starts?
func (x *exam) reapsOwn(p *scan.Process, par *Parent, living int) (Answer, string) {
	w, chld := x.waits(p), x.receives(p, scan.SIGCHLD)
	children, one := "has no child", "one"
	if living > 0 {
		children = "has " + count(living, "living child", "living children")
	}
	if par != nil && par.Held > 0 {
		children, one = "has "+count(par.Held, "zombie that it", "zombies that it")+" cannot reap yet", "a child"
		if rules := x.heldBy(par); rules != "" {
			children += " (" + rules + ")"
		}
	}
	switch {
	case par != nil && par.Zombies > 0 && par.lasting:
		return No, par.Why
	case p.Listed != nil:
		return Unknown, children + ", and a list does not tell what it waits for"
	case x.halted(p) != "":
		return Unknown, "it " + x.halted(p)
	case chld.known && chld.ignored:
		return Yes, "ignores SIGCHLD, so the kernel reaps for it"
	case w.any != nil:
		return Yes, "a thread waits for any child"
	case x.hasReaped(p):
		return Yes, "has waited for children, and keeps none"
	case w.one != nil:
		return Unknown, "waits for one child, and has reaped no other yet"
	case chld.deaf(w) && living > 0:
		return No, children + ", has never waited for " + one + ", and shows no means to"
	default:
		return Unknown, children + ", and has never waited for " + one
	}
}

// heldBy lists the rules that say why a parent cannot reap some of its zombies.
func (x *exam) heldBy(par *Parent) string {
	var rules []string
	for i := range x.d.Zombies {
		if z := &x.d.Zombies[i]; z.PPID == par.PID {
			rules = append(rules, z.Rules...)
		}
	}
	slices.Sort(rules)
	return strings.Join(slices.Compact(rules), ", ")
}

// heldBelow reports whether a finding says of a child of p that p cannot reap
// it.
func (x *exam) heldBelow(p *scan.Process, f *Finding) bool {
	return slices.ContainsFunc(x.d.Zombies, func(z Zombie) bool {
		return z.PPID == p.PID && z.Process.PID == f.Subject.PID && z.has(f.Rule)
	})
}

// concerning picks the findings and the unread files that matter here: whether
// SIGTERM gets through is another question.
func (x *exam) concerning(v *Process) {
	parent := 0
	if v.Question == WhyStillHere {
		parent = x.parentOf(v)
	}
	for i := range x.d.Findings {
		f := x.d.Findings[i]
		about := f.Subject.PID != 0 && (f.Subject.PID == v.Process.PID || f.Subject.PID == parent) ||
			slices.Contains(f.alsoAbout, v.Process.PID) || parent != 0 && slices.Contains(f.alsoAbout, parent) || x.heldBelow(v.Process, &f)
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
