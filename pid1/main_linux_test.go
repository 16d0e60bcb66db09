package pid1_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/zombiectl/zombiectl/pid1"
	"github.com/zombiectl/zombiectl/pid1/entry"
)

// patience is for what takes milliseconds on a machine that is not busy.
const patience = 30 * time.Second

// stageVariable makes the test binary prepare what an init inherits, and then
// become that init: see stage.
const stageVariable = "PID1_TEST_STAGE"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(stageVariable) != "":
		stage(os.Getenv(stageVariable), os.Args[1:])
	case os.Getenv(chaosVariable) != "" && !pid1.Is(os.Args):
		chaosMain(os.Getenv(chaosVariable))
	case pid1.Is(os.Args): // the init as in a program whose entry point is Go's
		os.Exit(pid1.Run(os.Args, func() string { return "test" }))
	}
	defaultSignals()
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir) //nolint:errcheck // it is in the directory for temporary files
	}
	os.Exit(code)
}

// stage does what its words say, and executes argv in this process:
//
//	proc            mount /proc for the PID namespace that we are in
//	foreign         leave the /proc of another PID namespace
//	block=MASK      the signal mask
//	ignore=MASK     signals to ignore
//	pending=N       send ourselves signal N, which has to be blocked
//	nofile=N        the soft limit on open files
func stage(words string, argv []string) {
	runtime.LockOSThread()
	fail := func(what string, err error) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "stage: %s: %v\n", what, err)
			os.Exit(99)
		}
	}
	fail("unsetenv", os.Unsetenv(stageVariable))
	for word := range strings.FieldsSeq(words) {
		name, value, _ := strings.Cut(word, "=")
		n, _ := strconv.ParseUint(value, 0, 64)
		switch name {
		case "proc":
			fail("mount /", syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
			fail("mount /proc", syscall.Mount("proc", "/proc", "proc", 0, ""))
		case "foreign":
			fail("umount /proc", syscall.Unmount("/proc", syscall.MNT_DETACH))
		case "block":
			if _, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 2, uintptr(unsafe.Pointer(&n)), 0, 8, 0, 0); e != 0 {
				fail("sigprocmask", e)
			}
		case "ignore":
			for s := 1; s <= entry.Signals; s++ {
				if entry.Has(n, s) {
					action := [4]uint64{1}
					if _, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0); e != 0 {
						fail("sigaction", e)
					}
				}
			}
		case "pending":
			fail("tgkill", syscall.Tgkill(os.Getpid(), syscall.Gettid(), syscall.Signal(n))) // other threads do not block it
		case "nofile":
			var l syscall.Rlimit
			fail("getrlimit", syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l))
			l.Cur = n
			fail("setrlimit", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l))
		default:
			fail(word, fmt.Errorf("no such word"))
		}
	}
	path, err := exec.LookPath(argv[0])
	fail("look", err)
	fail("exec", syscall.Exec(path, argv, os.Environ()))
}

// built is the program as make build makes it.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// program returns the path of zombiectl, built as a release is: with our entry
// point. Without it, it would not be what people run.
func program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "pid1-test")
		if err != nil {
			built.err = err
			return
		}
		built.dir = dir
		cmd := exec.Command("go", "build", "-ldflags=-E=zombiectl_entry", "-o", filepath.Join(dir, "zombiectl"), "../cmd/zombiectl")
		// From the local cache: a machine without the modules must not fetch them
		// for this.
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
			return
		}
		for _, name := range []string{"tini", "docker-init"} {
			if built.err = os.Symlink("zombiectl", filepath.Join(dir, name)); built.err != nil {
				return
			}
		}
		built.err = os.Chmod(dir, 0o755) //nolint:gosec // programs, for whoever we become
	})
	if built.err != nil {
		lacking(t, "cannot build zombiectl: %v", built.err)
	}
	return filepath.Join(built.dir, "zombiectl")
}

// lacking skips a test that lacks something, but not where everything has to be
// there.
func lacking(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// needs looks for programs that a test compares with or starts.
func needs(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			lacking(t, "%v", err)
		}
	}
}

