package simulate

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

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
		err = reported(runPID1(about))
	case "actor":
		setStageEnv(mine) // for the programs it executes
		err = reported(runActor(about))
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

// setStageEnv gives the programs that this process executes their role; "": none.
func setStageEnv(value string) {
	if value == "" {
		_ = os.Unsetenv(stageEnv) // cannot fail on Linux
		return
	}
	_ = os.Setenv(stageEnv, value) // fails only for a name or value that no environment can hold; this one came from one
}
