package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// Where a snapshot was read from the text that ps prints, most facts are
// missing, and a 0 means nothing. What is said all the same is here.

// tellsMore is what to do about what a list does not tell.
const tellsMore = "To know more, run \"zombiectl scan\" in there, or the script of \"zombiectl capture --script\", which needs only a shell; where ps is all there is: ps -eo pid,ppid,pgid,sid,stat,lstart,time,args"

// listed makes of a finding one that rests on a list: it is one look by
// somebody else, so nothing in it is certain, and the evidence is its lines.
func (x *exam) listed(f *Finding) {
	if f.Certainty == Certain && f.Subject.PID != 0 {
		f.Certainty = Likely
	}
	var ev []Evidence
	shown := map[int]bool{}
	for _, e := range f.Evidence {
		m := aboutPID.FindStringSubmatch(e.File)
		if m == nil {
			ev = append(ev, e)
			continue
		}
		pid, _ := strconv.Atoi(m[1])
		if p := x.Find(pid); p != nil && p.Listed != nil && !shown[pid] {
			shown[pid] = true
			ev = append(ev, x.lineEvidence(p.Listed.Line))
		}
	}
	f.Evidence = ev
}

var aboutPID = regexp.MustCompile(`^/proc/([0-9]+)/`)

func (x *exam) lineEvidence(l scan.Line) Evidence {
	const most = 200 // bytes
	text := strings.TrimSpace(l.Text)
	if len(text) > most {
		text = text[:most] + "…"
	}
	return Evidence{x.Source.Path, fmt.Sprintf("line %d", l.Number), text}
}

// neverWaitsListed is Z201 by a list: a living parent keeps zombies.
func (x *exam) neverWaitsListed(p *Parent) *Finding {
	f := aboutProcess(p.Process)
	f.Zombies, f.Certainty = p.Zombies, Likely
	f.Message = fmt.Sprintf("keeps %s%s, and lives: it does not wait for %s, or not in time", count(p.Zombies, "zombie", "zombies"), batches(p), p.them())
	possibly, _ := gaps(p)
	f.Message += possibly
	f.Evidence = append(x.zombieEvidence(p), Evidence{statFile(p.PID), "", ""})
	switch {
	case p.Own == p.Zombies:
		p.InitWouldHelp, p.InitWhy = No, "their parent lives: only it can reap them, and an init never gets to see them"
	case x.plainProcess(p.Process):
		p.InitWouldHelp, p.InitWhy = No, "their parent lives, and is PID 1 of no container: only it can reap them"
	default:
		p.InitWhy = "whether this is the PID 1 of a container, and adopted these, a list does not tell: if so an init in there would reap them, and else only their parent can"
	}
	f.Advice = []string{
		"A second list, a moment later, shows whether they stay: the same PIDs are zombies that nobody reaps.",
		"The program has to wait for its children: in C waitpid() in a loop on SIGCHLD, in Go cmd.Wait(), in Python Popen.wait() or subprocess.run(), in Node the 'exit' event.",
		fmt.Sprintf("To clear them now, restart that program (PID %d); its zombies then pass to PID 1.", p.PID),
	}
	return f
}

// namespaceMakers start, beside shims, the first process of a PID namespace.
var namespaceMakers = []string{"runc", "crun", "youki", "podman", "dockerd", "containerd", "crio", "systemd-nspawn", "unshare", "bwrap", "nsenter"}

// plainProcess reports whether a process can be told to be PID 1 of no
// namespace, by what started it.
func (x *exam) plainProcess(p *scan.Process) bool {
	up := x.Find(p.PPID)
	return up != nil && !up.KernelThread() && !isShim(up) && !slices.Contains(namespaceMakers, up.Comm)
}

// batches says of how many commands the zombies of a parent are, and in how
// many batches they were started, where a list tells that: " of 7 commands in
// 3 batches".
func batches(p *Parent) string {
	commands, starts := map[string]bool{}, map[string]bool{}
	for _, z := range p.zombies {
		if z.Process.Listed == nil {
			return ""
		}
		commands[z.Process.Comm] = true
		starts[z.Process.Listed.Start] = true
	}
	text := ""
	if len(p.zombies) > 1 && len(commands) > 1 {
		text = " of " + count(len(commands), "command", "commands")
	}
	if n := len(starts); !starts[""] && n > 1 && n*2 <= len(p.zombies) {
		text += " in " + count(n, "batch", "batches")
	}
	return text
}

// whyListed is why for a parent that a list shows.
func (x *exam) whyListed(p *Parent) string {
	switch {
	case p.PID == scan.NoPID:
		return "the list does not tell whose they are"
	case p.Process == nil:
		return "not in the list"
	case x.halted(p.Process) != "":
		return x.halted(p.Process)
	case p.IsPID1:
		for _, ns := range x.spaces {
			if v := ns.PID1; v != nil && v.Process == p.Process && v.Init == No && v.Program == "" {
				return "PID 1 is no init"
			}
		}
		return "PID 1 does not reap " + p.them()
	default:
		return "it lives and does not wait for " + p.them()
	}
}

