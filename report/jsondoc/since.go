package jsondoc

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// since is what changed since an earlier look.
type since struct {
	Path        string   `json:"path"`
	TakenAt     *string  `json:"takenAt"`
	Span        *float64 `json:"span"`
	Then        int      `json:"then"`
	New         int      `json:"new"`
	Persisting  int      `json:"persisting"`
	Unseen      int      `json:"unseen"`
	Reaped      []gone   `json:"reaped"`
	Lost        []gone   `json:"lost"`
	Parents     []growth `json:"parents"`
	NewFindings []newer  `json:"newFindings"`
}

// gone is a zombie of the earlier look that is there no longer.
type gone struct {
	PID        int    `json:"pid"`
	StartTicks uint64 `json:"startTicks"`
	PPID       int    `json:"ppid"`
	Comm       string `json:"comm"`
}

type growth struct {
	PID        int      `json:"pid"`
	StartTicks *uint64  `json:"startTicks"`
	Comm       *string  `json:"comm"`
	Then       int      `json:"then"`
	Now        int      `json:"now"`
	New        int      `json:"new"`
	Unseen     int      `json:"unseen"`
	Reaped     int      `json:"reaped"`
	Lost       int      `json:"lost"`
	Came       int      `json:"came"`
	Left       int      `json:"left"`
	PerDay     *float64 `json:"perDay"`
}

type newer struct {
	Rule     string   `json:"rule"`
	Severity string   `json:"severity"`
	Subject  *subject `json:"subject"`
}

func newSince(c *diagnose.Comparison) *since {
	if c == nil {
		return nil
	}
	return &since{
		Path:       sanitize.Valid(c.Then.Snapshot.Source.Path),
		TakenAt:    words.RFC3339(c.Then.Snapshot.Taken.Get()),
		Span:       words.Seconds(c.Span),
		Then:       len(c.Then.Zombies),
		New:        len(c.New),
		Persisting: len(c.Persisting),
		Unseen:     len(c.Unseen),
		Reaped:     each(c.Reaped, newGone),
		Lost:       each(c.Lost, newGone),
		Parents:    each(c.Parents, newGrowth),
		NewFindings: each(c.Findings, func(f **diagnose.Finding) newer {
			return newer{Rule: (*f).Rule, Severity: (*f).Severity.String(), Subject: newSubject(*f)}
		}),
	}
}

func newGone(z **diagnose.Zombie) gone {
	p := (*z).Process
	return gone{PID: p.PID, StartTicks: p.StartTicks, PPID: (*z).PPID, Comm: sanitize.Valid(p.Comm)}
}

func newGrowth(g *diagnose.Growth) growth {
	return growth{
		PID: g.PID, StartTicks: words.Pointer(g.ID.Start), Comm: known(g.Comm), Then: g.Then, Now: g.Now, New: g.New, Unseen: g.Unseen,
		Reaped: g.Reaped, Lost: g.Lost, Came: g.Came, Left: g.Left, PerDay: words.Pointer(g.PerDay),
	}
}
