package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// fillVariable makes the test binary a parent that forks until it cannot, and
// never waits; or one that waits each time.
const fillVariable = "ZOMBIECTL_TEST_FILL"

// fillMain says how many children it has made, once fork fails or there are
// enough, and stays. From the first fork on it makes raw calls only: at the
// limit the Go runtime must not come to want a thread.
func fillMain(mode string) int {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	waits, most := mode == "waits", 500
	if n, ok := strings.CutPrefix(mode, "never "); ok {
		most, _ = strconv.Atoi(n)
	}
	made := 0
	var failed syscall.Errno
	for ; made < most; made++ {
		pid, errno := rawFork()
		if errno != 0 {
			failed = errno
			break
		}
		if waits {
			for {
				if _, _, errno := syscall.RawSyscall6(syscall.SYS_WAIT4, pid, 0, 0, 0, 0, 0); errno != syscall.EINTR {
					break
				}
			}
		}
	}
	line := append(strconv.AppendInt(nil, int64(made), 10), ' ')
	line = append(strconv.AppendInt(line, int64(failed), 10), '\n')
	if _, err := unix.Write(1, line); err != nil {
		return 3
	}
	for {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// rawFork makes a child that exits at once.
//
//go:norace
//go:nosplit
//go:noinline
func rawFork() (uintptr, syscall.Errno) {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		for {
			_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	return pid, errno
}

// fill starts such a parent, and returns its PID, the number of its children,
// and what made fork fail.
func fill(t *testing.T, mode string, command ...string) (pid, made int, failed syscall.Errno) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), fillVariable+"="+mode, "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(end)
	limit := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, err2 := fmt.Sscan(line, &made, &failed); err != nil || err2 != nil {
		t.Fatalf("%v: said %q: %v", command, line, err)
	}
	// Its children end by themselves, but not in no time.
	deadline := time.Now().Add(10 * time.Second)
	for mode != "waits" && zombiesOf(cmd.Process.Pid) < made {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d children are zombies", zombiesOf(cmd.Process.Pid), made)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return cmd.Process.Pid, made, failed
}

func zombiesOf(parent int) int {
	n := 0
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		if b, err := os.ReadFile(name); err == nil {
			if s, err := facts.ParseStat(b); err == nil && s.PPID == parent && s.State == facts.Zombie {
				n++
			}
		}
	}
	return n
}

// pidsCgroup makes a cgroup of the v1 hierarchy for the length of a test.
func pidsCgroup(t *testing.T, most int) string {
	t.Helper()
	requireRoot(t)
	const top = "/sys/fs/cgroup/pids"
	if _, err := os.Stat(top + "/cgroup.procs"); err != nil {
		t.Skip("no v1 pids hierarchy here:", err)
	}
	dir := fmt.Sprintf("%s/zombiectl-test-%d", top, os.Getpid())
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("the v1 pids hierarchy cannot be written to:", err)
	}
	t.Cleanup(func() {
		deadline := time.Now().Add(10 * time.Second)
		for {
			err := os.Remove(dir)
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Error(err)
				return
			}
			time.Sleep(10 * time.Millisecond) // until its processes are gone
		}
	})
	setMax(t, dir, most)
	return dir
}

func setMax(t *testing.T, dir string, most int) {
	t.Helper()
	if err := os.WriteFile(dir+"/pids.max", []byte(strconv.Itoa(most)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// joining is the command, run in a cgroup.
func joining(dir string, command ...string) []string {
	return append([]string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, dir + "/cgroup.procs"}, command...)
}

// zombiectlAs runs a command that becomes zombiectl in the end.
func zombiectlAs(t *testing.T, command ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), runVariable+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

type aLimit struct {
	Name, Path, SetBy string
	Used, Refusals    *int
	Max, Zombies      int
	LowerBound        bool
}

type limitsDocument struct {
	Limits   []aLimit
	Findings []struct {
		Rule, Severity, Message string
		Evidence                []struct{ File, Field, Value string }
	}
}

// limit returns the one that a file shows; without a name: it has none.
func (d *limitsDocument) limit(path string) aLimit {
	i := slices.IndexFunc(d.Limits, func(l aLimit) bool { return l.Path == path })
	if i < 0 {
		return aLimit{}
	}
	return d.Limits[i]
}

func limitIn(t *testing.T, text, path string) aLimit {
	t.Helper()
	d := limitsOf(t, text)
	return d.limit(path)
}

func limitsOf(t *testing.T, text string) (d limitsDocument) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in\n%.2000s", err, text)
	}
	return d
}

