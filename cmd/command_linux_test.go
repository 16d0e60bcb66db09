package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// left is the part of a verdict on a command that these tests look at.
type left struct {
	ExitCode, Zombies, Orphans int
	Unseen                     bool
	ByCommand                  []struct {
		Comm             string
		Zombies, Orphans int
	}
	Left []struct {
		PID  int
		PPID *int
		What string
		Comm string
	}
}

// checking prepares zombiectl check -o json with more arguments, in a session
// of its own: what sends signals must not reach anybody else.
func checking(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "/proc/self/exe", append([]string{"check", "-o", "json"}, args...)...)
	cmd.Env = append(os.Environ(), runVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = time.Second
	var verdict bytes.Buffer
	cmd.Stderr = &verdict
	return cmd, &verdict
}

func codeOf(t *testing.T, err error) int {
	t.Helper()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func leftBy(t *testing.T, args ...string) (left, int) {
	t.Helper()
	cmd, verdict := checking(t, args...)
	code := codeOf(t, cmd.Run())
	var l left
	if err := json.Unmarshal(verdict.Bytes(), &l); err != nil {
		t.Fatalf("exit code %d, %v\n%s", code, err, verdict)
	}
	return l, code
}

// TestCommandSignals: the command gets the signals that zombiectl gets, and its
// exit code is the answer.
func TestCommandSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd, verdict := checking(t, "--", "sh", "-c", `trap 'exit 42' HUP INT QUIT USR1 TERM; echo ready; while :; do sleep 0.05; done`)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
				t.Fatalf("%q, %v", line, err)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code := codeOf(t, cmd.Wait()); code != 42 {
				t.Errorf("exit code %d, want 42\n%s", code, verdict)
			}
		})
	}
	t.Run("without a trap", func(t *testing.T) {
		cmd, verdict := checking(t, "--", "sh", "-c", "echo ready; exec sleep 100")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
			t.Fatalf("%q, %v", line, err)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := codeOf(t, cmd.Wait()); code != 128+int(syscall.SIGTERM) {
			t.Errorf("exit code %d\n%s", code, verdict)
		}
	})
}

// interruptible is a command that leaves the foreground process group of its
// terminal, with a child that stays there. So a typed signal reaches the child
// alone, and the command gets only signals from zombiectl.
const interruptible = `
$| = 1; my $n = 0; my $self = $$;
my $pid = fork();
if (!$pid) {
	$SIG{INT} = sub { print "interrupted\n" };
	select undef, undef, undef, 0.01 while getpgrp($self) == getpgrp;
	print "ready\n"; sleep 1 while getppid == $self; exit;
}
$SIG{INT} = sub { $n++; print "interrupted\n" };
$SIG{TERM} = sub { print "interrupts: $n\n"; kill "KILL", $pid; waitpid $pid, 0; exit };
setpgrp; sleep 1 while 1;
`

