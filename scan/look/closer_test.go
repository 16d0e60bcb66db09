package look_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/record"
)

// tracedTree has a zombie, PID 8, that thread 71 of PID 7 traces, or whatever
// else is put in its place.
func tracedTree(tracer string, files map[string]string) fstest.MapFS {
	all := map[string]string{
		"proc/8/status":       "State:\tZ (zombie)\nTracerPid:\t" + tracer + "\n",
		"proc/1/task/1/stat":  statLine(1, 0, "init", "S", 1),
		"proc/7/task/7/stat":  statLine(7, 1, "leaky", "S", 3),
		"proc/7/task/71/stat": statLine(71, 1, "leaky", "S", 3),
	}
	maps.Copy(all, files)
	return recordedTree("", "0::/\n", all)
}

func TestTracerOf(t *testing.T) {
	for tracer, want := range map[string]int{"71": 7, "7": 7, "1": 1, "72": 0, "0": 0} {
		fsys := tracedTree(tracer, nil)
		r, err := record.OpenFS(fsys, "test")
		if err != nil {
			t.Fatal(err)
		}
		got, err := look.TracerOf(r, 8)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("TracerPid %s: process %d, want %d", tracer, got, want)
		}
	}
	s := lookAt(t, tracedTree("71", nil))
	for tid, want := range map[int]int{71: 7, 7: 7, 8: 8, 72: 0} {
		got := 0
		if p := s.Owner(tid); p != nil {
			got = p.PID
		}
		if got != want {
			t.Errorf("thread %d belongs to %d, want %d", tid, got, want)
		}
	}
}

// The second look takes only what one look cannot decide, and reads the threads
// only where they can.
func TestUndecided(t *testing.T) {
	blocked := "State:\tS (sleeping)\nSigBlk:\t0000000000010000\nShdPnd:\t0000000000010000\n"
	for name, c := range map[string]struct {
		state, status string
		want          bool
	}{
		"asleep":              {"S", "State:\tS (sleeping)\n", false},
		"uninterruptible":     {"D", "State:\tD (disk sleep)\n", true},
		"held by a tracer":    {"t", "State:\tt (tracing stop)\n", true},
		"stopped":             {"T", "State:\tT (stopped)\n", false},
		"blocked and pending": {"S", blocked, true},
		"blocked":             {"S", strings.Replace(blocked, "ShdPnd:\t0000000000010000", "ShdPnd:\t0000000000000000", 1), false},
		"pending, unblocked":  {"S", strings.Replace(blocked, "SigBlk:\t0000000000010000", "SigBlk:\t0000000000000000", 1), false},
		"status not readable": {"S", "", false},
	} {
		files := map[string]string{"proc/7/stat": statLine(7, 1, "leaky", c.state, 1), "proc/7/status": c.status}
		s := lookAt(t, recordedTree("", "0::/\n", files))
		if got := s.Find(7).Undecided(); got != c.want {
			t.Errorf("%s: undecided %v, want %v", name, got, c.want)
		}
	}
}

// The second look at threads is read from its own copy of their files.
func TestSecondLookAtThreads(t *testing.T) {
	files := map[string]string{
		"capture.json":                `{"format":"zombiectl-capture/1","self":{"pid":30},"again":{"afterMs":100,"pids":[7]}}`,
		"proc/7/stat":                 statLine(7, 1, "leaky", "D", 1),
		"proc/7/wchan":                "first",
		"proc/7/task/7/stat":          statLine(7, 1, "leaky", "D", 1),
		"proc/7/task/7/syscall":       "0 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
		"again/proc/7/stat":           statLine(7, 1, "leaky", "D", 1),
		"again/proc/7/status":         "State:\tD (disk sleep)\nSigBlk:\t0000000000010000\n",
		"again/proc/7/wchan":          "second",
		"again/proc/7/task/7/stat":    statLine(7, 1, "leaky", "D", 1),
		"again/proc/7/task/7/syscall": "61 0xffffffffffffffff 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
	}
	s := lookAt(t, recordedTree("", "0::/\n", files))
	a := s.Again.Procs[7]
	st, _ := a.Status.Get()
	threads, _ := a.Threads.Get()
	if wchan, _ := a.Wchan.Get(); wchan != "second" || !st.SigBlk.Known() || len(threads) != 1 {
		t.Fatalf("got %+v", a)
	}
	if sc, _ := threads[0].Syscall.Get(); sc.Nr != 61 {
		t.Errorf("got %+v", sc)
	}
	first, _ := s.Find(7).Deep.Threads.Get()
	if sc, _ := first[0].Syscall.Get(); sc.Nr != 0 {
		t.Errorf("the first look: got %+v", sc)
	}
}

// A PID 1 that is exiting is looked at, and so are the others in its namespace.
func TestDying(t *testing.T) {
	ending := strings.Replace(statLine(10, 7, "container", "S", 1), " 4194304 ", " 4194308 ", 1)
	files := map[string]string{
		"proc/10/stat": ending, "proc/10/status": "State:\tS (sleeping)\nNSpid:\t10\t1\n", "proc/10/wchan": "zap_pid_ns_processes", "proc/10/ns/pid": "pid:[77]",
		"proc/11/stat": statLine(11, 7, "in it", "D", 1), "proc/11/status": "State:\tD (disk sleep)\nNSpid:\t11\t5\n", "proc/11/ns/pid": "pid:[77]", "proc/11/wchan": "nfs_wait",
		"proc/12/stat": statLine(12, 1, "elsewhere", "S", 1), "proc/12/status": "State:\tS (sleeping)\nNSpid:\t12\t1\n", "proc/12/ns/pid": "pid:[78]",
	}
	s := lookAt(t, recordedTree("", "0::/\n", files))
	if p := s.Find(10); p.Deep == nil || !p.Lingers() || !p.Zapping() {
		t.Fatalf("got %+v", p)
	}
	if p := s.Find(11); p.Deep == nil {
		t.Error("the other member of the namespace was not looked at")
	} else if wchan, _ := p.Deep.Wchan.Get(); wchan != "nfs_wait" {
		t.Errorf("got %+v", p.Deep)
	}
	if s.Find(12).Deep != nil {
		t.Error("a process of another namespace was looked at")
	}
	// The control: PID 1 does not end.
	files["proc/10/stat"] = statLine(10, 7, "container", "S", 1)
	s = lookAt(t, recordedTree("", "0::/\n", files))
	if s.Find(10).Deep != nil || s.Find(11).Deep != nil {
		t.Error("looked at, though nothing ends")
	}
}
