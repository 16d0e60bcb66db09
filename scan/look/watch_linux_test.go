package look

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"golang.org/x/sys/unix"
)

// watching returns a watch of this machine, and a function that looks until a
// condition holds.
func watching(t *testing.T) (*Watch, func(what string, ok func(*facts.Snapshot) bool) *facts.Snapshot) {
	t.Helper()
	r, err := OpenLive("/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	w, err := NewWatch(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if _, err := w.Full(); err != nil {
		t.Fatal(err)
	}
	return w, func(what string, ok func(*facts.Snapshot) bool) *facts.Snapshot {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; {
			s, err := w.Quick()
			if err != nil {
				t.Fatal(err)
			}
			if ok(s) {
				return s
			}
			if time.Now().After(end) {
				t.Fatalf("not seen: %s", what)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// fewFiles lowers RLIMIT_NOFILE, so that pidfds cannot be had.
func fewFiles(t *testing.T) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	few := old
	few.Cur = spareFiles
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &old) })
}

// start starts a command that is killed when the test is done, and not waited
// for.
func start(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(name, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return c
}

func eachWay(t *testing.T, test func(t *testing.T)) {
	t.Run("pidfds", test)
	t.Run("few files", func(t *testing.T) { fewFiles(t); test(t) })
}

func TestWatch(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		w, until := watching(t)
		few := strings.HasSuffix(t.Name(), "files")
		if blunt := w.Blunt(); (blunt != nil) != few {
			t.Fatalf("blunt: %v", blunt)
		} else if few && !strings.Contains(blunt.Error(), fmt.Sprintf("RLIMIT_NOFILE is %d", spareFiles)) {
			t.Error(blunt)
		}
		c := start(t, "sleep", "600")
		pid := c.Process.Pid
		until("a new process", func(s *facts.Snapshot) bool {
			p := s.Find(pid)
			return p != nil && p.State != facts.Zombie && p.PPID == os.Getpid()
		})

		before, _ := bootClock()
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s := until("its death", func(s *facts.Snapshot) bool { p := s.Find(pid); return p != nil && p.State == facts.Zombie })
		after, _ := bootClock()
		p := s.Find(pid)
		if p.Deep == nil {
			t.Fatal("a zombie that was not looked at")
		}
		if e, ok := p.Exit().Get(); !ok || e.Signal != 9 {
			t.Errorf("it ended with %+v, %v", e, ok)
		}
		d, ok := p.Deep.Died.Get()
		latest, ok1 := d.Latest.Get()
		earliest, ok2 := d.Earliest.Get()
		if !ok || !ok1 || !ok2 || latest < before-30*time.Millisecond || earliest > after || earliest > latest {
			t.Errorf("died between %v and %v, %v %v: it was killed between %v and %v", earliest, latest, ok1, ok2, before, after)
		}
		if latest-earliest > after-before+time.Second {
			t.Errorf("known to %v only", latest-earliest)
		}

		// From now on its age is measured by the boot clock, and its earlier facts
		// are not read again.
		s = until("a later look", func(s *facts.Snapshot) bool { now, _ := s.Boottime.Get(); return now > latest+200*time.Millisecond })
		if again := s.Find(pid); again.Deep != p.Deep {
			t.Error("read again")
		}
		now, _ := s.Boottime.Get()
		age := facts.NewAges(s).Of(s.Find(pid))
		if least, ok := age.AtLeast.Get(); !ok || least != now-latest || !age.Clocked {
			t.Errorf("age %+v, want at least %v", age, now-latest)
		}
		if _, twice := s.Again.Procs[pid]; !twice {
			t.Error("it does not count as seen twice")
		}

		if err := c.Wait(); err == nil {
			t.Error("it was not killed")
		}
		had := s.Reapings[os.Getpid()].Zombies
		s = until("its end", func(s *facts.Snapshot) bool { return s.Find(pid) == nil })
		least, _ := age.AtLeast.Get()
		if r := s.Reapings[os.Getpid()]; r.Zombies != had+1 || r.Longest < least {
			t.Errorf("we were seen reaping %+v after %d, want one more, dead for %v", r, had, age)
		}
	})
}