// TestCommandInterrupted: a typed signal reaches the whole foreground process
// group of a terminal, so zombiectl does not send it once more. It passes on a
// signal that somebody sends to zombiectl.
func TestCommandInterrupted(t *testing.T) {
	for how, want := range map[string]string{"typed": "interrupts: 0", "sent": "interrupts: 1"} {
		t.Run(how, func(t *testing.T) {
			master, slave := terminal(t, 80)
			cmd, verdict := checking(t, "--", "perl", "-e", interruptible)
			if how == "typed" {
				cmd.Stdin, cmd.SysProcAttr.Setctty = slave, true
			}
			pipe, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			out := bufio.NewReader(pipe)
			expect := func(want string) {
				t.Helper()
				if line, err := out.ReadString('\n'); line != want+"\n" {
					t.Fatalf("%q, %v, want %q\n%s", line, err, want, verdict)
				}
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			slave.Close()
			expect("ready")
			if how == "typed" {
				if _, err := master.WriteString("\x03"); err != nil {
					t.Fatal(err)
				}
			} else if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			expect("interrupted")
			// Signals are passed on in the order in which they came.
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			expect(want)
			if code := codeOf(t, cmd.Wait()); code != 0 {
				t.Errorf("exit code %d\n%s", code, verdict)
			}
		})
	}
}

// TestCommandIgnored: the command ignores the same signals that nohup made us
// ignore.
func TestCommandIgnored(t *testing.T) {
	status := `sed -n 's/^SigIgn:[^0-9a-f]*//p' /proc/$$/status`
	for _, c := range []struct {
		trap string
		hup  bool
	}{{"trap '' HUP; ", true}, {"", false}} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", c.trap+`exec "$0" "$@"`, program0(t), "check", "--", "sh", "-c", status)
		cmd.Env = append(os.Environ(), runVariable+"=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		mask := strings.TrimSpace(string(out))
		if mask == "" || (mask[len(mask)-1]-'0')&1 != 0 != c.hup {
			t.Errorf("%q: SigIgn %s, SIGHUP ignored: want %v", c.trap, mask, c.hup)
		}
	}
}

// program0 is the path of this test binary.
func program0(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// TestCommandInherited: children that were there before the command are not
// what the command left. The control leaves its own besides.
func TestCommandInherited(t *testing.T) {
	exe := program0(t)
	for _, c := range []struct {
		command       string
		code, zombies int
	}{
		{"true", 0, 0},
		{`perl -e '$p = fork or exit; do { open F, "</proc/$p/stat"; $_ = <F> } until /\) Z /'`, 1, 1},
	} {
		// One child has exited, and one exits when this test is done.
		const script = `
my $p = fork; $p or exit;
do { open my $f, "<", "/proc/$p/stat"; $_ = <$f> } until /\) Z /;
if (!fork) { open STDOUT, ">", "/dev/null"; open STDERR, ">", "/dev/null"; exec "cat" }
open STDIN, "<", "/dev/null"; exec @ARGV`
		cmd := exec.CommandContext(t.Context(), "perl", "-e", script, exe, "check", "-o", "json", "--", "sh", "-c", c.command)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		cmd.Stdin = r
		cmd.Env = append(os.Environ(), runVariable+"=1")
		var verdict bytes.Buffer
		cmd.Stderr = &verdict
		code := codeOf(t, cmd.Run())
		var l left
		if err := json.Unmarshal(verdict.Bytes(), &l); err != nil {
			t.Fatalf("%v\n%s", err, verdict.String())
		}
		if code != c.code || l.Zombies != c.zombies || l.Orphans != 0 {
			t.Errorf("%s: exit code %d, %+v", c.command, code, l)
		}
	}
}

// TestCommandBelowOrphan: zombies of a running orphan count as well.
func TestCommandBelowOrphan(t *testing.T) {
	// The command exits when the orphan has its zombies.
	l, code := leftBy(t, "--", "perl", "-e", `
if (!fork) {
	open STDOUT, ">", "/dev/null"; open STDERR, ">", "/dev/null";
	for (1, 2) { fork or exit }
	exec "sleep", "3600";
}
my @zombies;
until (@zombies == 2) {
	open my $f, "<", "/proc/$$/task/$$/children"; my ($of) = split " ", <$f> // "";
	open $f, "<", "/proc/$of/task/$of/children"; my @all = split " ", <$f> // "";
	@zombies = grep { open $f, "<", "/proc/$_/stat"; (<$f> // "") =~ /\) Z / } @all;
}`)
	for _, p := range l.Left {
		if p.What == "orphan" {
			defer func() { _ = syscall.Kill(p.PID, syscall.SIGKILL) }()
		}
	}
	if code != 1 || l.Zombies != 2 || l.Orphans != 1 || l.Unseen {
		t.Fatalf("exit code %d, %+v", code, l)
	}
	orphan := 0
	for _, p := range l.Left {
		if p.What == "orphan" {
			orphan = p.PID
		}
	}
	for _, p := range l.Left {
		if p.What == "zombie" && (p.PPID == nil || *p.PPID != orphan) {
			t.Errorf("%+v, want a child of %d", p, orphan)
		}
	}
	// The control: the same, but the orphan waits and exits.
	if l, code := leftBy(t, "--", "sh", "-c", `sh -c 'true & true & wait' & wait`); code != 0 || l.Zombies+l.Orphans != 0 {
		t.Errorf("control: exit code %d, %+v", code, l)
	}
}

// TestCommandMany: many orphans come while the command runs, and are counted.
func TestCommandMany(t *testing.T) {
	script := `i=0; while [ $i -lt 300 ]; do (true &); i=$((i+1)); done; exit 3`
	l, code := leftBy(t, "--settle", "60s", "--", "sh", "-c", script)
	if code != 3 || l.ExitCode != 3 || l.Zombies != 300 || len(l.ByCommand) != 1 {
		t.Errorf("exit code %d, %d zombies, want 300", code, l.Zombies)
	}
}

// TestCommandAsPID1: as PID 1 of a namespace it adopts anyway.
func TestCommandAsPID1(t *testing.T) {
	requireRoot(t)
	for _, c := range []struct {
		script        string
		code, zombies int
	}{{"(true &)", 1, 1}, {"true & wait", 0, 0}} {
		cmd := exec.CommandContext(t.Context(), "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", program0(t), "check", "-o", "json", "--settle", "60s", "--", "sh", "-c", c.script)
		cmd.Env = append(os.Environ(), runVariable+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		var verdict bytes.Buffer
		cmd.Stderr = &verdict
		code := codeOf(t, cmd.Run())
		var l left
		if err := json.Unmarshal(verdict.Bytes(), &l); err != nil || code != c.code || l.Zombies != c.zombies {
			t.Errorf("%s: exit code %d, %v\n%s", c.script, code, err, verdict.String())
		}
	}
}
