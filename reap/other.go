//go:build !linux

package reap

import (
	"context"
	"errors"
	"runtime"

	"github.com/zombiectl/zombiectl/scan"
)

var errNeedsLinux = errors.New("zombies are reaped on Linux only, this is " + runtime.GOOS)

// Do fails.
func Do(context.Context, *scan.Root, *Plan, How) error { return errNeedsLinux }

// RunProbe fails.
func RunProbe(context.Context, *scan.Root, ProbeOptions) (*Probe, error) { return nil, errNeedsLinux }

// Orphan fails.
func Orphan([]string) error { return errNeedsLinux }
