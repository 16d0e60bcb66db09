package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/encode"
	"github.com/zombiectl/zombiectl/report/github"
	"github.com/zombiectl/zombiectl/report/htmlpage"
	"github.com/zombiectl/zombiectl/report/jsondoc"
	"github.com/zombiectl/zombiectl/report/junit"
	"github.com/zombiectl/zombiectl/report/markdown"
	"github.com/zombiectl/zombiectl/report/metrics"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/textpage"
)

// Diagnosis is the report of a look.
func Diagnosis(d *diagnose.Diagnosis) Document { return diagnosis(d, nil) }

// Check is a diagnosis held against thresholds. As text it begins with the line
// that a monitor reads, json and yaml hold the verdict under "check".
func Check(d *diagnose.Diagnosis, v verdict.Verdict) Document {
	return diagnosis(d, &v,
		form{"junit", func(p *page.Page) { junit.Check(p.Out, d, &v, p.Now) }},
		form{"github", func(p *page.Page) { github.Check(p.Out, d, &v) }})
}

func diagnosis(d *diagnose.Diagnosis, v *verdict.Verdict, more ...form) Document {
	return published("", func() any { return jsondoc.NewDiagnosis(d, v) }, []form{
		{"text", func(p *page.Page) { textpage.Diagnosis(p, d, v) }},
		{"wide", func(p *page.Page) { textpage.Wide(p, d, v) }},
		{"tree", func(p *page.Page) { textpage.Tree(p, d, v) }},
	}, append([]form{
		{"html", func(p *page.Page) { htmlpage.Write(p.Out, d, v) }},
		{"markdown", func(p *page.Page) { markdown.Write(p.Out, d, v) }},
		{"prometheus", func(p *page.Page) { metrics.Write(p.Out, d, v) }},
	}, more...)...)
}

// Process is the answer about one process.
func Process(v *diagnose.Process) Document {
	return published("a PID", func() any { return jsondoc.NewProcess(v) }, []form{
		{"text", func(p *page.Page) { textpage.Process(p, v, false) }},
		{"wide", func(p *page.Page) { textpage.Process(p, v, true) }},
	})
}

// Left is what a command left, held against thresholds.
func Left(l *verdict.Left, v verdict.Verdict) Document {
	return published("a command", func() any { return jsondoc.NewLeft(l, &v) },
		onlyText(func(p *page.Page) { textpage.Left(p, l, &v) }).list,
		form{"junit", func(p *page.Page) { p.Err = junit.Left(p.Out, l, &v) }},
		form{"github", func(p *page.Page) { p.Err = github.Left(p.Out, l, &v) }})
}

// Reap is the report of a reap.
func Reap(r *doc.Reap) Document {
	return published("", func() any { return jsondoc.NewReap(r) }, onlyText(func(p *page.Page) { textpage.Reap(p, r) }).list)
}

// Probe is the answer of an experiment.
func Probe(v *doc.Probe) Document {
	return published("", func() any { return jsondoc.NewProbe(v) }, onlyText(func(p *page.Page) { textpage.Probe(p, v) }).list)
}

// Pods is the report on the containers of pods.
func Pods(list []doc.PodContainer) Document {
	return published("", func() any { return jsondoc.NewPods(list) }, []form{
		{"text", func(p *page.Page) { textpage.Pods(p, list, false) }},
		{"wide", func(p *page.Page) { textpage.Pods(p, list, true) }},
	})
}

// Watch is the state of a watch after a look: as text a line for each change, as
// JSON one line, as YAML one document of a stream.
func Watch(w *doc.Watch) Document {
	return document{list: []form{
		{"text", func(p *page.Page) { textpage.Changes(p.Out, w) }},
		{"json", func(p *page.Page) { p.Err = encode.JSONLine(p.Out, jsondoc.NewWatch(w)) }},
		{"yaml", func(p *page.Page) {
			p.Out.WriteString("---\n")
			p.Err = encode.YAML(p.Out, jsondoc.NewWatch(w))
		}},
	}}
}

// Scenes is what can be simulated.
func Scenes(scenes []doc.Scene) Document {
	return onlyText(func(p *page.Page) { textpage.Scenes(p.Out, scenes) })
}

// Scene describes a scene that has been set: PID 1 of its namespace and its
// parent of zombies, each 0 when it has none; and how long it lasts, 0 for until
// a signal.
func Scene(s doc.Scene, pid1, parent int, length time.Duration) Document {
	return onlyText(func(p *page.Page) { textpage.Scene(p.Out, s, pid1, parent, length) })
}

// document is a Document: its name, where it needs one, and its formats.
type document struct {
	name string
	list []form
}

func (d document) forms() []form   { return d.list }
func (d document) besides() string { return d.name }

// published is a document that programs can read too: both their formats, after
// those that are as wide as a terminal, say the same.
func published(name string, of func() any, text []form, more ...form) Document {
	return document{name, slices.Concat(text, []form{
		{"json", func(p *page.Page) { p.Err = encode.JSON(p.Out, of()) }},
		{"yaml", func(p *page.Page) { p.Err = encode.YAML(p.Out, of()) }},
	}, more)}
}

func onlyText(write func(*page.Page)) document { return document{list: []form{{"text", write}}} }

// Runbook returns the documentation of a rule in Markdown. It is what explain
// prints and what docs/runbooks holds.
func Runbook(r *diagnose.Rule) string {
	return fmt.Sprintf("# %s %s\n\n%s.\n\nSeverity: %s, unless a finding says otherwise.\n\n%s", r.ID, r.Name, r.Title, r.Severity, r.Page())
}

// TopicPage returns a topic in Markdown.
func TopicPage(t *diagnose.Topic) string {
	return fmt.Sprintf("# %s\n\n%s\n", t.Title, strings.TrimSpace(t.Text))
}

// Rule is the documentation of a rule.
func Rule(r *diagnose.Rule) Document {
	return onlyText(func(p *page.Page) { p.Prose(Runbook(r)) })
}

// Topic is a topic.
func Topic(t *diagnose.Topic) Document {
	return onlyText(func(p *page.Page) { p.Prose(TopicPage(t)) })
}

// Page is a page in Markdown: as it is, or laid out for a terminal.
func Page(text string) Document {
	return onlyText(func(p *page.Page) { p.Prose(text) })
}

// Catalogue lists rules and topics, a line each.
func Catalogue() Document {
	return onlyText(func(p *page.Page) {
		line := func(first, title string) { p.Wrap(page.Width(first), first, title) }
		p.Line("RULES")
		for _, r := range diagnose.Rules() {
			line(fmt.Sprintf("  %s  %-22s %-8s ", r.ID, r.Name, r.Severity), r.Title)
		}
		p.Blank()
		p.Line("TOPICS")
		for _, t := range diagnose.Topics() {
			line(fmt.Sprintf("  %-27s ", t.Name), t.Title)
		}
	})
}
