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
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stageEnv tells a process of a scene what it is: "stage uf-backend". Parts after a semicolon are for the program that
// it executes in its turn.
const stageEnv = "ZOMBIECTL_SIMULATE_STAGE"

// uidEnv tells the stage, and what it starts, whom the actors are to run as.
const uidEnv = "ZOMBIECTL_SIMULATE_UID"

// actorsUID is whom the actors run as; false: as who started the scene.
func actorsUID() (int, bool) {
	uid, err := strconv.Atoi(os.Getenv(uidEnv))
	return uid, err == nil
}

// A process of a scene has work for its first thread, which is the one init functions run on: only that thread can be
// the one that remains (shed), and only its end makes a dead leader. Locking it here keeps the main goroutine on it.
func init() {
	if os.Getenv(stageEnv) != "" {
		runtime.LockOSThread()
	}
}

// Main is the hook by which a program lends itself to the scenes. Call it first in main, and first in TestMain. It
// returns at once, unless the process was started as part of a scene: then it plays its part and never returns.
func Main() {
	value := os.Getenv(stageEnv)
	if value == "" {
		return
	}
	mine, rest, _ := strings.Cut(value, ";")
	setStageEnv(rest)
	part, about, _ := strings.Cut(mine, " ")
	var err error
	switch part {
	case "stage":
		runStage(about)
	case "pid1":
		err = runPID1(about)
	case "actor":
		setStageEnv(mine) // for the programs it executes
		err = runActor(about)
	case "enter":
		err = runEnter(about)
	default:
		err = fmt.Errorf("%s=%q", stageEnv, value)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		end(1)
	}
	end(0) // not os.Exit: the race detector sleeps a second there
}

// setStageEnv tells the programs that this process executes what they are; "": nothing.
func setStageEnv(value string) {
	if value == "" {
		_ = os.Unsetenv(stageEnv) // cannot fail on Linux
		return
	}
	_ = os.Setenv(stageEnv, value) // fails only for a name or value that no environment can hold; this one came from one
}

// runActor plays the role that argv[0] names.
func runActor(sceneName string) error {
	s, err := sceneNamed(sceneName)
	if err != nil {
		return reported(err)
	}
	role := path.Base(os.Args[0])
	script, ok := s.roles[role]
	if !ok {
		return reported(fmt.Errorf("no role %q in %s", role, sceneName))
	}
	if script[0].op == opDeadLeader {
		return reported(playDeadLeader())
	}
	// A C program would not hold the Go runtime's descriptors, nor what the caller's parents left open.
	unneeded := uintptr(reportFD + 1)
	if slices.Contains(s.outside, role) && len(s.pid1) > 0 {
		unneeded = userNSFD + 1
	}
	return reported(become(steps(withN(opCloseFrom, unneeded), comm(role), script), reportFD, string(markError)))
}

// reported passes an error on to the stage, which reads the report descriptor.
func reported(err error) error {
	if err != nil {
		// When the stage is gone there is nobody left to tell; the exit status says it too.
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
	p := &player{report: report, environ: cstrings(os.Environ())}
	first := p.prepare(s, args, prefix)
	if errno := shed(reflect.ValueOf(leaveThread).Pointer()); errno != 0 {
		end(125) // without the runtime there is no way to say more
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
