package pid1_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// chaosVariable makes the test binary the program below an init: "DURATION CODE"
// of disorder, or "storm N CODE".
const chaosVariable = "PID1_TEST_CHAOS"

func chaosMain(words string) {
	var (
		d       time.Duration
		n, code int
	)
	if _, err := fmt.Sscanf(words, "storm %d %d", &n, &code); err == nil {
		stormMain(n, code)
	}
	var text string
	if _, err := fmt.Sscanf(words, "%s %d", &text, &code); err != nil {
		panic(err)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	// The signals that the init passes on must not end us. Our children inherit
	// that; the kernel reaps for nobody, since SIGCHLD has its default action.
	for n := 1; n <= entry.Signals; n++ {
		action := [4]uint64{1} // SIG_IGN
		if n == int(syscall.SIGCHLD) {
			action[0] = 0
		}
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0) //nolint:errcheck // not SIGKILL and SIGSTOP
	}
	os.Stdout.WriteString("ready\n") //nolint:errcheck // the test would notice
	kill := func(pid, n int) {
		syscall.Kill(pid, syscall.Signal(n)) //nolint:errcheck // whoever it is may be gone
	}
	var stopped []int
	for end := time.Now().Add(d); time.Now().Before(end); {
		switch rand.IntN(8) {
		case 0, 1: // a child of our own
			act(deed{exit: rand.IntN(256)})
		case 2, 3, 4: // orphans
			act(deed{orphans: 1 + rand.IntN(5), sleep: int64(rand.IntN(20e6)), exit: rand.IntN(256)})
		case 5: // orphans that a signal ends
			act(deed{orphans: 1 + rand.IntN(3), sleep: int64(rand.IntN(20e6)), signal: 9})
		case 6: // one that stops, and is killed later
			stopped = append(stopped, act(deed{signal: int(syscall.SIGSTOP)}))
			if len(stopped) > 20 {
				kill(stopped[0], []int{9, 18}[rand.IntN(2)])
				stopped = stopped[1:]
			}
		case 7: // a flood at PID 1
			for range 50 {
				kill(1, 1+rand.IntN(entry.Signals))
			}
		}
		for {
			var ws syscall.WaitStatus
			if pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
	for _, pid := range stopped {
		kill(pid, 9)
	}
	os.Exit(code)
}

// stormMain says that it is there, and on a byte leaves n zombies behind.
func stormMain(n, code int) {
	os.Stdout.WriteString("ready\n")                          //nolint:errcheck // the test would notice
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil { // nobody is there any more
		os.Exit(98)
	}
	act(deed{orphans: n})
	var ws syscall.WaitStatus
	syscall.Wait4(-1, &ws, 0, nil) //nolint:errcheck // there is one
	os.Exit(code)
}

// A deed is what a forked process does.
type deed struct {
	orphans int   // fork so many that do the rest, and exit
	sleep   int64 // ns
	signal  int   // send ourselves that
	exit    int
}

// act forks a process that carries out the deed. It is a copy of us without any
// of our threads: raw system calls only.
//
//go:norace
//go:nosplit
func act(d deed) int {
	pid, _, _ := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if pid != 0 {
		return int(pid)
	}
	for range d.orphans {
		if pid, _, _ := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0); pid == 0 {
			d.orphans = -1
			break
		}
	}
	if d.orphans <= 0 {
		ts := [2]int64{0, d.sleep}
		syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, uintptr(unsafe.Pointer(&ts)), 0, 0, 0) //nolint:errcheck // it sleeps, more or less
		if d.signal != 0 {
			self, _, _ := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
			syscall.RawSyscall(syscall.SYS_KILL, self, uintptr(d.signal), 0) //nolint:errcheck // it is us
		}
	}
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, uintptr(d.exit), 0, 0) //nolint:errcheck // it does not return
	}
}

// underInit starts the chaos below an init that is PID 1.
func underInit(t *testing.T, words string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), "init", "--", self)
	cmd.Env = append(os.Environ(), chaosVariable+"="+words)
	namespace(cmd, "")
	return cmd
}

