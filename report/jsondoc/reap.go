package jsondoc

import (
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/reap/deed"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Reap is docs/schema/reap-v1.schema.json.
type Reap struct {
	looked
	By      doc.Doer    `json:"by"`
	DryRun  bool        `json:"dryRun"`
	Summary reapSummary `json:"summary"`
	Parents []reapStep  `json:"parents"`
	Zombies []reaped    `json:"zombies"`
	Actions []action    `json:"actions"`
}

type reapSummary struct {
	Sentence string  `json:"sentence"`
	Zombies  int     `json:"zombies"`
	Reaped   int     `json:"reaped"`
	Left     int     `json:"left"`
	Blind    bool    `json:"blind"`
	Unchosen *string `json:"unchosen"`
	ExitCode int     `json:"exitCode"`
}

type reapStep struct {
	PID        int      `json:"pid"`
	StartTicks *uint64  `json:"startTicks"`
	StartTime  *string  `json:"startTime"`
	Command    *string  `json:"command"`
	Comm       *string  `json:"comm"`
	Rules      []string `json:"rules"`
	Deed       string   `json:"deed"`
	Signal     *string  `json:"signal"`
	Rule       *string  `json:"rule"`
	Why        *string  `json:"why"`
	Refused    bool     `json:"refused"`
	Forceable  bool     `json:"forceable"`
	Instead    *command `json:"instead"`
	Heirs      []heir   `json:"heirs"`
	Sent       int      `json:"sent"`
	Ended      bool     `json:"ended"`
	Adopter    *int     `json:"adopter"`
	Error      *string  `json:"error"`
}

type heir struct {
	subject
	Command string `json:"command"`
	PID1    bool   `json:"pid1"`
	Reaps   string `json:"reaps"`
	Why     string `json:"why"`
}

type reaped struct {
	gone
	Result  string  `json:"result"`
	Exit    *exit   `json:"exit"`
	Rule    *string `json:"rule"`
	Why     *string `json:"why"`
	Adopter *int    `json:"adopter"`
}

// command is one to paste.
type command struct {
	Command string  `json:"command"`
	Ends    *string `json:"ends"`
	Text    *string `json:"text"`
}

func newCommand(s rule.Step) *command {
	if s.Command == "" {
		return nil
	}
	return &command{sanitize.Valid(s.Command), known(s.Ends), known(s.Text)}
}

// NewReap fills the document on a reap.
func NewReap(r *doc.Reap) Reap {
	d := r.Diagnosis
	doc := Reap{
		looked: newLooked("Reap", d), By: r.By, DryRun: r.DryRun,
		Summary: reapSummary{Sentence: sanitize.Valid(r.Sentence()), Blind: d.Blind, Unchosen: known(r.Unchosen), ExitCode: r.ExitCode},
		Parents: []reapStep{}, Zombies: []reaped{}, Actions: newActions(r.Actions),
	}
	for _, s := range r.Steps {
		step := reapStep{
			PID: s.Parent.PID, Command: known(words.Bounded(s.Parent.Command)), Rules: list(s.Parent.Rules), Deed: s.Deed, Signal: signalName(s.Signal),
			Rule: known(s.Rule), Why: known(s.Why), Refused: s.Refused, Forceable: s.Forceable, Instead: newCommand(s.Instead),
			Heirs: each(s.Heirs, func(h *diagnose.Heir) heir {
				who := subject{id{h.Process.PID, &h.Process.StartTicks}, new(sanitize.Valid(h.Process.Comm))}
				return heir{who, sanitize.Valid(words.Bounded(h.Command)), h.PID1, words.Answer(h.Reaps), sanitize.Valid(phrase.Reaps(h.Basis))}
			}),
			Sent: s.Sent, Ended: s.Ended, Adopter: notZero(s.Adopter), Error: known(s.Err),
		}
		if proc := s.Parent.Process; proc != nil {
			step.StartTicks, step.Comm, step.StartTime = &proc.StartTicks, new(sanitize.Valid(proc.Comm)), words.RFC3339(d.StartTime(proc))
		}
		doc.Parents = append(doc.Parents, step)
		for _, z := range s.Zombies {
			if z.Fate == "reaped" {
				doc.Summary.Reaped++
			}
			doc.Zombies = append(doc.Zombies, reaped{
				gone:   gone{z.Process.PID, z.Process.StartTicks, s.Parent.PID, sanitize.Valid(z.Process.Comm)},
				Result: z.Fate, Exit: newExit(z.Outcome()), Rule: known(z.Rule), Why: known(z.Why), Adopter: notZero(z.Adopter),
			})
		}
	}
	doc.Summary.Zombies = len(doc.Zombies)
	doc.Summary.Left = len(doc.Zombies) - doc.Summary.Reaped
	return doc
}

type action struct {
	Time   string  `json:"time"`
	Deed   string  `json:"deed"`
	Signal *string `json:"signal"`
	To     subject `json:"to"`
	Result string  `json:"result"`
	Error  *string `json:"error"`
}

func newActions(actions []deed.Action) []action {
	return each(actions, func(a *deed.Action) action {
		return action{
			Time: a.Time.UTC().Format(time.RFC3339Nano), Deed: a.Deed, Signal: signalName(a.Signal),
			To: subject{newID(a.To), new(sanitize.Valid(a.Comm))}, Result: sanitize.Valid(a.Result), Error: known(a.Err),
		}
	})
}

// Probe is docs/schema/probe-v1.schema.json.
type Probe struct {
	looked
	By      doc.Doer     `json:"by"`
	Summary probeSummary `json:"summary"`
	Adopter *adopter     `json:"adopter"`
	Orphan  *orphan      `json:"orphan"`
	PID1    *pid1        `json:"pid1"`
	Actions []action     `json:"actions"`
}

type probeSummary struct {
	Sentence string  `json:"sentence"`
	Reaps    string  `json:"reaps"`
	Why      *string `json:"why"`
	Seconds  float64 `json:"seconds"`
	Timeout  float64 `json:"timeout"`
	ExitCode int     `json:"exitCode"`
}

type adopter struct {
	subject
	Subreaper bool `json:"subreaper"`
}

type orphan struct {
	id
	Left bool `json:"left"`
}

// NewProbe fills the document on an experiment.
func NewProbe(v *doc.Probe) Probe {
	doc := Probe{
		looked: newLooked("Probe", v.Diagnosis), By: v.By,
		Summary: probeSummary{
			Sentence: sanitize.Valid(v.Sentence()), Reaps: words.Answer(v.Reaps), Why: known(v.Why),
			Seconds: v.Took.Round(time.Microsecond).Seconds(), Timeout: v.Timeout.Seconds(), ExitCode: v.ExitCode,
		},
		PID1: newPID1(v.PID1), Actions: newActions(v.Actions),
	}
	if v.Orphan.PID != 0 {
		doc.Orphan = &orphan{newID(v.Orphan), v.Left}
		doc.Adopter = &adopter{subject{newID(v.Adopter), known(v.Comm)}, v.Subreaper}
	}
	return doc
}
