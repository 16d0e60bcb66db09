package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// processFormats are those in which the answer about one process can be given.
var processFormats = []struct {
	name   string
	render func(*bytes.Buffer, *diagnose.Process, Style) error
}{
	{"text", func(out *bytes.Buffer, v *diagnose.Process, s Style) error { return newPage(out, s).process(v, false) }},
	{"wide", func(out *bytes.Buffer, v *diagnose.Process, s Style) error { return newPage(out, s).process(v, true) }},
	{"json", func(out *bytes.Buffer, v *diagnose.Process, _ Style) error { return writeJSON(out, newDocProcess(v)) }},
	{"yaml", func(out *bytes.Buffer, v *diagnose.Process, _ Style) error { return writeYAML(out, newDocProcess(v)) }},
}

// ProcessFormats returns the names of the formats that WriteProcess knows.
func ProcessFormats() []string {
	var names []string
	for _, f := range processFormats {
		names = append(names, f.name)
	}
	return names
}

// WriteProcess writes the answer about one process in the named format, as
// Write does.
func WriteProcess(w io.Writer, format string, v *diagnose.Process, s Style) error {
	for _, f := range processFormats {
		if f.name != format {
			continue
		}
		var out bytes.Buffer
		if err := f.render(&out, v, s); err != nil {
			return fmt.Errorf("rendering %s: %w", format, err)
		}
		_, err := w.Write(out.Bytes())
		return err
	}
	return fmt.Errorf("unknown format %q: %s", format, strings.Join(ProcessFormats(), ", "))
}

// process writes the answer for people: in a dozen lines, or with all that it
// rests on.
func (p *page) process(v *diagnose.Process, full bool) error {
	part := partOf(v)
	p.sentence(part)
	p.heading("CHAIN")
	if err := p.chain(v, full); err != nil {
		return err
	}
	p.facts(v)
	if full {
		for i := range v.Chain {
			for _, l := range evidenceLines(v.Chain[i].Evidence) {
				p.linef("    %s", l)
			}
		}
		for _, n := range v.Namespaces {
			p.blank()
			p.namespace(n)
		}
		p.allFindings(part)
	} else {
		p.findings("FOUND", part.Findings)
	}
	p.whatToDo(part, full)
	p.unread(part.Snapshot)
	return nil
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
	for _, c := range whole.Parents {
		if c.PID == culprit {
			part.Parents = append(part.Parents, c)
		}
	}
	if len(part.Zombies) == 0 && len(part.Parents) > 0 {
		part.Zombies = whole.Zombies
	}
	return part
}

func (p *page) chain(v *diagnose.Process, full bool) error {
	nested := full || len(v.Namespaces) > 1
	for i := range v.Chain {
		inside, ok := v.Chain[i].NSPID.Get()
		nested = nested || ok && inside != v.Chain[i].Process.PID
	}
	cols := []column{
		{head: "PID", right: true}, {head: "INSIDE", right: true}, {head: "NAMESPACE"}, {head: "STATE"}, {head: "COMMAND", least: 12}, {head: "ROLE"},
		{head: "CHILDREN"}, {head: "REAPED"}, {head: "SIGCHLD"}, {head: "WAITS FOR"},
	}
	const inside, namespace = 1, 2
	rows := make([][]string, 0, len(v.Chain))
	links, left := v.Chain, 0
	const most = 8 // links; a chain is seldom longer
	if !full && len(links) > most {
		left = len(links) - most
		links = links[left:]
	}
	for i := range links {
		l := &links[i]
		rows = append(rows, []string{
			strconv.Itoa(l.Process.PID), orUnknown(pointer(l.NSPID)), orUnknown(pointer(l.PIDNS)), clean(l.Process.State.String()),
			cleanTo(l.Command, maxCommand), l.Role, children(l), reaped(l), sigchld(l), clean(l.Detail),
		})
	}
	if !nested {
		drop := func(row []string) []string { return append(row[:inside:inside], row[namespace+1:]...) }
		cols = append(cols[:inside:inside], cols[namespace+1:]...)
		for i := range rows {
			rows[i] = drop(rows[i])
		}
	}
	if left > 0 {
		p.linef("  … %s above: -o wide shows them", english.Count(left, "more ancestor", "more ancestors"))
	}
	return p.table(cols, rows)
}

func children(l *diagnose.Link) string {
	if l.Process.State == scan.Zombie {
		return ""
	}
	text := strconv.Itoa(l.Living + l.Zombies)
	if l.Zombies > 0 {
		text += fmt.Sprintf(" (%d Z)", l.Zombies)
	}
	return text
}

func reaped(l *diagnose.Link) string {
	switch {
	case l.Process.State == scan.Zombie || l.Process.KernelThread():
		return ""
	case l.Process.Listed != nil: // a list does not tell
		return "?"
	case l.HasReaped:
		return "some"
	default:
		return "never"
	}
}

func sigchld(l *diagnose.Link) string {
	switch {
	case l.Process.State == scan.Zombie || l.Process.KernelThread():
		return ""
	case l.Sigchld == "":
		return "?"
	default:
		return l.Sigchld
	}
}