// An orphan is seen to be adopted, and a process that keeps its parent is not.
func TestWatchAdoption(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		w, until := watching(t)
		parent := start(t, "sh", "-c", "sleep 600 & echo $!; wait")
		keeps := start(t, "sleep", "600")
		var orphan int
		until("the child", func(s *facts.Snapshot) bool {
			for i := range s.Procs {
				// It may be called sh still: a quick look does not see it call execve.
				if p := &s.Procs[i]; p.PPID == parent.Process.Pid {
					orphan = p.PID
				}
			}
			return orphan != 0 && s.Find(keeps.Process.Pid) != nil
		})
		t.Cleanup(func() { _ = unix.Kill(orphan, unix.SIGKILL) })
		if err := parent.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		seen := facts.Adoption{}
		s := until("the adoption", func(s *facts.Snapshot) bool {
			for _, a := range s.Adopted {
				if a.ID.PID == keeps.Process.Pid {
					t.Fatalf("%+v kept its parent", a)
				}
				if a.ID.PID == orphan {
					seen = a
				}
			}
			return seen.ID.PID != 0
		})
		if seen.From != parent.Process.Pid || seen.To == seen.From || seen.Comm != "sleep" && seen.Comm != "sh" || seen.Zombie {
			t.Errorf("seen: %+v", seen)
		}
		if from, ok := s.Find(orphan).Reparented.Get(); !ok || from != parent.Process.Pid {
			t.Errorf("reparented from %d, %v", from, ok)
		}
		// It is known in full looks as well.
		full, err := w.Full()
		if err != nil {
			t.Fatal(err)
		}
		if from, ok := full.Find(orphan).Reparented.Get(); !ok || from != parent.Process.Pid || len(full.Adopted) > 0 && full.Adopted[0].ID.PID == orphan {
			t.Errorf("after a full look: %d, %v, %+v", from, ok, full.Adopted)
		}
	})
}

// What quick looks add up to is what a full look sees.
func TestWatchAgreesWithFull(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		w, _ := watching(t)
		var pids []int
		for i := range 40 {
			c := start(t, "sleep", strconv.Itoa(600+i))
			pids = append(pids, c.Process.Pid)
			if i%3 == 0 {
				_ = c.Process.Kill()
			}
			if i%6 == 0 {
				_ = c.Wait()
			}
			if _, err := w.Quick(); err != nil {
				t.Fatal(err)
			}
		}
		look := func(s *facts.Snapshot) string {
			var b strings.Builder
			for _, pid := range pids {
				if p := s.Find(pid); p != nil {
					fmt.Fprintf(&b, "%d %v %d %d\n", pid, p.State == facts.Zombie, p.PPID, p.StartTicks)
				}
			}
			return b.String()
		}
		// The last kill takes a moment.
		var quick, full string
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			s, err := w.Quick()
			if err != nil {
				t.Fatal(err)
			}
			r, err := OpenLive("/")
			if err != nil {
				t.Fatal(err)
			}
			f, err := Look(r, Options{})
			r.Close()
			if err != nil {
				t.Fatal(err)
			}
			if quick, full = look(s), look(f); quick == full && strings.Count(full, "true") == 7 {
				return
			}
		}
		t.Errorf("quick looks:\n%s\na full look:\n%s", quick, full)
	})
}

func TestWatchNeedsALiveRoot(t *testing.T) {
	if _, err := NewWatch(named{}, Options{}); err == nil || !strings.Contains(err.Error(), "incident") {
		t.Error(err)
	}
}

// named is a source that has a name and nothing else.
type named struct{ Nothing }

func (named) Name() string { return "incident" }

// TestWatchKeepsLimits: a quick look that sees a zombie come still knows which
// cgroup the PIDs of its parent count against.
func TestWatchKeepsLimits(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		w, until := watching(t)
		die := func() int {
			c := start(t, "sleep", "600")
			_ = c.Process.Kill()
			return c.Process.Pid
		}
		seen := func(s *facts.Snapshot, pid int) bool {
			p := s.Find(pid)
			return p != nil && p.State == facts.Zombie
		}
		first := die()
		until("a zombie", func(s *facts.Snapshot) bool { return seen(s, first) })
		full, err := w.Full()
		if err != nil {
			t.Fatal(err)
		}
		want := full.Find(os.Getpid()).Deep.PidsCgroup
		if !want.Known() {
			t.Skip("the cgroup of this process is out of sight")
		}
		second := die()
		s := until("another", func(s *facts.Snapshot) bool { return seen(s, second) })
		if got := s.Find(os.Getpid()).Deep.PidsCgroup; got != want || len(s.Cgroups) == 0 {
			t.Errorf("a quick look: %v and %d cgroups, a full one %v and %d", got, len(s.Cgroups), want, len(full.Cgroups))
		}
	})
}
