package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
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

// unreapable says of each rule that exonerates a parent why a zombie is there,
// how that is said of so many, and why an init would not help: who alone can reap
// it, and when; of one, and of many.
var unreapable = []struct{ rule, all, some, initOne, initMany string }{
	{"Z105", "the parent is outside of this PID namespace", "the parent is outside of this PID namespace",
		"its parent is outside this PID namespace, and nobody else can reap it",
		"their parent is outside this PID namespace, and nobody else can reap them"},
	{"Z102", "the leader has ended while other threads live", "threads still live",
		"threads of it are still running, and its parent can reap it only when the last of these has exited",
		"threads of them are still running, and their parent can reap them only when the last of these has exited"},
	{"Z103", "a tracer holds what its parent ought to reap", "a tracer holds them",
		"a tracer holds it, and its parent can reap it only when the tracer has waited for it or has exited",
		"a tracer holds them, and their parent can reap them only when the tracer has waited for them or has exited"},
	{"Z104", "their exit signal is not SIGCHLD, and a plain wait does not see them", "the exit signal is not SIGCHLD",
		"its exit signal is not SIGCHLD, and its parent can reap it only by a wait with __WALL or __WCLONE",
		"their exit signal is not SIGCHLD, and their parent can reap them only by a wait with __WALL or __WCLONE"},
}

// unreapableBy counts the zombies that no parent in view can be blamed for, by the rule that says why.
func (d *Diagnosis) unreapableBy() map[string]int {
	counts := map[string]int{}
	for i := range d.Zombies {
		for _, u := range slices.Backward(unreapable) { // the first that applies counts
			if slices.Contains(d.Zombies[i].Rules, u.rule) {
				counts[u.rule]++
				break
			}
		}
	}
	return counts
}

// initForUnreapable says why an init would not help with these zombies, which are counted by rule.
func initForUnreapable(counts map[string]int) string {
	total := 0
	for _, n := range counts {
		total += n
	}
	var parts []string
	for _, u := range unreapable {
		switch n := counts[u.rule]; n {
		case 0:
		case total:
			return english.Agree(n, u.initOne, u.initMany)
		default:
			parts = append(parts, fmt.Sprintf("for %d of %d, %s", n, total, english.Agree(n, u.initOne, u.initMany)))
		}
	}
	return strings.Join(parts, "; ")
}

// unreapableSentence speaks of zombies that no parent in view can be blamed for.
func (d *Diagnosis) unreapableSentence() string {
	n := len(d.Zombies)
	counts := d.unreapableBy()
	all := english.Count(n, "zombie that no process in view can reap", "zombies that no process in view can reap")
	var parts []string
	for _, u := range unreapable {
		switch counts[u.rule] {
		case 0:
		case n:
			return all + ": " + u.all + ". An init as PID 1 would not help."
		default:
			parts = append(parts, fmt.Sprintf("of %d %s", counts[u.rule], u.some))
		}
	}
	return all + ": " + strings.Join(parts, ", ") + ". An init as PID 1 would not help."
}
