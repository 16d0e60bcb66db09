package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

// InitAnswer is one answer, and the parents for whose zombies it holds.
type InitAnswer struct {
	Answer  Answer
	Why     string // one sentence
	PIDs    []int  // of these parents
	Zombies int    // that are held against them
}

// InitAnswers gathers the answers for these parents, in their order: where
// there are several one answer need not hold for all.
func InitAnswers(parents []Parent) []InitAnswer {
	var out []InitAnswer
	for i := range parents {
		p := &parents[i]
		if p.Zombies == 0 {
			continue
		}
		j := slices.IndexFunc(out, func(a InitAnswer) bool { return a.Answer == p.InitWouldHelp && a.Why == p.InitWhy })
		if j < 0 {
			j = len(out)
			out = append(out, InitAnswer{Answer: p.InitWouldHelp, Why: p.InitWhy})
		}
		out[j].PIDs = append(out[j].PIDs, p.PID)
		out[j].Zombies += p.Zombies
	}
	return out
}

// initForAll answers for all zombies in view: as for the parent with most of
// them, which the sentence names. Where it is another for others, the reason
// says of how many.
func initForAll(d *Diagnosis) (Answer, string) {
	answers := InitAnswers(d.Parents)
	switch {
	case len(d.Zombies) == 0:
		return Unknown, ""
	case len(answers) == 0:
		return No, initForUnreapable(d.unreapableBy())
	}
	first, total := answers[0], 0
	zombies := map[Answer]int{}
	for _, a := range answers {
		zombies[a.Answer] += a.Zombies
		total += a.Zombies
	}
	reason := first.Why
	if n := zombies[first.Answer]; n < total {
		delete(zombies, first.Answer)
		others := strings.Join(initCounts(zombies), "; ")
		reason = fmt.Sprintf("of %d of %d zombies: %s; %s", n, total, reason, others)
	}
	return first.Answer, reason
}

// initCounts gives each answer for so many zombies.
func initCounts(zombies map[Answer]int) []string {
	var parts []string
	for _, a := range []struct {
		answer Answer
		format string
	}{{Yes, "it would help with %d"}, {No, "it would not help with %d"}, {Unknown, "of %d that cannot be told"}} {
		if n := zombies[a.answer]; n > 0 {
			parts = append(parts, fmt.Sprintf(a.format, n))
		}
	}
	return parts
}

// initForOthers says in the line for the ticket of how many other zombies
// something else holds than of those of the worst parent; "": of none.
func (d *Diagnosis) initForOthers(worst *Parent) string {
	zombies, others := map[Answer]int{}, 0
	for _, a := range InitAnswers(d.Parents) {
		zombies[a.Answer] += a.Zombies
		others += a.Zombies
	}
	zombies[worst.InitWouldHelp] -= worst.Zombies
	others -= worst.Zombies
	if zombies[worst.InitWouldHelp] == others {
		return ""
	}
	return fmt.Sprintf(" Of the other %s: %s.", phrase.Zombies(others), strings.Join(initCounts(zombies), ", "))
}
