// Package subreaper runs a command as its child subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER) and tells what the command left behind: whatever it
// started, directly or not, and did not wait for, becomes a child of the
// subreaper when its parent ends.
package subreaper

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// forwarded are the signals that are passed on to the command.
var forwarded = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH, unix.SIGCONT,
}

// fromTerminal are those that a terminal sends to its whole foreground process
// group: the command has had them.
var fromTerminal = []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH}

// Run starts the command, passes signals on to it, waits for it, and returns
// what it left. Orphans that still live are given the time settle to end; no
// process is ended by Run. Zombies are waited for: they are this process's own
// children, and nobody else can.
//
// An error means that the command was not started, or that waiting failed.
func Run(cmd *exec.Cmd, settle time.Duration) (*diagnose.Left, error) {
	r := &run{left: &diagnose.Left{Command: cmd.Args}}
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
	r.left.Started = scan.Some(began.UTC())
	r.started <- cmd.Process
	if err := r.await(cmd.Process.Pid); err != nil {
		return nil, err
	}
	r.left.Took = scan.Some(time.Since(began))
	// A descriptor that an orphan holds must not keep us: see WaitDelay.
	var ended *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &ended) && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, err
	}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		r.left.Exit = exitOf(unix.WaitStatus(ws))
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
	left    *diagnose.Left
	started chan *os.Process
	// before are children that this process had already: it may have executed
	// itself over a shell.
	before map[int]bool
}

// relay passes signals on until stop is called. One that this process was told
// to ignore (nohup) stays ignored, in the command too.
func (r *run) relay() (stop func()) {
	signals := make(chan os.Signal, 64)
	done := make(chan struct{})
	r.started = make(chan *os.Process, 1)
	for _, s := range forwarded {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		var p *os.Process
		select {
		case p = <-r.started:
		case <-done:
			return
		}
		for {
			select {
			case s := <-signals:
				if !sentToGroup(s) {
					_ = p.Signal(s) // it may have ended
				}
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}

// sentToGroup reports whether a signal can be taken to come from the terminal:
// this process group is in its foreground.
func sentToGroup(s os.Signal) bool {
	from := false
	for _, t := range fromTerminal {
		from = from || s == t
	}
	if !from {
		return false
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false // no terminal controls this process
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// peek returns the PID of a child that has ended, without reaping it; 0: none
// has, with WNOHANG. ECHILD: there is no child at all.
func peek(options int) (int, error) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT|options, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case info.Signo == 0:
			return 0, nil
		}
		// si_pid is the first field of the union (sigaction(2)), which is
		// aligned as a pointer.
		const word = unsafe.Sizeof(uintptr(0))
		at := (3*unsafe.Sizeof(info.Signo) + word - 1) &^ (word - 1)
		return int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), at))), nil
	}
}

// await collects orphans as they end, until the command has ended.
func (r *run) await(command int) error {
	for {
		pid, err := peek(0)
		switch {
		case err != nil:
			return fmt.Errorf("waitid: %w", err)
		case pid == command:
			return nil
		}
		if err := r.collect(pid); err != nil {
			return err
		}
	}
}

// drain collects what has ended, and what ends until the deadline; living: some
// child has not.
func (r *run) drain(deadline time.Time) (living bool, err error) {
	for {
		pid, err := peek(unix.WNOHANG)
		switch {
		case errors.Is(err, unix.ECHILD):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("waitid: %w", err)
		case pid != 0:
			if err := r.collect(pid); err != nil {
				return false, err
			}
		case !time.Now().Before(deadline):
			return true, nil
		default:
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// collect reaps a child that has ended, and keeps what there is to know of it.
func (r *run) collect(pid int) error {
	p := diagnose.LeftProcess{PID: pid, State: scan.Zombie}
	if b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		if st, err := scan.ParseStat(b); err == nil && st.PID == pid {
			p.Comm = st.Comm
		}
	}
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &ws, 0, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait4: %w", err)
		}
		break
	}
	if r.before[pid] {
		delete(r.before, pid)
		return nil
	}
	p.Exit = scan.Some(exitOf(ws))
	r.left.Add(p, true)
	return nil
}

func exitOf(ws unix.WaitStatus) scan.Exit {
	if ws.Signaled() {
		return scan.Exit{Signal: int(ws.Signal()), CoreDumped: ws.CoreDump()}
	}
	return scan.Exit{Code: ws.ExitStatus()}
}

// noteChildren remembers which children this process has before it starts the
// command. Mostly the kernel says at once that there are none.
func (r *run) noteChildren() error {
	if _, err := peek(unix.WNOHANG); errors.Is(err, unix.ECHILD) {
		return nil
	}
	s, err := look()
	if err != nil {
		return err
	}
	r.before = map[int]bool{}
	for _, n := range below(s, os.Getpid()) {
		r.before[n.Process.PID] = true
	}
	return nil
}

func look(focus ...int) (*scan.Snapshot, error) {
	root, err := scan.OpenLive("/")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return scan.Look(root, scan.Options{Focus: focus})
}

// below returns the children of a process, with what is below them.
func below(s *scan.Snapshot, pid int) []*scan.Node {
	var found []*scan.Node
	var find func([]*scan.Node)
	find = func(nodes []*scan.Node) {
		for _, n := range nodes {
			if n.Process.PID == pid {
				found = n.Children
				return
			}
			find(n.Children)
		}
	}
	find(s.Tree().Roots)
	return found
}

// orphans looks at what lives still.
func (r *run) orphans() error {
	const most = 100 // whose command lines are worth reading
	s, err := look()
	if err != nil {
		return err
	}
	var pids []int
	for _, n := range below(s, os.Getpid()) {
		if len(pids) < most {
			pids = append(pids, n.Process.PID)
		}
	}
	if s, err = look(pids...); err != nil {
		return err
	}
	before := r.left.OrphanCount + r.left.ZombieCount
	inherited := 0
	var add func(nodes []*scan.Node, parent int)
	add = func(nodes []*scan.Node, parent int) {
		for _, n := range nodes {
			p := n.Process
			if parent == 0 && r.before[p.PID] {
				inherited++
				continue
			}
			left := diagnose.LeftProcess{PID: p.PID, Comm: p.Comm, Command: diagnose.CommandOf(p), State: p.State, Exit: p.Exit(), Parent: parent}
			// With live threads it has not ended: the leader alone has.
			ended := p.State == scan.Zombie && p.NumThreads <= 1
			r.left.Add(left, ended)
			if ended && parent == 0 {
				_, _ = unix.Wait4(p.PID, nil, unix.WNOHANG, nil) // seen and counted: as collect does
			}
			add(n.Children, p.PID)
		}
	}
	add(below(s, os.Getpid()), 0)
	if before == r.left.OrphanCount+r.left.ZombieCount && inherited == 0 {
		living, err := r.drain(time.Now())
		if err != nil {
			return err
		}
		r.left.Unseen = living
	}
	return nil
}