// TestPidsMax fills a cgroup with zombies until fork fails.
func TestPidsMax(t *testing.T) {
	const most = 60
	dir := pidsCgroup(t, most)
	exe := program(t)
	_, made, failed := fill(t, "never", joining(dir, exe)...)
	if failed != syscall.EAGAIN {
		t.Fatalf("fork failed with %v after %d children, want EAGAIN", failed, made)
	}

	out, errs, code := zombiectlAs(t, exe, "scan", "-o", "json", "--min-age", "0")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	d := limitsOf(t, out)
	// The tightest, unless others on this machine are at theirs too.
	l := d.limit(dir + "/pids.max")
	if l.Name != "pids.max" || l.Max != most || l.Used == nil || *l.Used != most ||
		l.Zombies != made || l.Refusals == nil || *l.Refusals < 1 || l.LowerBound {
		t.Errorf("got %+v; %d zombies", l, made)
	}
	found := false
	for _, f := range d.Findings {
		if f.Rule != "Z401" || len(f.Evidence) == 0 || f.Evidence[0].File != dir+"/pids.max" {
			continue
		}
		found = true
		want := fmt.Sprintf("pids.max is 100 %% used (%d of %d). Zombies hold %d of it (%d %%).", most, most, made, made*100/most)
		if d.Limits[0].Path == dir+"/pids.max" && f.Severity != "critical" || !strings.HasPrefix(f.Message, want) {
			t.Errorf("%s %q, want %q", f.Severity, f.Message, want)
		}
		for _, e := range f.Evidence {
			b, err := os.ReadFile(e.File)
			if err != nil || strings.TrimSpace(strings.TrimPrefix(string(b), e.Field)) != e.Value {
				t.Errorf("evidence %+v, there is %q, %v", e, b, err)
			}
		}
	}
	if !found {
		t.Error("no Z401")
	}
	if out, _, code := zombiectlAs(t, exe, "check", "--min-age", "0", "--max-zombies", "1000"); code != 2 {
		t.Errorf("check: exit code %d, want 2: %s", code, out)
	}
	out, _, _ = zombiectlAs(t, exe, "scan", "--min-age", "0")
	if want := "pids limit full, by zombies; fork fails"; !strings.Contains(out, want) || !strings.Contains(out, "1  URGENT ") {
		t.Errorf("no %q in\n%s", want, out)
	}

	t.Run("recorded", func(t *testing.T) { fullRecorded(t, exe) })

	// At the limit, from inside: each thread takes a PID.
	t.Run("inside", func(t *testing.T) {
		out, errs, code := zombiectlAs(t, joining(dir, exe, "scan", "-o", "json")...)
		if code == 0 || out != "" || !strings.Contains(errs, "Resource temporarily unavailable") && !strings.Contains(errs, "failed to create new OS thread") {
			t.Errorf("without a free PID: exit code %d, said %q, %.300s", code, out, errs)
		}
		const enough = 10
		need := 0
		for free := 2; free <= enough; free++ {
			setMax(t, dir, most+free)
			good := 0
			for range 3 {
				out, _, code := zombiectlAs(t, joining(dir, exe, "scan", "-o", "json", "--min-age", "0")...)
				if code == 0 && limitIn(t, out, dir+"/pids.max").Max == most+free {
					good++
				}
			}
			if good == 3 {
				need = free
				break
			}
		}
		t.Logf("runs with %d free PIDs on %d CPUs", need, runtime.NumCPU())
		if need == 0 {
			t.Errorf("does not run with %d free PIDs", enough)
		}
	})
}

// fullRecorded records a look, and Z401 is in what the recording means.
func fullRecorded(t *testing.T, exe string) {
	t.Helper()
	s := sameRecorded(t, exec.Command(exe), filepath.Join(t.TempDir(), "out"), 0)
	if d := diagnose.Diagnose(s, diagnose.Options{}); !slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z401" }) {
		t.Error("no Z401 in the recording")
	}
}

// TestPidsMaxControl: the same cgroup and as many children, but the parent
// waits for each.
func TestPidsMaxControl(t *testing.T) {
	const most = 60
	dir := pidsCgroup(t, most)
	exe := program(t)
	_, made, failed := fill(t, "waits", joining(dir, exe)...)
	if failed != 0 || made <= most {
		t.Fatalf("%d children, then %v", made, failed)
	}
	out, _, _ := zombiectlAs(t, exe, "scan", "-o", "json", "--min-age", "0")
	if strings.Contains(out, dir) {
		t.Errorf("%s is named in\n%s", dir, out)
	}
}

// TestUserLimit fills RLIMIT_NPROC of a user. At the moment at which the kernel
// refuses, the use has to equal the limit.
func TestUserLimit(t *testing.T) {
	requireRoot(t)
	for _, tool := range []string{"setpriv", "prlimit"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs util-linux:", err)
		}
	}
	const most = 60
	user := strconv.Itoa(1<<20 + os.Getpid()) // nobody else's
	exe := program(t)
	pid, made, failed := fill(t, "never", "setpriv", "--reuid="+user, "--regid=65534", "--clear-groups", "--no-new-privs",
		"prlimit", fmt.Sprintf("--nproc=%d:%d", most, most), exe)
	if failed != syscall.EAGAIN {
		t.Fatalf("fork failed with %v after %d children, want EAGAIN", failed, made)
	}
	out, _, _ := zombiectlAs(t, exe, "scan", "-o", "json", "--min-age", "0")
	d := limitsOf(t, out)
	l := d.limit(fmt.Sprintf("/proc/%d/limits", pid))
	if l.Name != "RLIMIT_NPROC" || l.Max != most || l.Used == nil || *l.Used != most || l.Zombies != made {
		t.Errorf("got %+v; %d zombies", l, made)
	}
	fullRecorded(t, exe)
}
