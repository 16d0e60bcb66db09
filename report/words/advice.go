package words

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/english"
)

// Piece is one piece of advice as it is said: a sentence, and steps.
type Piece struct {
	Text  string
	Steps []rule.Step
}

// WhatToDo returns what the findings advise, most important first. Unless full,
// a finding that says what another said already, but for numbers, is left to
// that one; it returns how many are. apart is about something else than the
// zombies that are there. Where several parents keep zombies each piece names
// the processes that it is for.
func WhatToDo(d *diagnose.Diagnosis, full bool) (todo, apart []Piece, others int) {
	several := len(Culprits(d)) > 1
	most, lines := maxAdvice, 0
	if several {
		most *= 2
	}
	said, shapes := map[string]*piece{}, map[string]bool{}
	var order []*piece
	for _, f := range ByImportance(d) {
		if SaidByUnread(d, f) {
			continue
		}
		var news []*piece
		another := false // it says something else than those before
		for _, a := range f.Advice() {
			p := &piece{Advice: a, pids: []int{f.Subject.PID}}
			if before := said[p.key()]; before != nil {
				if !slices.Contains(before.pids, f.Subject.PID) {
					before.pids = append(before.pids, f.Subject.PID)
				}
				continue
			}
			another = another || !shapes[p.shape()]
			news = append(news, p)
		}
		if !full && len(news) > 0 && (!another || lines >= most) {
			others++
			continue
		}
		for _, p := range news {
			said[p.key()], shapes[p.shape()] = p, true
			// Advice that does not clear the zombies stands apart from advice that
			// does.
			p.apart = f.Zombies == 0 && len(d.Zombies) > 0
			lines += 1 + len(p.Steps)
			order = append(order, p)
		}
	}
	for _, p := range order {
		out := Piece{p.text(several), p.Steps}
		if !full { // other ways, and their trade-offs, are for readers who want all
			out.Steps = out.Steps[:min(len(out.Steps), 1)]
			if len(out.Steps) > 0 && out.Steps[0].Command == "" {
				out.Steps = nil
			}
		}
		if p.apart {
			apart = append(apart, out)
		} else {
			todo = append(todo, out)
		}
	}
	return todo, apart, others
}

// piece is a piece of advice, and the processes that it is for.
type piece struct {
	rule.Advice
	pids  []int
	apart bool
}

// key is the same for the same advice, whomever it is for.
func (p *piece) key() string { return p.Text + fmt.Sprint(p.Steps) }

// shape is the same for advice that differs in numbers only.
func (p *piece) shape() string {
	lines := []string{p.Shape}
	for _, s := range p.Steps {
		lines = append(lines, numbers.ReplaceAllString(s.String(), "N"))
	}
	return strings.Join(lines, "\n")
}

var numbers = regexp.MustCompile(`[0-9]+`)

// text says it; where several keep zombies with whom it is for, the worst first,
// where it does not say so.
func (p *piece) text(several bool) string {
	if says := p.PID == p.pids[0] && len(p.pids) == 1; !several || p.pids[0] == 0 || says {
		return p.Text
	}
	return pidList(p.pids) + ": " + p.Text
}

func pidList(pids []int) string {
	const most = 3
	var parts []string
	for _, pid := range pids[:min(len(pids), most)] {
		parts = append(parts, OrUnknown(Told(pid)))
	}
	text := "PID " + strings.Join(parts, ", ")
	if rest := len(pids) - len(parts); rest > 0 {
		text += " and " + english.Number(rest) + " more"
	}
	return text
}
