package reap

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// TestKinds: real parents of every kind. What a nudge does to each was measured
// by hand; where it can do nothing none is sent.
func TestKinds(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	signalfd := fmt.Sprintf(`my $set = pack("Q", 1 << 16); my $fd = syscall(%d, -1, $set, 8, 0);
open my $f, "<&=", $fd or die; print "ready\n";
while (sysread $f, my $b, 128) { waitpid(unpack("x12 L", $b), WNOHANG) }`, map[string]int{"amd64": 289, "arm64": 74}[runtime.GOARCH])
	for _, c := range []struct {
		name, script string
		zombies      int
		deed         string
		rule         string
		left         int
		least, most  int // signals
	}{
		{"never waits", `leave(2); idle`, 2, doNothing, "Z201", 2, 0, 0},
		{"one a signal", `block; $SIG{CHLD} = sub { waitpid(-1, WNOHANG) }; leave(6); <STDIN>; unblock; print "ready\n"; idle`, 6, doNudge, "", 0, 5, 5},
		// Ignoring a signal for a moment throws away the one that is pending.
		{"all of them", `block; leave(6); <STDIN>; $SIG{CHLD} = 'IGNORE'; $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 }; unblock; print "ready\n"; idle`, 6, doNudge, "", 0, 1, 1},
		{"handler that does not wait", `$SIG{CHLD} = sub { }; leave(2); idle`, 2, doNudge, "", 2, 1, 1},
		{"ignores, too late", `leave(2); <STDIN>; $SIG{CHLD} = 'IGNORE'; print "ready\n"; idle`, 2, doNothing, "Z201", 2, 0, 0},
		{"signalfd, the one that is told", `block; leave(2); <STDIN>; ` + signalfd, 1, doNudge, "", 1, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := perl(t, c.script)
			made := c.zombies
			switch c.name {
			case "signalfd, the one that is told":
				made = 2
			}
			awaitZombies(t, root, p.pid(), made)
			p.tell(t, "go")
			switch c.name {
			case "one a signal": // the pending one reaps one
				p.says(t, "ready")
				awaitZombies(t, root, p.pid(), c.zombies-1)
			case "never waits", "handler that does not wait":
			default:
				p.says(t, "ready")
				awaitZombies(t, root, p.pid(), c.zombies)
			}
			wait := 20 * time.Second
			if c.left > 0 {
				wait = 300 * time.Millisecond
			}
			plan, log := act(t, root, Options{Parents: []int{p.pid()}}, wait)
			s := step(t, plan)
			if s.Deed != c.deed || s.Rule != c.rule || plan.Left() != c.left {
				t.Errorf("%s by rule %q (%s), %d left; want %s by %q, %d", s.Deed, s.Rule, s.Why, plan.Left(), c.deed, c.rule, c.left)
			}
			if n := signals(log, p.pid()); n < c.least || n > c.most || n != s.Sent {
				t.Errorf("%d signals logged, %d counted, want %d to %d", n, s.Sent, c.least, c.most)
			}
			for _, z := range s.Zombies {
				if z.Fate == fateLeft && z.Why == "" {
					t.Errorf("zombie %d is left, and nobody says why", z.Process.PID)
				}
			}
			awaitZombies(t, root, p.pid(), c.left) // the report is true
		})
	}
	t.Run("Go program", func(t *testing.T) {
		cmd := exec.Command(executable(t))
		cmd.Env = append(os.Environ(), roleVariable+"=go-parent")
		p := start(t, cmd)
		awaitZombies(t, root, p.pid(), 2)
		plan, log := act(t, root, Options{Parents: []int{p.pid()}}, time.Second)
		if s := step(t, plan); s.Deed != doNothing || s.Rule != "Z201" || len(log) != 0 {
			t.Errorf("%s by %q (%s), log %v", s.Deed, s.Rule, s.Why, log)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		q := perl(t, `block; $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 }; leave(2); print "ready\n"; <STDIN>; unblock; idle`)
		q.says(t, "ready")
		awaitZombies(t, root, q.pid(), 2)
		// It runs, and they are younger than a minute: SIGCONT is refused.
		plan, log := act(t, root, Options{Parents: []int{q.pid()}, Signal: sys.SIGCONT}, time.Second)
		if s := step(t, plan); !s.Refused || !s.Forceable || len(log) != 0 {
			t.Errorf("not refused: %+v", s)
		}
		if err := unix.Kill(q.pid(), unix.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		q.tell(t, "go")
		awaitState(t, root, q.pid(), facts.Stopped)
		plan, log = act(t, root, Options{Parents: []int{q.pid()}}, 300*time.Millisecond)
		s := step(t, plan)
		if signals(log, q.pid()) != 0 || plan.Left() != 2 || s.Zombies[0].Rule != "Z205" {
			t.Errorf("%s, log %v, %d left, zombie by %q", s.Deed, log, plan.Left(), s.Zombies[0].Rule)
		}
		// Stopped, it is about to reap nothing: SIGCONT is sent, and nothing else.
		plan, log = act(t, root, Options{Parents: []int{q.pid()}, Signal: 28}, time.Second)
		if s := step(t, plan); !s.Refused || !s.Forceable || len(log) != 0 {
			t.Errorf("SIGWINCH is not refused: %+v", s)
		}
		plan, log = act(t, root, Options{Parents: []int{q.pid()}, Signal: sys.SIGCONT}, 20*time.Second)
		if signals(log, q.pid()) != 1 || plan.Left() != 0 {
			t.Errorf("log %v, %d left", log, plan.Left())
		}
	})
}

func awaitState(t testing.TB, root *scan.Root, pid int, want facts.State) {
	t.Helper()
	eventually(t, fmt.Sprintf("PID %d in state %s", pid, want), func() bool {
		st, err := root.Stat(pid)
		return err == nil && st.State == want
	})
}

// TestBlockingHandler: a handler with a blocking wait() hangs when it is called
// for a zombie that its parent cannot reap. It is not called.
func TestBlockingHandler(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	exe := executable(t)
	for _, c := range []struct{ name, rule, make string }{
		{"live threads", "Z102", `unless (fork) { $ENV{` + roleVariable + `} = "dead-leader"; exec $ARGV[0] }`},
		{"clone child", "Z104", fmt.Sprintf(`syscall(%d, 23, 0, 0, 0, 0) or POSIX::_exit(0);`, unix.SYS_CLONE)},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The handler is set before the child exits, and does not hang on a
			// running one.
			script := `my $keep = fork; $keep or do { idle }; ` + c.make + ` $SIG{CHLD} = sub { wait }; print "ready\n"; answer`
			p := perl(t, script, exe)
			p.says(t, "ready")
			awaitZombies(t, root, p.pid(), 1)
			if !p.answers(t, 20*time.Second) {
				t.Fatal("it does not answer before anything was done")
			}
			plan, log := act(t, root, Options{Parents: []int{p.pid()}}, 300*time.Millisecond)
			if z := step(t, plan).Zombies[0]; len(log) != 0 || plan.Left() != 1 || z.Rule != c.rule {
				t.Errorf("log %v, left by %q (%s), want %s", log, z.Rule, z.Why, c.rule)
			}
			if !p.answers(t, 20*time.Second) {
				t.Error("it hangs")
			}
			// The control: such a signal makes it hang.
			if err := unix.Kill(p.pid(), unix.SIGCHLD); err != nil {
				t.Fatal(err)
			}
			if p.answers(t, 500*time.Millisecond) {
				t.Error("SIGCHLD did not make it hang: this test shows nothing")
			}
		})
	}
}

