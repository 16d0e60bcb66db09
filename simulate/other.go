//go:build !linux

package simulate

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// Stage is a scene that is set. Scenes need Linux.
type Stage struct{}

var errNeedsLinux = fmt.Errorf("simulate: needs Linux: %w", errors.ErrUnsupported)

// Main is the hook by which a program lends itself to the scenes; here it does nothing.
func Main() {}

// Start fails: zombies, PID namespaces and /proc as the scenes need them are Linux's. The error satisfies
// errors.Is(err, errors.ErrUnsupported).
func Start(context.Context, string) (*Stage, error) { return nil, errNeedsLinux }

// StartAs fails, as Start does.
func StartAs(context.Context, string, int) (*Stage, error) { return nil, errNeedsLinux }

// PID1 is 0.
func (s *Stage) PID1() int { return 0 }

// Parent is 0.
func (s *Stage) Parent() int { return 0 }

// Count is 0.
func (s *Stage) Count() uint64 { return 0 }

// Command gives a command that cannot be started.
func (s *Stage) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Err = errNeedsLinux
	return cmd
}

// Close does nothing.
func (s *Stage) Close() error { return nil }
