package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// leftFormats are those in which it can be said what a command left.
var leftFormats = []struct {
	name   string
	render func(*bytes.Buffer, *diagnose.Left, *Verdict, Style) error
}{
	{"text", func(out *bytes.Buffer, l *diagnose.Left, v *Verdict, s Style) error {
		return newPage(out, s).left(l, v)
	}},
	{"json", func(out *bytes.Buffer, l *diagnose.Left, v *Verdict, _ Style) error {
		return writeJSON(out, newDocLeft(l, v))
	}},
	{"yaml", func(out *bytes.Buffer, l *diagnose.Left, v *Verdict, _ Style) error {
		return writeYAML(out, newDocLeft(l, v))
	}},
}

// LeftFormats returns the names of the formats that WriteLeft knows.
func LeftFormats() []string {
	var names []string
	for _, f := range leftFormats {
		names = append(names, f.name)
	}
	return names
}

// WriteLeft writes what a command left, held against thresholds, as Write does.
func WriteLeft(w io.Writer, format string, l *diagnose.Left, v Verdict, s Style) error {
	for _, f := range leftFormats {
		if f.name != format {
			continue
		}
		var out bytes.Buffer
		if err := f.render(&out, l, &v, s); err != nil {
			return fmt.Errorf("rendering %s: %w", format, err)
		}
		_, err := w.Write(out.Bytes())
		return err
	}
	return fmt.Errorf("unknown format %q: %s", format, strings.Join(LeftFormats(), ", "))
}

// left writes the line of a check, and below it what was left where that is
// anything.
func (p *page) left(l *diagnose.Left, v *Verdict) error {
	name := cleanTo(strings.Join(l.Command, " "), maxCommand)
	said := v.Summary
	if len(v.Reasons) > 0 {
		var texts []string
		for _, r := range v.Reasons {
			texts = append(texts, r.Text)
		}
		said = strings.Join(texts, "; ")
	}
	p.out.WriteString("ZOMBIES " + v.Status + " - " + noPipe(name+" ("+leftExit(l)+"): "+prose(said)) + " | " + clean(v.Perf) + "\n")
	if l.ZombieCount+l.OrphanCount == 0 {
		return nil
	}
	if err := p.leftCommands(l); err != nil {
		return err
	}
	p.leftOrphans(l)
	p.wrap(2, "", "More: zombiectl explain left-behind")
	return nil
}

func leftExit(l *diagnose.Left) string { return exitText(scan.Some(l.Exit)) }

func (p *page) leftCommands(l *diagnose.Left) error {
	cols := []column{{head: "COMMAND"}, {head: "ZOMBIES", right: true}, {head: "ORPHANS", right: true}, {head: "ENDED"}}
	var rows [][]string
	for _, c := range l.ByCommand[:min(len(l.ByCommand), maxParents)] {
		name := clean(c.Comm)
		if name == "" {
			name = "?"
		}
		rows = append(rows, []string{name, strconv.Itoa(c.Zombies), strconv.Itoa(c.Orphans), exitsOf(l, c.Comm)})
	}
	if err := p.table(cols, rows); err != nil {
		return err
	}
	if rest := len(l.ByCommand) - len(rows); rest > 0 {
		p.linef("  … %s", count(rest, "more command"))
	}
	return nil
}

// exitsOf says how the zombies of a command ended, each way once.
func exitsOf(l *diagnose.Left, comm string) string {
	const most = 4
	var ways []string
	seen := map[string]bool{}
	for _, z := range l.Zombies {
		how := exitText(z.Exit)
		if z.Comm != comm || seen[how] {
			continue
		}
		if seen[how] = true; len(ways) == most {
			return strings.Join(append(ways, "…"), ", ")
		}
		ways = append(ways, how)
	}
	return strings.Join(ways, ", ")
}

func (p *page) leftOrphans(l *diagnose.Left) {
	for i, o := range l.Orphans {
		if i == maxFindings {
			p.linef("  … %s", count(l.OrphanCount-i, "more living orphan"))
			return
		}
		p.linef("  PID %d lives on (%s): %s", o.PID, clean(o.State.String()), cleanTo(o.Command, maxCommand))
	}
}

// The document below is docs/schema/command-v1.schema.json.

type leftDocument struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Command    []string     `json:"command"`
	Exit       *docExit     `json:"exit"`
	ExitCode   int          `json:"exitCode"`
	Check      *docCheck    `json:"check"`
	Zombies    int          `json:"zombies"`
	Orphans    int          `json:"orphans"`
	Unseen     bool         `json:"unseen"`
	ByCommand  []docLeftSum `json:"byCommand"`
	Left       []docLeft    `json:"left"`
}

type docLeftSum struct {
	Comm    *string `json:"comm"`
	Zombies int     `json:"zombies"`
	Orphans int     `json:"orphans"`
}

type docLeft struct {
	PID     int      `json:"pid"`
	PPID    *int     `json:"ppid"`
	What    string   `json:"what"`
	Comm    *string  `json:"comm"`
	Command *string  `json:"command"`
	State   string   `json:"state"`
	Exit    *docExit `json:"exit"`
}

func newDocLeft(l *diagnose.Left, v *Verdict) leftDocument {
	doc := leftDocument{
		APIVersion: apiVersion, Kind: "Command", Command: list(l.Command), Exit: newDocExit(scan.Some(l.Exit)),
		ExitCode: l.ExitCode(*v), Check: newDocCheck(v), Zombies: l.ZombieCount, Orphans: l.OrphanCount, Unseen: l.Unseen,
		ByCommand: each(l.ByCommand, func(c *diagnose.LeftCommand) docLeftSum {
			return docLeftSum{known(c.Comm), c.Zombies, c.Orphans}
		}),
		Left: []docLeft{},
	}
	add := func(what string, list []diagnose.LeftProcess) {
		for i := range list {
			p := &list[i]
			out := docLeft{PID: p.PID, What: what, Comm: known(p.Comm), Command: known(bounded(p.Command)), State: valid(p.State.String()), Exit: newDocExit(p.Exit)}
			if p.Parent != 0 {
				out.PPID = &p.Parent
			}
			doc.Left = append(doc.Left, out)
		}
	}
	add("zombie", l.Zombies)
	add("orphan", l.Orphans)
	return doc
}
