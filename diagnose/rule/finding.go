package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Finding is one thing that a rule found.
type Finding struct {
	Rule      string // "Z301"
	Name      string // "pid1-not-reaping"
	Severity  Severity
	Certainty observe.Certainty
	Subject   facts.ID // the process that it is about; PID 0: none
	Comm      string   // of the subject
	Zombies   int      // counts the zombies that the finding is about
	Facts     Facts    // what was found: of each rule a type of its own
	Evidence  []observe.Evidence
	Missing   []facts.Unread
	AlsoAbout []int // the processes that it is about beside its subject
	// CauseOf are the parents, by PID, of whose zombies it names a cause; its
	// subject is one where the rule is about parents.
	CauseOf []int
}

// Facts are what a rule found, typed, with the words for it. Those of a rule about
// parents have also a Cause, those whose advice depends on what was found an Advice.
type Facts interface{ Message() string }

// Message says in one line what was found, after the name of the subject.
func (f *Finding) Message() string { return f.Facts.Message() }

// Cause says in a clause why the zombies of a parent are there: "it has never waited
// for a child". It stands behind a colon, and ends without a period. "": it is not a cause.
func (f *Finding) Cause() string {
	if c, ok := f.Facts.(interface{ Cause() string }); ok {
		return c.Cause()
	}
	return ""
}

// Limit is the one that it is about; nil: it is about none.
func (f *Finding) Limit() *observe.Limit {
	if l, ok := f.Facts.(interface{ Limit() *observe.Limit }); ok {
		return l.Limit()
	}
	return nil
}

// Advice says what to do about it.
func (f *Finding) Advice() []Advice {
	if a, ok := f.Facts.(interface{ Advice() []Advice }); ok {
		return a.Advice()
	}
	if r := Find(f.Rule); r != nil {
		return r.Advice
	}
	return nil
}

// NamesSubject reports whether the message says by itself whom it is about.
func (f *Finding) NamesSubject() bool {
	n, ok := f.Facts.(interface{ NamesSubject() bool })
	return ok && n.NamesSubject()
}

// aboutPID1 is embedded in facts whose message begins with PID 1.
type aboutPID1 struct{}

// NamesSubject is so.
func (aboutPID1) NamesSubject() bool { return true }

// about is a finding about a process, nil for none, and so many zombies.
func about(p *facts.Process, c observe.Certainty, zombies int, found Facts, ev ...observe.Evidence) *Finding {
	f := &Finding{Certainty: c, Zombies: zombies, Facts: found, Evidence: ev}
	if p != nil {
		f.Subject, f.Comm = p.ID(), p.Comm
	}
	return f
}

// adoptedSurely is how sure it is that a parent keeps what it adopted.
func adoptedSurely(p *observe.Parent) observe.Certainty {
	switch {
	case !p.Lasting:
		return observe.Possible // it may be about to reap them
	case p.SurelyAdopted > 0:
		return observe.Certain
	default:
		return observe.Likely
	}
}
