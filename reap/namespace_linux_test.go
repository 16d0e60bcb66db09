package reap

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Variables that make the test binary something else than tests.
const (
	stageVariable  = "ZOMBIECTL_REAP_STAGE"  // enters a namespace: see stage
	insideVariable = "ZOMBIECTL_REAP_INSIDE" // the tests, inside of it
	roleVariable   = "ZOMBIECTL_REAP_ROLE"   // a process for a test: see role
)

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "probe-orphan":
		if err := Orphan(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case os.Getenv(stageVariable) != "":
		stage()
	case os.Getenv(roleVariable) != "":
		role(os.Getenv(roleVariable))
	}
	os.Exit(m.Run())
}

// stage mounts the /proc of a new PID namespace and becomes the PID 1 in it.
func stage() {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	}
	var program string
	if err == nil {
		program, err = exec.LookPath(os.Args[1])
	}
	if err == nil {
		_ = os.Unsetenv(stageVariable)
		err = syscall.Exec(program, os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "stage:", err)
	os.Exit(126)
}

// requireRoot skips without root; where nothing may be skipped it fails.
func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("PID namespaces need root")
	}
	t.Skip("PID namespaces need root")
}

// requireProgram is the same for a program that a test cannot do without.
func requireProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

// pid1 starts a program as PID 1 of a PID namespace with a /proc of its own.
func pid1(t *testing.T, command ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), executable(t), command...)
	cmd.Env = append(os.Environ(), stageVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	return cmd
}

func executable(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// inside runs the test that calls it in a PID namespace of its own, below tini,
// and reports whether this is in there. What sends signals does so nowhere else.
func inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideVariable) != "" {
		return true
	}
	requireRoot(t)
	requireProgram(t, "perl")
	cmd := pid1(t, requireProgram(t, "tini"), "--", executable(t), "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(cmd.Env, insideVariable+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("inside: %v\n%s", err, out)
	}
	t.Logf("inside:\n%s", out)
	return false
}

// parent is a process that a test talks to.
type parent struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// perl starts a script with the names of system calls that it needs.
func perl(t *testing.T, script string, args ...string) *parent {
	t.Helper()
	const prelude = `use POSIX ":sys_wait_h"; $| = 1;
sub block { POSIX::sigprocmask(POSIX::SIG_BLOCK, POSIX::SigSet->new(POSIX::SIGCHLD)) }
sub unblock { POSIX::sigprocmask(POSIX::SIG_UNBLOCK, POSIX::SigSet->new(POSIX::SIGCHLD)) }
sub state { open my $f, "<", "/proc/$_[0]/stat" or return ""; (<$f> =~ /.*\) (.)/s)[0] }
sub leave { my @c; for my $i (1 .. $_[0]) { my $p = fork; defined $p or die; $p or POSIX::_exit($i); push @c, $p }
	for my $p (@c) { select undef, undef, undef, 0.001 while state($p) ne "Z" } }
# perl runs a handler between two steps: one that comes right before a call that sleeps waits for its end.
sub idle { while (1) { select undef, undef, undef, 0.02 } }
sub answer { while (1) { my $n = sysread STDIN, my $line, 100; next unless defined $n; exit 0 unless $n; print $line } }
`
	return start(t, exec.Command("perl", append([]string{"-e", prelude + script}, args...)...))
}

func start(t *testing.T, cmd *exec.Cmd) *parent {
	t.Helper()
	p := &parent{Cmd: cmd}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return p
}

func (p *parent) pid() int { return p.Process.Pid }

// says waits for a line.
func (p *parent) says(t *testing.T, want string) {
	t.Helper()
	line := make(chan string, 1)
	go func() {
		s, _ := p.out.ReadString('\n')
		line <- strings.TrimSpace(s)
	}()
	select {
	case got := <-line:
		if got != want {
			t.Fatalf("PID %d said %q, want %q", p.pid(), got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("PID %d did not say %q", p.pid(), want)
	}
}

func (p *parent) tell(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// answers reports whether the process still does anything.
func (p *parent) answers(t *testing.T, within time.Duration) bool {
	t.Helper()
	p.tell(t, "ping")
	done := make(chan bool, 1)
	go func() {
		s, _ := p.out.ReadString('\n')
		done <- s == "ping\n"
	}()
	select {
	case ok := <-done:
		return ok
	case <-time.After(within):
		return false
	}
}

// live is the running machine, as this process sees it.
func live(t testing.TB) *scan.Root {
	t.Helper()
	root, err := scan.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func diagnosis(t testing.TB, root *scan.Root) *observe.Observation {
	t.Helper()
	return diagnosisAfter(t, root, scan.DefaultSettle)
}

func diagnosisAfter(t testing.TB, root *scan.Root, settle time.Duration) *observe.Observation {
	t.Helper()
	s, err := scan.Look(root, scan.Options{Settle: settle})
	if err != nil {
		t.Fatal(err)
	}
	return observe.New(s, observe.Options{})
}

// awaitZombies waits until a parent has so many zombies.
func awaitZombies(t testing.TB, root *scan.Root, parent, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d zombies below %d", want, parent), func() bool {
		s, err := scan.Look(root, scan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i := range s.Procs {
			if p := &s.Procs[i]; p.State == facts.Zombie && p.PPID == parent {
				found++
			}
		}
		return found == want
	})
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// act plans and acts, and returns the plan and the log.
func act(t testing.TB, root *scan.Root, o Options, wait time.Duration) (*Plan, []Action) {
	t.Helper()
	o.Self = os.Getpid()
	p, err := Make(diagnosis(t, root), o)
	if err != nil {
		t.Fatal(err)
	}
	return p, carryOut(t, root, p, How{Wait: wait})
}

func carryOut(t testing.TB, root *scan.Root, p *Plan, how How) []Action {
	t.Helper()
	var log []Action
	how.Log = func(a Action) { log = append(log, a) }
	if err := Do(t.Context(), root, p, how); err != nil {
		t.Fatal(err)
	}
	return log
}

// signals counts those that were sent to a process, by the log.
func signals(log []Action, pid int) (n int) {
	for _, a := range log {
		if a.To.PID == pid && a.Signal != 0 && a.Err == "" {
			n++
		}
	}
	return n
}

// step returns the only step of a plan.
func step(t testing.TB, p *Plan) *Step {
	t.Helper()
	if len(p.Steps) != 1 {
		t.Fatalf("%d steps, want 1", len(p.Steps))
	}
	return p.Steps[0]
}
