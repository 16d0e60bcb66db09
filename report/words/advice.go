package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan"
)

// WhatToDo returns what the findings advise, most important first. Unless full,
// a finding that says what another said already, but for numbers, is left to
// that one; it returns how many are. apart is about something else than the
// zombies that are there. Where several parents keep zombies each piece names
// the processes that it is for.
func WhatToDo(d *diagnose.Diagnosis, full bool) (todo, apart []string, others int) {
	several := len(Culprits(d)) > 1
	most := maxAdvice
	if several {
		most *= 2
	}
	pieces := map[string]*piece{}
	shapes := map[string]bool{}
	var order []*piece
	lines := 0
	for _, f := range ByImportance(d) {
		if SaidByUnread(d, f) {
			continue
		}
		var news []*piece
		another := false // it says something else than those before
		for _, a := range piecesOf(f) {
			if said := pieces[a.key()]; said != nil {
				said.pids = append(said.pids, f.Subject.PID)
				continue
			}
			another = another || !shapes[a.shape()]
			news = append(news, a)
		}
		if !full && len(news) > 0 && (!another || lines >= most) {
			others++
			continue
		}
		for _, a := range news {
			pieces[a.key()], shapes[a.shape()] = a, true
			// What is no cure for the zombies is told apart from what is.
			a.apart = f.Zombies == 0 && len(d.Zombies) > 0
			lines += len(a.lines)
			order = append(order, a)
		}
	}
	for _, a := range order {
		if several {
			a.name()
		}
		if a.apart {
			apart = append(apart, a.lines...)
		} else {
			todo = append(todo, a.lines...)
		}
	}
	return todo, apart, others
}

// piece is a piece of advice: a line with those that go on with it, and the
// processes that it is for.
type piece struct {
	lines []string
	pids  []int
	apart bool
}

func piecesOf(f *diagnose.Finding) []*piece {
	var out []*piece
	for _, l := range Advice(f) {
		if len(out) > 0 && strings.HasPrefix(l, " ") {
			last := out[len(out)-1]
			last.lines = append(last.lines, l)
			continue
		}
		out = append(out, &piece{lines: []string{l}, pids: []int{f.Subject.PID}})
	}
	return out
}

func (a *piece) text() string { return strings.Join(a.lines, "\n") }

// shape is the text without its numbers.
func (a *piece) shape() string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, a.text())
}

// key is what it has in common with the same advice to others: where it names
// its process in brackets only, the text without that.
func (a *piece) key() string {
	general := strings.ReplaceAll(a.text(), a.brackets(), "")
	if mentions(general, strconv.Itoa(a.pids[0])) {
		return a.text()
	}
	return general
}

func (a *piece) brackets() string { return fmt.Sprintf(" (PID %d)", a.pids[0]) }

// mentions reports whether a text has a word, whatever stands around it.
func mentions(text, word string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), word)
}

// name puts before a piece of advice whom it is for, the worst first, where it
// does not say so.
func (a *piece) name() {
	var pids []int
	for _, pid := range a.pids {
		if !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	if pids[0] == 0 || len(pids) == 1 && mentions(strings.ReplaceAll(a.lines[0], "PID ", "PID"), fmt.Sprint("PID", pids[0])) {
		return
	}
	if len(pids) > 1 {
		for i, l := range a.lines {
			a.lines[i] = strings.ReplaceAll(l, a.brackets(), "")
		}
	}
	a.lines[0] = pidList(pids) + ": " + a.lines[0]
}

// InitLines answers whether an init would help, in the words of the diagnosis.
// Of several parents each line names those that it is about.
func InitLines(d *diagnose.Diagnosis) []string {
	const most = 3 // but each answer is given
	answers := diagnose.InitAnswers(d.Parents)
	var lines []string
	given := map[diagnose.Answer]bool{}
	for _, a := range answers {
		if a.Why == "" || len(lines) >= most && given[a.Answer] {
			continue
		}
		given[a.Answer] = true
		words := initWords[a.Answer]
		if len(answers) > 1 {
			words = fmt.Sprintf("%s (%s): %s%s", pidList(a.PIDs), english.Count(a.Zombies, "zombie", "zombies"), strings.ToLower(words[:1]), words[1:])
		}
		lines = append(lines, words+": "+sanitize.Prose(a.Why)+".")
	}
	return lines
}

var initWords = map[diagnose.Answer]string{
	diagnose.Yes:     "An init as PID 1 would help",
	diagnose.No:      "An init as PID 1 would not help",
	diagnose.Unknown: "Whether an init as PID 1 would help cannot be told",
}

// pidList names some processes.
func pidList(pids []int) string {
	const most = 3
	var parts []string
	for _, pid := range pids[:min(len(pids), most)] {
		if pid == scan.NoPID {
			parts = append(parts, "?")
			continue
		}
		parts = append(parts, strconv.Itoa(pid))
	}
	text := "PID " + strings.Join(parts, ", ")
	if rest := len(pids) - len(parts); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}