// TestHeldAtTheLastMoment: a zombie that nobody can reap is not nudged about,
// though the plan believed that it could be.
func TestHeldAtTheLastMoment(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	p := perl(t, `$SIG{CHLD} = sub { wait }; `+fmt.Sprintf(`syscall(%d, 23, 0, 0, 0, 0) or POSIX::_exit(0); `, unix.SYS_CLONE)+`print "ready\n"; answer`)
	p.says(t, "ready")
	awaitZombies(t, root, p.pid(), 1)
	d := diagnosis(t, root)
	for i := range d.Scope.Zombies {
		d.Scope.Zombies[i].Holds = nil // what a diagnosis without that rule would say
	}
	plan, err := Make(d, Options{Self: os.Getpid(), Parents: []int{p.pid()}})
	if err != nil {
		t.Fatal(err)
	}
	if s := step(t, plan); s.Deed != doNudge {
		t.Fatalf("planned %s: %s", s.Deed, s.Why)
	}
	log := carryOut(t, root, plan, How{Wait: 300 * time.Millisecond})
	if z := step(t, plan).Zombies[0]; len(log) != 0 || z.Rule != "Z104" {
		t.Errorf("log %v, zombie by %q (%s)", log, z.Rule, z.Why)
	}
}

// TestOwn: our own children that are zombies are waited for, each with its
// status; a running one keeps its own.
func TestOwn(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	alive, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "read x; exit 9"}, &os.ProcAttr{Files: []*os.File{pipe(t)}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]facts.Exit{}
	for script, exit := range map[string]facts.Exit{"exit 0": {}, "exit 7": {Code: 7}, "kill -9 $$": {Signal: 9}} {
		q, err := os.StartProcess("/bin/sh", []string{"sh", "-c", script}, &os.ProcAttr{})
		if err != nil {
			t.Fatal(err)
		}
		want[q.Pid] = exit
	}
	awaitZombies(t, root, os.Getpid(), len(want))
	plan, log := act(t, root, Options{}, time.Second)
	if s := step(t, plan); s.Deed != doWait || plan.Left() != 0 || len(log) != len(want) {
		t.Errorf("%s, %d left, log %v", s.Deed, plan.Left(), log)
	}
	for _, z := range plan.Steps[0].Zombies {
		if got, ok := z.Status.Get(); !ok || got != want[z.Process.PID] {
			t.Errorf("PID %d: %+v, want %+v", z.Process.PID, got, want[z.Process.PID])
		}
	}
	if _, err := waitOwn(alive.Pid); err == nil {
		t.Error("a child that lives was waited for")
	}
	if _, err := waitOwn(1); err == nil {
		t.Error("a process that is no child was waited for")
	}
	releasePipes()
	st, err := alive.Wait()
	if err != nil || st.ExitCode() != 9 {
		t.Errorf("the child that lived: %v, %v", st, err)
	}
}

