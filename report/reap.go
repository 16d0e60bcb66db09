package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// Reap is what was done about zombies, or would be. Words and numbers only: how
// it is done is the business of package reap.
type Reap struct {
	Diagnosis *diagnose.Diagnosis // of which the plan was made
	DryRun    bool
	By        Doer
	ExitCode  int
	// Unchosen says why nothing was done before somebody chooses; "": no choice
	// is wanted.
	Unchosen string
	Steps    []ReapStep
	Actions  []Action
}

// Doer is who acts.
type Doer struct{ PID, UID int }

// ReapStep is what was done about the zombies of one parent.
type ReapStep struct {
	Parent *diagnose.Parent
	Deed   string // nothing, wait, nudge, signal, terminate
	Signal int    // 0: none
	// Rule and Why say why nothing is done.
	Rule, Why          string
	Refused, Forceable bool
	Heirs              []diagnose.Heir
	Sent               int
	Ended              bool
	Adopter            int // 0: unknown, or nobody
	Err                string
	Zombies            []ReapZombie
}

// ReapZombie is a zombie, and what became of it: planned, reaped or left.
type ReapZombie struct {
	*diagnose.Zombie
	Fate      string
	Rule, Why string // why it is left
	Status    scan.Opt[scan.Exit]
	Adopter   int // that it was seen to have; 0: none
}

// outcome is how it ended: as it was waited for, or as the look saw it.
func (z *ReapZombie) outcome() scan.Opt[scan.Exit] {
	if z.Status.Known() {
		return z.Status
	}
	return z.Exit
}

// Action is one thing that was done.
type Action struct {
	Time   time.Time
	Deed   string
	Signal int // 0: none
	To     scan.ID
	Comm   string
	Result string
	Err    string // why it was not done
}

// Line says the action in one line, for a log: who, what, to whom, result.
func (a Action) Line(by Doer, d *diagnose.Diagnosis) string {
	what := map[string]string{"wait": "waited for", "orphan": "made the orphan"}[a.Deed]
	if a.Signal != 0 {
		what = scan.SignalName(a.Signal) + " to"
	}
	result := a.Result
	if a.Err != "" {
		result += ": " + a.Err
	}
	return prose(fmt.Sprintf("PID %d (uid %d): %s PID %d (%s, started %s): %s", by.PID, by.UID, what, a.To.PID, a.Comm, started(d, a.To), result))
}

// started says when a process started: as a time where that is known.
func started(d *diagnose.Diagnosis, id scan.ID) string {
	if t := startTime(d, id); t != nil {
		return *t
	}
	ticks, ok := id.Start.Get()
	if !ok {
		return "?"
	}
	return fmt.Sprintf("%d ticks after boot", ticks)
}

func startTime(d *diagnose.Diagnosis, id scan.ID) *string {
	ticks, ok := id.Start.Get()
	if !ok || d == nil {
		return nil
	}
	return rfc3339(d.StartTime(&scan.Process{Stat: scan.Stat{PID: id.PID, StartTicks: ticks}}))
}

// Sentence says in one line what came of it.
func (r *Reap) Sentence() string {
	total, reaped, would, cannot := 0, 0, 0, 0
	for i := range r.Steps {
		s := &r.Steps[i]
		for j := range s.Zombies {
			total++
			switch z := &s.Zombies[j]; {
			case z.Fate == "reaped":
				reaped++
			case s.Deed == "nothing" || z.Why != "":
				cannot++
			default:
				would++
			}
		}
	}
	zombies := english.Count(total, "zombie", "zombies")
	switch {
	case total == 0 && r.Diagnosis.Blind:
		return "No zombie in view, but not every process could be seen."
	case total == 0:
		return "No zombies."
	case r.DryRun || r.Unchosen != "":
		said := fmt.Sprintf("%s of %s. Nothing was done.", zombies, english.Count(len(r.Steps), "parent", "parents"))
		if would > 0 {
			said += fmt.Sprintf(" Something would be done about %d.", would)
		}
		if cannot > 0 {
			said += fmt.Sprintf(" Nothing can be done about %d.", cannot)
		}
		return said
	case reaped == total && total == 1:
		return "The zombie was reaped."
	case reaped == total:
		return fmt.Sprintf("All %s were reaped.", zombies)
	case reaped == 0 && total == 1:
		return "The zombie is left."
	case reaped == 0:
		return fmt.Sprintf("All %s are left.", zombies)
	default:
		return fmt.Sprintf("%d of %s %s reaped, %d left.", reaped, zombies, english.Agree(reaped, "was", "were"), total-reaped)
	}
}

// deedFormats are those in which it is said what was done.
var deedFormats = []string{"text", "json", "yaml"}

// DeedFormats returns the names of the formats of WriteReap and WriteProbe.
func DeedFormats() []string { return slices.Clone(deedFormats) }

