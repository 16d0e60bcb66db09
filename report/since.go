package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// maxSince is how many zombies of a kind the text report names.
const maxSince = 5

// since writes what changed since an earlier look.
func (p *page) since(d *diagnose.Diagnosis, full bool) error {
	c := d.Since
	if c == nil {
		return nil
	}
	p.heading("SINCE " + clean(c.When()))
	p.line("  " + clean(c.Sentence()))
	if len(c.Parents) > 0 {
		if err := p.growth(c, full); err != nil {
			return err
		}
	}
	for _, l := range sinceLines(c, full) {
		p.wrap(widthOf(l.head), l.head, l.text)
	}
	return nil
}

func (p *page) growth(c *diagnose.Comparison, full bool) error {
	shown := c.Parents
	if !full {
		shown = shown[:min(len(shown), maxParents)]
	}
	cols := []column{
		{head: "PID", right: true}, {head: "COMMAND", least: 16}, {head: "THEN", right: true}, {head: "NOW", right: true},
		{head: "NEW", right: true}, {head: "REAPED", right: true}, {head: "OTHER", right: true}, {head: "GROWTH", right: true},
	}
	rows := growthRows(shown)
	if err := p.table(cols, rows); err != nil {
		return err
	}
	if rest := len(c.Parents) - len(shown); rest > 0 {
		p.linef("  … %s", english.Count(rest, "more parent", "more parents"))
	}
	return nil
}

// growthRows are the rows of the table of growth: PID, command, then, now, new,
// reaped, other, growth.
func growthRows(parents []diagnose.Growth) [][]string {
	rows := make([][]string, len(parents))
	for i := range parents {
		rows[i] = growthCells(&parents[i])
	}
	return rows
}

func growthCells(g *diagnose.Growth) []string {
	growth := "?"
	if perDay, ok := g.PerDay.Get(); ok {
		growth = growthText(perDay)
	}
	name := cleanTo(g.Command, maxCommand)
	switch {
	case name != "":
	case g.PID == 0:
		name = "? (outside this PID namespace)"
	default:
		name = "? (not in view)"
	}
	return []string{
		strconv.Itoa(g.PID), name, strconv.Itoa(g.Then), strconv.Itoa(g.Now), strconv.Itoa(g.New), strconv.Itoa(g.Reaped),
		signed(g.Came + g.Unseen - g.Left - g.Lost), growth,
	}
}

func signed(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%+d", n)
}

func growthText(perDay float64) string {
	switch {
	case perDay > 0:
		return "+" + diagnose.RateText(perDay)
	case perDay < 0:
		return "-" + diagnose.RateText(-perDay)
	default:
		return "0"
	}
}

// sinceLines names the zombies that came and went, on one line for each kind.
func sinceLines(c *diagnose.Comparison, full bool) []findingLine {
	var lines []findingLine
	for _, kind := range []struct {
		name    string
		zombies []*diagnose.Zombie
	}{{"new", c.New}, {"unknown", c.Unseen}, {"reaped", c.Reaped}, {"out of view", c.Lost}} {
		if len(kind.zombies) == 0 {
			continue
		}
		shown := kind.zombies
		if !full {
			shown = shown[:min(len(shown), maxSince)]
		}
		names := make([]string, 0, len(shown))
		for _, z := range shown {
			names = append(names, fmt.Sprintf("%d %s", z.Process.PID, clean(z.Process.Comm)))
		}
		text := strings.Join(names, ", ")
		if rest := len(kind.zombies) - len(shown); rest > 0 {
			text += fmt.Sprintf(", … %d more", rest)
		}
		lines = append(lines, findingLine{fmt.Sprintf("  %-11s  ", kind.name), text})
	}
	return lines
}

// docSince is what changed since an earlier look.
type docSince struct {
	Path        string      `json:"path"`
	TakenAt     *string     `json:"takenAt"`
	Span        *float64    `json:"span"`
	Then        int         `json:"then"`
	New         int         `json:"new"`
	Persisting  int         `json:"persisting"`
	Unseen      int         `json:"unseen"`
	Reaped      []docGone   `json:"reaped"`
	Lost        []docGone   `json:"lost"`
	Parents     []docGrowth `json:"parents"`
	NewFindings []docNewer  `json:"newFindings"`
}

// docGone is a zombie of the earlier look that is there no longer.
type docGone struct {
	PID        int    `json:"pid"`
	StartTicks uint64 `json:"startTicks"`
	PPID       int    `json:"ppid"`
	Comm       string `json:"comm"`
}

type docGrowth struct {
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

type docNewer struct {
	Rule     string      `json:"rule"`
	Severity string      `json:"severity"`
	Subject  *docSubject `json:"subject"`
}

func newDocSince(c *diagnose.Comparison) *docSince {
	if c == nil {
		return nil
	}
	return &docSince{
		Path:       valid(c.Then.Snapshot.Source.Path),
		TakenAt:    rfc3339(c.Then.Snapshot.Taken.Get()),
		Span:       seconds(c.Span),
		Then:       len(c.Then.Zombies),
		New:        len(c.New),
		Persisting: len(c.Persisting),
		Unseen:     len(c.Unseen),
		Reaped:     each(c.Reaped, newDocGone),
		Lost:       each(c.Lost, newDocGone),
		Parents:    each(c.Parents, newDocGrowth),
		NewFindings: each(c.Findings, func(f **diagnose.Finding) docNewer {
			return docNewer{Rule: (*f).Rule, Severity: (*f).Severity.String(), Subject: newDocSubject(*f)}
		}),
	}
}

func newDocGone(z **diagnose.Zombie) docGone {
	p := (*z).Process
	return docGone{PID: p.PID, StartTicks: p.StartTicks, PPID: (*z).PPID, Comm: valid(p.Comm)}
}

func newDocGrowth(g *diagnose.Growth) docGrowth {
	return docGrowth{
		PID: g.PID, StartTicks: pointer(g.ID.Start), Comm: known(g.Comm), Then: g.Then, Now: g.Now, New: g.New, Unseen: g.Unseen,
		Reaped: g.Reaped, Lost: g.Lost, Came: g.Came, Left: g.Left, PerDay: pointer(g.PerDay),
	}
}

// changes tells of each zombie whether it is new.
type changes map[*scan.Process]string

func newChanges(c *diagnose.Comparison) changes {
	if c == nil {
		return nil
	}
	m := changes{}
	for what, zombies := range map[string][]*diagnose.Zombie{"new": c.New, "persisting": c.Persisting, "unseen": c.Unseen} {
		for _, z := range zombies {
			m[z.Process] = what
		}
	}
	return m
}
