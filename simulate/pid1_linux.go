package simulate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// programs is where the entered actors find theirs: the working directory of PID 1.
const programs = "/proc/1/cwd/"

// runPID1 furnishes the scene's mount namespace and then executes what the scene wants as PID 1.
func runPID1(sceneName string) error {
	s, err := sceneNamed(sceneName)
	if err != nil {
		return err
	}
	self, err := os.Open(selfExe)
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make / private: %w", err)
	}
	// Each role is a program of its own, a copy of this one, so that comm, exe and argv are the usual ones. The copies are
	// in a tmpfs that no path leads to, only the working directory of PID 1: it leaves nothing behind, however the scene
	// ends, and the scene sees the same files as the caller.
	if err := unix.Mount("tmpfs", "/proc", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount tmpfs: %w", err)
	}
	if err := os.Chdir("/proc"); err != nil {
		return err
	}
	if err := copyPrograms(self, s.roles); err != nil {
		return err
	}
	if err := unix.Unmount("/proc", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount tmpfs: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	if s.cgroup {
		if err := enterCgroup(); err != nil {
			return err
		}
	}
	program := s.pid1[0]
	if !strings.HasPrefix(program, "./") {
		if program, err = exec.LookPath(program); err != nil {
			return err
		}
	}
	if uid, ok := actorsUID(); ok {
		// Before an exec: it makes the process one that its user may look at (PR_SET_DUMPABLE).
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(uid), syscall.Setuid(uid)); err != nil {
			return fmt.Errorf("become user %d: %w", uid, err)
		}
	}
	if err := syscall.Exec(program, s.pid1, os.Environ()); err != nil {
		return fmt.Errorf("execve %s: %w", program, err)
	}
	return nil
}

func copyPrograms(self io.Reader, roles map[string]script) error {
	const first = ".program"
	out, err := os.OpenFile(first, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, self); err != nil {
		return fmt.Errorf("copy the program: %w", err)
	}
	if err := out.Close(); err != nil {
		return err
	}
	for role := range roles {
		if err := os.Link(first, role); err != nil {
			return err
		}
	}
	return os.Remove(first)
}