var writers []*os.File

// pipe returns the reading end of a pipe that is open until releasePipes.
func pipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	writers = append(writers, w)
	return r
}

func releasePipes() {
	for _, w := range writers {
		_ = w.Close()
	}
	writers = nil
}

// TestBusyParent: a parent that reaps others all the time, and these never, is
// not nudged for ever: a nudge helps when one of the zombies goes.
func TestBusyParent(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	p := perl(t, `leave(2); $SIG{CHLD} = sub { }; print "ready\n"; while (1) { my $p = fork; $p or POSIX::_exit(0); waitpid $p, 0 }`)
	p.says(t, "ready")
	plan, err := Make(diagnosis(t, root), Options{Self: os.Getpid(), Parents: []int{p.pid()}})
	if err != nil {
		t.Fatal(err)
	}
	s := step(t, plan)
	s.Deed, s.Signal = doNudge, facts.SIGCHLD // whatever the diagnosis made of it
	for _, z := range s.Zombies {
		z.Rule, z.Why, z.Held = "", "", false
	}
	log := carryOut(t, root, plan, How{Wait: 200 * time.Millisecond})
	if n := signals(log, p.pid()); n < 1 || n > 2 || plan.Left() < 2 {
		t.Errorf("%d signals, %d left", n, plan.Left())
	}
}

