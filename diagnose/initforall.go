package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

// initForAll answers for all zombies together: as for the parent with most of
// them. Where the answer is another for others, the sentence counts them.
func initForAll(d *Diagnosis) (Answer, string) {
	switch {
	case len(d.Zombies) == 0:
		return Unknown, ""
	case d.NotReaping() == 0:
		return No, initForUnreapable(d.unreapableBy())
	case d.NotReaping() == 1:
		return d.Parents[0].InitWouldHelp, d.Parents[0].InitWhy
	}
	return d.Parents[0].InitWouldHelp, initCounted(initCounts(d.Parents))
}

// InitCounts says for how many of all zombies an init would help. With those that no
// parent can be blamed for it would not.
func (d *Diagnosis) InitCounts() observe.InitCounts {
	c := initCounts(d.Parents)
	c.No += max(0, len(d.Zombies)-c.Yes-c.No-c.Unknown)
	return c
}

// initCounts adds up for how many zombies of these parents an init would help.
func initCounts(parents []Parent) (sum observe.InitCounts) {
	for i := range parents {
		c := parents[i].Init.Cleared(parents[i].Parent)
		sum.Yes, sum.No, sum.Unknown = sum.Yes+c.Yes, sum.No+c.No, sum.Unknown+c.Unknown
	}
	return sum
}

// initCounted says for how many zombies of several parents an init would help.
func initCounted(c observe.InitCounts) string {
	all := c.Yes + c.No + c.Unknown
	switch {
	case c.Yes > 0 && (c.No == 0 || c.Unknown == 0):
		return phrase.InitWouldClear(c, all)
	case c.No == all:
		return "An init would not help with any of them."
	case c.Unknown == all:
		return "It is unknown whether an init would help."
	}
	var parts []string
	if c.Yes > 0 {
		parts = append(parts, fmt.Sprintf("would clear %s of the %s", english.Number(c.Yes), english.Number(all)))
	}
	if c.No > 0 {
		parts = append(parts, "would not help with "+english.Number(c.No))
	}
	said := "An init " + strings.Join(parts, " and ")
	if c.Unknown > 0 {
		said += "; for the other " + english.Number(c.Unknown) + " it is unknown"
	}
	return said + "."
}

// unreapable says of each rule that exonerates a parent why an init would not help:
// who alone can reap the zombie, and when; of one, and of many.
var unreapable = []struct{ rule, one, many string }{
	{"Z105", "the parent is outside this PID namespace, and nobody else can reap it",
		"their parent is outside this PID namespace, and nobody else can reap them"},
	{"Z102", "other threads of it are still running, and its parent can reap it only when the last of these has exited",
		"other threads of them are still running, and their parent can reap them only when the last of these has exited"},
	{"Z103", "a tracer holds it, and its parent can reap it only when the tracer has waited for it or has exited",
		"a tracer holds them, and their parent can reap them only when the tracer has waited for them or has exited"},
	{"Z104", "its exit signal is not SIGCHLD, and its parent can reap it only by a wait with __WALL or __WCLONE",
		"their exit signal is not SIGCHLD, and their parent can reap them only by a wait with __WALL or __WCLONE"},
}

// unreapableBy counts the zombies that no parent can be blamed for, by the rule that says why.
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

// unreapableReasons says why these zombies, which are counted by rule, stay.
func unreapableReasons(counts map[string]int) string {
	total := 0
	for _, n := range counts {
		total += n
	}
	var parts []string
	for _, u := range unreapable {
		switch n := counts[u.rule]; n {
		case 0:
		case total:
			return english.Agree(n, u.one, u.many)
		default:
			parts = append(parts, fmt.Sprintf("for %s of the %s, %s", english.Number(n), english.Number(total), english.Agree(n, u.one, u.many)))
		}
	}
	return strings.Join(parts, "; ")
}

// initForUnreapable says why an init would not help with these zombies, which are counted by rule.
func initForUnreapable(counts map[string]int) string {
	return "An init would not help: " + unreapableReasons(counts) + "."
}

// unreapableSentence speaks of zombies that no parent can be blamed for.
func (d *Diagnosis) unreapableSentence() string {
	return fmt.Sprintf("Nobody here can reap %s now: %s. An init would not help.", phrase.Zombies(len(d.Zombies)), unreapableReasons(d.unreapableBy()))
}
