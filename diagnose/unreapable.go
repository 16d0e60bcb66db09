package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/english"
)

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
