package scan_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/simulate"
)

const (
	// agesVariable holds how long before the look the victims die.
	agesVariable = "ZOMBIECTL_TEST_AGES"
	// confinedVariable: the look is confined to one CPU.
	confinedVariable = "ZOMBIECTL_TEST_CONFINED"
)

func bootNow() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}

// death is what the test itself knows of a death.
type death struct {
	pid           int
	cpu           int
	kind          string
	born          time.Duration // no later than this it was started
	before, after time.Duration // it died between these
	lost          time.Duration // by the CPU's clock, up to the death
}

// lostBy is how far a CPU's clock fell behind since boot.
func lostBy(t *testing.T, cpu int) time.Duration {
	t.Helper()
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var f [8]int64
		var n int
		if _, err := fmt.Sscanf(line, "cpu%d %d %d %d %d %d %d %d %d", &n, &f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &f[6], &f[7]); err == nil && n == cpu {
			return time.Duration(f[5]+f[6]+f[7]) * 10 * time.Millisecond
		}
	}
	t.Fatalf("no line of CPU %d", cpu)
	return 0
}

// kill starts a process on a CPU and kills it. Nobody waits for it.
func kill(t *testing.T, kind string, cpu int) death {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d := death{cpu: cpu, kind: kind, born: bootNow()}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), victimVariable+"="+kind, "GOMAXPROCS=2")
	// Started on its CPU: a mask that is set later moves only one thread.
	var was, only unix.CPUSet
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedGetaffinity(0, &was); err != nil {
		t.Fatal(err)
	}
	only.Set(cpu)
	if err := unix.SchedSetaffinity(0, &only); err != nil {
		t.Fatal(err)
	}
	err = cmd.Start()
	if err := unix.SchedSetaffinity(0, &was); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.pid = cmd.Process.Pid
	t.Cleanup(func() { _, _ = cmd.Process.Wait() })
	time.Sleep(30 * time.Millisecond) // a short life, not a wait for anything
	d.before = bootNow()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.pid))
		if err != nil {
			t.Fatal(err)
		}
		s, err := facts.ParseStat(b)
		if err == nil && s.State == facts.Zombie && s.NumThreads == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("PID %d did not die: %+v, %v", d.pid, s, err)
		}
	}
	d.after, d.lost = bootNow(), lostBy(t, cpu)
	return d
}

