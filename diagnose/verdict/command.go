package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Left is what a command left behind: the children, its own and those of what
// it started, that nobody among them waited for. They came to the process that
// ran the command as its subreaper.
type Left struct {
	Command []string
	Exit    facts.Exit               // of the command itself
	Started facts.Opt[time.Time]     // when the command was started
	Took    facts.Opt[time.Duration] // how long it ran
	// Zombies had exited and were never waited for; Orphans are running. Of great
	// numbers only the first are listed, and all are counted.
	Zombies, Orphans         []LeftProcess
	ZombieCount, OrphanCount int
	ByCommand                []LeftCommand // most first
	Unseen                   bool          // a running child could not be looked at
}

// LeftProcess is one process that a command left behind.
type LeftProcess struct {
	PID     int
	Comm    string // "": unknown
	Command string // of an orphan: its command line
	State   facts.State
	Exit    facts.Opt[facts.Exit] // of a zombie
	// Parent is who holds a zombie or an orphan that did not come to the
	// subreaper itself: an orphan. 0: it came.
	Parent int
}

// LeftCommand counts the processes that one command left.
type LeftCommand struct {
	Comm             string
	Zombies, Orphans int
}

// Bounds of the counts: a command may leave any number.
const (
	maxLeft         = 1000
	maxLeftCommands = 1000
)

// Add counts a process that was left: a zombie, or an orphan.
func (l *Left) Add(p LeftProcess, zombie bool) {
	list, n := &l.Orphans, &l.OrphanCount
	if zombie {
		list, n = &l.Zombies, &l.ZombieCount
	}
	if *n++; len(*list) < maxLeft {
		*list = append(*list, p)
	}
	i := slices.IndexFunc(l.ByCommand, func(c LeftCommand) bool { return c.Comm == p.Comm })
	if i < 0 {
		if len(l.ByCommand) >= maxLeftCommands {
			return
		}
		i = len(l.ByCommand)
		l.ByCommand = append(l.ByCommand, LeftCommand{Comm: p.Comm})
	}
	if zombie {
		l.ByCommand[i].Zombies++
	} else {
		l.ByCommand[i].Orphans++
	}
}

// Sort orders the counts, most first.
func (l *Left) Sort() {
	sort.SliceStable(l.ByCommand, func(i, j int) bool {
		a, b := &l.ByCommand[i], &l.ByCommand[j]
		return cmp.Or(cmp.Compare(b.Zombies+b.Orphans, a.Zombies+a.Orphans), strings.Compare(a.Comm, b.Comm)) < 0
	})
}

// ExitCode is how to end for the command: as it did where it failed, so that
// its own failure is never hidden; otherwise as the verdict says.
func (l *Left) ExitCode(v Verdict) int {
	switch {
	case l.Exit.Signal != 0:
		return 128 + l.Exit.Signal
	case l.Exit.Code != 0:
		return l.Exit.Code
	default:
		return v.ExitCode
	}
}

// JudgeLeft applies the policy to what a command left.
func (p Policy) JudgeLeft(l *Left) Verdict {
	var v Verdict
	fail := func(s diagnose.Severity, text string) { v.Reasons = append(v.Reasons, Reason{Text: text, Severity: s}) }
	zombies := l.what(english.Count(l.ZombieCount, "zombie", "zombies"), func(c *LeftCommand) int { return c.Zombies })
	running := english.Count(l.OrphanCount, "running orphan", "running orphans")
	if s, limit := p.exceeded(l.ZombieCount); limit != "" {
		fail(s, "The command left "+zombies+limit+".")
	}
	if l.OrphanCount > p.MaxOrphans {
		fail(diagnose.Warning, fmt.Sprintf("The command left %s (allowed: %s).", l.what(running, func(c *LeftCommand) int { return c.Orphans }), english.Number(p.MaxOrphans)))
	}
	if l.Unseen {
		fail(diagnose.Warning, "The command left a running child that could not be looked at.")
	}
	v.conclude()
	switch {
	case len(v.Reasons) > 0:
	case l.ZombieCount+l.OrphanCount > 0:
		v.Summary = fmt.Sprintf("The command left %s and %s, no more than is allowed.", zombies, running)
	default:
		v.Summary = "The command left no child behind."
	}
	warning := cmp.Or(p.Warning.String(), fmt.Sprint(p.MaxZombies))
	v.Perf = fmt.Sprintf("zombies=%d;%s;%s;0 orphans=%d;%d;;0", l.ZombieCount, warning, p.Critical.String(), l.OrphanCount, p.MaxOrphans)
	return v
}

// what adds to a count of which commands they are.
func (l *Left) what(total string, of func(*LeftCommand) int) string {
	var parts []string
	more := 0
	for i := range l.ByCommand {
		c := &l.ByCommand[i]
		n := of(c)
		switch {
		case n == 0:
		case len(parts) == observe.MaxListed:
			more += n
		default:
			parts = append(parts, english.Number(n)+" "+cmp.Or(c.Comm, "?"))
		}
	}
	if len(parts) == 0 {
		return total
	}
	if more > 0 {
		parts = append(parts, english.Number(more)+" more")
	}
	return total + ": " + strings.Join(parts, ", ")
}
