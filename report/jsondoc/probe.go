package jsondoc

import (
	"time"

	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Probe is docs/schema/probe-v1.schema.json.
type Probe struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Source     source       `json:"source"`
	Host       host         `json:"host"`
	By         doer         `json:"by"`
	Summary    probeSummary `json:"summary"`
	Adopter    *adopter     `json:"adopter"`
	Orphan     *orphan      `json:"orphan"`
	PID1       *pid1        `json:"pid1"`
	Actions    []action     `json:"actions"`
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
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Comm       *string `json:"comm"`
	Subreaper  bool    `json:"subreaper"`
}

type orphan struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Left       bool    `json:"left"`
}

// NewProbe fills the document on an experiment.
func NewProbe(v *doc.Probe) Probe {
	doc := Probe{
		APIVersion: apiVersion, Kind: "Probe", Source: newSource(v.Diagnosis), Host: newHost(v.Diagnosis), By: doer(v.By),
		Summary: probeSummary{
			Sentence: sanitize.Valid(v.Sentence()), Reaps: words.Answer(v.Reaps), Why: known(v.Why),
			Seconds: v.Took.Round(time.Microsecond).Seconds(), Timeout: v.Timeout.Seconds(), ExitCode: v.ExitCode,
		},
		PID1: newPID1(v.PID1), Actions: newActions(v.Actions),
	}
	if v.Orphan.PID != 0 {
		doc.Orphan = &orphan{v.Orphan.PID, words.Pointer(v.Orphan.Start), v.Left}
		doc.Adopter = &adopter{v.Adopter.PID, words.Pointer(v.Adopter.Start), known(v.Comm), v.Subreaper}
	}
	return doc
}
