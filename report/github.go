package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
)

// maxAnnotations is how many of each kind GitHub shows for a step.
const maxAnnotations = 10

// renderGitHub writes a check as workflow commands, which become annotations:
// what counts as a warning or an error, the rest as notices.
func renderGitHub(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) error {
	var text bytes.Buffer
	p := newPage(&text, Style{})
	p.verdict(d, v)
	var lines []string
	more := map[string]int{}
	annotate := func(level, rule, message string) {
		if more[level]++; more[level] > maxAnnotations {
			return
		}
		title := "zombiectl"
		if r := diagnose.FindRule(rule); r != nil {
			title += ": " + r.ID + " " + r.Name
		}
		message = prose(strings.TrimPrefix(message, rule+" "))
		lines = append(lines, fmt.Sprintf("::%s title=%s::%s", level, githubProperty(title), githubData(message)))
	}
	for _, r := range v.Reasons {
		level := "warning"
		if r.Severity == diagnose.Critical {
			level = "error"
		}
		annotate(level, r.Rule, r.Text)
	}
	for _, f := range others(d, v) {
		annotate("notice", f.Rule, subject(f)+f.Message)
	}
	for _, level := range []string{"error", "warning", "notice"} {
		if n := more[level] - maxAnnotations; n > 0 {
			lines = append(lines, fmt.Sprintf("… %s: -o json shows them", english.Count(n, "more "+level, "more "+level+"s")))
		}
	}
	out.WriteString(noCommand(text.String()))
	for _, l := range lines {
		out.WriteString(noCommand(l) + "\n")
	}
	return nil
}

// githubData and githubProperty escape what stands after and in a command.
func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(s))
}

// noCommand breaks what the runner takes for a command of the old form,
// wherever in a line it stands. One of the new form stands at the beginning,
// where only we write.
func noCommand(s string) string { return strings.ReplaceAll(s, "##[", `##\x5b`) }
