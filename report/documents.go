package report

import (
	"bytes"
	"slices"
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

// Diagnosis is what was found.
func Diagnosis(d *diagnose.Diagnosis) Document { return diagnosis(d, nil) }

// Check is a diagnosis held against thresholds. As text it begins with the line
// that a monitor reads, json and yaml hold the verdict under "check".
func Check(d *diagnose.Diagnosis, v verdict.Verdict) Document {
	return diagnosis(d, &v,
		plain("junit", func(out *bytes.Buffer, s Style) { junit.Check(out, d, &v, s.Now) }),
		plain("github", func(out *bytes.Buffer, _ Style) { github.Check(out, d, &v) }))
}

func diagnosis(d *diagnose.Diagnosis, v *verdict.Verdict, more ...form) Document {
	return published("", func() any { return jsondoc.NewDiagnosis(d, v) }, []form{
		paged("text", func(p *page.Page) { textpage.Diagnosis(p, d, v) }),
		paged("wide", func(p *page.Page) { textpage.Wide(p, d, v) }),
		paged("tree", func(p *page.Page) { textpage.Tree(p, d, v) }),
	}, append([]form{
		plain("html", func(out *bytes.Buffer, _ Style) { htmlpage.Write(out, d, v) }),
		plain("markdown", func(out *bytes.Buffer, _ Style) { markdown.Write(out, d, v) }),
		plain("prometheus", func(out *bytes.Buffer, _ Style) { metrics.Write(out, d, v) }),
	}, more...)...)
}

// Process is the answer about one process.
func Process(v *diagnose.Process) Document {
	return published("a PID", func() any { return jsondoc.NewProcess(v) }, []form{
		paged("text", func(p *page.Page) { textpage.Process(p, v, false) }),
		paged("wide", func(p *page.Page) { textpage.Process(p, v, true) }),
	})
}

// Left is what a command left, held against thresholds.
func Left(l *verdict.Left, v verdict.Verdict) Document {
	return published("a command", func() any { return jsondoc.NewLeft(l, &v) },
		[]form{paged("text", func(p *page.Page) { textpage.Left(p, l, &v) })},
		form{"junit", func(out *bytes.Buffer, _ Style) error { return junit.Left(out, l, &v) }},
		form{"github", func(out *bytes.Buffer, _ Style) error { return github.Left(out, l, &v) }})
}

// Reap is what was done about zombies.
func Reap(r *doc.Reap) Document {
	return published("", func() any { return jsondoc.NewReap(r) }, []form{paged("text", func(p *page.Page) { textpage.Reap(p, r) })})
}

// Probe is the answer of an experiment.
func Probe(v *doc.Probe) Document {
	return published("", func() any { return jsondoc.NewProbe(v) }, []form{paged("text", func(p *page.Page) { textpage.Probe(p, v) })})
}

// Pods is what was found in the containers of pods.
func Pods(list []doc.PodContainer) Document {
	return published("", func() any { return jsondoc.NewPods(list) }, []form{
		paged("text", func(p *page.Page) { textpage.Pods(p, list, false) }),
		paged("wide", func(p *page.Page) { textpage.Pods(p, list, true) }),
	})
}

// Watch is the state of a watch after a look: as text a line for each change, as
// JSON one line, as YAML one document of a stream.
func Watch(w *doc.Watch) Document {
	return document{list: []form{
		plain("text", func(out *bytes.Buffer, _ Style) { textpage.Changes(out, w) }),
		{"json", func(out *bytes.Buffer, _ Style) error { return encode.JSONLine(out, jsondoc.NewWatch(w)) }},
		{"yaml", func(out *bytes.Buffer, _ Style) error {
			out.WriteString("---\n")
			return encode.YAML(out, jsondoc.NewWatch(w))
		}},
	}}
}

// Scenes is what can be simulated.
func Scenes(scenes []doc.Scene) Document {
	return onlyText(func(out *bytes.Buffer) { textpage.Scenes(out, scenes) })
}

// Scene is what there is to see of a scene that has been set: PID 1 of its
// namespace and its parent of zombies, each 0 when there is none; for so long, 0
// for until a signal.
func Scene(s doc.Scene, pid1, parent int, length time.Duration) Document {
	return onlyText(func(out *bytes.Buffer) { textpage.Scene(out, s, pid1, parent, length) })
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
		{"json", func(out *bytes.Buffer, _ Style) error { return encode.JSON(out, of()) }},
		{"yaml", func(out *bytes.Buffer, _ Style) error { return encode.YAML(out, of()) }},
	}, more)}
}

// onlyText is a document that is only for people.
func onlyText(write func(*bytes.Buffer)) Document {
	return document{list: []form{plain("text", func(out *bytes.Buffer, _ Style) { write(out) })}}
}

// paged is a format for people, on a page that is as wide as their terminal.
func paged(format string, write func(*page.Page)) form {
	return form{format, func(out *bytes.Buffer, s Style) error {
		p := page.New(out, s)
		write(p)
		return p.Err
	}}
}

// plain is a format that cannot fail.
func plain(format string, write func(*bytes.Buffer, Style)) form {
	return form{format, func(out *bytes.Buffer, s Style) error {
		write(out, s)
		return nil
	}}
}
