package cmd

import (
	"errors"
	"time"

	"github.com/zombiectl/zombiectl/cmd/watchview"
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

var untils = []string{untilLeak, untilClean}

func (f *watchFlags) check() error {
	switch {
	case f.interval <= 0:
		return errors.New("--interval is not above 0")
	case f.length < 0:
		return errors.New("--for is negative")
	}
	if f.until != "" {
		if err := choose("--until", f.until, untils); err != nil {
			return err
		}
	}
	return choose("--sort", f.sort, watchview.Sorts())
}

// asked reports whether there is to be a verdict at the end.
func (f *watchFlags) asked() bool { return f.length > 0 || f.until != "" }
