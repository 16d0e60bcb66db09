package pid1_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSteadyState: an init at work makes no system call that docs/init.md does
// not name.
func TestSteadyState(t *testing.T) {
	needs(t, "strace")
	page, err := os.ReadFile("../docs/init.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(page), "| | system calls |\n")
	list, _, _ = strings.Cut(list, "\n\n")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(list, -1) {
		named[m[1]] = true
	}
	if !found || len(named) < 5 {
		t.Fatalf("docs/init.md names %v", named)
	}

	// Orphans come and go, and the program ignores the signals that are passed on.
	// A signal from outside begins it, and another ends it.
	r := start(t, subreaper(t, "sh", "-c", `trap '' USR1; trap 'exit 0' TERM; trap 'for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.01 &); done' USR2
echo ready; while :; do sleep 0.05; done`))
	r.printed("ready")
	trace := filepath.Join(t.TempDir(), "trace")
	strace := start(t, exec.Command("strace", "-f", "-o", trace, "-p", strconv.Itoa(r.Process.Pid)))
	read := func() string {
		b, _ := os.ReadFile(trace)
		return string(b)
	}
	until(t, "strace at every thread", func() bool {
		if strings.Contains(strace.stderr(), "not permitted") {
			lacking(t, "%s", strace.stderr())
		}
		return strings.Contains(strace.stderr(), " attached")
	})
	for range 5 {
		r.signal(int(syscall.SIGUSR1))
		r.signal(int(syscall.SIGUSR2))
		time.Sleep(50 * time.Millisecond) // anything more is as well
	}
	until(t, "orphans reaped under strace", func() bool { return strings.Count(read(), "wait4(-1") > 20 })
	strace.signal(int(syscall.SIGINT))
	strace.wait()
	calls := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^[0-9]+ +([a-z0-9_]+)\(`).FindAllStringSubmatch(read(), -1) {
		calls[m[1]]++
	}
	t.Log(calls)
	for call, n := range calls {
		if !named[call] {
			t.Errorf("%s, %d times, is not in docs/init.md", call, n)
		}
	}
	for _, call := range []string{"ppoll", "wait4", "kill", "rt_sigreturn"} {
		if calls[call] == 0 {
			t.Errorf("no %s: was this the init?", call)
		}
	}
	r.signal(int(syscall.SIGTERM))
	r.wait()
}
