// Package rule is the catalogue: one file a rule, with its name, its decision,
// and its words. A rule looks at an observation and returns typed facts. Its
// texts are rendered from these.
package rule

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// Severity says how much a finding matters.
type Severity int

// The severities, from no concern to the gravest.
const (
	OK Severity = iota
	Info
	Warning
	Critical
)

func (s Severity) String() string { return [...]string{"ok", "info", "warning", "critical"}[s] }

// Rule is one entry of the catalogue. explain, the runbooks and the tests all come from here.
type Rule struct {
	ID       string // stable for ever
	Name     string
	Severity Severity
	Title    string // one line

	// Rank orders the causes of one parent: of several, the one with the lowest
	// rank is shown, and the others beside it. NoCause: the findings of the rule
	// are not causes.
	Rank  Rank
	Nudge Nudge // says what SIGCHLD to the parent does about the zombies that it finds

	// How it is decided: for one zombie, for one parent, or for the whole. Just one of them is set.
	Zombie func(*observe.Observation, *observe.Zombie) *Finding
	Parent func(*observe.Observation, *observe.Parent) *Finding
	Whole  func(*observe.Observation) []*Finding

	Advice []Advice // what to do, where that is the same for all that it finds
}

//go:embed z*.md
var pages embed.FS

// Page is the page about the rule, in Markdown: what it means, how to confirm it
// by hand, what to do. It stands in a file beside that of the rule.
func (r *Rule) Page() string {
	text, _ := pages.ReadFile(r.file() + ".md")
	return string(text)
}

// file is the name of its files: "z201_never_waits".
func (r *Rule) file() string {
	return strings.ToLower(r.ID) + "_" + strings.ReplaceAll(r.Name, "-", "_")
}

// Rank is the place of a cause among the causes of one parent.
type Rank int

// The ranks. The critical ones come first: they explain the others. Then come
// those that keep the parent from doing anything, then those about what it does.
const (
	Undecided Rank = iota // of no rule: a test fails for one that does not say
	TeardownRank
	MainDeadRank
	TracedRank
	StoppedRank
	FrozenRank
	SleepsRank
	PID1Rank
	SubreaperRank
	WaitsForOneRank
	BlockedRank
	TooSlowRank
	MissedRank
	NeverWaitsRank
	// InheritedRank says where the zombies come from, and not why they stay.
	InheritedRank
	NoCause
)

// Explains reports whether a cause of that rank says why zombies are still there.
func (r Rank) Explains() bool { return r < InheritedRank }

// Nudge says what SIGCHLD to the parent does about zombies.
type Nudge struct {
	Effect NudgeEffect
	Why    string // why it is useless
}

// NudgeEffect is what a nudge does.
type NudgeEffect int

// The effects.
const (
	NudgeUndecided  NudgeEffect = iota // of no rule: a test fails for one that does not say
	NotAboutParents                    // it is about no zombie and no parent of one
	NudgeMayHelp                       // where the parent notices SIGCHLD at all
	NudgeUseless
)

// useless is the Nudge of a rule whose zombies no SIGCHLD clears.
func useless(why string) Nudge { return Nudge{NudgeUseless, why} }

var catalogue []*Rule

// register puts a rule into the catalogue: each file of a rule does, once.
func register(r Rule) *Rule {
	catalogue = append(catalogue, &r)
	return &r
}

// All returns the catalogue, ordered by id.
func All() []*Rule { return ordered() }

var ordered = sync.OnceValue(func() []*Rule {
	return slices.SortedFunc(slices.Values(catalogue), func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
})

// Find returns the rule with that id, or nil.
func Find(id string) *Rule {
	if i, ok := slices.BinarySearchFunc(ordered(), id, func(r *Rule, id string) int { return cmp.Compare(r.ID, id) }); ok {
		return ordered()[i]
	}
	return nil
}

// heldBy returns the rule that says why the parent of a zombie cannot reap it: it
// has the name of what keeps it from that. "": it could.
func heldBy(z *observe.Zombie) string {
	for _, r := range catalogue {
		if z != nil && len(z.Holds) > 0 && r.Name == string(z.Holds[0]) {
			return r.ID
		}
	}
	return ""
}

// Parse reads a list of rules, by id or name.
func Parse(list []string) ([]string, error) {
	var ids []string
	for _, s := range list {
		i := slices.IndexFunc(ordered(), func(r *Rule) bool { return strings.EqualFold(r.ID, s) || r.Name == s })
		if i < 0 {
			return nil, fmt.Errorf("unknown rule %q", s)
		}
		ids = append(ids, ordered()[i].ID)
	}
	return ids, nil
}
