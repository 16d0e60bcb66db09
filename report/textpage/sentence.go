package textpage

import (
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

func sentence(p *page.Page, d *diagnose.Diagnosis) {
	text := sanitize.Prose(words.Sentence(d))
	from := p.Out.Len()
	p.Wrap(0, "", text)
	lines := strings.TrimRight(p.Out.String()[from:], "\n")
	p.Out.Truncate(from)
	for line := range strings.SplitSeq(lines, "\n") {
		switch {
		case d.Severity >= diagnose.Warning || d.Blind:
			line = p.Bold.Sprint(line)
		case len(d.Zombies) == 0:
			line = p.Green.Sprint(line)
		}
		p.Line(line)
	}
}
