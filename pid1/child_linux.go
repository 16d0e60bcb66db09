//go:build linux && (amd64 || arm64)

package pid1

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// A child is all that the program's process needs between fork and exec. It is
// laid out before: in between nothing can be allocated.
type child struct {
	paths []*byte // where to look for the program, in order
	argv  []*byte
	envp  []*byte
	shell []*byte // argv of the shell for a script without #!; [1] is the script

	inherited entry.State
	setsid    bool
	failed    int // the writing end of a pipe: which error there was
}

// spawn starts the program: in a process group of its own, which gets the
// foreground where there is a terminal, or in a session of its own. Its mask,
// its ignored signals and its limit on open files are our caller's. It returns
// the PID, and why the program could not be executed. That process exits with
// 126 or 127, and is waited for as any.
//
// os.StartProcess would lose ignored signals and part of the mask.
func spawn(argv []string, setsid bool) (pid int, exec syscall.Errno, err error) {
	c := child{setsid: setsid, inherited: entry.Inherited()}
	if c.argv, err = syscall.SlicePtrFromStrings(argv); err != nil {
		return 0, 0, err
	}
	if c.envp, err = syscall.SlicePtrFromStrings(os.Environ()); err != nil {
		return 0, 0, err
	}
	for _, p := range candidates(argv[0], os.LookupEnv) {
		b, err := syscall.BytePtrFromString(p)
		if err != nil {
			return 0, 0, err
		}
		c.paths = append(c.paths, b)
	}
	sh, err := syscall.BytePtrFromString("/bin/sh")
	if err != nil {
		return 0, 0, err
	}
	c.shell = append([]*byte{sh, nil}, c.argv[1:]...)

	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		return 0, 0, fmt.Errorf("pipe failed: %w", err)
	}
	c.failed = pipe[1]
	// No signal may find a child that still has our handlers.
	setMask(^uint64(0))
	n, errno := fork(&c)
	setMask(0)
	raw(syscall.SYS_CLOSE, uintptr(pipe[1]), 0, 0, 0)
	defer raw(syscall.SYS_CLOSE, uintptr(pipe[0]), 0, 0, 0)
	if errno != 0 {
		return 0, 0, fmt.Errorf("fork failed: %s", errorText(errno))
	}
	// Either an error comes through the pipe, or the exec closes it.
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&exec)), unsafe.Sizeof(exec))
	for {
		if _, err := syscall.Read(pipe[0], buf); !errors.Is(err, syscall.EINTR) {
			return n, exec, nil
		}
	}
}

// fork makes the process in which the program is executed.
//
//go:norace
//go:nosplit
func fork(c *child) (int, syscall.Errno) {
	pid, errno := raw(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0)
	if errno != 0 || pid != 0 {
		return int(pid), syscall.Errno(errno)
	}
	c.run()
	return 0, 0 // not reached
}

// run is the child: a copy of us with one thread and all signals blocked. It
// must not allocate, grow its stack or meet the scheduler: raw system calls only.
//
//go:norace
//go:nosplit
func (c *child) run() {
	var action struct{ handler, flags, restorer, mask uint64 }
	for n := 1; n <= entry.Signals; n++ {
		action.handler = c.inherited.Ignored >> (n - 1) & 1 // SIG_DFL or SIG_IGN
		raw(syscall.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&action)), 0, sizeofSigmask)
	}
	// Without a terminal these fail, which does not matter. SIGTTOU, which would
	// stop us here, is blocked.
	if c.setsid {
		raw(syscall.SYS_SETSID, 0, 0, 0, 0)
		raw(syscall.SYS_IOCTL, 0, syscall.TIOCSCTTY, 0, 0)
	} else {
		raw(syscall.SYS_SETPGID, 0, 0, 0, 0)
		pid, _ := raw(syscall.SYS_GETPID, 0, 0, 0, 0)
		group := int32(pid)
		raw(syscall.SYS_IOCTL, 0, syscall.TIOCSPGRP, uintptr(unsafe.Pointer(&group)), 0)
	}
	files := [2]uint64{c.inherited.NoFile, c.inherited.NoFileMax}
	raw(syscall.SYS_PRLIMIT64, 0, syscall.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&files)), 0)
	raw(syscall.SYS_RT_SIGPROCMASK, setMaskHow, uintptr(unsafe.Pointer(&c.inherited.Blocked)), 0, sizeofSigmask)

	// As execvp(3): a directory without such a program does not matter, and
	// neither does one that we may not look into, unless no other has it.
	why := uintptr(syscall.ENOENT)
	denied := false
	for i := range c.paths {
		_, why = raw(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(c.paths[i])),
			uintptr(unsafe.Pointer(&c.argv[0])), uintptr(unsafe.Pointer(&c.envp[0])), 0)
		if why == uintptr(syscall.ENOEXEC) {
			// As a number: the collector must not hear of it here.
			*(*uintptr)(unsafe.Pointer(&c.shell[1])) = uintptr(unsafe.Pointer(c.paths[i]))
			_, why = raw(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(c.shell[0])),
				uintptr(unsafe.Pointer(&c.shell[0])), uintptr(unsafe.Pointer(&c.envp[0])), 0)
		}
		if why == uintptr(syscall.EACCES) {
			denied = true
			continue
		}
		if why != uintptr(syscall.ENOENT) && why != uintptr(syscall.ENOTDIR) && why != uintptr(syscall.ESTALE) &&
			why != uintptr(syscall.ENODEV) && why != uintptr(syscall.ETIMEDOUT) {
			denied = false
			break
		}
	}
	if denied {
		why = uintptr(syscall.EACCES)
	}
	raw(syscall.SYS_WRITE, uintptr(c.failed), uintptr(unsafe.Pointer(&why)), unsafe.Sizeof(why), 0)
	code := uintptr(exitTini)
	switch why {
	case uintptr(syscall.ENOENT):
		code = exitNotFound
	case uintptr(syscall.EACCES):
		code = exitCannotRun
	}
	for {
		raw(syscall.SYS_EXIT_GROUP, code, 0, 0, 0)
	}
}

// candidates are the paths at which execvp(3) would look for a program.
func candidates(name string, lookup func(string) (string, bool)) []string {
	if name == "" || strings.Contains(name, "/") {
		return []string{name}
	}
	path, ok := lookup("PATH")
	if !ok {
		path = "/bin:/usr/bin"
	}
	var found []string
	for dir := range strings.SplitSeq(path, ":") {
		if dir == "" {
			found = append(found, name) // the working directory
			continue
		}
		found = append(found, dir+"/"+name)
	}
	return found
}
