package diagnose

import "slices"

// Rule is one entry of the catalogue: what it is called, what it means, and
// how it is decided. explain, the runbooks and the tests all come from here.
type Rule struct {
	ID       string // stable for ever
	Name     string
	Severity Severity
	Title    string // one line
	Means    string // what it means; Markdown
	Confirm  string // how to confirm it by hand; Markdown
	Fix      string // what to do; Markdown

	// How it is decided: for one zombie, for one parent, or for the whole.
	zombie func(*exam, *Zombie) *Finding
	parent func(*exam, *Parent) *Finding
	whole  func(*exam) []*Finding
}

// Rules returns the catalogue, ordered by id.
func Rules() []*Rule { return rules }

// FindRule returns the rule with that id, or nil.
func FindRule(id string) *Rule {
	for _, r := range rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// rules is the catalogue, a family after the other: rules_*.go.
var rules = slices.Concat(zombieRules, parentRules, pid1Rules, timeRules, viewRules)
