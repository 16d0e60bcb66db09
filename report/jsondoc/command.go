package jsondoc

import (
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Left is docs/schema/command-v1.schema.json.
type Left struct {
	head
	Command   []string      `json:"command"`
	Exit      *exit         `json:"exit"`
	StartedAt *string       `json:"startedAt"`
	Seconds   *float64      `json:"seconds"`
	ExitCode  int           `json:"exitCode"`
	Check     *check        `json:"check"`
	Zombies   int           `json:"zombies"`
	Orphans   int           `json:"orphans"`
	Unseen    bool          `json:"unseen"`
	ByCommand []leftCommand `json:"byCommand"`
	Left      []leftProcess `json:"left"`
}

type leftCommand struct {
	Comm    *string `json:"comm"`
	Zombies int     `json:"zombies"`
	Orphans int     `json:"orphans"`
}

type leftProcess struct {
	PID     int     `json:"pid"`
	PPID    *int    `json:"ppid"`
	What    string  `json:"what"`
	Comm    *string `json:"comm"`
	Command *string `json:"command"`
	State   string  `json:"state"`
	Exit    *exit   `json:"exit"`
}

// NewLeft fills the document on what a command left.
func NewLeft(l *verdict.Left, v *verdict.Verdict) Left {
	doc := Left{
		head: head{apiVersion, "Command"}, Command: list(l.Command), Exit: newExit(facts.Some(l.Exit)),
		StartedAt: words.RFC3339(l.Started.Get()), Seconds: words.Seconds(l.Took),
		ExitCode: l.ExitCode(*v), Check: newCheck(v), Zombies: l.ZombieCount, Orphans: l.OrphanCount, Unseen: l.Unseen,
		ByCommand: each(l.ByCommand, func(c *verdict.LeftCommand) leftCommand {
			return leftCommand{known(c.Comm), c.Zombies, c.Orphans}
		}),
	}
	as := func(what string) func(*verdict.LeftProcess) leftProcess {
		return func(p *verdict.LeftProcess) leftProcess {
			return leftProcess{
				PID: p.PID, PPID: notZero(p.Parent), What: what, Comm: known(p.Comm), Command: known(words.Bounded(p.Command)),
				State: sanitize.Valid(p.State.String()), Exit: newExit(p.Exit),
			}
		}
	}
	doc.Left = append(each(l.Zombies, as("zombie")), each(l.Orphans, as("orphan"))...)
	return doc
}
