// Package subreaper runs a command as its child subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER) and reports the processes that the command left
// behind: every process that it started, directly or not, and did not wait for,
// becomes a child of the subreaper when its parent exits.
package subreaper

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// Run starts the command, passes signals on to it, waits for it, and returns the
// processes that it left. Orphans that are still running are given the time
// settle to exit; Run ends no process. Zombies are waited for: they are this
// process's own children, and nobody else can.
//
// An error means that the command was not started, or that waiting failed.
func Run(cmd *exec.Cmd, settle time.Duration) (*verdict.Left, error) {
	r := &run{left: &verdict.Left{Command: cmd.Args}}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("prctl(PR_SET_CHILD_SUBREAPER): %w", err)
	}
	if err := r.noteChildren(); err != nil {
		return nil, err
	}
	stop := r.relay()
	defer stop()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r.left.Started = facts.Some(began.UTC())
	r.started <- cmd.Process
	if err := r.await(cmd.Process.Pid); err != nil {
		return nil, err
	}
	r.left.Took = facts.Some(time.Since(began))
	// A descriptor that an orphan holds must not keep us: see WaitDelay.
	var ended *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &ended) && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, err
	}
	living, err := r.drain(time.Now().Add(settle))
	if err != nil {
		return nil, err
	}
	if living && r.orphans() != nil {
		r.left.Unseen = true
	}
	r.left.Sort()
	return r.left, nil
}

type run struct {
	left    *verdict.Left
	started chan *os.Process
	// before are children that this process had already: it may have executed
	// itself over a shell.
	before map[int]bool
}

// await collects orphans as they exit, until the command has exited.
func (r *run) await(command int) error {
	for {
		c, err := sys.Waitid(0, unix.WNOWAIT)
		switch {
		case err != nil:
			return err
		case c.PID == command:
			r.left.Exit = facts.Exit(c.Exit)
			return nil
		}
		if err := r.collect(c.PID); err != nil {
			return err
		}
	}
}

// drain collects the children that have exited, and those that exit until the
// deadline; living: some child has not.
func (r *run) drain(deadline time.Time) (living bool, err error) {
	for {
		c, err := sys.Waitid(0, unix.WNOWAIT|unix.WNOHANG)
		switch {
		case errors.Is(err, unix.ECHILD):
			return false, nil
		case err != nil:
			return false, err
		case c.PID != 0:
			if err := r.collect(c.PID); err != nil {
				return false, err
			}
		case !time.Now().Before(deadline):
			return true, nil
		default:
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// collect reaps a child that has exited, and keeps its facts.
func (r *run) collect(pid int) error {
	p := verdict.LeftProcess{PID: pid, State: facts.Zombie}
	if b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		if st, err := facts.ParseStat(b); err == nil && st.PID == pid {
			p.Comm = st.Comm
		}
	}
	c, err := sys.Waitid(pid, 0)
	if err != nil {
		return err
	}
	if r.before[pid] {
		delete(r.before, pid)
		return nil
	}
	p.Exit = facts.Some(facts.Exit(c.Exit))
	r.left.Add(p, true)
	return nil
}

// noteChildren remembers which children this process has before it starts the
// command. Mostly the kernel says at once that it has none.
func (r *run) noteChildren() error {
	if _, err := sys.Waitid(0, unix.WNOWAIT|unix.WNOHANG); errors.Is(err, unix.ECHILD) {
		return nil
	}
	s, err := look()
	if err != nil {
		return err
	}
	r.before = map[int]bool{}
	for _, n := range below(s.Tree().Roots, os.Getpid()) {
		r.before[n.Process.PID] = true
	}
	return nil
}
