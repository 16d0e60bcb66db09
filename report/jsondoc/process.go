package jsondoc

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Process is docs/schema/process-v1.schema.json.
type Process struct {
	looked
	Process    processFacts `json:"process"`
	Answer     answer       `json:"answer"`
	Zombie     *zombie      `json:"zombie"`
	Chain      []link       `json:"chain"`
	Namespaces []namespace  `json:"namespaces"`
	Findings   []finding    `json:"findings"`
	Unread     []unreadFile `json:"unread"`
}

type processFacts struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	StartTime  *string `json:"startTime"`
	PPID       *int    `json:"ppid"`
	Comm       string  `json:"comm"`
	Command    string  `json:"command"`
	State      *string `json:"state"`
	UID        *int    `json:"uid"`
}

type answer struct {
	Question      string `json:"question"`
	Sentence      string `json:"sentence"`
	Reaps         string `json:"reaps"`
	Why           string `json:"why"`
	InitWouldHelp string `json:"initWouldHelp"`
	InitWhy       string `json:"initWhy"`
	AdopterPID    *int   `json:"adopterPid"`
	Blind         bool   `json:"blind"`
}

type link struct {
	processFacts
	Role           string     `json:"role"`
	PIDInNamespace *int       `json:"pidInNamespace"`
	Namespace      *uint64    `json:"namespace"`
	Living         int        `json:"livingChildren"`
	Zombies        int        `json:"zombieChildren"`
	HasReaped      *bool      `json:"hasReaped"`
	Sigchld        *string    `json:"sigchld"`
	WaitsFor       *string    `json:"waitsFor"`
	Evidence       []evidence `json:"evidence"`
}

// NewProcess fills the document on one process.
func NewProcess(v *diagnose.Process) Process {
	of := func(p *facts.Process) processFacts {
		return processFacts{
			PID: p.PID, StartTicks: startTicks(p), StartTime: words.RFC3339(v.Diagnosis.StartTime(p)), PPID: words.Told(p.PPID),
			Comm: sanitize.Valid(p.Comm), Command: sanitize.Valid(words.Bounded(observe.CommandOf(p))), State: state(p), UID: words.UID(p),
		}
	}
	doc := Process{
		looked:  newLooked("Process", v.Diagnosis),
		Process: of(v.Process),
		Answer: answer{
			Question: string(v.Question), Sentence: sanitize.Valid(v.Sentence), Reaps: words.Answer(v.Reaps), Why: sanitize.Valid(v.Why),
			InitWouldHelp: words.Answer(v.InitWouldHelp), InitWhy: sanitize.Valid(v.InitWhy), Blind: v.Diagnosis.Blind,
		},
		Chain: each(v.Chain, func(l *diagnose.Link) link {
			out := link{
				processFacts: of(l.Process), Role: l.Role, PIDInNamespace: words.Pointer(l.NSPID), Namespace: words.Pointer(l.PIDNS),
				Living: l.Living, Zombies: l.Zombies, Sigchld: known(l.Sigchld), WaitsFor: known(l.WaitsFor),
				Evidence: each(l.Evidence, newEvidence),
			}
			if l.Process.State != facts.Zombie && !l.Process.KernelThread() && l.Process.Listed == nil {
				out.HasReaped = &l.HasReaped
			}
			return out
		}),
		Namespaces: each(v.Namespaces, newNamespace),
		Findings:   each(v.Findings, newFinding),
		Unread:     each(v.Unread, newUnread),
	}
	if v.Zombie != nil {
		doc.Zombie = new(newZombie(v.Diagnosis, v.Zombie, nil))
	}
	if v.Adopter != nil {
		doc.Answer.AdopterPID = &v.Adopter.Process.PID
	}
	return doc
}