// facts are what the table has no room for.
func (p *page) facts(v *diagnose.Process) {
	if z := v.Zombie; z != nil {
		about := fmt.Sprintf("PID %d: %s, dead for %s, %s", z.Process.PID, exitText(z.Exit), ageRange(z.Age), originWords(z))
		p.wrap(4, "  ", prose(about))
	}
	top := v.Chain[0].Process
	switch outside := v.Zombie != nil && v.Zombie.PPID == 0; { // the rule of that says so
	case top.PPID == scan.NoPID:
		p.line("  The list does not tell parents.")
	case top.PPID != 0:
		p.wrap(4, "  ", fmt.Sprintf("The parent of PID %d, %d, is not in view.", top.PID, top.PPID))
	case top.PID != 1 && !top.KernelThread() && !outside:
		p.wrap(4, "  ", fmt.Sprintf("PID %d came from outside of this PID namespace (kubectl exec, docker exec, nsenter): its parent is there.", top.PID))
	}
	if a := v.Adopter; a != nil {
		who := "it"
		if v.Question == diagnose.WhyStillHere {
			who = "the parent"
		}
		reaps := map[diagnose.Answer]string{
			diagnose.Yes: "which reaps", diagnose.No: "which does not reap", diagnose.Unknown: "of which it cannot be told whether it reaps",
		}[a.Reaps]
		heir := "a subreaper above it"
		if a.PID1 {
			heir = "PID 1"
		}
		p.wrap(4, "  ", prose(fmt.Sprintf("When %s ends, its children go to %s, %s (PID %d), %s: %s.", who, heir, a.Process.Comm, a.Process.PID, reaps, a.Why)))
	}
}

func originWords(z *diagnose.Zombie) string {
	switch origin(z.Origin) {
	case string(diagnose.Own):
		return "its parent's own child: " + z.OriginWhy
	case string(diagnose.Adopted):
		return "adopted (" + string(z.OriginSure) + "): " + z.OriginWhy
	default:
		return "whether its parent started or adopted it cannot be told"
	}
}

// The document below is docs/schema/process-v1.schema.json.

type processDocument struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Source     docSource       `json:"source"`
	Host       docHost         `json:"host"`
	Process    docProcess      `json:"process"`
	Answer     docAnswer       `json:"answer"`
	Zombie     *docZombie      `json:"zombie"`
	Chain      []docLink       `json:"chain"`
	Namespaces []docNamespace  `json:"namespaces"`
	Findings   []docFinding    `json:"findings"`
	Unread     []docUnreadFile `json:"unread"`
}

type docProcess struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	StartTime  *string `json:"startTime"`
	PPID       *int    `json:"ppid"`
	Comm       string  `json:"comm"`
	Command    string  `json:"command"`
	State      *string `json:"state"`
	UID        *int    `json:"uid"`
}

type docAnswer struct {
	Question      string `json:"question"`
	Sentence      string `json:"sentence"`
	Reaps         string `json:"reaps"`
	Why           string `json:"why"`
	InitWouldHelp string `json:"initWouldHelp"`
	InitWhy       string `json:"initWhy"`
	AdopterPID    *int   `json:"adopterPid"`
	Blind         bool   `json:"blind"`
}

type docLink struct {
	docProcess
	Role           string        `json:"role"`
	PIDInNamespace *int          `json:"pidInNamespace"`
	Namespace      *uint64       `json:"namespace"`
	Living         int           `json:"livingChildren"`
	Zombies        int           `json:"zombieChildren"`
	HasReaped      *bool         `json:"hasReaped"`
	Sigchld        *string       `json:"sigchld"`
	WaitsFor       *string       `json:"waitsFor"`
	Evidence       []docEvidence `json:"evidence"`
}

func newDocProcess(v *diagnose.Process) processDocument {
	whole := newDocument(&diagnose.Diagnosis{Snapshot: v.Diagnosis.Snapshot}, nil)
	of := func(p *scan.Process) docProcess {
		return docProcess{
			PID: p.PID, StartTicks: startTicks(p), StartTime: rfc3339(v.Diagnosis.StartTime(p)), PPID: told(p.PPID),
			Comm: valid(p.Comm), Command: valid(bounded(diagnose.CommandOf(p))), State: state(p), UID: uid(p),
		}
	}
	doc := processDocument{
		APIVersion: apiVersion, Kind: "Process", Source: whole.Source, Host: whole.Host,
		Process: of(v.Process),
		Answer: docAnswer{
			Question: string(v.Question), Sentence: valid(v.Sentence), Reaps: answer(v.Reaps), Why: valid(v.Why),
			InitWouldHelp: answer(v.InitWouldHelp), InitWhy: valid(v.InitWhy), Blind: v.Diagnosis.Blind,
		},
		Chain: each(v.Chain, func(l *diagnose.Link) docLink {
			out := docLink{
				docProcess: of(l.Process), Role: l.Role, PIDInNamespace: pointer(l.NSPID), Namespace: pointer(l.PIDNS),
				Living: l.Living, Zombies: l.Zombies, Sigchld: known(l.Sigchld), WaitsFor: known(l.WaitsFor),
				Evidence: each(l.Evidence, newDocEvidence),
			}
			if l.Process.State != scan.Zombie && !l.Process.KernelThread() && l.Process.Listed == nil {
				out.HasReaped = &l.HasReaped
			}
			return out
		}),
		Namespaces: each(v.Namespaces, newDocNamespace),
		Findings:   each(v.Findings, newDocFinding),
		Unread:     each(v.Unread, newDocUnread),
	}
	if v.Zombie != nil {
		z := newDocZombie(v.Diagnosis, v.Zombie, nil)
		doc.Zombie = &z
	}
	if v.Adopter != nil {
		doc.Answer.AdopterPID = &v.Adopter.Process.PID
	}
	return doc
}
