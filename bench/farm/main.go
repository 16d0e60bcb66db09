//go:build linux && (amd64 || arm64)

// Command farm makes many processes, runs a command among them, and takes
// everything away again:
//
//	farm -sleepers 30000 -zombies 2000 -- CMD [ARG...]
//
// The processes are in a PID namespace of their own, with a /proc of their own,
// which CMD sees as the ordinary one. When CMD exits the namespace ends, and the
// kernel kills all processes in it (pid_namespaces(7)): nothing can be left
// over. Limits that had to be raised are put back.
//
// The exit code is that of CMD, 128+n when signal n ended it, and 125 when the
// farm itself failed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Inside the namespace the program runs a second time. This variable marks that
// run. CMD does not get to see it.
const insideVariable = "ZOMBIECTL_BENCH_FARM_INSIDE"

const exitFarm = 125

type options struct {
	sleepers, zombies int
	timeout           time.Duration
	command           []string
}

func main() {
	var o options
	flag.IntVar(&o.sleepers, "sleepers", 30000, "processes that sleep")
	flag.IntVar(&o.zombies, "zombies", 2000, "processes that died and are not waited for")
	flag.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long the making may take")
	flag.Parse()
	o.command = flag.Args()
	if len(o.command) == 0 || o.sleepers < 0 || o.zombies < 0 {
		fmt.Fprintln(os.Stderr, "usage: farm [-sleepers N] [-zombies N] [-timeout D] -- CMD [ARG...]")
		os.Exit(exitFarm)
	}

	run := outside
	if os.Getenv(insideVariable) != "" {
		run = inside
	}
	code, err := run(o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "farm: error: %v\n", err)
		code = exitFarm
	}
	os.Exit(code)
}

// outside raises the limits, starts the namespace and waits for its end.
func outside(o options) (code int, err error) {
	if os.Geteuid() != 0 {
		return 0, errors.New("a PID namespace and raised limits need root")
	}
	// A signal must not keep the limits from being put back.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)

	restore, err := raiseLimits(o)
	defer func() { err = errors.Join(err, restore()) }()
	if err != nil {
		return 0, err
	}

	// PR_SET_PDEATHSIG is bound to the thread that forked: the thread stays.
	runtime.LockOSThread()
	self := exec.Command("/proc/self/exe", os.Args[1:]...)
	self.Stdin, self.Stdout, self.Stderr = os.Stdin, os.Stdout, os.Stderr
	self.Env = append(os.Environ(), insideVariable+"=1")
	self.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := self.Start(); err != nil {
		return 0, fmt.Errorf("failed to start the namespace: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- self.Wait() }()
	for {
		select {
		case err := <-ended:
			return exitCode(err)
		case <-stop:
			// Its PID 1 dies, and everything in the namespace with it.
			if err := self.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return 0, err
			}
		}
	}
}

// raiseLimits makes room for all processes of the farm. restore puts back the
// limits that were changed, also when raising failed half-way.
func raiseLimits(o options) (restore func() error, err error) {
	var undo []func() error
	restore = func() (err error) {
		for _, put := range undo {
			err = errors.Join(err, put())
		}
		return err
	}
	for _, path := range []string{pidMax, threadsMax} {
		before, err := raise(path, room(o))
		if err != nil {
			return restore, err
		}
		if before != "" {
			undo = append(undo, func() error { return os.WriteFile(path, []byte(before), 0) })
		}
	}
	return restore, nil
}

const (
	pidMax     = "/proc/sys/kernel/pid_max"
	threadsMax = "/proc/sys/kernel/threads-max"
)

// room is how many PIDs the farm wants: twice its size, so that the allocator
// never searches for a free one, and some for the rest of the machine.
func room(o options) int { return 2*(o.sleepers+o.zombies) + 16384 }

// raise sets a number in a file to at least want, and returns the earlier value;
// empty when that was enough.
func raise(path string, want int) (before string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	have, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if have >= want {
		return "", nil
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(want)), 0); err != nil {
		return "", fmt.Errorf("failed to raise %d to %d: %w", have, want, err)
	}
	return string(text), nil
}

// check ends the farm where something failed inside it: when PID 1 exits, all in
// the namespace are killed.
func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "farm: error: %s: %v\n", what, err)
		os.Exit(exitFarm)
	}
}

// inside is PID 1 of the namespace. It never waits for any child but CMD.
func inside(o options) (code int, err error) {
	if os.Getpid() != 1 {
		return 0, fmt.Errorf("%s is set, yet this is not PID 1", insideVariable)
	}
	check("unsetenv", os.Unsetenv(insideVariable))
	// Or the new /proc would be mounted over that of the whole machine.
	check("making mounts private", syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	check("mounting /proc", syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""))
	// From Linux 6.14 on each PID namespace has its own pid_max, and the one of
	// the machine bounds it too. Before that it is the same number, and enough.
	_, err = raise(pidMax, room(o))
	check(pidMax, err)
	total := uint64(room(o))
	var limit unix.Rlimit
	check("RLIMIT_NPROC", unix.Getrlimit(unix.RLIMIT_NPROC, &limit))
	if limit.Cur < total {
		limit = unix.Rlimit{Cur: total, Max: max(limit.Max, total)}
		check("raising RLIMIT_NPROC", unix.Setrlimit(unix.RLIMIT_NPROC, &limit))
	}

	begun := time.Now()
	herd, err := populate(o)
	check("making the farm", err)
	check("making the farm", herd.settle(begun.Add(o.timeout)))
	fmt.Fprintf(os.Stderr, "farm: %d sleepers and %d zombies, made in %.1f s\n",
		len(herd.sleepers), len(herd.zombies), time.Since(begun).Seconds())

	command := exec.Command(o.command[0], o.command[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	code, err = exitCode(command.Run())
	check("the command", err)
	// What CMD measured is only worth something when the farm was whole to the end.
	if missing := herd.missing(); missing > 0 {
		return 0, fmt.Errorf("%d processes of the farm had changed when the command ended", missing)
	}
	return code, nil
}

// herd holds the PIDs of the farm.
type herd struct{ sleepers, zombies []int }

func (h herd) settle(deadline time.Time) error {
	for h.missing() > 0 {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes did not get into their state in time", h.missing())
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

// missing counts the processes that are not in the state they were made for.
func (h herd) missing() (n int) {
	for made, pids := range map[byte][]int{'S': h.sleepers, 'Z': h.zombies} {
		for _, pid := range pids {
			if state(pid) != made {
				n++
			}
		}
	}
	return n
}

// state is field 3 of /proc/PID/stat, 0 when no such process exists.
func state(pid int) byte {
	line, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, after, _ := strings.Cut(string(line), ") ") // our own name has no parenthesis
	if after == "" {
		return 0
	}
	return after[0]
}

// exitCode is the code to pass on after a command exited. An error is one of
// starting or waiting, not the command's.
func exitCode(err error) (int, error) {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
