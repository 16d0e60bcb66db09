package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// initNS is the inode of the initial PID namespace (PROC_PID_INIT_INO).
const initNS = 0xEFFFFFFC

// findNamespaces lists our own PID namespace and each that holds a zombie.
func (x *exam) findNamespaces() {
	byPID1 := map[*scan.Process]*Namespace{}
	ours := &Namespace{Ours: true, Host: x.onHost()}
	pid1 := x.Find(1)
	if id, ok := pid1.PIDNS(); ok {
		ours.ID = scan.Some(id)
	} else if self, ok := x.Self.Get(); ok {
		ours.ID = self.PIDNS
	}
	if pid1 != nil {
		ours.PID1 = &PID1{Process: pid1}
		byPID1[pid1] = ours
	}
	x.spaces = append(x.spaces, ours)
	for i := range x.d.Zombies {
		z := &x.d.Zombies[i]
		ns := ours
		if p1 := x.pid1s.Of(z.Process); p1 != nil {
			if ns = byPID1[p1]; ns == nil {
				ns = &Namespace{PID1: &PID1{Process: p1}}
				byPID1[p1] = ns
				x.spaces = append(x.spaces, ns)
			}
		} else if id, ok := z.Process.PIDNS(); ok && len(z.Process.NSpid()) > 1 {
			ns = x.unseenNamespace(id)
		}
		if id, ok := z.Process.PIDNS(); ok && !ns.ID.Known() {
			ns.ID = scan.Some(id)
		}
		ns.Zombies++
	}
	if x.opts.AllNamespaces {
		for i := range x.Procs {
			p := &x.Procs[i]
			if pids := p.NSpid(); p.State != scan.Zombie && len(pids) > 1 && pids[len(pids)-1] == 1 && byPID1[p] == nil {
				ns := &Namespace{PID1: &PID1{Process: p}}
				if id, ok := p.PIDNS(); ok {
					ns.ID = scan.Some(id)
				}
				byPID1[p] = ns
				x.spaces = append(x.spaces, ns)
			}
		}
	}
	for _, ns := range x.spaces {
		if ns.PID1 != nil {
			ns.Container = x.containerOf(ns.PID1.Process)
		}
	}
	slices.SortStableFunc(x.spaces, func(a, b *Namespace) int { return cmp.Compare(a.pid(), b.pid()) })
}

// unseenNamespace is one whose PID 1 is not in view.
func (x *exam) unseenNamespace(id uint64) *Namespace {
	for _, ns := range x.spaces {
		if n, ok := ns.ID.Get(); ok && n == id {
			return ns
		}
	}
	ns := &Namespace{ID: scan.Some(id)}
	x.spaces = append(x.spaces, ns)
	return ns
}

func (n *Namespace) pid() int {
	if n.PID1 == nil {
		return 1 << 31 // after those that are known
	}
	return n.PID1.Process.PID
}

// onHost reports whether we look at the machine's initial PID namespace. Only
// there kernel threads are in view.
func (x *exam) onHost() bool {
	if ns, ok := x.Find(1).PIDNS(); ok {
		return ns == initNS
	}
	if self, ok := x.Self.Get(); ok {
		if ns, ok := self.PIDNS.Get(); ok {
			return ns == initNS
		}
	}
	return slices.ContainsFunc(x.Procs, func(p scan.Process) bool { return p.KernelThread() })
}

// judgePID1s answers the two questions about each PID 1.
func (x *exam) judgePID1s() {
	for _, ns := range x.spaces {
		if ns.PID1 != nil {
			x.judgePID1(ns.PID1)
		}
	}
}

func (x *exam) judgePID1(v *PID1) {
	p := v.Process
	v.Command = CommandOf(p)
	if p.State == scan.Zombie { // and its namespace with it
		const ended = "it has ended"
		v.Init, v.Reaps, v.ReapsWhy, v.ForwardsSigterm, v.ForwardsSigtermWhy = Unknown, Unknown, ended, Unknown, ended
		return
	}
	known := knownProgram(p)
	w := x.waits(p)
	chld := x.receives(p, scan.SIGCHLD)
	switch {
	case known != nil:
		v.Program = strings.TrimSuffix(known.name, "*")
		if known.kind == "shell" {
			v.Program = "a shell"
		}
	case chld.isGo:
		v.Program = "a Go program"
	}
	v.Reaps, v.ReapsWhy = x.reaps(p, known, w, chld)
	v.ForwardsSigterm, v.ForwardsSigtermWhy = x.forwards(p, known, w)
	v.Init = isInit(v, known)
	v.Evidence = append(chld.evidence, reapedEvidence(p))
}