// writeDeed writes a document, or its text, at once.
func writeDeed(w io.Writer, format string, doc any, text func(*page) error, s Style) error {
	var out bytes.Buffer
	var err error
	switch format {
	case "text":
		err = text(newPage(&out, s))
	case "json":
		err = writeJSON(&out, doc)
	case "yaml":
		err = writeYAML(&out, doc)
	default:
		return fmt.Errorf("unknown format %q: %s", format, strings.Join(deedFormats, ", "))
	}
	if err != nil {
		return fmt.Errorf("rendering %s: %w", format, err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// WriteReap writes what was done in the named format.
func WriteReap(w io.Writer, format string, r *Reap, s Style) error {
	return writeDeed(w, format, newDocReap(r), func(p *page) error { return p.reap(r) }, s)
}

func (p *page) reap(r *Reap) error {
	p.wrap(0, "", prose(r.Sentence()))
	for i := range r.Steps {
		if err := p.reapStep(r, &r.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *page) reapStep(r *Reap, s *ReapStep) error {
	p.blank()
	who := fmt.Sprintf("PARENT %d", s.Parent.PID)
	if s.Parent.PID == 0 {
		who = "PARENT outside of this PID namespace"
	}
	if c := parentCommand(*s.Parent); s.Parent.PID != 0 && c != "" {
		who += "  " + c
	}
	p.line(p.bold.Sprint(who))
	p.wrap(2, "  ", prose(r.deedText(s)))
	for i := range s.Heirs {
		h := &s.Heirs[i]
		what := "ancestor"
		if h.PID1 {
			what = "PID 1"
		}
		p.wrap(4, "  ", prose(fmt.Sprintf("may inherit its zombies: %s, %d %s: reaps: %s, %s", what, h.Process.PID, bounded(h.Command), answer(h.Reaps), h.Why)))
	}
	cols := []column{{head: "PID", right: true}, {head: "COMMAND", least: 8}, {head: "EXIT"}, {head: "RESULT"}, {head: "WHY", least: 20}}
	var rows [][]string
	for i := range s.Zombies {
		z := &s.Zombies[i]
		result := z.Fate
		if z.Fate == "planned" {
			result = "zombie"
		}
		why := z.Why
		if why == s.Why {
			why = "" // it stands above
		}
		if z.Rule != "" {
			why = strings.TrimSpace(z.Rule + " " + why)
		}
		if z.Adopter != 0 {
			why = strings.TrimPrefix(why+fmt.Sprintf("; PID %d inherited it", z.Adopter), "; ")
		}
		rows = append(rows, []string{fmt.Sprint(z.Process.PID), clean(z.Process.Comm), exitText(z.outcome()), result, prose(why)})
	}
	lines, err := table(cols, rows, p.width-2)
	if err != nil {
		return err
	}
	for _, l := range lines {
		p.line("  " + l)
	}
	return nil
}

// deedText says what was done about the zombies of one parent, or would be.
func (r *Reap) deedText(s *ReapStep) string {
	signal := scan.SignalName(s.Signal)
	planned := r.DryRun || r.Unchosen != ""
	why := s.Why
	if s.Rule != "" {
		why += " (" + s.Rule + ")"
	}
	switch {
	case s.Refused && s.Forceable:
		return "refused: " + why + "; --force overrides this"
	case s.Refused:
		return "refused: " + why
	case s.Deed == "nothing":
		return "nothing can be done: " + why
	case s.Deed == "wait" && planned:
		return "this program is their parent: it would wait for each"
	case s.Deed == "wait":
		return "this program is their parent: it waited for each"
	case planned && s.Deed == "nudge":
		return "would be sent " + signal + ", again while that helps"
	case planned:
		return "would be sent " + signal
	case s.Sent == 0:
		why := "there was nothing left to do"
		if s.Err != "" {
			why = s.Err
		}
		return "not signalled: " + why
	}
	said := "was sent " + signal
	if s.Sent > 1 {
		said += fmt.Sprintf(" %d times", s.Sent)
	}
	if s.Ended {
		said += ", and has ended"
		if s.Adopter != 0 {
			said += fmt.Sprintf("; PID %d inherited its zombies", s.Adopter)
		}
	}
	return said
}

// The document, docs/schema/reap-v1.schema.json.

type docReap struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Source     docSource     `json:"source"`
	Host       docHost       `json:"host"`
	By         docDoer       `json:"by"`
	DryRun     bool          `json:"dryRun"`
	Summary    docReapSum    `json:"summary"`
	Parents    []docReapStep `json:"parents"`
	Zombies    []docReaped   `json:"zombies"`
	Actions    []docAction   `json:"actions"`
}

type docDoer struct {
	PID int `json:"pid"`
	UID int `json:"uid"`
}

type docReapSum struct {
	Sentence string  `json:"sentence"`
	Zombies  int     `json:"zombies"`
	Reaped   int     `json:"reaped"`
	Left     int     `json:"left"`
	Blind    bool    `json:"blind"`
	Unchosen *string `json:"unchosen"`
	ExitCode int     `json:"exitCode"`
}

type docReapStep struct {
	PID        int       `json:"pid"`
	StartTicks *uint64   `json:"startTicks"`
	StartTime  *string   `json:"startTime"`
	Command    *string   `json:"command"`
	Comm       *string   `json:"comm"`
	Rules      []string  `json:"rules"`
	Deed       string    `json:"deed"`
	Signal     *string   `json:"signal"`
	Rule       *string   `json:"rule"`
	Why        *string   `json:"why"`
	Refused    bool      `json:"refused"`
	Forceable  bool      `json:"forceable"`
	Heirs      []docHeir `json:"heirs"`
	Sent       int       `json:"sent"`
	Ended      bool      `json:"ended"`
	Adopter    *int      `json:"adopter"`
	Error      *string   `json:"error"`
}

type docHeir struct {
	PID        int    `json:"pid"`
	StartTicks uint64 `json:"startTicks"`
	Comm       string `json:"comm"`
	Command    string `json:"command"`
	PID1       bool   `json:"pid1"`
	Reaps      string `json:"reaps"`
	Why        string `json:"why"`
}

type docReaped struct {
	PID        int      `json:"pid"`
	StartTicks uint64   `json:"startTicks"`
	PPID       int      `json:"ppid"`
	Comm       string   `json:"comm"`
	Result     string   `json:"result"`
	Exit       *docExit `json:"exit"`
	Rule       *string  `json:"rule"`
	Why        *string  `json:"why"`
	Adopter    *int     `json:"adopter"`
}

type docAction struct {
	Time   string     `json:"time"`
	Deed   string     `json:"deed"`
	Signal *string    `json:"signal"`
	To     docSubject `json:"to"`
	Result string     `json:"result"`
	Error  *string    `json:"error"`
}

func newDocReap(r *Reap) docReap {
	d := r.Diagnosis
	doc := docReap{
		APIVersion: apiVersion, Kind: "Reap", Source: newDocSource(d), Host: newDocHost(d),
		By: docDoer(r.By), DryRun: r.DryRun,
		Summary: docReapSum{Sentence: valid(r.Sentence()), Blind: d.Blind, Unchosen: known(r.Unchosen), ExitCode: r.ExitCode},
		Parents: []docReapStep{}, Zombies: []docReaped{}, Actions: newDocActions(r.Actions),
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		step := docReapStep{
			PID: s.Parent.PID, Command: known(bounded(s.Parent.Command)), Rules: list(s.Parent.Rules), Deed: s.Deed, Signal: signalName(s.Signal),
			Rule: known(s.Rule), Why: known(s.Why), Refused: s.Refused, Forceable: s.Forceable,
			Heirs: each(s.Heirs, func(h *diagnose.Heir) docHeir {
				return docHeir{h.Process.PID, h.Process.StartTicks, valid(h.Process.Comm), valid(bounded(h.Command)), h.PID1, answer(h.Reaps), valid(h.Why)}
			}),
			Sent: s.Sent, Ended: s.Ended, Adopter: notZero(s.Adopter), Error: known(s.Err),
		}
		if proc := s.Parent.Process; proc != nil {
			comm := valid(proc.Comm)
			step.StartTicks, step.Comm, step.StartTime = &proc.StartTicks, &comm, rfc3339(d.StartTime(proc))
		}
		doc.Parents = append(doc.Parents, step)
		for j := range s.Zombies {
			z := &s.Zombies[j]
			doc.Summary.Zombies++
			if z.Fate == "reaped" {
				doc.Summary.Reaped++
			} else {
				doc.Summary.Left++
			}
			doc.Zombies = append(doc.Zombies, docReaped{
				PID: z.Process.PID, StartTicks: z.Process.StartTicks, PPID: s.Parent.PID, Comm: valid(z.Process.Comm),
				Result: z.Fate, Exit: newDocExit(z.outcome()), Rule: known(z.Rule), Why: known(z.Why), Adopter: notZero(z.Adopter),
			})
		}
	}
	return doc
}

func newDocActions(actions []Action) []docAction {
	return each(actions, func(a *Action) docAction {
		comm := valid(a.Comm)
		return docAction{
			Time: a.Time.UTC().Format(time.RFC3339Nano), Deed: a.Deed, Signal: signalName(a.Signal),
			To: docSubject{PID: a.To.PID, StartTicks: pointer(a.To.Start), Comm: &comm}, Result: valid(a.Result), Error: known(a.Err),
		}
	})
}

func signalName(n int) *string {
	if n == 0 {
		return nil
	}
	name := scan.SignalName(n)
	return &name
}

// notZero is null for a PID that is not known.
func notZero(pid int) *int {
	if pid == 0 {
		return nil
	}
	return &pid
}
