package textpage

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/reap/deed"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/sys"
)

// maxKinds is how many kinds of parents, and of zombies of one, are shown.
const maxKinds = 12

// Reap writes what was done about the zombies of each parent. Parents alike
// share a line, and so do zombies: thousands of them are a page.
func Reap(p *page.Page, r *doc.Reap) {
	p.Wrap(0, "", sanitize.Prose(r.Sentence()))
	kinds := fold(r.Steps, func(s *deed.Step) string {
		return numbers.ReplaceAllString(fmt.Sprint(words.ParentCommand(*s.Parent), "\n", deedText(r, s), "\n", s.Instead.Command), "N")
	})
	for _, like := range kinds[:min(len(kinds), maxKinds)] {
		reapStep(p, r, like[0])
		if more := like[1:]; len(more) > 0 {
			zombies := 0
			for _, s := range more {
				zombies += len(s.Zombies)
			}
			p.Wrap(2, "  ", fmt.Sprintf("The same is true of %s (%s): PID %s.", english.Count(len(more), "more parent like it", "more parents like it"),
				phrase.Zombies(zombies), pids(more, func(s *deed.Step) int { return s.Parent.PID })))
		}
	}
	if more := len(kinds) - maxKinds; more > 0 {
		p.Blank()
		p.Linef("%s: -o json shows all of them", english.Count(more, "more kind of parent", "more kinds of parents"))
	}
}

var numbers = regexp.MustCompile(`[0-9]+`)

// fold groups the items with the same key, in the order in which the first of
// each came.
func fold[T any](list []T, key func(T) string) [][]T {
	at := map[string]int{}
	var kinds [][]T
	for _, v := range list {
		k := key(v)
		i, ok := at[k]
		if !ok {
			i = len(kinds)
			at[k], kinds = i, append(kinds, nil)
		}
		kinds[i] = append(kinds[i], v)
	}
	return kinds
}

// pids lists the first PIDs of several.
func pids[T any](list []T, pid func(T) int) string {
	const most = 4
	var first []string
	for _, v := range list[:min(len(list), most)] {
		first = append(first, strconv.Itoa(pid(v)))
	}
	text := strings.Join(first, ", ")
	if more := len(list) - len(first); more > 0 {
		text += fmt.Sprintf(" and %s more", english.Number(more))
	}
	return text
}

func reapStep(p *page.Page, r *doc.Reap, s *deed.Step) {
	p.Blank()
	who := "PARENT outside this PID namespace"
	if s.Parent.PID != 0 {
		who = fmt.Sprintf("PARENT %d  %s", s.Parent.PID, words.ParentCommand(*s.Parent))
	}
	p.Line(p.Bold.Sprint(who))
	p.Wrap(2, "  ", sanitize.Prose(deedText(r, s)))
	for _, h := range s.Heirs {
		p.Wrap(4, "  ", sanitize.Prose(fmt.Sprintf("PID %d (%s) may inherit its zombies. It reaps them: %s (%s).",
			h.Process.PID, words.Bounded(h.Command), words.Answer(h.Reaps), phrase.Reaps(h.Basis))))
	}
	if left := slices.ContainsFunc(s.Zombies, func(z *deed.Zombie) bool { return z.Fate != "reaped" }); left && s.Instead.Command != "" && (s.Deed == "nothing" || s.Sent > 0) {
		note := s.Instead.Text
		if s.Instead.Ends != "" {
			note = "ends: " + s.Instead.Ends
		}
		p.Command("  now    "+sanitize.Prose(s.Instead.Command), sanitize.Prose(note))
	}
	cols := []page.Column{{Head: "ZOMBIES", Right: true}, {Head: "COMMAND", Least: 15}, {Head: "EXIT"}, {Head: "RESULT"}, {Head: "PID", Least: 12}, {Head: "WHY", Least: 20}}
	var rows [][]string
	kinds := fold(s.Zombies, func(z *deed.Zombie) string { return strings.Join(zombieCells(s, z), "\n") })
	for _, like := range kinds[:min(len(kinds), maxKinds)] {
		cells := zombieCells(s, like[0])
		rows = append(rows, append([]string{english.Number(len(like))}, cells[0], cells[1], cells[2], pids(like, func(z *deed.Zombie) int { return z.Process.PID }), cells[3]))
	}
	p.PlainTable(cols, rows)
	if more := len(kinds) - maxKinds; more > 0 {
		p.Linef("  %s: -o json shows all of them", english.Count(more, "more kind of zombie", "more kinds of zombies"))
	}
}

// zombieCells are the command of a zombie, how it exited, what became of it, and
// why.
func zombieCells(s *deed.Step, z *deed.Zombie) []string {
	result, why := z.Fate, z.Why
	if result == "planned" {
		result = "zombie"
	}
	if why == s.Why {
		why = "" // it stands above
	}
	if z.Rule != "" && why != "" {
		why += " (" + z.Rule + ")"
	}
	if z.Adopter != 0 {
		why = strings.TrimPrefix(why+fmt.Sprintf("; PID %d inherited it", z.Adopter), "; ")
	}
	return []string{sanitize.Clean(z.Process.Comm), words.ExitText(z.Outcome()), result, sanitize.Prose(why)}
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
		return "It is refused: " + why + ". --force overrides this."
	case s.Refused:
		return "It is refused: " + why + "."
	case s.Deed == "nothing":
		return "A signal would not help: " + why + "."
	case s.Deed == "wait" && planned:
		return "This program is their parent: it would wait for each."
	case s.Deed == "wait":
		return "This program is their parent: it waited for each."
	case planned && s.Deed == "nudge":
		return "It would be sent " + signal + ", again while that helps."
	case planned:
		return "It would be sent " + signal + "."
	case s.Sent == 0:
		return "It was not signaled: " + cmp.Or(s.Err, "there was nothing left to do") + "."
	}
	said := "It was sent " + signal
	if s.Sent > 1 {
		said += fmt.Sprintf(" %d times", s.Sent)
	}
	if s.Ended {
		said += ", and has exited"
		if s.Adopter != 0 {
			said += fmt.Sprintf("; PID %d inherited its zombies", s.Adopter)
		}
	}
	return said + "."
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
		answer(p, "passes SIGTERM on", v.PID1.ForwardsSigterm, v.PID1.ForwardsSigtermWhy+" (looked up, nothing was sent)")
	}
}
