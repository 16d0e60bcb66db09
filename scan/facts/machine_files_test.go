package facts

import (
	"os"
	"testing"
	"time"

	"github.com/prometheus/procfs"
)

func TestParseProcStat(t *testing.T) {
	const good = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 4 5 600 70 8 0 0\ncpu1 1 2 3 4 5 6 7 8 0 0\nintr 1 2 3\nctxt 7\nbtime 1800000000\nprocesses 9\n"
	s, err := ParseProcStat([]byte(good))
	boot, ok := s.BootTime.Get()
	if err != nil || !ok || boot.Unix() != 1800000000 || s.CPUs != 2 || len(s.Lost) != 2 || s.Lost[0] != 6780*time.Millisecond {
		t.Errorf("got %+v, %v", s, err)
	}
	// What makes no sense is unknown, and the rest holds.
	s, err = ParseProcStat([]byte("cpu0 1 2 3 4 5 x 7 8\ncpu1 1 2\ncpu99999 1 2 3 4 5 6 7 8\nbtime x\n"))
	if err == nil || s.BootTime.Known() || s.CPUs != 3 || len(s.Lost) != 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, none := range []string{"", "\n", "btime 0\n", "btime 99999999999999\n", "cpu\n"} {
		if s, err := ParseProcStat([]byte(none)); err != nil || s.BootTime.Known() || s.CPUs != 0 {
			t.Errorf("%q: got %+v, %v", none, s, err)
		}
	}
}

// TestProcStatAgreesWithProcfs on this machine.
func TestProcStatAgreesWithProcfs(t *testing.T) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Skip(err)
	}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		t.Fatal(err)
	}
	want, err := fs.Stat()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseProcStat(b)
	if boot, ok := got.BootTime.Get(); err != nil || !ok || uint64(boot.Unix()) != want.BootTime || got.CPUs != len(want.CPU) {
		t.Errorf("got %+v, %v, procfs says %d and %d CPUs", got, err, want.BootTime, len(want.CPU))
	}
}

func TestParseUptime(t *testing.T) {
	for text, want := range map[string]time.Duration{"100.25 3.00\n": 100250 * time.Millisecond, "0.01 0.00": 10 * time.Millisecond, "": 0, "7": 0, "7.5 1": 0, "x.00 1": 0, "99999999999.00 1": 0} {
		if got, ok := ParseUptime([]byte(text)); ok != (want > 0) || ok && got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
		}
	}
}
