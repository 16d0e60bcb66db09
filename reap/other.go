//go:build !linux

package reap

import (
	"context"
	"errors"
	"runtime"

	"github.com/zombiectl/zombiectl/scan"
)

var errNeedsLinux = errors.New("zombies are reaped on Linux only, this is " + runtime.GOOS)

func do(context.Context, *scan.Root, *Plan, How) error { return errNeedsLinux }

func runProbe(context.Context, *scan.Root, ProbeOptions) (*Probe, error) { return nil, errNeedsLinux }

func orphan([]string) error { return errNeedsLinux }
