package cmd_test

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// start starts a process that exits with the test, and with this one, should it
// be killed. Pdeathsig is about the thread that starts a process, and a look of
// another test at the clocks ends the thread that it ran on: this one is kept.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started, ended, gone := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- cmd.Start()
		<-ended
	}()
	err := <-started
	t.Cleanup(func() {
		if err == nil {
			_ = cmd.Process.Kill() // it may have exited already
			_ = cmd.Wait()         // the test may have waited
		}
		close(ended)
		<-gone
	})
	if err != nil {
		t.Fatal(err)
	}
}
