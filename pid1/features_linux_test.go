package pid1_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lines waits until a command has printed so many lines of numbers, and returns them.
func (r *running) numbers(n int) []int {
	r.t.Helper()
	var got []int
	until(r.t, fmt.Sprintf("%d numbers", n), func() bool {
		got = nil
		for line := range strings.Lines(r.stdout()) {
			if number, err := strconv.Atoi(strings.TrimSuffix(line, "\n")); err == nil && strings.HasSuffix(line, "\n") {
				got = append(got, number)
			}
		}
		return len(got) >= n
	})
	return got
}

func alive(pid int) bool {
	s := status(pid, "State")
	return s != "" && s[0] != 'Z'
}

// TestKillRemaining: what the program leaves behind gets SIGTERM, and SIGKILL
// when it takes no notice. Without the option it keeps running.
func TestKillRemaining(t *testing.T) {
	// An orphan in a session of its own that SIGTERM ends, one that it does
	// not, with a child, and one that is stopped.
	const script = `
setsid sleep 600 & echo $!
setsid sh -c 'trap "" TERM; sleep 601 & echo $!; while :; do sleep 0.1; done' & echo $!
setsid sleep 602 & echo $!; sleep 0.1; kill -STOP $!
sleep 0.3; exit 5`
	for _, c := range []struct {
		flags []string
		gone  bool
	}{{[]string{"--kill-remaining=300ms"}, true}, {[]string{"-s"}, false}} {
		r := start(t, exec.Command(program(t), append(append([]string{"init"}, c.flags...), "sh", "-c", script)...))
		pids := r.numbers(4)
		if code := r.wait(); code != 5 {
			t.Errorf("%v: ended with %d: %s", c.flags, code, r.stderr())
		}
		for _, pid := range pids {
			if alive(pid) == c.gone {
				t.Errorf("%v: %d is alive: %v", c.flags, pid, alive(pid))
			}
			if !c.gone {
				syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // to tidy up
			}
		}
	}
}

// TestKillRemainingAsPID1: the same, where it is all of the namespace. Without
// the option the kernel kills it, and gives no time.
func TestKillRemainingAsPID1(t *testing.T) {
	const script = `setsid sh -c 'trap "echo bye; exit" TERM; echo ready; : >"$1"; while :; do sleep 0.02; done' sh "$1" &
until [ -e "$1" ]; do sleep 0.01; done; exit 6`
	for _, c := range []struct {
		flags []string
		bye   bool
	}{{[]string{"--kill-remaining"}, true}, {nil, false}} {
		cmd := exec.Command(program(t), append(append([]string{"init"}, c.flags...), "sh", "-c", script, "sh", filepath.Join(t.TempDir(), "ready"))...)
		namespace(cmd, "")
		r := run(t, cmd)
		if r.code != 6 || strings.Contains(r.stdout, "bye") != c.bye {
			t.Errorf("%v: %+v", c.flags, r)
		}
	}
}

