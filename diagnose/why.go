package diagnose

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// why names the cause of a parent's zombies in a few words; the causes are in the order of their ranks.
func why(x *observe.Observation, p *observe.Parent, causes []*Finding) string {
	switch {
	case p.Zombies == 0:
		return "cannot reap " + phrase.Them(p.Zombies) + " yet"
	case x.Listing != nil:
		return whyByList(x, p)
	case p.Process == nil:
		return "not in view"
	}
	if len(causes) > 0 {
		cause := causes[0].Cause()
		// What keeps a namespace from ending has a cause of its own.
		if rankOf(causes[0]) == rule.TeardownRank && len(causes) > 1 {
			return why(x, p, causes[1:]) + ", which " + cause
		}
		if cause != "" {
			return cause
		}
	}
	if h := x.Halts.Of(p.Process); h != nil {
		return phrase.Halt(h.Kind)
	}
	if x.Waits.Of(p.Process).One != nil {
		return "waits for another child"
	}
	return "cause not determined"
}

// whyByList is why for a parent that a list shows.
func whyByList(x *observe.Observation, p *observe.Parent) string {
	switch {
	case p.PID == facts.NoPID:
		return "the list does not tell whose they are"
	case p.Process == nil:
		return "not in the list"
	}
	if h := x.Halts.Of(p.Process); h != nil {
		return phrase.Halt(h.Kind)
	}
	if !p.IsPID1 {
		return "it lives and does not wait for " + phrase.Them(p.Zombies)
	}
	if v := x.Namespaces.Over(p.Process); v != nil && v.Process == p.Process && v.Init == No && phrase.Program(v) == "" {
		return "PID 1 is no init"
	}
	return "PID 1 does not reap " + phrase.Them(p.Zombies)
}
