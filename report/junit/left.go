package junit

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/report/words"
)

// Left writes what a command left: one case, which fails when that counts. How the
// command itself ended is its own affair.
func Left(out *bytes.Buffer, l *diagnose.Left, v *diagnose.Verdict) error {
	var text bytes.Buffer
	p := page.New(&text, page.Style{})
	textpage.Left(p, l, v)
	s := suite{took: "0", text: text.String(), properties: [][2]string{
		{"command", sanitize.Prose(strings.Join(l.Command, " "))}, {"exit", textpage.LeftExit(l)}, {"status", v.Status},
		{"exitCode", strconv.Itoa(l.ExitCode(*v))}, {"perfdata", v.Perf},
	}}
	if t, ok := l.Started.Get(); words.RFC3339(t, ok) != nil {
		s.at = t
	}
	if took := words.Seconds(l.Took); took != nil {
		s.took = strconv.FormatFloat(*took, 'f', 3, 64)
	}
	c := testCase{name: "left behind"}
	worst := diagnose.OK
	for _, r := range v.Reasons {
		worst = max(worst, r.Severity)
		c.text = append(c.text, sanitize.Prose(r.Text))
	}
	if len(c.text) > 0 {
		c.element, c.kind, c.message = "failure", worst.String(), c.text[0]
	}
	s.cases = []testCase{c}
	s.write(out)
	return p.Err
}
