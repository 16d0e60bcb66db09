package cmd

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/cmd/watchview"
	"github.com/zombiectl/zombiectl/english"
)

// watchFlags say how long to watch, and how often to look.
type watchFlags struct {
	interval, length time.Duration
	until, sort      string
}

// The ends that --until knows.
const (
	untilLeak  = "leak"
	untilClean = "clean"
)

func (f *watchFlags) check() error {
	switch {
	case f.interval <= 0:
		return errors.New("--interval is not above 0")
	case f.length < 0:
		return errors.New("--for is negative")
	case f.until != "" && f.until != untilLeak && f.until != untilClean:
		return fmt.Errorf("unknown --until %q: choose %s or %s", f.until, untilLeak, untilClean)
	case !slices.Contains(watchview.Sorts(), f.sort):
		return fmt.Errorf("unknown --sort %q: choose %s", f.sort, english.Or(watchview.Sorts()))
	}
	return nil
}

// asked reports whether there is to be a verdict at the end.
func (f *watchFlags) asked() bool { return f.length > 0 || f.until != "" }