// TestAges kills processes at known times and compares: the truth lies in
// every interval, and no interval is wider than the process lived, and its CPU
// lost, and 30 ms.
func TestAges(t *testing.T) {
	ages := []time.Duration{0, 1 * time.Second, 3 * time.Second}
	if s := os.Getenv(agesVariable); s != "" {
		ages = nil
		for f := range strings.SplitSeq(s, ",") {
			d, err := time.ParseDuration(f)
			if err != nil {
				t.Fatal(err)
			}
			ages = append(ages, d)
		}
	}
	slices.SortFunc(ages, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	var cpus []int
	for cpu := range runtime.NumCPU() + 64 {
		if set.IsSet(cpu) && len(cpus) < 4 {
			cpus = append(cpus, cpu)
		}
	}
	var deaths []death
	begin := time.Now()
	for _, age := range ages {
		time.Sleep(ages[0] - age - time.Since(begin))
		for _, cpu := range cpus {
			for _, kind := range []string{"asleep", "spinning", "threads"} {
				deaths = append(deaths, kill(t, kind, cpu))
			}
		}
	}
	if last := ages[len(ages)-1]; last > 0 {
		time.Sleep(last)
	}
	confined := os.Getenv(confinedVariable) != ""
	if confined {
		var one unix.CPUSet
		one.Set(cpus[0])
		if err := unix.SchedSetaffinity(os.Getpid(), &one); err != nil {
			t.Fatal(err)
		}
		for _, tid := range threads(t) { // those that there are, and by them all that come
			_ = unix.SchedSetaffinity(tid, &one)
		}
	}
	r, err := scan.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	lookBegins := bootNow()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lookEnds := bootNow()
	told := facts.NewAges(s)
	var widths []time.Duration
	for _, d := range deaths {
		p := s.Find(d.pid)
		if p == nil {
			t.Errorf("PID %d is not in view", d.pid)
			continue
		}
		age := told.Of(p)
		least, ok1 := age.AtLeast.Get()
		most, ok2 := age.AtMost.Get()
		cpu, _ := p.Processor.Get()
		if !ok1 || !ok2 {
			t.Errorf("%s on CPU %d: age unknown: %+v", d.kind, d.cpu, age)
			continue
		}
		if truth := lookEnds - d.before; least > truth {
			t.Errorf("%s on CPU %d: at least %v, and it died %v ago at the most", d.kind, d.cpu, least, truth)
		}
		if truth := lookBegins - d.after; most < truth {
			t.Errorf("%s on CPU %d: at most %v, and it died %v ago at the least", d.kind, d.cpu, most, truth)
		}
		if !age.Clocked {
			if !confined {
				t.Errorf("%s on CPU %d: no clock", d.kind, d.cpu)
			}
			continue
		}
		widths = append(widths, most-least)
		lived := d.after - d.born
		if allowed := lived + lostBy(t, cpu) - d.lost + 30*time.Millisecond; cpu == d.cpu && most-least > allowed {
			t.Errorf("%s on CPU %d: %v wide, allowed are %v", d.kind, d.cpu, most-least, allowed)
		}
	}
	if len(widths) == 0 {
		t.Fatal("no age was told")
	}
	slices.Sort(widths)
	t.Logf("%d deaths: intervals %v wide in the median, %v the widest", len(deaths), widths[len(widths)/2], widths[len(widths)-1])
}

func threads(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	var tids []int
	for _, e := range entries {
		var tid int
		if _, err := fmt.Sscan(e.Name(), &tid); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids
}

// TestAgesElsewhere runs TestAges again inside a PID namespace, as another
// user, and confined to one CPU.
func TestAgesElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" && os.Getenv(agesVariable) == "" {
			t.Fatal("PID namespaces need root")
		}
		t.Skip("PID namespaces need root")
	}
	exe := copyOfSelf(t)
	for name, c := range map[string]struct {
		command []string
		env     string
	}{
		"in a PID namespace":  {[]string{exe}, ""},
		"as another user":     {[]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", exe}, ""},
		"confined to one CPU": {[]string{exe}, confinedVariable + "=1"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			stage, err := simulate.Start(ctx, "app-pid1")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stage.Close() }()
			cmd := stage.Command(ctx, c.command[0], append(c.command[1:], "-test.v", "-test.run", "^TestAges$")...)
			cmd.Env = append(cmd.Environ(), agesVariable+"=1s,2s", c.env)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestAges") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// copyOfSelf is this test binary where anybody may execute it.
func copyOfSelf(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "zombiectl-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name := dir + "/scan.test"
	if err := os.WriteFile(name, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestExits: how processes died is right for root and for the same user, and
// unknown, never 0, for another.
func TestExits(t *testing.T) {
	type want struct {
		script string
		exit   facts.Exit
	}
	wants := []want{
		{"exit 0", facts.Exit{}},
		{"exit 7", facts.Exit{Code: 7}},
		{"exit 255", facts.Exit{Code: 255}},
		{"kill -TERM $$", facts.Exit{Signal: 15}},
		{"kill -KILL $$", facts.Exit{Signal: 9}},
		{"ulimit -c 0; kill -SEGV $$", facts.Exit{Signal: 11}},
		{"ulimit -c unlimited; kill -SEGV $$", facts.Exit{Signal: 11, CoreDumped: true}},
	}
	var pids []int
	var dirs []string
	for _, w := range wants {
		cmd := exec.Command("sh", "-c", w.script)
		cmd.Dir = t.TempDir()
		dirs = append(dirs, cmd.Dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = cmd.Process.Wait() })
		pids = append(pids, cmd.Process.Pid)
	}
	deadline := time.Now().Add(10 * time.Second)
	s := lookUntil(t, deadline, func(s *facts.Snapshot) bool {
		return !slices.ContainsFunc(pids, func(pid int) bool { p := s.Find(pid); return p == nil || p.State != facts.Zombie })
	})
	for i, w := range wants {
		got, ok := s.Find(pids[i]).Exit().Get()
		if w.exit.CoreDumped { // where cores go, and whether, is the machine's business
			cores, _ := filepath.Glob(dirs[i] + "/core*")
			w.exit.CoreDumped = len(cores) > 0
			if !w.exit.CoreDumped && strings.HasPrefix(corePattern(t), "core") {
				t.Errorf("%s: no core in %s", w.script, dirs[i])
			}
		}
		if !ok || got != w.exit {
			t.Errorf("%s: got %+v, %v, want %+v", w.script, got, ok, w.exit)
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	// As somebody else: a thread of ours with another identity will do.
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread exits with its identity
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			t.Error(errno)
			return
		}
		for i, w := range wants {
			p := readZombie(t, pids[i])
			if got, ok := p.Exit().Get(); ok {
				t.Errorf("%s, as another user: got %+v, want unknown", w.script, got)
			}
		}
	}()
	<-done
}

func corePattern(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// readZombie reads a zombie as the calling thread may see it.
func readZombie(t *testing.T, pid int) *facts.Process {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Error(err)
		return &facts.Process{}
	}
	st, err := facts.ParseStat(b)
	if err != nil {
		t.Error(err)
	}
	p := &facts.Process{Stat: st, Deep: &facts.Detail{}}
	if _, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid)); err == nil {
		p.Deep.PIDNS = facts.Some(uint64(1))
	}
	return p
}

func lookUntil(t *testing.T, deadline time.Time, good func(*facts.Snapshot) bool) *facts.Snapshot {
	t.Helper()
	r, err := scan.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for {
		s, err := scan.Look(r, scan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if good(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatal("it did not come to that")
		}
	}
}
