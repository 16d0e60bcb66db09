package reap

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// ProbeOptions say how to probe.
type ProbeOptions struct {
	// Timeout is how long the orphan may stay a zombie until the answer is no.
	Timeout time.Duration
	// Command executes this program so that it calls [Orphan] with the arguments
	// that are appended to it.
	Command []string
	// Log receives every action.
	Log func(Action)
}

// Probe is the answer of the experiment: does whoever adopts an orphan here reap
// it?
type Probe struct {
	Reaps observe.Answer
	// Why says why the answer is unknown.
	Why string
	// Orphan is the process that was made for it, under its PID in our
	// namespace.
	Orphan facts.ID
	// Adopter got the orphan; Comm is its name.
	Adopter facts.ID
	Comm    string
	// Left: the orphan is a zombie still, the only trace of the experiment.
	Left bool
	// Took is the time from its exit until it was reaped, or until the answer was
	// no.
	Took time.Duration
}

// Subreaper reports whether another process than PID 1 got the orphan.
func (p *Probe) Subreaper() bool { return p.Adopter.PID > 1 }

// Hazard says why an orphan should not be left to PID 1 without need: reaping one
// has side effects there (Z309); "": none are known.
func Hazard(s *facts.Snapshot) string {
	p := s.Find(1)
	if p == nil {
		return ""
	}
	known := observe.ProgramOf(p)
	if known == nil || known.Kind != observe.Server || known.Note == "" {
		return ""
	}
	return fmt.Sprintf("PID 1 is %s, where reaping an orphan may have side effects: %s (Z309)", p.Comm, known.Note)
}
