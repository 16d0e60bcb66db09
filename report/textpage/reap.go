package textpage

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/reap/deed"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/sys"
)

// Reap writes what was done about the zombies of each parent.
func Reap(p *page.Page, r *doc.Reap) {
	p.Wrap(0, "", sanitize.Prose(r.Sentence()))
	for _, s := range r.Steps {
		reapStep(p, r, s)
	}
}

func reapStep(p *page.Page, r *doc.Reap, s *deed.Step) {
	p.Blank()
	who := "PARENT outside of this PID namespace"
	if s.Parent.PID != 0 {
		who = fmt.Sprintf("PARENT %d  %s", s.Parent.PID, words.ParentCommand(*s.Parent))
	}
	p.Line(p.Bold.Sprint(who))
	p.Wrap(2, "  ", sanitize.Prose(deedText(r, s)))
	for _, h := range s.Heirs {
		what := "ancestor"
		if h.PID1 {
			what = "PID 1"
		}
		p.Wrap(4, "  ", sanitize.Prose(fmt.Sprintf("may inherit its zombies: %s, %d %s: reaps: %s, %s",
			what, h.Process.PID, words.Bounded(h.Command), words.Answer(h.Reaps), phrase.Reaps(h.Basis))))
	}
	cols := []page.Column{{Head: "PID", Right: true}, {Head: "COMMAND", Least: 8}, {Head: "EXIT"}, {Head: "RESULT"}, {Head: "WHY", Least: 20}}
	var rows [][]string
	for _, z := range s.Zombies {
		result, why := z.Fate, z.Why
		if result == "planned" {
			result = "zombie"
		}
		if why == s.Why {
			why = "" // it stands above
		}
		if z.Rule != "" {
			why = strings.TrimSpace(z.Rule + " " + why)
		}
		if z.Adopter != 0 {
			why = strings.TrimPrefix(why+fmt.Sprintf("; PID %d inherited it", z.Adopter), "; ")
		}
		rows = append(rows, []string{strconv.Itoa(z.Process.PID), sanitize.Clean(z.Process.Comm), words.ExitText(z.Outcome()), result, sanitize.Prose(why)})
	}
	p.PlainTable(cols, rows)
}

// deedText says what was done about the zombies of one parent, or would be.
func deedText(r *doc.Reap, s *deed.Step) string {
	signal := sys.SignalName(s.Signal)
	planned := r.DryRun || r.Unchosen != ""
	why := s.Why
	if s.Rule != "" {
		why += " (" + s.Rule + ")"
	}
	switch {
	case s.Refused && s.Forceable:
		return "refused: " + why + "; --force overrides this"
	case s.Refused:
		return "refused: " + why
	case s.Deed == "nothing":
		return "nothing can be done: " + why
	case s.Deed == "wait" && planned:
		return "this program is their parent: it would wait for each"
	case s.Deed == "wait":
		return "this program is their parent: it waited for each"
	case planned && s.Deed == "nudge":
		return "would be sent " + signal + ", again while that helps"
	case planned:
		return "would be sent " + signal
	case s.Sent == 0:
		return "not signalled: " + cmp.Or(s.Err, "there was nothing left to do")
	}
	said := "was sent " + signal
	if s.Sent > 1 {
		said += fmt.Sprintf(" %d times", s.Sent)
	}
	if s.Ended {
		said += ", and has ended"
		if s.Adopter != 0 {
			said += fmt.Sprintf("; PID %d inherited its zombies", s.Adopter)
		}
	}
	return said
}

// Probe writes the answer of an experiment.
func Probe(p *page.Page, v *doc.Probe) {
	p.Wrap(0, "", sanitize.Prose(v.Sentence()))
	if v.Left {
		p.Wrap(0, "", sanitize.Prose(fmt.Sprintf("The test orphan stays a zombie: zombiectl-probe (PID %d), until PID %d waits for it or exits.", v.Orphan.PID, v.Adopter.PID)))
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
