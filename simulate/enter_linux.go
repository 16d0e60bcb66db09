package simulate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Command prepares to run a program inside the scene, as `kubectl exec` does: in its PID and mount namespaces, with the
// scene's /proc, in a session of its own, and with PPid 0. Input, output, Dir and ExtraFiles are the caller's to set;
// Env, when set, must keep its present variables. The program is looked up in the caller's PATH. The exit status is the
// program's own; 128 + N when signal N killed it, 127 when the program does not exist, 126 when it could not be started.
// When ctx is done the program is killed. In a scene without a namespace of its own the program is run plainly.
func (s *Stage) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	if s.pid1 == 0 {
		return exec.CommandContext(ctx, name, args...)
	}
	return enterCommand(ctx, s.pid1, os.Environ(), append([]string{name, name}, args...)...)
}

// enterCommand runs argv[0] with the arguments argv[1:], the first of which is the program's own argv[0].
func enterCommand(ctx context.Context, pid1 int, env []string, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, selfExe)
	cmd.Args = append([]string{doorman}, argv...)
	// The first of two equal names would win in the program, the last one in os/exec: leave one.
	cmd.Env = append(without(env, stageEnv), stageEnv+"="+strings.TrimSuffix("enter "+strconv.Itoa(pid1)+";"+valueOf(env, stageEnv), ";"))
	return cmd
}

func without(env []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(e string) bool { return strings.HasPrefix(e, name+"=") })
}

// valueOf is the last one, as os/exec has it.
func valueOf(env []string, name string) string {
	for _, e := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// runEnter is the doorman: it goes into the namespaces of a scene's PID 1 and starts a program there. It has to be
// single-threaded, because setns(2) refuses a multi-threaded process a user namespace; and the program has to be its
// child, because setns(2) moves only children into a PID namespace.
func runEnter(about string) error {
	pid1, err := strconv.Atoi(about)
	if err != nil || len(os.Args) < 3 {
		return fmt.Errorf("enter %q: not a PID and a program", about)
	}
	program, argv := os.Args[1], os.Args[2:]
	if !filepath.IsAbs(program) {
		if program, err = exec.LookPath(program); err == nil {
			program, err = filepath.Abs(program)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "simulate:", err)
			if errors.Is(err, fs.ErrPermission) {
				os.Exit(126)
			}
			os.Exit(127)
		}
	}
	namespaces := map[string]uintptr{"user": 0, "mnt": 0, "pid": 0}
	for kind := range namespaces {
		if namespaces[kind], err = openNS(pid1, kind); err != nil {
			return err
		}
	}
	inside := steps(one(opDieWith), setsid, execute(program, argv))
	if uid, ok := actorsUID(); ok { // only the stage has it in its environment
		inside = steps(withN(opBecome, uintptr(uid)), inside)
	}
	s := steps(comm(doorman), one(opSetnsUser).with(namespaces["user"]))
	// Only where it is another one: without root ours belongs to a user namespace above.
	if theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/cgroup", pid1)); err == nil {
		if own, err := os.Readlink("/proc/self/ns/cgroup"); err == nil && own != theirs {
			cgroup, err := openNS(pid1, "cgroup")
			if err != nil {
				return err
			}
			s = append(s, one(opSetns).with(cgroup)...)
		}
	}
	s = steps(s, one(opSetns).with(namespaces["mnt"]), one(opSetns).with(namespaces["pid"]))
	if dir, err := os.Getwd(); err == nil {
		s = append(s, withText(opChdir, dir)...) // setns(2) into a mount namespace leads to its root
	}
	return become(steps(s, fork(inside), wait, one(opExitAs)), 2, "simulate: ")
}

// openNS opens a namespace of a process, to be closed at the next execve.
func openNS(pid int, kind string) (uintptr, error) {
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, kind), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("the scene has ended, or its namespaces may not be entered: %s namespace of PID %d: %w", kind, pid, err)
	}
	return uintptr(fd), nil
}
