package simulate

import (
	"errors"
	"fmt"
	"os"
	"path"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// runActor plays the role that argv[0] names.
func runActor(sceneName string) error {
	s, err := sceneNamed(sceneName)
	if err != nil {
		return err
	}
	role := path.Base(os.Args[0])
	script, ok := s.roles[role]
	if !ok {
		return fmt.Errorf("no role %q in %s", role, sceneName)
	}
	if script[0].op == opDeadLeader {
		return playDeadLeader()
	}
	// A C program would not hold the Go runtime's descriptors, nor what the caller's parents left open.
	unneeded := uintptr(reportFD + 1)
	if slices.Contains(s.outside, role) && len(s.pid1) > 0 {
		unneeded = userNSFD + 1
	}
	return become(steps(withN(opCloseFrom, unneeded), comm(role), script), reportFD, string(markError))
}

// reported passes an error on to the stage, which reads the report descriptor.
func reported(err error) error {
	if err != nil {
		// When the stage is gone nobody is left to report to; the exit status says it too.
		_, _ = fmt.Fprintf(os.NewFile(reportFD, "report"), "%c%v\n", markError, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return err
}

// become turns this process into an actor that plays the script. It returns only when that fails.
func become(s script, report uintptr, prefix string) error {
	if unix.Gettid() != os.Getpid() {
		return errors.New("not on the first thread of the process")
	}
	args, err := findArguments()
	if err != nil {
		return err
	}
	p := &player{report: report, environ: cstrings(os.Environ()), args: args, prefix: prefix, script: s, sigchld: 1 << (sigchld - 1)}
	debug.SetGCPercent(-1)
	first := p.link(s)
	if errno := shed(reflect.ValueOf(leaveThread).Pointer()); errno != 0 {
		end(125) // without the runtime it cannot say more
	}
	p.play(first)
	return nil
}

// playDeadLeader ends the first thread and leaves another: the process is a zombie that cannot be waited for
// (delay_group_leader).
func playDeadLeader() error {
	if unix.Gettid() != os.Getpid() {
		return errors.New("not on the first thread of the process")
	}
	debug.SetGCPercent(-1)
	running := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		close(running)
		for {
			_, _ = unix.Ppoll(nil, nil, nil) // a signal ends it, and it goes on
		}
	}()
	<-running
	if _, err := unix.Write(reportFD, []byte{markReady}); err != nil {
		return err
	}
	leaveThread()
	return nil
}