// namespace makes a command run as PID 1 of a PID namespace, with a /proc of its
// own. Its processes stay in there, and exit with it.
func namespace(cmd *exec.Cmd, words string) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	staged(cmd, "proc "+words)
}

// staged lets the test binary do what the words say before it becomes cmd.
func staged(cmd *exec.Cmd, words string) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd.Args = append([]string{"stage"}, append([]string{cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path = self
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, stageVariable+"="+words)
}

// A result is how a command exited.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command to its end.
func run(t testing.TB, cmd *exec.Cmd) result {
	t.Helper()
	r := start(t, cmd)
	r.wait()
	return result{cmd.ProcessState.ExitCode(), r.stdout(), r.stderr()}
}

// A running is a command that runs.
type running struct {
	*exec.Cmd
	t        testing.TB
	done     chan struct{}
	out, err *lockedBuffer
}

// A lockedBuffer is written to by one goroutine and looked at by another.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer // not embedded: its ReadFrom takes no lock
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// start starts a command in a session of its own, to be killed with the test.
func start(t testing.TB, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{Cmd: cmd, t: t, done: make(chan struct{}), out: &lockedBuffer{}, err: &lockedBuffer{}}
	if cmd.Stdout == nil {
		cmd.Stdout = r.out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = r.err
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	}
	// Processes that are left behind may hold the pipes open.
	cmd.WaitDelay = 100 * time.Millisecond
	started := make(chan error)
	go func() {
		// Pdeathsig is about the thread that started the process.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() //nolint:errcheck // its exit is in ProcessState
			close(r.done)
		}
	}()
	if err := <-started; err != nil {
		if os.Geteuid() != 0 && cmd.SysProcAttr.Cloneflags != 0 {
			t.Skipf("no namespaces here: %v", err) // as root there are
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-r.done:
		default:
			cmd.Process.Kill() //nolint:errcheck // it may have exited since
			<-r.done
		}
	})
	return r
}

func (r *running) stdout() string { return r.out.text() }
func (r *running) stderr() string { return r.err.text() }

func (r *running) signal(s int) {
	r.t.Helper()
	if err := r.Process.Signal(syscall.Signal(s)); err != nil {
		r.t.Fatalf("signal %d: %v", s, err)
	}
}

// wait waits for its end and returns the exit code.
func (r *running) wait() int {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(2 * patience):
		r.t.Fatalf("%v does not end\nstdout: %s\nstderr: %s", r.Args, r.stdout(), r.stderr())
	}
	if ws := r.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		return -int(ws.Signal())
	}
	return r.ProcessState.ExitCode()
}

// until polls until a condition holds.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// printed waits until a command has printed a line.
func (r *running) printed(line string) {
	r.t.Helper()
	until(r.t, fmt.Sprintf("%q in the output", line), func() bool {
		select {
		case <-r.done:
			if !strings.Contains(r.stdout(), line+"\n") {
				r.t.Fatalf("%v ended with %d\nstdout: %s\nstderr: %s", r.Args, r.ProcessState.ExitCode(), r.stdout(), r.stderr())
			}
		default:
		}
		return strings.Contains(r.stdout(), line+"\n")
	})
}

// status returns a field of /proc/PID/status, "" when no such process exists.
func status(pid int, field string) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // gone: no field
	return fieldOf(string(b), field)
}

func fieldOf(status, field string) string {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// mask returns a signal mask of /proc/PID/status.
func mask(pid int, field string) uint64 {
	n, _ := strconv.ParseUint(status(pid, field), 16, 64)
	return n
}

// children returns the PIDs of the children of a process, in fork order.
func children(pid int) []int {
	var pids []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for f := range strings.FieldsSeq(string(b)) {
			n, _ := strconv.Atoi(f)
			pids = append(pids, n)
		}
	}
	return pids
}

// child waits for the one child of a process, and until it has been executed.
func child(t testing.TB, pid int, comm string) int {
	t.Helper()
	var found int
	until(t, fmt.Sprintf("a child %s of %d", comm, pid), func() bool {
		for _, c := range children(pid) {
			if status(c, "Name") == comm {
				found = c
				return true
			}
		}
		return false
	})
	return found
}