// reaps answers: does it reap the orphans that it adopts? Evidence comes
// first, then behaviour that leaves no doubt, then its name, then the rest.
func (x *exam) reaps(p *scan.Process, known *program, w waiting, chld reception) (Answer, string) {
	halted := x.halted(p) != ""
	if par := x.parents[p.PID]; par != nil && par.lasting && !halted && !x.tooSlow(par) && par.Adopted+par.UnknownOrigin > 0 {
		what := count(par.Adopted+par.UnknownOrigin, "zombie", "zombies")
		if par.UnknownOrigin == 0 {
			what = count(par.Adopted, "orphan", "orphans")
		}
		return No, "keeps " + what
	}
	switch {
	case p.Lingers():
		return Unknown, "it has ended, and its namespace with it"
	case x.parents[p.PID] != nil && x.tooSlow(x.parents[p.PID]):
		if x.reapsLate(x.parents[p.PID]) {
			return Yes, "was seen reaping, and is late"
		}
		return Yes, "was seen reaping, and cannot keep up"
	case x.Reapings[p.PID].Orphans > 0:
		return Yes, "was seen reaping orphans"
	case chld.known && chld.ignored:
		return Yes, "ignores SIGCHLD, so the kernel reaps for it"
	case w.any != nil && (known == nil || known.reaps != Yes):
		return Yes, "a thread waits for any child"
	case known != nil && known.reaps != Unknown:
		return known.reaps, byName(known)
	case chld.deaf(w) && w.one == nil && !halted:
		if x.hasReaped(p) {
			return No, "no thread waits, and nothing would tell it of SIGCHLD"
		}
		return No, "has never waited for a child, and shows no means to"
	case known != nil && !known.isInit():
		return Unknown, byName(known)
	case x.hasReaped(p):
		return Unknown, "has waited for children, whether also for orphans cannot be told"
	default:
		return Unknown, "cannot be told from what was read"
	}
}

// forwards answers: does SIGTERM sent to it reach the program it is there for?
func (x *exam) forwards(p *scan.Process, known *program, w waiting) (Answer, string) {
	term := x.receives(p, sigterm)
	named := known != nil && known.sigterm != Unknown
	switch {
	case p.Lingers():
		return Unknown, "it has ended, and its namespace with it"
	case term.known && term.caught && known != nil && known.kind == "shell":
		return Unknown, "a shell with a trap: whether it passes SIGTERM on is up to the script"
	case named && known.sigterm == Yes && (known.isInit() || !term.deaf(w) || term.isGo):
		return Yes, "is " + known.name
	case term.known && term.caught && known != nil && known.ownHandler:
		return Unknown, "the handler is the runtime's own, which may not end a PID 1"
	case term.known && term.isGo:
		return Yes, "the Go runtime handles it, and ends the program"
	case term.known && term.caught:
		return Yes, "it has a handler"
	case term.fd:
		return Yes, "it reads it from a signalfd"
	case named && known.sigterm == No:
		return No, "a " + known.kind + " passes no signal on"
	case term.deaf(w):
		return No, "no handler: the kernel drops it, and a stop waits out its grace period"
	case term.blocked || w.sigwait != nil:
		return Unknown, "it may wait for it: which signals it waits for the kernel does not tell"
	default:
		return Unknown, "cannot be told from what was read"
	}
}

func byName(p *program) string {
	what := "is " + strings.TrimSuffix(p.name, "*")
	if p.kind == "shell" {
		what = "a shell"
	}
	if p.note != "" {
		what += ": " + p.note
	}
	return what
}

// isInit answers whether it is an init: made for it, and seen doing no less.
func isInit(v *PID1, known *program) Answer {
	switch {
	case v.Reaps == No:
		return No
	case known != nil && known.isInit():
		return Yes
	case known != nil:
		return No
	case v.Reaps == Yes && v.ForwardsSigterm == Yes:
		return Yes
	default:
		return Unknown
	}
}

// keeps reports whether the PID 1 of a namespace keeps zombies that are held
// against it.
func (x *exam) keeps(v *PID1) bool {
	p := x.parents[v.Process.PID]
	return p != nil && p.Zombies > 0
}

// pid1NotInit is Z302.
func pid1NotInit(x *exam) []*Finding {
	var out []*Finding
	for _, ns := range x.spaces {
		if v := ns.PID1; v != nil && v.Init == No && !x.keeps(v) {
			f := aboutProcess(v.Process)
			f.Certainty = Likely
			f.Message = "PID 1 is no init (" + v.ReapsWhy + "): it keeps no zombie yet"
			if v.Reaps == Yes || x.parents[scan.NoPID] != nil { // whose zombies may be its
				f.Message = "PID 1 is no init: " + v.ReapsWhy
			}
			f.Evidence = v.Evidence
			f.Advice = []string{x.initLine(v.Process, "before it hurts")}
			out = append(out, f)
		}
	}
	return out
}

// pid1DropsSigterm is Z303.
func pid1DropsSigterm(x *exam) []*Finding {
	var out []*Finding
	for _, ns := range x.spaces {
		v := ns.PID1
		if v == nil || ns.Host || v.ForwardsSigterm != No {
			continue
		}
		f := aboutProcess(v.Process)
		f.Certainty = Likely
		term := x.receives(v.Process, sigterm)
		if term.deaf(x.waits(v.Process)) {
			f.Certainty = Certain
		}
		f.Message = "SIGTERM does not get through PID 1 (" + v.ForwardsSigtermWhy + ")"
		f.Evidence = term.evidence
		f.Missing = x.unreadOf(v.Process.PID)
		f.Advice = []string{"An init as PID 1 passes SIGTERM on; so does a handler in the program itself. An image may name another STOPSIGNAL."}
		out = append(out, f)
	}
	return out
}

