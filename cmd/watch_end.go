package cmd

import (
	"errors"
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report"
)

// reached reports whether the end that --until waits for has come.
func (w *watcher) reached() bool {
	switch w.flags.until {
	case untilLeak:
		return w.view.Tally.Leaks()
	case untilClean:
		d := w.view.Tally.Last
		return len(d.Zombies) == 0 && !d.Blind
	}
	return false
}

// end gives the terminal back, takes a last look, gives the verdict where that
// was asked for, and returns the exit code. Where it was not, a terminal that is
// still there keeps the last picture.
func (w *watcher) end(there bool) error {
	reached := w.reached()
	if err := w.leave(there && !w.flags.asked()); err != nil || !w.flags.asked() {
		return err
	}
	if err := w.look(true); err != nil {
		return err
	}
	v, err := w.policy.JudgeTally(w.view.Tally)
	if err != nil {
		return err
	}
	w.until(&v, reached)
	w.view.Verdict = &v
	if w.format == "text" {
		err = errors.Join(w.show(), report.Write(w.s.Out, "text", report.Check(w.view.Tally.Last, v), w.style))
	} else {
		err = w.write()
	}
	if err != nil {
		return err
	}
	return ended(v.ExitCode)
}

// until makes the condition of --until part of the verdict.
func (w *watcher) until(v *verdict.Verdict, reached bool) {
	fail := func(text string) {
		if v.ExitCode == exitOK || v.ExitCode == exitNoAnswer {
			v.Status, v.ExitCode = "WARNING", 1
		}
		v.Reasons = append([]verdict.Reason{{Severity: diagnose.Warning, Text: text}}, v.Reasons...)
	}
	switch {
	case w.flags.until == untilLeak && reached:
		for _, e := range w.view.Tally.Tracks() {
			if e.Leak && e.Now > 0 {
				fail(fmt.Sprintf("%s (PID %d) leaks: %s.", e.Comm, e.PID, e.Leaking()))
			}
		}
		if v.ExitCode == exitOK {
			fail("A parent leaked zombies.")
		}
	case w.flags.until == untilClean && !reached:
		n := len(w.view.Tally.Last.Zombies)
		fail(fmt.Sprintf("%s %s left.", english.Count(n, "zombie", "zombies"), english.Agree(n, "is", "are")))
	}
}
