//go:build !linux

// Package subreaper runs a command as its child subreaper and reports the
// processes that the command left behind. Only Linux has subreapers.
package subreaper

import (
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
)

// Run fails: child subreapers are Linux's. The error satisfies
// errors.Is(err, errors.ErrUnsupported).
func Run(*exec.Cmd, time.Duration) (*verdict.Left, error) {
	return nil, fmt.Errorf("running a command as its subreaper needs Linux: %w", errors.ErrUnsupported)
}