// TestReport: the report on reaped orphans comes at the end and on request,
// without the program itself.
func TestReport(t *testing.T) {
	// orphan starts a command that its parent does not wait for, and returns when it
	// has been reaped.
	const orphan = `orphan() { p=$("$@" >/dev/null 2>&1 & echo $!); while [ -e /proc/$p ]; do sleep 0.01; done; }; `
	cmd := exec.Command(program(t), "init", "--report=json", "--report-on", "SIGUSR2", "--", "sh", "-c",
		orphan+`for i in 1 2 3; do orphan sleep 0; done; orphan cat /dev/null; sleep 0.3; kill -USR2 1; orphan sleep 0; exit 3`)
	namespace(cmd, "")
	r := run(t, cmd)
	if r.code != 3 {
		t.Fatalf("%+v", r)
	}
	lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("not two reports: %q", r.stderr)
	}
	for i, want := range []map[string]int{{"sleep": 3, "cat": 1}, {"sleep": 4, "cat": 1}} {
		var got struct {
			APIVersion, Kind                                  string
			Seconds                                           float64
			Reaped, WorstBurst, OtherCommands, UnknownCommand int
			Commands                                          []struct {
				Comm   string
				Reaped int
			}
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatalf("%q: %v", lines[i], err)
		}
		by, sum := map[string]int{}, 0
		for _, c := range got.Commands {
			by[c.Comm] += c.Reaped
			sum += c.Reaped
		}
		// Those that died before their exec are called sh.
		if got.Kind != "InitReport" || got.APIVersion != "zombiectl.dev/v1" || got.Reaped != sum || by["cat"]+by["sleep"]+by["sh"] != want["cat"]+want["sleep"] ||
			by["sleep"] == 0 || got.WorstBurst < 1 || got.WorstBurst > got.Reaped || got.Seconds < 0.3 {
			t.Errorf("report %d: %s", i, lines[i])
		}
	}

	// A name that a process has chosen reaches no terminal as it is.
	cmd = exec.Command(program(t), "init", "--report", "--", "sh", "-c", orphan+`orphan sh -c 'printf "\033[2Jx\n" >/proc/self/comm; :'`)
	namespace(cmd, "")
	if r := run(t, cmd); strings.Contains(r.stderr, "\x1b") || !strings.HasPrefix(r.stderr, "zombiectl: init: reaped 1 orphan in ") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	// Nobody asked, nothing is said; and without a /proc of ours, no name is guessed.
	if r := run(t, subreaper(t, "sh", "-c", "(sleep 0 &); sleep 0.2")); r.stderr != "" || r.stdout != "" {
		t.Errorf("%+v", r)
	}
	cmd = exec.Command(program(t), "init", "--report", "sh", "-c", "(sleep 0 &) | cat; sleep 0.3")
	namespace(cmd, "foreign")
	if r := run(t, cmd); !strings.HasPrefix(r.stderr, "zombiectl: init: reaped 1 orphan in ") || !strings.Contains(r.stderr, ", unknown commands 1; at most 1 at once") {
		t.Errorf("with the /proc of another PID namespace: %+v", r)
	}
}

// TestSuspend: a stop from the terminal's side stops the program's session and
// the init, until it goes on, as with dumb-init. Without --setsid it is the
// program's affair alone.
func TestSuspend(t *testing.T) {
	for _, stop := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU} {
		r := start(t, subreaper(t, "--setsid", "sh", "-c", "sleep 600; exit 4"))
		sh := child(t, r.Process.Pid, "sh")
		sleep := child(t, sh, "sleep")
		is := func(state string, pids ...int) {
			t.Helper()
			for _, pid := range pids {
				until(t, fmt.Sprintf("%v: state %s of %d", stop, state, pid), func() bool { return strings.HasPrefix(status(pid, "State"), state) })
			}
		}
		r.signal(int(stop))
		is("T", r.Process.Pid, sh, sleep)
		r.signal(int(syscall.SIGCONT))
		is("S", r.Process.Pid, sh, sleep)
		syscall.Kill(sleep, syscall.SIGKILL) //nolint:errcheck // it is there
		if code := r.wait(); code != 4 {
			t.Errorf("%v: ended with %d", stop, code)
		}
	}
	r := start(t, subreaper(t, "sh", "-c", "trap 'exit 4' TSTP; while :; do sleep 0.01; done"))
	child(t, child(t, r.Process.Pid, "sh"), "sleep")
	r.signal(int(syscall.SIGTSTP))
	if code := r.wait(); code != 4 {
		t.Errorf("without --setsid: ended with %d", code)
	}
}

// TestSessionEnds: when the program exits, its process group is ended, in a
// session.
func TestSessionEnds(t *testing.T) {
	for _, c := range []struct {
		flags []string
		gone  bool
	}{{[]string{"--setsid"}, true}, {nil, false}} {
		r := start(t, subreaper(t, append(c.flags, "sh", "-c", "sleep 600 & echo $!; sleep 0.1")...))
		pid := r.numbers(1)[0]
		r.wait()
		if c.gone {
			until(t, "the end of the group", func() bool { return !alive(pid) })
		} else if time.Sleep(50 * time.Millisecond); !alive(pid) {
			t.Error("without --setsid: the group is gone")
		}
		syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // to tidy up
	}
}
