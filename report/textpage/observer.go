package textpage

import (
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// seenFrom says where the look was taken from, and what another place would show.
func seenFrom(p *page.Page, d *diagnose.Diagnosis) {
	if d.Stand.Place == "" || d.Stand.Place == diagnose.Nowhere {
		return
	}
	p.Blank()
	head := p.Bold.Sprint("SEEN FROM") + "  "
	text := d.Stand.Text()
	if c := d.Stand.Container; c != nil && c.Engine != diagnose.NoContainer {
		text += " (" + c.Label() + ")"
	}
	p.Wrap(2, head, sanitize.Prose(strings.Join(append([]string{text + "."}, d.Stand.Better...), " ")))
}