// TestManyNudges: a handler that reaps one child a signal, and many zombies. The
// oldest need not be the first that goes.
func TestManyNudges(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	const many = 200
	for name, take := range map[string]string{"oldest first": `waitpid(-1, WNOHANG)`, "youngest first": `waitpid(pop @all, WNOHANG)`} {
		t.Run(name, func(t *testing.T) {
			p := perl(t, fmt.Sprintf(`my @all; block; for (1 .. %d) { my $p = fork; $p or POSIX::_exit(0); push @all, $p }
for my $p (@all) { select undef, undef, undef, 0.001 while state($p) ne "Z" } $SIG{CHLD} = 'IGNORE'; $SIG{CHLD} = sub { %s }; unblock; print "ready\n"; idle`, many, take))
			p.says(t, "ready")
			plan, log := act(t, root, Options{Parents: []int{p.pid()}}, 20*time.Second)
			if n := signals(log, p.pid()); n < many || n > many+5 || plan.Left() != 0 {
				t.Errorf("%d signals, %d left; want %d and 0", n, plan.Left(), many)
			}
		})
	}
}

// TestNotMeantAnyMore: an action is not carried out when the reason for it is
// gone, or when somebody says no.
func TestNotMeantAnyMore(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	plan := func(t *testing.T) (*Plan, int) {
		pid := orphaned(t, `leave(2); $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 }; $SIG{USR1} = sub { $0 = "other" }; idle`)
		awaitZombies(t, root, pid, 2)
		p, err := Make(diagnosis(t, root), Options{Self: os.Getpid(), Parents: []int{pid}, Terminate: true, Force: true})
		if err != nil {
			t.Fatal(err)
		}
		if s := step(t, p); s.Deed != doTerminate {
			t.Fatalf("planned %s: %s", s.Deed, s.Why)
		}
		return p, pid
	}
	lives := func(pid int) bool {
		st, err := root.Stat(pid)
		return err == nil && st.State != facts.Zombie
	}
	t.Run("the zombies are gone", func(t *testing.T) {
		p, pid := plan(t)
		if err := unix.Kill(pid, unix.SIGCHLD); err != nil {
			t.Fatal(err)
		}
		awaitZombies(t, root, pid, 0)
		log := carryOut(t, root, p, How{})
		if signals(log, pid) != 0 || !lives(pid) || p.Left() != 0 || !strings.Contains(fmt.Sprint(step(t, p).Err), "its zombies are gone") {
			t.Errorf("log %v, error %v", log, step(t, p).Err)
		}
	})
	t.Run("another name", func(t *testing.T) {
		p, pid := plan(t)
		if err := unix.Kill(pid, unix.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the name changes", func() bool { st, err := root.Stat(pid); return err == nil && st.Comm == "other" })
		if log := carryOut(t, root, p, How{}); signals(log, pid) != 0 || !lives(pid) || p.Left() != 2 {
			t.Errorf("log %v", log)
		}
	})
	t.Run("not confirmed", func(t *testing.T) {
		p, pid := plan(t)
		asked := 0
		log := carryOut(t, root, p, How{Confirm: func(*Step) bool { asked++; return false }})
		if asked != 1 || signals(log, pid) != 0 || !lives(pid) || p.Left() != 2 || !p.Hindered() {
			t.Errorf("asked %d times, log %v", asked, log)
		}
	})
	t.Run("the control", func(t *testing.T) {
		p, pid := plan(t)
		log := carryOut(t, root, p, How{Wait: 20 * time.Second, Confirm: func(*Step) bool { return true }})
		if signals(log, pid) != 1 || lives(pid) || p.Left() != 0 || step(t, p).Adopter != 1 {
			t.Errorf("log %v, %d left, adopted by %d", log, p.Left(), step(t, p).Adopter)
		}
	})
}