// partial reports whether a list shows that it does not have all processes.
func (x *exam) partial() bool {
	l := x.Listing
	n, counted := l.Tasks.Get()
	return x.Find(1) == nil || len(x.lost)+len(l.Cut)+len(l.Broken)+len(x.Unread) > 0 || counted && n > len(x.Procs)
}

// blindListed is Z901 for a list: what shows that it does not have all
// processes, or does not tell the zombies among them.
func blindListed(x *exam) []*Finding {
	var out []*Finding
	l := x.Listing
	add := func(c Certainty, msg string, ev []Evidence, advice string) {
		out = append(out, &Finding{Certainty: c, Message: msg, Evidence: ev, Advice: []string{advice}})
	}
	lines := func(list []scan.Line) []Evidence {
		var ev []Evidence
		for _, line := range list[:min(len(list), maxListed)] {
			ev = append(ev, x.lineEvidence(line))
		}
		return ev
	}
	const all = "For a verdict on all processes the whole list is needed: ps -eo pid,ppid,stat,args"
	switch {
	case x.Find(1) == nil:
		add(Certain, "PID 1 is not in the list: it is a part of one, or of the processes of one user", nil, all)
	case len(x.lost) > 0:
		p := x.lost[0]
		add(Certain, fmt.Sprintf("the parent of %s is not in the list: it is a part of one", count(len(x.lost), "process", "processes")),
			[]Evidence{x.lineEvidence(p.Listed.Line)}, all)
	}
	if n, ok := l.Tasks.Get(); ok && n > len(x.Procs) {
		add(Likely, fmt.Sprintf("top counted %d tasks, and %d are in the list", n, len(x.Procs)), nil, all)
	}
	if len(l.Cut) > 0 {
		add(Likely, "something was left out of the list", lines(l.Cut), all)
	}
	if n := len(l.Broken); n > 0 {
		add(Likely, fmt.Sprintf("%s among the processes could not be understood", count(n, "line", "lines")), lines(l.Broken), all)
	}
	if n := len(x.Unread); n > 0 {
		var parts []string
		for _, u := range x.Unread[:min(n, maxListed)] {
			parts = append(parts, u.File+": "+u.Reason)
		}
		f := &Finding{Certainty: Certain, Message: count(n, "line", "lines") + " of the list cannot be true: " + strings.Join(parts, "; "), Missing: x.Unread}
		out = append(out, f)
	}
	out = append(out, loops(x)...)
	return append(out, x.doubtful()...)
}

// unknownListed is Z902 for a list.
func unknownListed(x *exam) []*Finding {
	l := x.Listing
	var missing []string
	if len(x.d.Zombies) > 0 {
		missing = append(missing, "how long zombies have been dead", "how they died")
	}
	missing = append(missing, "what processes wait for", "which signals they handle")
	f := &Finding{Certainty: Certain, Zombies: len(x.d.Zombies), Advice: []string{tellsMore}}
	f.Message = "a list does not tell " + strings.Join(missing[:len(missing)-1], ", ") + " and " + missing[len(missing)-1]
	if !l.Parents && !l.ParentsByTree {
		f.Message += "; this one has no PPID column, so parents are not known"
	}
	if l.ParentsByTree {
		f.Message += "; parents are those of the tree that is drawn, which shows children of PID 1 and processes without a parent alike"
	}
	if l.Zombies == scan.ByBrackets && len(l.Doubtful) == 0 {
		f.Message += "; it has no STAT column, and zombies would be in brackets: there is likely none"
	}
	out := []*Finding{f}
	if l.Junk > 0 {
		out = append(out, &Finding{Certainty: Certain,
			Message:  fmt.Sprintf("%s of the text %s about no process, and %s ignored", count(l.Junk, "line", "lines"), isAre(l.Junk), wasWere(l.Junk)),
			Evidence: []Evidence{x.lineEvidence(l.Example)}})
	}
	return out
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// cleanListed is the sentence where no zombie was seen in a list.
func (x *exam) cleanListed() string {
	seen := count(x.d.Processes, "process", "processes")
	l := x.Listing
	switch {
	case len(l.Doubtful) > 0:
		return fmt.Sprintf("Blind: of %s in the list %s a zombie, which it does not show.", seen, maybe(len(l.Doubtful)))
	case x.d.Blind:
		return fmt.Sprintf("Blind: not every process is in the list. Of %s in it none is a zombie.", seen)
	case l.Zombies == scan.ByBrackets:
		return fmt.Sprintf("No zombie seen among %s%s.", seen, x.pid1Clause())
	default:
		return fmt.Sprintf("No zombies among %s%s.", seen, x.pid1Clause())
	}
}

func maybe(n int) string {
	if n == 1 {
		return "1 may be"
	}
	return fmt.Sprintf("each of %d may be", n)
}
