package jsondoc

import (
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Watch is docs/schema/watch-v1.schema.json: the state after a look.
type Watch struct {
	head
	TakenAt   *string    `json:"takenAt"`
	Looks     int        `json:"looks"`
	Full      bool       `json:"full"`
	Elapsed   *float64   `json:"elapsed"`
	Interval  float64    `json:"interval"`
	Cost      *float64   `json:"cost"`
	Sentence  string     `json:"sentence"`
	Processes int        `json:"processes"`
	Zombies   int        `json:"zombies"`
	New       int        `json:"new"`
	Reaped    int        `json:"reaped"`
	Leak      bool       `json:"leak"`
	Blind     bool       `json:"blind"`
	Parents   []track    `json:"parents"`
	Adopted   []adoption `json:"adopted"`
	Limits    []limit    `json:"limits"`
	Changes   []string   `json:"changes"`
	Note      *string    `json:"note"`
	Check     *check     `json:"check"`
}

type track struct {
	subject
	Command *string  `json:"command"`
	Start   int      `json:"start"`
	Zombies int      `json:"zombies"`
	New     int      `json:"new"`
	Reaped  int      `json:"reaped"`
	Moved   int      `json:"moved"`
	Net     int      `json:"net"`
	PerDay  *float64 `json:"perDay"`
	Leak    bool     `json:"leak"`
}

type adoption struct {
	subject
	Zombie bool `json:"zombie"`
	From   int  `json:"from"`
	To     int  `json:"to"`
}

// NewWatch fills the document on the state of a watch.
func NewWatch(w *doc.Watch) Watch {
	d := w.Tally.Last
	doc := Watch{
		head: head{apiVersion, "Watch"}, TakenAt: words.RFC3339(d.Snapshot.Taken.Get()), Looks: w.Tally.Looks, Full: w.Full,
		Interval: w.Interval.Seconds(), Cost: words.Pointer(w.Cost), Sentence: sanitize.Valid(d.Sentence), Processes: d.Processes, Zombies: len(d.Zombies),
		New: w.Tally.New, Reaped: w.Tally.Reaped, Leak: w.Tally.Leaks(), Blind: d.Blind,
		Parents: []track{}, Limits: each(d.Limits, newLimit), Changes: list(w.Changes()), Note: known(w.Note), Check: newCheck(w.Verdict),
		Adopted: each(d.Snapshot.Adopted, func(a *facts.Adoption) adoption {
			return adoption{subject{newID(a.ID), new(sanitize.Valid(a.Comm))}, a.Zombie, a.From, a.To}
		}),
	}
	if e, ok := w.Tally.Elapsed(); ok {
		doc.Elapsed = words.Seconds(facts.Some(e))
	}
	for _, e := range w.Tally.Tracks() {
		doc.Parents = append(doc.Parents, track{
			subject: subject{id{e.PID, words.Pointer(e.ID.Start)}, known(e.Comm)}, Command: known(words.Bounded(e.Command)), Start: e.Start, Zombies: e.Now,
			New: e.New, Reaped: e.Reaped, Moved: e.Moved, Net: e.Net(), PerDay: words.Pointer(w.Tally.PerDay(e)), Leak: e.Leak && e.Now > 0,
		})
	}
	return doc
}