// initCannotHelp is Z305: there is a good init, and the parents live. One
// finding speaks for all parents below the same PID 1.
func initCannotHelp(x *exam) []*Finding {
	var out []*Finding
	below := map[*PID1][]*Parent{}
	var inits []*PID1
	for _, p := range x.order {
		if p.IsPID1 || p.Zombies == 0 || p.Process == nil {
			continue
		}
		v := x.verdictOver(p.Process)
		if v == nil || v.Init != Yes || v.Reaps != Yes {
			continue
		}
		if below[v] == nil {
			inits = append(inits, v)
		}
		below[v] = append(below[v], p)
	}
	for _, v := range inits {
		parents := below[v]
		p := parents[0]
		f := aboutProcess(p.Process)
		f.Certainty = Likely
		f.Message = fmt.Sprintf("PID 1 of its namespace (%s) is an init, and cannot help: these zombies have a living parent", v.Process.Comm)
		if x.culprits() > 1 { // whose zombies these are has to be said
			f.Message = fmt.Sprintf("lives, so that PID 1 of its namespace (%s), an init, cannot help", v.Process.Comm)
		}
		for _, p := range parents {
			if len(f.Evidence) < maxListed {
				f.Evidence = append(f.Evidence, Evidence{statFile(p.PID), "field 3 (state)", p.Process.State.String()})
			}
			f.Zombies += p.Zombies
			f.alsoAbout = append(f.alsoAbout, p.PID)
		}
		if len(parents) > 1 {
			f.Subject, f.Comm = v.Process.ID(), v.Process.Comm
			f.Message = fmt.Sprintf("is an init, and cannot help: %d processes below it keep %d zombies, and live", len(parents), f.Zombies)
		}
		out = append(out, f)
	}
	return out
}

// culprits counts the parents with zombies that are held against them.
func (x *exam) culprits() int {
	n := 0
	for _, p := range x.order {
		if p.Zombies > 0 {
			n++
		}
	}
	return n
}

// verdictOver is the verdict on the PID 1 of a process's namespace.
func (x *exam) verdictOver(p *scan.Process) *PID1 {
	p1 := x.pid1s.Of(p)
	for _, ns := range x.spaces {
		if ns.PID1 != nil && ns.PID1.Process == p1 {
			return ns.PID1
		}
	}
	return nil
}

// sharedPIDNamespace is Z306: PID 1 is a pod's sandbox process, which has no
// program of its own, or another container's, so that everything else belongs
// to other containers than one.
func sharedPIDNamespace(x *exam) []*Finding {
	p := x.Find(1)
	if p == nil || x.onHost() {
		return nil
	}
	self, _ := x.Self.Get()
	shared, ev := x.sharedPID(x.d.Stand.Container)
	if !shared {
		return nil
	}
	f := aboutProcess(p)
	f.Certainty, f.Evidence = Likely, ev
	others := 0
	for i := range x.Procs {
		// The main process of every other container has no parent in here.
		// Where parents are not told they all count: it has no child.
		if q := &x.Procs[i]; (q.PPID == 0 || q.PPID == scan.NoPID) && q.PID != 1 && q.PID != self.PID {
			if others++; others <= maxListed {
				f.Evidence = append(f.Evidence, Evidence{statFile(q.PID), "fields 2, 4 (comm, ppid)", q.Comm + " 0"})
			}
		}
	}
	infra := knownProgram(p)
	switch sandbox := infra != nil && infra.kind == "infra"; {
	case sandbox && others == 0:
		return nil // it may be all that there is
	case sandbox:
		f.Message = fmt.Sprintf("PID 1 is the pod's %s: its containers share a PID namespace. ", p.Comm)
	default:
		f.Message = fmt.Sprintf("PID 1 (%s) is in another container than we: these share a PID namespace. ", p.Comm)
	}
	exposed, more := x.exposed("other containers")
	if x.d.Stand.Place == InSharedPID {
		f.Message += exposed
		f.Evidence = append(f.Evidence, more...)
	} else {
		f.Message += "Each sees the processes and command lines of the others"
	}
	f.Advice = []string{"Orphans are reaped for all containers of the pod, where PID 1 is an init. Where the containers must not see each other, give each its own init instead."}
	return []*Finding{f}
}

// hostPIDNamespace is Z307.
func hostPIDNamespace(x *exam) []*Finding {
	if x.d.Stand.Place != OnHostPID {
		return nil
	}
	exposed, ev := x.exposed("the node")
	return []*Finding{{
		Certainty: Likely,
		Message:   "we are in a container, and in the machine's own PID namespace. " + exposed,
		Evidence:  append(x.d.Stand.Evidence, ev...),
		Advice:    []string{"Where that is not meant, take it away (hostPID: true, docker run --pid=host).", hostPIDCost},
	}}
}
