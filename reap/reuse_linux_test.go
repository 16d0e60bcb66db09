package reap

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// lastPID is where the kernel looks for the next PID of a namespace
// (pid_namespaces(7)).
const lastPID = "/proc/sys/kernel/ns_last_pid"

// TestReusedPID: the parent of a plan exits, and its PID goes to another process
// at once, which has zombies and handlers too. That one is never signaled.
func TestReusedPID(t *testing.T) {
	if !inside(t) {
		return
	}
	if _, err := os.Stat(lastPID); err != nil {
		t.Fatalf("this kernel lets nobody choose a PID (CONFIG_CHECKPOINT_RESTORE): %v", err)
	}
	root := live(t)
	defer func() { beforeSignal = func(*Step) {} }()
	for _, c := range []struct {
		name    string
		options Options
		when    string
		noPidfd bool
		hit     bool
	}{
		{"nudge", Options{}, "before the facts", false, false},
		{"nudge", Options{}, "before the signal", false, false},
		{"SIGUSR1", Options{Signal: 10, Force: true}, "before the facts", false, false},
		{"SIGUSR1", Options{Signal: 10, Force: true}, "while somebody is asked", false, false},
		{"SIGUSR1", Options{Signal: 10, Force: true}, "before the signal", false, false},
		{"SIGTERM", Options{Terminate: true, Force: true}, "while somebody is asked", false, false},
		{"SIGTERM", Options{Terminate: true, Force: true}, "before the signal", false, false},
		{"without a pidfd", Options{}, "before the facts", true, false},
		{"SIGUSR1 without a pidfd", Options{Signal: 10, Force: true}, "while somebody is asked", true, false},
		// The control, and the risk that --no-pidfd names.
		{"without a pidfd", Options{}, "before the signal", true, true},
	} {
		t.Run(c.name+", "+c.when, func(t *testing.T) {
			const script = `leave(2); $SIG{CHLD} = $SIG{USR1} = $SIG{TERM} = sub { print "hit\n" }; print "ready\n"; answer`
			// Its parent is tini, which is known to reap: this process is not.
			first := orphaned(t, script)
			awaitZombies(t, root, first, 2)
			o := c.options
			o.Parents, o.Self = []int{first}, os.Getpid()
			plan, err := Make(diagnosis(t, root), o)
			if err != nil {
				t.Fatal(err)
			}
			if s := step(t, plan); s.Deed == doNothing {
				t.Fatalf("nothing was planned: %s", s.Why)
			}
			var second *parent
			replace := func() {
				p, err := os.FindProcess(first)
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Kill(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "the parent is gone", func() bool { _, err := root.Stat(first); return err != nil })
				second = startAt(t, first, script)
				second.says(t, "ready")
				awaitZombies(t, root, first, 2)
			}
			how := How{Wait: 100 * time.Millisecond, NoPidfd: c.noPidfd}
			beforeSignal = func(*Step) {}
			switch c.when {
			case "before the facts":
				replace()
			case "while somebody is asked":
				how.Confirm = func(*Step) bool { replace(); return true }
			case "before the signal":
				beforeSignal = func(*Step) {
					if second == nil {
						replace()
					}
				}
			}
			log := carryOut(t, root, plan, how)
			if second == nil {
				t.Fatal("the PID was not reused")
			}
			second.tell(t, "ping")
			line, err := second.out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if got := line == "hit\n"; got != c.hit {
				t.Errorf("the new process of PID %d was hit: %v, want %v", first, got, c.hit)
			}
			if got := signals(log, first) > 0; got != c.hit {
				t.Errorf("logged as sent: %v, want %v: %+v", got, c.hit, log)
			}
		})
	}
}

// orphaned starts a script that PID 1 adopts, and returns its PID.
func orphaned(t *testing.T, script string) int {
	t.Helper()
	p := perl(t, `my $p = fork; if ($p) { print "$p\n"; exit } while (getppid != 1) { select undef, undef, undef, 0.001 } open STDOUT, ">/dev/null"; `+script)
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(line[:len(line)-1])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// startAt starts a script as that PID, which has to be free.
func startAt(t *testing.T, pid int, script string) *parent {
	t.Helper()
	for range 200 { // a new thread of ours may take the PID
		if err := os.WriteFile(lastPID, []byte(strconv.Itoa(pid-1)), 0); err != nil {
			t.Fatal(err)
		}
		p := perl(t, script)
		if p.pid() == pid {
			return p
		}
		_ = p.Process.Kill()
		_ = p.Wait()
	}
	t.Fatalf("PID %d could not be had", pid)
	return nil
}
