package report

import (
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
)

// stand says where the look was taken from, and what another place would show.
func (p *page) stand(d *diagnose.Diagnosis) {
	if d.Stand.Place == "" || d.Stand.Place == diagnose.Nowhere {
		return
	}
	p.blank()
	head := p.bold.Sprint("SEEN FROM") + "  "
	text := d.Stand.Text()
	if c := d.Stand.Container; c != nil && c.Engine != diagnose.NoContainer {
		text += " (" + c.Label() + ")"
	}
	p.wrap(2, head, prose(strings.Join(append([]string{text + "."}, d.Stand.Better...), " ")))
}

type docStand struct {
	Place     string        `json:"place"`
	Ptrace    string        `json:"ptrace"`
	UID       *int          `json:"uid"`
	Container *docContainer `json:"container"`
	Foreign   int           `json:"foreignProcesses"`
	Better    []string      `json:"better"`
}

func newDocStand(s *diagnose.Stand) docStand {
	place := string(s.Place)
	if place == "" {
		place = string(diagnose.Nowhere)
	}
	return docStand{
		Place: place, Ptrace: answer(s.Ptrace), UID: pointer(s.UID), Container: newDocContainer(s.Container),
		Foreign: s.Foreign, Better: list(s.Better),
	}
}
