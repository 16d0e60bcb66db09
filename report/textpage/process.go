package textpage

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Process writes the answer for people: in a dozen lines, or with all that it
// rests on.
func Process(p *page.Page, v *diagnose.Process, full bool) {
	part := partOf(v)
	sentence(p, part)
	p.Heading("CHAIN")
	chain(p, v, full)
	answers(p, v)
	if full {
		for _, link := range v.Chain {
			for _, l := range words.EvidenceLines(link.Evidence) {
				p.Linef("    %s", l)
			}
		}
		for _, n := range v.Namespaces {
			namespace(p, n)
		}
		allFindings(p, part)
	} else {
		findings(p, "FOUND", part.Findings)
	}
	whatToDo(p, part, full)
	unread(p, part.Snapshot)
}

// partOf is the diagnosis with nothing in it but what concerns one process.
func partOf(v *diagnose.Process) *diagnose.Diagnosis {
	whole := v.Diagnosis
	snap := *whole.Snapshot
	snap.Unread = v.Unread
	part := &diagnose.Diagnosis{
		Snapshot: &snap, Sentence: v.Sentence, Findings: v.Findings, InitWouldHelp: v.InitWouldHelp, Blind: whole.Blind,
	}
	for _, f := range v.Findings {
		part.Severity = max(part.Severity, f.Severity)
	}
	culprit := v.Process.PID
	if v.Zombie != nil {
		culprit = v.Zombie.PPID
		part.Zombies = []diagnose.Zombie{*v.Zombie}
	}
	part.Parents = slices.DeleteFunc(slices.Clone(whole.Parents), func(c diagnose.Parent) bool { return c.PID != culprit })
	if len(part.Zombies) == 0 && len(part.Parents) > 0 {
		part.Zombies = whole.Zombies
	}
	return part
}

func chain(p *page.Page, v *diagnose.Process, full bool) {
	nested := full || len(v.Namespaces) > 1
	for _, l := range v.Chain {
		inside, ok := l.NSPID.Get()
		nested = nested || ok && inside != l.Process.PID
	}
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "INSIDE", Right: true}, {Head: "NAMESPACE"}, {Head: "STATE"}, {Head: "COMMAND", Least: 12}, {Head: "ROLE"},
		{Head: "CHILDREN"}, {Head: "REAPED"}, {Head: "SIGCHLD"}, {Head: "WAITS FOR"},
	}
	const most = 8 // links; a chain is seldom longer
	left := max(0, len(v.Chain)-most)
	if full {
		left = 0
	}
	rows := make([][]string, len(v.Chain)-left)
	for i := range rows {
		rows[i] = linkRow(&v.Chain[left+i])
	}
	if !nested {
		cols, rows = page.Without(cols, rows, "INSIDE", "NAMESPACE")
	}
	if left > 0 {
		p.Linef("  … %s above: -o wide shows them", english.Count(left, "more ancestor", "more ancestors"))
	}
	p.Table(cols, rows)
}

func linkRow(l *diagnose.Link) []string {
	zombie := l.Process.State == facts.Zombie
	children, reaped, sigchld := "", "", cmp.Or(l.Sigchld, "?")
	if !zombie {
		children = strconv.Itoa(l.Living + l.Zombies)
	}
	if !zombie && l.Zombies > 0 {
		children += fmt.Sprintf(" (%d Z)", l.Zombies)
	}
	switch {
	case zombie || l.Process.KernelThread():
		sigchld = ""
	case l.Process.Listed != nil: // a list does not show it
		reaped = "?"
	case l.HasReaped:
		reaped = "some"
	default:
		reaped = "never"
	}
	return []string{
		strconv.Itoa(l.Process.PID), words.OrUnknown(words.Pointer(l.NSPID)), words.OrUnknown(words.Pointer(l.PIDNS)), sanitize.Clean(l.Process.State.String()),
		sanitize.CleanTo(l.Command, words.MaxCommand), l.Role, children, reaped, sigchld, sanitize.Clean(l.Detail),
	}
}

// answers are what the table has no room for.
func answers(p *page.Page, v *diagnose.Process) {
	if z := v.Zombie; z != nil {
		origin := "it is unknown whether its parent started or adopted it"
		switch z.Origin.Descent {
		case observe.Own:
			origin = "its parent's own child: " + phrase.Trace(z.Origin.Trace)
		case observe.Adopted:
			origin = "adopted (" + string(z.Origin.Sure) + "): " + phrase.Trace(z.Origin.Trace)
		}
		about := fmt.Sprintf("PID %d: %s, dead for %s, %s", z.Process.PID, words.ExitText(z.Exit), words.AgeRange(z.Age), origin)
		p.Wrap(4, "  ", sanitize.Prose(about))
	}
	top := v.Chain[0].Process
	switch outside := v.Zombie != nil && v.Zombie.PPID == 0; { // the rule of that says so
	case top.PPID == facts.NoPID:
		p.Line("  The list does not show parents.")
	case top.PPID != 0:
		p.Wrap(4, "  ", fmt.Sprintf("The parent of PID %d, %d, was not seen.", top.PID, top.PPID))
	case top.PID != 1 && !top.KernelThread() && !outside:
		p.Wrap(4, "  ", fmt.Sprintf("PID %d came from outside this PID namespace (kubectl exec, docker exec, nsenter): its parent is there.", top.PID))
	}
	if a := v.Adopter; a != nil {
		who, heir := "it", "a subreaper above it"
		if v.Question == diagnose.WhyStillHere {
			who = "the parent"
		}
		if a.PID1 {
			heir = "PID 1"
		}
		reaps := map[diagnose.Answer]string{
			diagnose.Yes: "which reaps", diagnose.No: "which does not reap", diagnose.Unknown: "and it is unknown whether that reaps",
		}[a.Reaps]
		p.Wrap(4, "  ", sanitize.Prose(fmt.Sprintf("When %s exits, its children go to %s, %s (PID %d), %s: %s.",
			who, heir, a.Process.Comm, a.Process.PID, reaps, phrase.Reaps(a.Basis))))
	}
}