// TestChaos: whatever happens below it and to it, an init reaps its orphans,
// keeps to its size, and exits as its program does.
func TestChaos(t *testing.T) {
	d := chaosTime
	if d == 0 {
		d = 2 * time.Second
		if os.Getenv("CI") == "true" {
			d = 10 * time.Second
		}
	}
	const code = 173
	r := start(t, underInit(t, fmt.Sprintf("%s %d", d, code)))
	pid := r.Process.Pid
	r.printed("ready") // to ignore what the init passes on
	begun := time.Now()
	var (
		w           watch
		early, late int
	)
	for running := true; running; time.Sleep(20 * time.Millisecond) {
		select {
		case <-r.done:
			running = false
			continue
		default:
		}
		if rand.IntN(20) == 0 { // SIGSTOP reaches a PID 1 from outside
			r.Process.Signal(syscall.SIGSTOP) //nolint:errcheck // it may have exited
			time.Sleep(50 * time.Millisecond)
			r.Process.Signal(syscall.SIGCONT) //nolint:errcheck // it may have exited
		}
		for range 20 {
			r.Process.Signal(syscall.Signal(34 + rand.IntN(31))) //nolint:errcheck // it may have exited
		}
		if age := w.oldest(pid); age > time.Second {
			t.Fatalf("a zombie for %v", age)
		}
		kib, _ := strconv.Atoi(strings.TrimSuffix(status(pid, "VmRSS"), " kB"))
		if at := time.Since(begun); at > d/4 && early == 0 {
			early = kib
		} else if at > d/2 && kib > 0 {
			late = max(late, kib)
		}
	}
	if got := r.wait(); got != code {
		t.Errorf("ended with %d and not %d: %s", got, code, r.stderr())
	}
	t.Logf("saw %d zombies; %d KiB at a quarter of the time, at most %d KiB in the second half", w.zombies, early, late)
	if late > early+1024 {
		t.Errorf("memory grew from %d to %d KiB", early, late)
	}
}

// A watch looks for zombies of a process again and again.
type watch struct {
	last    time.Time
	since   map[zombie]time.Time // when each was first seen
	zombies int                  // seen so far
}

type zombie struct {
	pid   int
	start string
}

// oldest returns how long the oldest zombie of a process has been one, as far as
// this watch has seen.
func (w *watch) oldest(of int) (oldest time.Duration) {
	now := time.Now()
	if now.Sub(w.last) > 300*time.Millisecond {
		w.since = nil // the machine was not there for us, and not for the init
	}
	w.last = now
	dead := map[zombie]time.Time{}
	for _, c := range children(of) {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c))
		_, rest, _ := strings.Cut(string(b), ") ")
		f := strings.Fields(rest)
		if len(f) < 20 || f[0] != "Z" {
			continue
		}
		z := zombie{c, f[19]}
		first, known := w.since[z]
		if !known {
			first = now
			w.zombies++
		}
		dead[z] = first
		oldest = max(oldest, now.Sub(first))
	}
	w.since = dead
	return oldest
}

// TestStorm: zombies that wait are all reaped, though there is one SIGCHLD for
// all of them, and the program's own end is among it.
func TestStorm(t *testing.T) {
	const n, code = 2000, 71
	cmd := underInit(t, fmt.Sprintf("storm %d %d", n, code))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, cmd)
	r.printed("ready")
	r.signal(int(syscall.SIGSTOP))
	if _, err := stdin.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	// The control: while the init is stopped, they are there.
	until(t, "the zombies", func() bool {
		pids := children(r.Process.Pid)
		return len(pids) == n+1 && strings.HasPrefix(status(pids[len(pids)-1], "State"), "Z") && strings.HasPrefix(status(pids[0], "State"), "Z")
	})
	var w watch
	until(t, "zombies that are too old", func() bool { return w.oldest(r.Process.Pid) > time.Second })
	r.signal(int(syscall.SIGCONT))
	if got := r.wait(); got != code {
		t.Errorf("ended with %d and not %d: %s", got, code, r.stderr())
	}
}
