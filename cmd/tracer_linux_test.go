package cmd_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tracerVariable makes the test binary trace a process, from another thread
// than its first.
const tracerVariable = "ZOMBIECTL_TEST_TRACER"

func tracerMain(pid string) int {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return 3
	}
	done := make(chan error)
	runtime.LockOSThread() // the first thread is taken
	go func() {
		runtime.LockOSThread()
		done <- unix.PtraceSeize(n)
		select {}
	}()
	if err := <-done; err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	fmt.Println("seized")
	select {}
}

// TestTracerThread: a zombie that a thread of a process holds which is not the
// first. TracerPid is then no PID that is listed.
func TestTracerThread(t *testing.T) {
	t.Parallel()
	ctx, stage := set(t, "pod-pause")
	exe := program(t)
	// sleep exits with its parent, a shell that keeps it as a zombie meanwhile.
	parent := stage.Command(ctx, "sh", "-c", `sleep 1000 & echo $!; exec sleep 1000`)
	pipe, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(pipe).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child := strings.TrimSpace(line)
	tracer := stage.Command(ctx, exe)
	tracer.Env = append(tracer.Environ(), tracerVariable+"="+child)
	tracer.Stderr = os.Stderr
	pipe, err = tracer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(pipe).ReadString('\n'); line != "seized\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := stage.Command(ctx, "kill", "-KILL", child).Run(); err != nil {
		t.Fatal(err)
	}
	var d document
	var out string
	for deadline := time.Now().Add(20 * time.Second); d.Summary.Zombies == 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		out, _ = in(ctx, t, stage, exe, "scan", "-o", "json")
		d = parse(t, out)
	}
	if len(d.Zombies) != 1 || strings.Join(d.Zombies[0].Rules, " ") != "Z103" || d.Summary.NotReaping != 0 {
		t.Errorf("%s", out)
	}
	if !strings.Contains(out, "is held by its tracer, zombiectl (PID ") {
		t.Errorf("the tracer is not named in\n%s", out)
	}
	as := func(command ...string) []string { return command }
	if got := captured(ctx, t, stage, as, exe); !slices.Contains(got, "Z103 sleep certain") {
		t.Errorf("captured: %q", got)
	}
	for _, c := range []*exec.Cmd{parent, tracer} {
		_ = c.Process.Kill()
		_ = c.Wait() // says that it was killed
	}
}
