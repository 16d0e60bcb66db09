package diagnose

import (
	"time"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Short names for what these tests are full of.
type proc = looktest.Proc

const (
	initNS = looktest.HostNS
	webID  = looktest.WebID
	dbID   = looktest.DBID
	at     = looktest.Pids
)

var (
	look, lookOnce, with = looktest.Look, looktest.LookOnce, looktest.With
	tini, app, zombie    = looktest.Tini, looktest.App, looktest.Zombie
	limited, within      = looktest.Limited, looktest.Within
	leaking, every       = looktest.Leaking, looktest.Every
	node, inCgroup       = looktest.Node, looktest.InCgroup
	crowd, hidden        = looktest.Crowd, looktest.Hidden
)

// lookedAt is a diagnosis of these processes, that many seconds after boot.
func lookedAt(seconds int, s *facts.Snapshot) *Diagnosis {
	return Diagnose(looktest.At(seconds, s), Options{})
}

// lookAt is a look of so many: see looktest.Keeping.
func lookAt(after time.Duration, zombies map[int][]int) *Diagnosis {
	return Diagnose(looktest.Keeping(after, zombies), Options{})
}

// message returns the message of a finding; "": it has none.
func message(f Finding) string {
	if f.Facts == nil {
		return ""
	}
	return f.Message()
}

// advice is what a finding advises, in lines.
func advice(f Finding) []string {
	if f.Facts == nil {
		return nil
	}
	return rule.Lines(f.Advice())
}
