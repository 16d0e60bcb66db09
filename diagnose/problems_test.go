package diagnose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// plainFacts is what a finding of a test found.
type plainFacts struct{ limit *observe.Limit }

func (plainFacts) Message() string         { return "is so" }
func (f plainFacts) Limit() *observe.Limit { return f.limit }

// machine is a diagnosis of these tests: parents, and what was found of them.
type machine struct {
	Diagnosis
	procs []facts.Process
}

// parent adds one with so many zombies, for a reason; it runs a command below a process.
func (m *machine) parent(pid, ppid, zombies int, command, rule string) *observe.Parent {
	proc := &facts.Process{Stat: facts.Stat{PID: pid, PPID: ppid, Comm: command, State: facts.Sleeping}}
	m.procs = append(m.procs, *proc)
	p := &observe.Parent{PID: pid, Process: proc, Zombies: zombies}
	m.Parents = append(m.Parents, Parent{Parent: p, Rules: []string{rule}})
	m.found(rule, Warning, pid, zombies, nil)
	return p
}

func (m *machine) found(rule string, s Severity, pid, zombies int, l *observe.Limit) *Finding {
	m.Findings = append(m.Findings, Finding{Rule: rule, Severity: s, Subject: facts.ID{PID: pid}, Zombies: zombies, Facts: plainFacts{l}})
	return &m.Findings[len(m.Findings)-1]
}

// limit is used so much, and filled by the zombies of these parents.
func (m *machine) limit(used uint64, fullIn time.Duration, parents ...*observe.Parent) *observe.Limit {
	l := &observe.Limit{Name: observe.PidsMax, Used: facts.Some(used), Max: 100, Parents: parents}
	if fullIn > 0 {
		l.FullIn = facts.Some(fullIn)
	}
	for _, p := range parents {
		l.Zombies += p.Zombies
	}
	m.Limits = append(m.Limits, Limit{Limit: l})
	return l
}

// order names the problems: the PIDs of their parents, or else the rule.
func (m *machine) order() string {
	m.Snapshot = &facts.Snapshot{Procs: m.procs}
	list, notes := m.Problems()
	var out []string
	for _, p := range list {
		name := ""
		for _, q := range p.Parents {
			name += fmt.Sprintf("+%d", q.PID)
		}
		if name == "" {
			name = p.Findings[0].Rule
		}
		out = append(out, strings.TrimPrefix(name, "+"))
	}
	for _, f := range notes {
		out = append(out, "note "+f.Rule)
	}
	return strings.Join(out, " ")
}

// TestUrgency: what fails first comes first, however few zombies that are.
func TestUrgency(t *testing.T) {
	for name, c := range map[string]struct {
		make func(*machine)
		want string
	}{
		"most zombies, where nothing else tells them apart": {func(m *machine) {
			m.parent(10, 1, 3, "a", "Z201")
			m.parent(20, 1, 30, "b", "Z201")
		}, "20 10"},
		"a full limit before one that will be full, that before a leak, and a leak before what stands": {func(m *machine) {
			m.parent(10, 1, 90, "standing", "Z201")
			m.parent(20, 1, 5, "leak", "Z201")
			m.found("Z403", Warning, 20, 5, nil)
			soon := m.parent(30, 1, 20, "soon", "Z201")
			m.found("Z402", Critical, 0, 20, m.limit(50, time.Hour, soon))
			full := m.parent(40, 1, 12, "full", "Z201")
			m.found("Z401", Critical, 0, 12, m.limit(100, 0, full))
		}, "40 30 20 10"},
		"of two that will be full the first": {func(m *machine) {
			late, soon := m.parent(10, 1, 40, "a", "Z201"), m.parent(20, 1, 20, "b", "Z201")
			m.found("Z402", Critical, 0, 40, m.limit(50, 3*time.Hour, late))
			m.found("Z402", Critical, 0, 20, m.limit(50, time.Hour, soon))
		}, "20 10"},
		"what stands by its share of its own limit": {func(m *machine) {
			m.limit(100, 0, m.parent(10, 1, 9, "a", "Z201")).Max = 1000
			m.limit(10, 0, m.parent(20, 1, 8, "b", "Z201"))
		}, "20 10"},
		"a container that cannot end": {func(m *machine) {
			m.parent(10, 1, 90, "a", "Z201")
			m.parent(20, 1, 1, "shim", "Z201")
			m.found("Z308", Critical, 50, 1, nil).CauseOf = []int{20}
		}, "20 10"},
		"who reaps, late, is never the first": {func(m *machine) {
			m.parent(10, 1, 90, "late", "Z210")
			m.parent(20, 1, 1, "never", "Z201")
		}, "20 10"},
		"what only may happen is the last, and what is no problem a note": {func(m *machine) {
			m.found("Z303", Warning, 1, 0, nil)
			m.found("Z312", Info, 1, 0, nil)
			m.parent(20, 1, 1, "never", "Z201")
		}, "20 Z303 note Z312"},
		"a limit that zombies do not fill is nobody's": {func(m *machine) {
			m.found("Z401", Critical, 0, 2, m.limit(100, 0, m.parent(10, 1, 2, "a", "Z201")))
		}, "Z401 10"},
		"alike below one process are one": {func(m *machine) {
			m.parent(10, 5, 2, "worker", "Z201")
			m.parent(11, 5, 2, "worker", "Z201")
			m.parent(12, 6, 2, "worker", "Z201") // below another
			m.parent(13, 5, 2, "other", "Z201")  // another program
			m.parent(14, 5, 2, "worker", "Z205") // for another reason
		}, "10+11 12 13 14"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &machine{}
			c.make(m)
			if got := m.order(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestHeldTogether: zombies that one parent cannot reap for one reason are one problem.
func TestHeldTogether(t *testing.T) {
	m := &machine{}
	for pid, ppid := range map[int]int{11: 7, 12: 7, 13: 8} {
		m.Zombies = append(m.Zombies, Zombie{Zombie: &observe.Zombie{Process: &facts.Process{Stat: facts.Stat{PID: pid}}, PPID: ppid}})
		m.found("Z102", Warning, pid, 1, nil)
	}
	list, _ := m.Problems()
	if len(list) != 2 || list[0].Zombies != 2 || list[1].Zombies != 1 {
		t.Errorf("%+v", list)
	}
}
