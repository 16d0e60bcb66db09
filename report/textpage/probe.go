package textpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// Probe writes the answer of an experiment.
func Probe(p *page.Page, v *doc.Probe) {
	p.Wrap(0, "", sanitize.Prose(v.Sentence()))
	if v.Left {
		p.Wrap(0, "", sanitize.Prose(fmt.Sprintf("It is left: PID %d, zombiectl-probe, until PID %d waits for it or ends.", v.Orphan.PID, v.Adopter.PID)))
	}
	if v.Subreaper {
		p.Wrap(0, "", "Whether PID 1 reaps was not tried: it does not get the orphans of this place.")
	}
	if v.PID1 != nil {
		p.Blank()
		p.Line(p.Bold.Sprint("PID 1") + "   " + sanitize.Clean(v.PID1.Command))
		answer(p, "passes on SIGTERM", v.PID1.ForwardsSigterm, v.PID1.ForwardsSigtermWhy+" (looked up, nothing was sent)")
	}
}
