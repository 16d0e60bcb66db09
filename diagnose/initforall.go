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
		reason = fmt.Sprintf("of %d of %d zombies: %s", n, total, reason)
		for _, a := range initOrder {
			if n := zombies[a]; n > 0 && a != first.Answer {
				reason += "; " + initCounts[a](n)
			}
		}
	}
	return first.Answer, reason
}

// initOrder is how the answers are listed, and initCounts how each is given for
// so many zombies.
var (
	initOrder  = []Answer{Yes, No, Unknown}
	initCounts = map[Answer]func(int) string{
		Yes:     func(n int) string { return fmt.Sprintf("it would help with %d", n) },
		No:      func(n int) string { return fmt.Sprintf("it would not help with %d", n) },
		Unknown: func(n int) string { return fmt.Sprintf("of %d that cannot be told", n) },
	}
)

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
	var parts []string
	for _, a := range initOrder {
		if n := zombies[a]; n > 0 {
			parts = append(parts, initCounts[a](n))
		}
	}
	return fmt.Sprintf(" Of the other %s: %s.", phrase.Zombies(others), strings.Join(parts, ", "))
}
