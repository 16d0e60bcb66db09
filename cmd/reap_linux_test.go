package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/sys/unix"
)

// namespaced runs a script of perl or a shell below tini in a PID namespace of
// its own, with zombiectl as $ZOMBIECTL, and returns its output. All senders of
// signals run in there.
func namespaced(t *testing.T, command ...string) (stdout, stderr string, code int) {
	t.Helper()
	requireRoot(t)
	for _, tool := range []string{"unshare", "tini", "perl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", append([]string{"--pid", "--fork", "--kill-child", "--mount-proc", "tini", "--"}, command...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = append(os.Environ(), runVariable+"=1", "ZOMBIECTL="+program(t))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%v took too long: %s%s", command, out.String(), errs.String())
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// reaped is the part of the document that these tests look at.
type reaped struct {
	Summary struct {
		Sentence                        string
		Zombies, Reaped, Left, ExitCode int
		Unchosen                        *string
	}
	Parents []struct {
		PID     int
		Deed    string
		Rule    *string
		Refused bool
		Sent    int
		Ended   bool
		Adopter *int
		Error   *string
	}
	Zombies []struct {
		PID    int
		Result string
		Rule   *string
		Exit   *struct {
			How    string
			Code   int
			Signal string
		}
	}
	Actions []struct {
		Deed, Result string
		To           struct{ PID int }
	}
}

func parseReaped(t *testing.T, text string) reaped {
	t.Helper()
	valid(t, "reap-v1.schema.json", text)
	var r reaped
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v in\n%.2000s", err, text)
	}
	return r
}

// valid holds a document to its schema.
func valid(t *testing.T, schema, text string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, name := range []string{"diagnosis-v1.schema.json", schema} {
		b, err := os.ReadFile(filepath.Join("../docs/schema", name))
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("https://zombiectl.dev/schema/"+name, v); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("https://zombiectl.dev/schema/" + schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%.2000s", err, text)
	}
	if err := s.Validate(doc); err != nil {
		t.Error(err)
	}
}

// leave is a piece of perl: leave(N) leaves N zombies, the first of which exited
// with 1.
const leave = `use POSIX ":sys_wait_h"; $| = 1;
sub state { open my $f, "<", "/proc/$_[0]/stat" or return ""; (<$f> =~ /.*\) (.)/s)[0] }
sub leave { my @c; for my $i (1 .. $_[0]) { my $p = fork; defined $p or die "fork: $!"; $p or POSIX::_exit($i % 200); push @c, $p }
	for my $p (@c) { select undef, undef, undef, 0.001 while state($p) ne "Z" } }
`

// TestExecReap: zombiectl, executed in place of the parent, waits for its
// zombies, and for nobody else.
func TestExecReap(t *testing.T) {
	out, errs, code := namespaced(t, "perl", "-e", leave+`leave(3); my $p = fork; $p or do { sleep 1000 }; exec $ENV{ZOMBIECTL}, "reap", "-o", "json"`)
	r := parseReaped(t, out)
	if code != 0 || r.Summary.Zombies != 3 || r.Summary.Reaped != 3 || len(r.Parents) != 1 || r.Parents[0].Deed != "wait" || len(r.Actions) != 3 {
		t.Errorf("exit code %d: %s", code, out)
	}
	for i, z := range r.Zombies {
		if z.Exit == nil || z.Exit.How != "exited" || z.Exit.Code != i+1 {
			t.Errorf("zombie %d: %+v", i, z.Exit)
		}
	}
	if n := strings.Count(errs, "\n"); n != 3 || !regexp.MustCompile(`(?m)^zombiectl: PID \d+ \(uid 0\): waited for PID \d+ \(perl, started \d{4}-\S+\): exit 3$`).MatchString(errs) {
		t.Errorf("log:\n%s", errs)
	}
}

// TestExecReapInShell: a shell that was executed in place of their parent does
// not wait for the children that it was given; a program that is executed in its
// place does.
func TestExecReapInShell(t *testing.T) {
	for _, shell := range []string{"dash", "bash"} {
		out, _, code := namespaced(t, "perl", "-e", leave+`leave(2); exec "`+shell+`", "-c", 'exec $ZOMBIECTL reap'`)
		if code != 0 || !strings.Contains(out, "All 2 zombies were reaped.") || !strings.Contains(out, "exit 1 ") || !strings.Contains(out, "exit 2 ") {
			t.Errorf("%s: exit code %d: %s", shell, code, out)
		}
	}
}

// TestReapAsPID1: the same as PID 1, which adopted some of them.
func TestReapAsPID1(t *testing.T) {
	requireRoot(t)
	cmd := exec.CommandContext(t.Context(), "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "perl", "-e",
		leave+`leave(2); my $p = fork; $p or do { fork or POSIX::_exit(7); POSIX::_exit(0) }; waitpid $p, 0;
select undef, undef, undef, 0.01 until 3 == grep { open my $f, "<", "$_/stat"; (<$f> // "") =~ /\) Z 1 / } glob "/proc/[0-9]*"; exec $ENV{ZOMBIECTL}, "reap", "-o", "json"`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = append(os.Environ(), runVariable+"=1", "ZOMBIECTL="+program(t))
	out, err := cmd.Output()
	if r := parseReaped(t, string(out)); err != nil || r.Summary.Reaped != 3 || r.Parents[0].PID != 1 {
		t.Errorf("%v: %s", err, out)
	}
}

// innerPID is the PID that a process has in its own PID namespace.
func innerPID(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "NSpid:" {
			n, err := strconv.Atoi(f[len(f)-1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no NSpid of %d", pid)
	return 0
}

// TestReapTenThousand: ten thousand zombies of our own, in one call.
func TestReapTenThousand(t *testing.T) {
	const many = 10_000
	began := time.Now()
	out, errs, code := namespaced(t, "perl", "-e", leave+fmt.Sprintf(`leave(%d); print STDERR "left\n"; exec $ENV{ZOMBIECTL}, "reap", "-o", "json"`, many))
	r := parseReaped(t, out)
	if code != 0 || r.Summary.Reaped != many || r.Summary.Left != 0 || len(r.Actions) != many {
		t.Fatalf("exit code %d: %d reaped, %d left", code, r.Summary.Reaped, r.Summary.Left)
	}
	if n := strings.Count(errs, ": waited for PID "); n != many {
		t.Errorf("%d log lines", n)
	}
	for i, z := range r.Zombies {
		if z.Exit == nil || z.Exit.Code != (i+1)%200 {
			t.Fatalf("zombie %d: %+v", i, z.Exit)
		}
	}
	t.Logf("%v in all, making them included", time.Since(began))
}

// TestReapWantsAChoice: when zombies belong to more than one user it prints the plan,
// and does nothing.
func TestReapWantsAChoice(t *testing.T) {
	const other = leave + `my $set = POSIX::SigSet->new(POSIX::SIGCHLD);
my $p = fork; if (!$p) { $< = $> = 65534; leave(2); $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 }; select undef, undef, undef, 0.02 while 1 }
select undef, undef, undef, 0.01 until grep { open my $f, "<", "$_/stat"; (<$f> // "") =~ /\) Z $p / and ++$seen > 1 } glob "/proc/[0-9]*"; select undef, undef, undef, 0.2;
`
	out, errs, code := namespaced(t, "perl", "-e", other+`exec $ENV{ZOMBIECTL}, "reap", "-o", "json"`)
	r := parseReaped(t, out)
	if code != 3 || r.Summary.Unchosen == nil || r.Summary.Left != 2 || len(r.Actions) != 0 || r.Parents[0].Sent != 0 ||
		!strings.Contains(errs, "error: the zombies belong to more than one user (0, 65534): nothing was done") || !strings.Contains(errs, "hint: choose with a PID, --pid or --parent, or add --all") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	out, errs, code = namespaced(t, "perl", "-e", other+`exec $ENV{ZOMBIECTL}, "reap", "-o", "json", "--all", "--wait", "20s"`)
	if r := parseReaped(t, out); code != 0 || r.Summary.Reaped != 2 || r.Parents[0].Sent != 1 {
		t.Errorf("--all: exit code %d: %s%s", code, out, errs)
	}
}

// TestReapSeveralNamespaces: the same for a parent in a PID namespace below.
func TestReapSeveralNamespaces(t *testing.T) {
	out, errs, code := namespaced(t, "perl", "-e", leave+`my $ns = fork; if (!$ns) { exec "unshare", "--pid", "--fork", "--kill-child", "perl", "-e", 'for (1, 2) { fork or exit } $SIG{CHLD} = sub { }; sleep 1000 while 1' }
select undef, undef, undef, 0.01 until 2 == grep { open my $f, "<", "$_/stat"; (<$f> // "") =~ /\) Z / } glob "/proc/[0-9]*"; exec $ENV{ZOMBIECTL}, "reap", "-o", "json"`)
	if r := parseReaped(t, out); code != 3 || r.Summary.Left != 2 || len(r.Actions) != 0 || !strings.Contains(errs, "error: the zombies belong to more than one PID namespace") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// TestReapOtherProc: with the /proc of another PID namespace, whose PIDs are not
// those that a signal would go to, nothing is done.
func TestReapOtherProc(t *testing.T) {
	requireRoot(t)
	exe := program(t)
	for _, command := range [][]string{{"reap", "--all"}, {"probe"}} {
		cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"--pid", "--fork", "--kill-child", "tini", "--", exe}, command...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Env = append(os.Environ(), runVariable+"=1")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 3 || out.Len() > 0 || !strings.Contains(errs.String(), "error: /proc is not that of this program's PID namespace") {
			t.Errorf("%v: exit code %d: %s%s", command, code, out.String(), errs.String())
		}
	}
}

// TestReapAsNobody: what may not be signalled is refused, clearly, before
// anything is done.
func TestReapAsNobody(t *testing.T) {
	const parent = leave + `my $p = fork; if (!$p) { leave(2); $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 }; select undef, undef, undef, 0.02 while 1 }
select undef, undef, undef, 0.01 until 2 == grep { open my $f, "<", "$_/stat"; (<$f> // "") =~ /\) Z $p / } glob "/proc/[0-9]*"; $< = $> = 65534;
`
	for _, flags := range []string{`"--all"`, `"--parent", $p`, `"--parent", $p, "--signal", "USR1", "--force", "--yes"`, `"--parent", $p, "--terminate-parent", "--force", "--yes"`} {
		out, errs, code := namespaced(t, "perl", "-e", parent+`exec $ENV{ZOMBIECTL}, "reap", "-o", "json", `+flags)
		r := parseReaped(t, out)
		if code != 3 || r.Summary.Left != 2 || r.Parents[0].Sent != 0 {
			t.Errorf("%s: exit code %d: %s%s", flags, code, out, errs)
		}
		if !r.Parents[0].Refused && !strings.Contains(errs, "not sent: not permitted: it takes the same user, root or CAP_KILL") {
			t.Errorf("%s: %s", flags, errs)
		}
	}
	// The control: as root the same is done.
	out, errs, code := namespaced(t, "perl", "-e", strings.ReplaceAll(parent, "$< = $> = 65534;", "")+`exec $ENV{ZOMBIECTL}, "reap", "-o", "json", "--wait", "20s"`)
	if r := parseReaped(t, out); code != 0 || r.Summary.Reaped != 2 {
		t.Errorf("as root: exit code %d: %s%s", code, out, errs)
	}
}

// TestTerminateParent: the parent exits, tini inherits its zombies and reaps
// them. Its own parent is tini too: a shell between them would have to be known
// to reap.
func TestTerminateParent(t *testing.T) {
	// An orphan is what leaves the zombies, so that no ancestor of ours does.
	const orphan = leave + `pipe my $r, my $w; if (!fork) { exit if fork; select undef, undef, undef, 0.001 while getppid != 1; leave(2); print $w "$$\n"; close $w; sleep 1000; exit }
close $w; my $p = <$r>; chomp $p; wait;
`
	out, errs, code := namespaced(t, "perl", "-e", orphan+`exec $ENV{ZOMBIECTL}, "reap", "-o", "json", "--terminate-parent", "--parent", $p, "--yes"`)
	if r := parseReaped(t, out); code != 3 || !r.Parents[0].Refused || r.Summary.Left != 2 || len(r.Actions) != 0 {
		t.Errorf("zombies under a minute old: exit code %d: %s%s", code, out, errs)
	}
	out, errs, code = namespaced(t, "perl", "-e", orphan+`exec $ENV{ZOMBIECTL}, "reap", "-o", "json", "--terminate-parent", "--parent", $p, "--yes", "--force", "--wait", "20s"`)
	r := parseReaped(t, out)
	if code != 0 || r.Summary.Reaped != 2 || !r.Parents[0].Ended || r.Parents[0].Adopter == nil || *r.Parents[0].Adopter != 1 || r.Parents[0].Sent != 1 {
		t.Errorf("forced: exit code %d: %s%s", code, out, errs)
	}
	if !regexp.MustCompile(`(?m)^zombiectl: PID \d+ \(uid 0\): SIGTERM to PID \d+ \(perl, started \d{4}-\S+\): sent$`).MatchString(errs) {
		t.Errorf("log: %s", errs)
	}
	// Never: an ancestor of ours, here the script that started it.
	out, errs, code = namespaced(t, "perl", "-e", leave+`leave(1); system($ENV{ZOMBIECTL}, "reap", "-o", "json", "--terminate-parent", "--parent", $$, "--yes", "--force"); exit($? >> 8)`)
	if r := parseReaped(t, out); code != 3 || !r.Parents[0].Refused || r.Summary.Left != 1 || !strings.Contains(out, "it is an ancestor of this program") {
		t.Errorf("an ancestor: exit code %d: %s%s", code, out, errs)
	}
}

// TestTerminateAsks: on a terminal it asks, and takes only yes for yes.
func TestTerminateAsks(t *testing.T) {
	for answer, left := range map[string]bool{"n": true, "": true, "y": false} {
		requireRoot(t)
		script := leave + `pipe my $r, my $w; if (!fork) { exit if fork; select undef, undef, undef, 0.001 while getppid != 1; leave(2); print $w "$$\n"; close $w; sleep 1000; exit }
close $w; my $p = <$r>; chomp $p; wait; exec $ENV{ZOMBIECTL}, "reap", "--terminate-parent", "--parent", $p, "--force", "--wait", "20s"`
		cmd := exec.CommandContext(t.Context(), "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "tini", "--", "perl", "-e", script)
		cmd.Env = append(os.Environ(), runVariable+"=1", "ZOMBIECTL="+program(t))
		out := talk(t, cmd, "[y/N] ", answer+"\n")
		if !strings.Contains(out, "SIGTERM to PID") || strings.Contains(out, "None of the 2 zombies was reaped.") != left || strings.Contains(out, "All 2 zombies were reaped.") == left {
			t.Errorf("answer %q:\n%s", answer, out)
		}
	}
}

// talk runs a command on a terminal, waits for a question and answers it.
func talk(t *testing.T, cmd *exec.Cmd, question, answer string) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	timeout := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timeout.Stop()
	var said bytes.Buffer
	buf := make([]byte, 4096)
	asked := false
	for {
		n, err := master.Read(buf)
		said.Write(buf[:n])
		if !asked && strings.Contains(said.String(), question) {
			asked = true
			if _, err := io.WriteString(master, answer); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // EIO: the other side is closed
			break
		}
	}
	_ = cmd.Wait() // the exit code of unshare is that of tini
	if !asked {
		t.Errorf("it did not ask %q", question)
	}
	return said.String()
}

// TestProbeCommand: the answer, its exit code and the document.
func TestProbeCommand(t *testing.T) {
	t.Parallel()
	out, errs, code := namespaced(t, "perl", "-e", `exec $ENV{ZOMBIECTL}, "probe", "-o", "json", "--timeout", "5s"`)
	valid(t, "probe-v1.schema.json", out)
	if code != 0 || !strings.Contains(out, `"reaps": "yes"`) || !strings.Contains(out, `"forwardsSigterm": "yes"`) || strings.Count(errs, "\n") != 1 {
		t.Errorf("below tini: exit code %d: %s%s", code, out, errs)
	}
	requireRoot(t)
	ctx, stage := set(t, "app-pid1")
	cmd := stage.Command(ctx, program(t), "probe", "-o", "json", "--timeout", "5s")
	cmd.Env = append(cmd.Environ(), runVariable+"=1")
	b, _ := cmd.Output()
	valid(t, "probe-v1.schema.json", string(b))
	if code := cmd.ProcessState.ExitCode(); code != 1 || !bytes.Contains(b, []byte(`"left": true`)) || !bytes.Contains(b, []byte(`"forwardsSigterm": "no"`)) {
		t.Errorf("below an application, from outside: exit code %d: %s", code, b)
	}
	// One zombie is left, and scan says whose it is.
	text, _ := in(ctx, t, stage, program(t), "scan", "-o", "json", "--min-age", "0")
	if d := parse(t, text); len(d.Zombies) != 1 || d.Zombies[0].Comm != "zombiectl-probe" || d.Zombies[0].PPID != 1 || d.Zombies[0].Origin != "adopted" {
		t.Errorf("left behind: %+v", d.Zombies)
	}
}

// TestReapScenes: real parents of every kind, in scenes. What SIGCHLD does to
// each was measured by hand; here it is what reap says, and what became of it.
func TestReapScenes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scene    string
		sent     int // signals
		reaped   int
		left     int
		rule     string // by which the zombies are left
		flags    []string
		deadline string
	}{
		{scene: "uf-backend", left: 21, rule: "Z301"},
		{scene: "never-waits-under-init", left: 3, rule: "Z201"},
		{scene: "exec-shell", left: 2, rule: "Z201"},
		{scene: "dead-leader", left: 1, rule: "Z102"},
		{scene: "zombie-ppid0", left: 1, rule: "Z105"},
		{scene: "idle-go-program", left: 2, rule: "Z201"},
		{scene: "missed-sigchld", sent: 3, reaped: 3, deadline: "20s"},
		{scene: "handler-never-waits", sent: 1, left: 4, rule: "Z201"},
		{scene: "traced", left: 1, rule: "Z103"},
		{scene: "clone-child", left: 2, rule: "Z104"},
		{scene: "waits-for-one", left: 2, rule: "Z202"},
		{scene: "waits-for-one-pidfd", left: 2, rule: "Z202"},
		{scene: "in-system", left: 2, rule: "Z202"},
		{scene: "vfork-parent", left: 2, rule: "Z202"},
		{scene: "sigchld-blocked", left: 2, rule: "Z204"},
		{scene: "parent-stopped", left: 2, rule: "Z205"},
		// It waits for any child as soon as it goes on.
		{scene: "parent-stopped", sent: 1, reaped: 2, deadline: "20s", flags: []string{"--signal", "CONT", "--yes"}},
		{scene: "parent-traced", left: 2, rule: "Z206"},
		{scene: "parent-frozen", left: 2, rule: "Z207"},
		{scene: "parent-uninterruptible", left: 2, rule: "Z208"},
		{scene: "inherited-by-exec", left: 2, rule: "Z201"},
		{scene: "subreaper-not-reaping", left: 1, rule: "Z310"},
		{scene: "uncollected-popen", left: 1, rule: "Z201"},
		{scene: "signalfd-loop"},
		{scene: "sigtimedwait-loop"},
		{scene: "foreground-job"},
	} {
		t.Run(strings.Join(append([]string{c.scene}, c.flags...), " "), func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, c.scene)
			which := []string{"--all"}
			if len(c.flags) > 0 { // the PID that the parent has in there
				which = []string{"--parent", fmt.Sprint(innerPID(t, stage.Parent()))}
			}
			wait := "300ms"
			if c.deadline != "" {
				wait = c.deadline
			}
			cmd := stage.Command(ctx, program(t), slices.Concat([]string{"reap", "-o", "json", "--wait", wait}, which, c.flags)...)
			cmd.Env = append(cmd.Environ(), runVariable+"=1")
			b, _ := cmd.Output()
			r := parseReaped(t, string(b))
			sent := 0
			for _, p := range r.Parents {
				sent += p.Sent
			}
			code := 0
			if c.left > 0 {
				code = 1
			}
			if got := cmd.ProcessState.ExitCode(); got != code || sent != c.sent || r.Summary.Reaped != c.reaped || r.Summary.Left != c.left {
				t.Errorf("exit code %d, %d signals, %d reaped, %d left; want %+v\n%s", got, sent, r.Summary.Reaped, r.Summary.Left, c, b)
			}
			for _, z := range r.Zombies {
				if z.Result == "left" && (z.Rule == nil || *z.Rule != c.rule) {
					t.Errorf("zombie %d is left by %v, want %s", z.PID, z.Rule, c.rule)
				}
			}
			// The report is true: others see as many.
			text, _ := in(ctx, t, stage, program(t), "scan", "-o", "json", "--min-age", "0")
			if d := parse(t, text); c.reaped+c.left > 0 && len(d.Zombies) != c.left {
				t.Errorf("%d zombies are there, want %d", len(d.Zombies), c.left)
			}
		})
	}
}

// TestProbeHazard: where PID 1 is a server that takes an orphan for something of
// its own, nothing is tried without --force.
func TestProbeHazard(t *testing.T) {
	t.Parallel()
	requireRoot(t)
	exe := program(t)
	postgres := filepath.Join(filepath.Dir(exe), "postgres")
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(sleep)
	if err == nil {
		err = writeProgram(postgres, b)
	}
	if err != nil {
		t.Fatal(err)
	}
	pid1 := exec.CommandContext(t.Context(), "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", postgres, "1000")
	pid1.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := pid1.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pid1.Process.Kill(); _ = pid1.Wait() })
	inner := 0
	for deadline := time.Now().Add(20 * time.Second); inner == 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid1.Process.Pid))
		for f := range strings.FieldsSeq(string(children)) {
			if comm, _ := os.ReadFile("/proc/" + f + "/comm"); string(comm) == "postgres\n" {
				inner, _ = strconv.Atoi(f)
			}
		}
	}
	probe := func(flags ...string) (string, string, int) {
		cmd := exec.CommandContext(t.Context(), "nsenter", slices.Concat([]string{"-t", fmt.Sprint(inner), "-m", "-p", exe, "probe", "-o", "json", "--timeout", "5s"}, flags)...)
		cmd.Env = append(os.Environ(), runVariable+"=1")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run()
		return out.String(), errs.String(), cmd.ProcessState.ExitCode()
	}
	if out, errs, code := probe(); code != 3 || out != "" || !strings.Contains(errs, "nothing was tried: PID 1 is postgres") || !strings.Contains(errs, "hint: zombiectl probe --force") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if out, errs, code := probe("--force"); code != 1 || !strings.Contains(out, `"left": true`) {
		t.Errorf("forced: exit code %d: %s%s", code, out, errs)
	}
}
