package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// leftFormats are those in which it can be said what a command left.
var leftFormats = []struct {
	name   string
	render func(*bytes.Buffer, *diagnose.Left, *diagnose.Verdict, Style) error
}{
	{"text", func(out *bytes.Buffer, l *diagnose.Left, v *diagnose.Verdict, s Style) error {
		return newPage(out, s).left(l, v)
	}},
	{"json", func(out *bytes.Buffer, l *diagnose.Left, v *diagnose.Verdict, _ Style) error {
		return writeJSON(out, newDocLeft(l, v))
	}},
	{"yaml", func(out *bytes.Buffer, l *diagnose.Left, v *diagnose.Verdict, _ Style) error {
		return writeYAML(out, newDocLeft(l, v))
	}},
	{"junit", junitLeft},
	{"github", githubLeft},
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
func WriteLeft(w io.Writer, format string, l *diagnose.Left, v diagnose.Verdict, s Style) error {
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
func (p *page) left(l *diagnose.Left, v *diagnose.Verdict) error {
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
		p.linef("  … %s", english.Count(rest, "more command", "more commands"))
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
			p.linef("  … %s", english.Count(l.OrphanCount-i, "more living orphan", "more living orphans"))
			return
		}
		p.linef("  PID %d lives on (%s): %s", o.PID, clean(o.State.String()), cleanTo(o.Command, maxCommand))
	}
}

// githubLeft is renderGitHub for what a command left.
func githubLeft(out *bytes.Buffer, l *diagnose.Left, v *diagnose.Verdict, _ Style) error {
	var text bytes.Buffer
	if err := newPage(&text, Style{}).left(l, v); err != nil {
		return err
	}
	out.WriteString(noCommand(text.String()))
	for _, r := range v.Reasons {
		level := "warning"
		if r.Severity == diagnose.Critical {
			level = "error"
		}
		title := "zombiectl: " + cleanTo(strings.Join(l.Command, " "), maxCommand)
		out.WriteString(noCommand(fmt.Sprintf("::%s title=%s::%s", level, githubProperty(title), githubData(prose(r.Text)))) + "\n")
	}
	return nil
}

// junitLeft is renderJUnit for what a command left: one case, which fails when
// that counts. How the command itself ended is its own affair.
func junitLeft(out *bytes.Buffer, l *diagnose.Left, v *diagnose.Verdict, _ Style) error {
	var text bytes.Buffer
	if err := newPage(&text, Style{}).left(l, v); err != nil {
		return err
	}
	failures := min(len(v.Reasons), 1)
	timestamp, took := "", "0"
	if t, ok := l.Started.Get(); ok && rfc3339(t, ok) != nil {
		timestamp = ` timestamp="` + t.UTC().Format(time.DateOnly+"T"+time.TimeOnly) + `"`
	}
	if s := seconds(l.Took); s != nil {
		took = strconv.FormatFloat(*s, 'f', 3, 64)
	}
	fmt.Fprintf(out, `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite id="0" name="check" package="zombiectl"%s hostname="localhost" tests="1" failures="%d" errors="0" skipped="0" time="%s">
    <properties>
`, timestamp, failures, took)
	for _, p := range [][2]string{
		{"command", cleanTo(strings.Join(l.Command, " "), maxProse)}, {"exit", leftExit(l)}, {"status", v.Status},
		{"exitCode", strconv.Itoa(l.ExitCode(*v))}, {"perfdata", v.Perf},
	} {
		fmt.Fprintf(out, "      <property name=\"%s\" value=\"%s\"/>\n", p[0], xmlText(p[1]))
	}
	out.WriteString("    </properties>\n    <testcase classname=\"zombiectl.check\" name=\"left behind\" time=\"" + took + "\"")
	if failures == 0 {
		out.WriteString("/>\n")
	} else {
		worst := diagnose.OK
		var texts []string
		for _, r := range v.Reasons {
			worst = max(worst, r.Severity)
			texts = append(texts, prose(r.Text))
		}
		fmt.Fprintf(out, ">\n      <failure type=\"%s\" message=\"%s\">%s</failure>\n    </testcase>\n", worst, xmlText(texts[0]), xmlText(strings.Join(texts, "\n")))
	}
	fmt.Fprintf(out, "    <system-out>%s</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n", xmlText(text.String()))
	return nil
}

// The document below is docs/schema/command-v1.schema.json.

type leftDocument struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Command    []string     `json:"command"`
	Exit       *docExit     `json:"exit"`
	StartedAt  *string      `json:"startedAt"`
	Seconds    *float64     `json:"seconds"`
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

func newDocLeft(l *diagnose.Left, v *diagnose.Verdict) leftDocument {
	doc := leftDocument{
		APIVersion: apiVersion, Kind: "Command", Command: list(l.Command), Exit: newDocExit(scan.Some(l.Exit)),
		StartedAt: rfc3339(l.Started.Get()), Seconds: seconds(l.Took),
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
