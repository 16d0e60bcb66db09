// Package github writes the verdict of a check as workflow commands of GitHub
// Actions, which become annotations.
package github

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/report/words"
)

const maxAnnotations = 10 // of each kind: GitHub shows no more for a step

// Check writes a check: what counts as a warning or an error, the rest as notices.
func Check(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	p := page.New(new(bytes.Buffer), page.Style{})
	textpage.Verdict(p, d, v)
	all := map[string]int{}
	annotate := func(level, rule, message string) {
		if all[level]++; all[level] > maxAnnotations {
			return
		}
		title := "zombiectl"
		if r := diagnose.FindRule(rule); r != nil {
			title += ": " + r.ID + " " + r.Name
		}
		p.Line(annotation(level, title, message))
	}
	for _, r := range v.Reasons {
		annotate(levelOf(&r), r.Rule, r.Text)
	}
	for _, f := range words.OtherFindings(d, v) {
		annotate("notice", f.Rule, f.Message())
	}
	for _, level := range []string{"error", "warning", "notice"} {
		if n := all[level] - maxAnnotations; n > 0 {
			p.Linef("… %s: -o json shows them", english.Count(n, "more "+level, "more "+level+"s"))
		}
	}
	out.WriteString(noCommand(p))
}

// Left writes what a command left.
func Left(out *bytes.Buffer, l *verdict.Left, v *verdict.Verdict) error {
	p := page.New(new(bytes.Buffer), page.Style{})
	textpage.Left(p, l, v)
	title := "zombiectl: " + sanitize.CleanTo(strings.Join(l.Command, " "), words.MaxCommand)
	for _, r := range v.Reasons {
		p.Line(annotation(levelOf(&r), title, r.Line()))
	}
	out.WriteString(noCommand(p))
	return p.Err
}

func levelOf(r *verdict.Reason) string {
	if r.Severity == diagnose.Critical {
		return "error"
	}
	return "warning"
}

func annotation(level, title, message string) string {
	// A property of a command is escaped more than what stands after it.
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer(":", "%3A", ",", "%2C")
	return fmt.Sprintf("::%s title=%s::%s", level, property.Replace(data.Replace(title)), data.Replace(sanitize.Prose(message)))
}

// noCommand breaks what the runner takes for a command of the old form,
// wherever in a line it stands. One of the new form stands at the beginning,
// where only we write.
func noCommand(p *page.Page) string { return strings.ReplaceAll(p.Out.String(), "##[", `##\x5b`) }
