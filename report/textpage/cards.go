package textpage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

const (
	maxCards = 8
	fewCards = 4 // with all that there is to say
	maxRest  = 10
	maxNotes = 2 // said in full
)

// problems writes a card for each of the most urgent problems, and one table of the
// rest. Of many, what all have in common is said once, below.
func problems(p *page.Page, d *diagnose.Diagnosis, list []diagnose.Problem) {
	shown := list[:min(len(list), maxCards)]
	many := len(list) > fewCards
	cures := map[string]int{} // the card that says it
	for i := range shown {
		c := words.NewCard(d, &shown[i], len(list) > 1)
		if many {
			c.Brief(&shown[i])
			sameCure(&c, &shown[i], i+1, cures)
		}
		p.Blank()
		card(p, fmt.Sprint(i+1), c)
	}
	rest(p, d, list[len(shown):])
	if many {
		p.Blank()
		p.Wrap(0, "", "More: zombiectl scan --container NAME, or -o wide")
	}
}

// sameCure refers to the card before that says how to cure the same, but for the name
// of the program.
func sameCure(c *words.Card, p *diagnose.Problem, number int, cures map[string]int) {
	for i, l := range c.Lines {
		if l.Label != "cure" {
			continue
		}
		key := l.Command + l.Text
		if len(p.Parents) > 0 {
			key = strings.TrimPrefix(key, p.Name())
		}
		if before := cures[key]; before > 0 {
			c.Lines[i] = words.CardLine{Label: l.Label, Text: fmt.Sprintf("as for %d", before)}
		} else {
			cures[key] = number
		}
	}
}

// card writes a problem. Its commands are never cut, whatever the width: a cut
// one cannot be pasted.
func card(p *page.Page, number string, c words.Card) {
	head := fmt.Sprintf("%-2s %-8s ", number, c.Level)
	hang := page.Width(head)
	if c.Level == urgent {
		head = p.Red.Sprint(head)
	}
	title := c.What
	if c.Where != "" {
		title = strings.TrimRight(p.Bold.Sprint(c.Where)+"   "+title, " ")
	}
	p.Wrap(hang, head, title)
	const indent = "   "
	for _, s := range c.Said {
		text := s.Text
		if s.Rule != "" {
			text += " (" + s.Rule + ")"
		}
		p.Wrap(len(indent), indent, text)
	}
	for _, l := range c.Lines {
		head := indent + fmt.Sprintf("%-6s ", l.Label)
		if l.Command == "" {
			p.Wrap(page.Width(head), head, l.Text)
			continue
		}
		p.Command(head+l.Command, cardNote(l))
	}
}

// cardNote is the note behind a command: what it ends, and the words of the
// step.
func cardNote(l words.CardLine) string {
	switch {
	case l.Ends == "":
		return l.Text
	case l.Text == "":
		return "ends: " + l.Ends
	default:
		return "ends: " + l.Ends + "; " + l.Text
	}
}

const urgent = "URGENT"

// rest writes the problems that have no card.
func rest(p *page.Page, d *diagnose.Diagnosis, list []diagnose.Problem) {
	if len(list) == 0 {
		return
	}
	shown := list[:min(len(list), maxRest)]
	p.Blank()
	p.Line(english.Count(len(list), "more problem:", "more problems:"))
	rows := make([][]string, len(shown))
	for i := range shown {
		rows[i] = words.Rest(d, &shown[i])
	}
	if p.Width > 0 && p.Width < roomy {
		narrowRest(p, rows)
	} else {
		p.Table([]page.Column{
			{Head: "LEVEL"}, {Head: "WHERE", Least: 12}, {Head: "WHO", Least: 16}, {Head: "ZOMBIES", Right: true}, {Head: "WHY", Least: 30}, {Head: "RULE"},
		}, rows)
	}
	if more := len(list) - len(shown); more > 0 {
		p.Linef("  %s: zombiectl scan -o wide", english.Count(more, "more", "more"))
	}
}

// narrowRest writes the same where a table would cut who it was, and why.
func narrowRest(p *page.Page, rows [][]string) {
	for _, r := range rows {
		level, where, who, zombies, why, rule := r[0], r[1], r[2], r[3], r[4], r[5]
		p.Wrap(4, "  ", strings.Join(slices.DeleteFunc([]string{level, where, who, zombies + " Z", why, rule}, func(s string) bool { return s == "" }), "  "))
	}
}

// notes writes the notes besides the problems. With at most one problem it
// writes the first note in full, with several only how many there are.
func notes(p *page.Page, d *diagnose.Diagnosis, list []*diagnose.Finding, most int) {
	list = slices.DeleteFunc(slices.Clone(list), func(f *diagnose.Finding) bool { return words.SaidByUnread(d, f) })
	if len(list) == 0 {
		return
	}
	p.Blank()
	for _, f := range list[:min(len(list), most)] {
		p.Wrap(2, "", words.Note(f))
		if len(d.Zombies) > 0 && d.Snapshot.Listing == nil {
			continue // the card says what to do
		}
		for _, a := range f.Advice()[:min(len(f.Advice()), 1)] {
			p.Wrap(2, "  ", sanitize.Prose(a.Text))
			for _, s := range a.Steps {
				if s.Command != "" {
					p.Command("    "+sanitize.Prose(s.Command), "")
					break
				}
			}
		}
	}
	if more := len(list) - most; more > 0 {
		p.Linef("%s: zombiectl scan -o wide", english.Count(more, "more note", "more notes"))
	}
}
