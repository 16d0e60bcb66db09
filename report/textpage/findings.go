package textpage

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/words"
)

func findings(p *page.Page, heading string, findings []diagnose.Finding) {
	if len(findings) == 0 {
		return
	}
	indent := ""
	if heading == "" {
		p.Blank()
	} else {
		p.Heading(heading)
		indent = "  "
	}
	for _, l := range words.FindingLines(findings) {
		p.Wrap(len(indent)+len("Z301 "), indent+l.Head, l.Text)
	}
}
