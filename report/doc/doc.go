package doc

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// PodContainer is a container of a pod, as it was looked at from far away.
type PodContainer struct {
	Namespace, Pod string
	// Container is where the look was made; Shared: the pod's containers share a
	// PID namespace, so that it was of all of them.
	Container string
	Shared    bool
	How       string              // it was looked at: "zombiectl", "shell"
	Diagnosis *diagnose.Diagnosis // nil: it could not be looked at
	Err       string              // why not
}

// Scene is something that can be simulated.
type Scene struct {
	Name, Title string
	Rules       []string
	Zombies     int
	Sized       bool // any number of zombies can be had
}

// Probe is the answer of an experiment: is an orphan reaped here?
type Probe struct {
	Diagnosis *diagnose.Diagnosis // of the look before it
	By        Doer
	ExitCode  int
	Timeout   time.Duration
	Reaps     diagnose.Answer
	Why       string // there is no answer
	Orphan    facts.ID
	Adopter   facts.ID
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
		return fmt.Sprintf("%s reaps orphans: one that was made to see was gone %s after it ended.", who, words.Exact(p.Took))
	case diagnose.No:
		return fmt.Sprintf("%s does not reap orphans: one that was made to see is a zombie still, %s after it ended.", who, words.Exact(p.Took))
	}
	return "No answer: " + p.Why + "."
}
