package report

import (
	"fmt"
	"io"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// Probe is the answer of an experiment: is an orphan reaped here?
type Probe struct {
	Diagnosis *diagnose.Diagnosis // of the look before it
	By        Doer
	ExitCode  int
	Timeout   time.Duration
	Reaps     diagnose.Answer
	Why       string // there is no answer
	Orphan    scan.ID
	Adopter   scan.ID
	Comm      string // of the adopter
	Subreaper bool   // the adopter is not PID 1
	Left      bool   // the orphan is a zombie still
	Took      time.Duration
	PID1      *diagnose.PID1 // what the look says; nil: not in view
	Actions   []Action
}

// Sentence says the answer in one line.
func (p *Probe) Sentence() string {
	who := fmt.Sprintf("PID %d", p.Adopter.PID)
	if p.Comm != "" {
		who += " (" + p.Comm + ")"
	}
	if p.Subreaper {
		who += ", a subreaper,"
	}
	switch p.Reaps {
	case diagnose.Yes:
		return fmt.Sprintf("%s reaps orphans: one that was made to see was gone %s after it ended.", who, exact(p.Took))
	case diagnose.No:
		return fmt.Sprintf("%s does not reap orphans: one that was made to see is a zombie still, %s after it ended.", who, exact(p.Took))
	}
	return "No answer: " + p.Why + "."
}

// WriteProbe writes the answer in the named format: one of DeedFormats.
func WriteProbe(w io.Writer, format string, v *Probe, s Style) error {
	return writeDeed(w, format, newDocProbe(v), func(p *page) error { return p.probe(v) }, s)
}

func (p *page) probe(v *Probe) error {
	p.wrap(0, "", prose(v.Sentence()))
	if v.Left {
		p.wrap(0, "", prose(fmt.Sprintf("It is left: PID %d, zombiectl-probe, until PID %d waits for it or ends.", v.Orphan.PID, v.Adopter.PID)))
	}
	if v.Subreaper {
		p.wrap(0, "", "Whether PID 1 reaps was not tried: it does not get the orphans of this place.")
	}
	if v.PID1 != nil {
		p.blank()
		p.line(p.bold.Sprint("PID 1") + "   " + clean(v.PID1.Command))
		p.answer("passes on SIGTERM", v.PID1.ForwardsSigterm, v.PID1.ForwardsSigtermWhy+" (looked up, nothing was sent)")
	}
	return nil
}

// The document, docs/schema/probe-v1.schema.json.

type docProbe struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"`
	Source     docSource   `json:"source"`
	Host       docHost     `json:"host"`
	By         docDoer     `json:"by"`
	Summary    docProbeSum `json:"summary"`
	Adopter    *docAdopter `json:"adopter"`
	Orphan     *docOrphan  `json:"orphan"`
	PID1       *docPID1    `json:"pid1"`
	Actions    []docAction `json:"actions"`
}

type docProbeSum struct {
	Sentence string  `json:"sentence"`
	Reaps    string  `json:"reaps"`
	Why      *string `json:"why"`
	Seconds  float64 `json:"seconds"`
	Timeout  float64 `json:"timeout"`
	ExitCode int     `json:"exitCode"`
}

type docAdopter struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Comm       *string `json:"comm"`
	Subreaper  bool    `json:"subreaper"`
}

type docOrphan struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Left       bool    `json:"left"`
}

func newDocProbe(v *Probe) docProbe {
	doc := docProbe{
		APIVersion: apiVersion, Kind: "Probe", Source: newDocSource(v.Diagnosis), Host: newDocHost(v.Diagnosis), By: docDoer(v.By),
		Summary: docProbeSum{
			Sentence: valid(v.Sentence()), Reaps: answer(v.Reaps), Why: known(v.Why),
			Seconds: v.Took.Round(time.Microsecond).Seconds(), Timeout: v.Timeout.Seconds(), ExitCode: v.ExitCode,
		},
		Actions: newDocActions(v.Actions),
	}
	if v.Orphan.PID != 0 {
		doc.Orphan = &docOrphan{v.Orphan.PID, pointer(v.Orphan.Start), v.Left}
		doc.Adopter = &docAdopter{v.Adopter.PID, pointer(v.Adopter.Start), known(v.Comm), v.Subreaper}
	}
	if v.PID1 != nil {
		doc.PID1 = newDocPID1(v.PID1)
	}
	return doc
}
