package rule

import (
	"cmp"
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
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
	Called    string   // what sentences call the subject; "": as Comm does
	Zombies   int      // counts the zombies that the finding is about
	Facts     Facts    // the facts that were found: each rule has a type of its own
	Evidence  []observe.Evidence
	Missing   []facts.Unread
	AlsoAbout []int // the processes that it is about beside its subject
	// CauseOf are the parents, by PID, of whose zombies it names a cause; its
	// subject is one where the rule is about parents.
	CauseOf []int
}

// Facts are what a rule found, typed, with the words for it. Their Message
// begins with a verb, since Finding.Message puts the subject before it, and
// stops without a period: "has left 3 zombies, and has never waited for a
// child". Those of a rule about zombies or parents have also a Cause. Those
// whose advice depends on the facts have an Advice.
type Facts interface{ Message() string }

// Message says in full sentences what was found: "perl (PID 3) has left 3
// zombies."
func (f *Finding) Message() string {
	message := f.Facts.Message() + "."
	if subject := f.subject(); subject != "" {
		return subject + " " + message
	}
	return message
}

// subject names the process that a finding is about; "": the message names what it is about.
func (f *Finding) subject() string {
	if s, ok := f.Facts.(interface {
		Subject(comm string, pid int) string
	}); ok {
		return s.Subject(cmp.Or(f.Called, f.Comm), f.Subject.PID)
	}
	switch {
	case f.Subject.PID == 0:
		return "An unknown parent"
	case cmp.Or(f.Called, f.Comm) == "":
		return fmt.Sprintf("PID %d", f.Subject.PID)
	default:
		return phrase.Process(cmp.Or(f.Called, f.Comm), f.Subject.PID)
	}
}

// aboutPID1 is embedded in facts about the PID 1 of a namespace.
type aboutPID1 struct{}

// Subject says that it is a PID 1: "PID 1 (tini)", or seen from outside its
// namespace "tini (PID 4711), PID 1 of its namespace,".
func (aboutPID1) Subject(comm string, pid int) string {
	if pid == 1 {
		return fmt.Sprintf("PID 1 (%s)", comm)
	}
	return phrase.Process(comm, pid) + ", PID 1 of its namespace,"
}

// aboutNone is embedded in facts that are about no process, or about many: their
// message is a sentence with a subject of its own.
type aboutNone struct{}

// Subject is in the message.
func (aboutNone) Subject(string, int) string { return "" }

// Cause says in a clause why the zombies of a parent are there: "it has never
// waited for a child". It stands behind a colon, without a period. "": it is not
// a cause.
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

// about is a finding about a process, nil for none, and so many zombies.
func about(p *facts.Process, c observe.Certainty, zombies int, found Facts, ev ...observe.Evidence) *Finding {
	f := &Finding{Certainty: c, Zombies: zombies, Facts: found, Evidence: ev}
	if p != nil {
		f.Subject, f.Comm, f.Called = p.ID(), p.Comm, nameOf(p)
	}
	return f
}

// adoptedSurely is how sure it is that a parent keeps orphans that it adopted.
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
