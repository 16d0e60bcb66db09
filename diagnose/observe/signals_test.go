package observe_test

import (
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func TestHearsSIGCHLD(t *testing.T) {
	const chld, goes = 1 << (facts.SIGCHLD - 1), 0xfffffffd7fc1fefd
	for name, c := range map[string]struct {
		p    looktest.Proc
		want observe.Answer
	}{
		"nothing":                    {looktest.Proc{}, observe.No},
		"a handler":                  {looktest.Proc{Caught: chld}, observe.Yes},
		"ignores it":                 {looktest.Proc{Ignored: chld}, observe.No},
		"Go, never waited":           {looktest.Proc{Caught: goes}, observe.No},
		"Go, has waited":             {looktest.Proc{Caught: goes, Reaped: true}, observe.Unknown},
		"in sigtimedwait":            {looktest.Proc{Wchan: "do_sigtimedwait", Syscall: 128}, observe.Yes},
		"blocked":                    {looktest.Proc{Blocked: chld}, observe.Unknown},
		"threads were not looked at": {looktest.Proc{NoThreads: true}, observe.Unknown},
	} {
		c.p.PID, c.p.PPID, c.p.Comm = 5, 1, "app"
		x := observe.New(looktest.Look(looktest.Tini, c.p, looktest.Zombie(6, 5)), observe.Options{})
		h := observe.HearsSIGCHLD(x.Snapshot, x.Waits, x.Find(5))
		if got, why := h.Answer, phrase.Hears(h.Basis); got != c.want || why == "" {
			t.Errorf("%s: %s (%s), want %s", name, got, why, c.want)
		}
	}
}
