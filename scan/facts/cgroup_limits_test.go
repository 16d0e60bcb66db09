package facts

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/procfs"
)

func TestParseLimitFiles(t *testing.T) {
	type parser func([]byte) (uint64, error)
	for name, c := range map[string]struct {
		parse parser
		good  map[string]uint64
		bad   []string
	}{
		"pids.max": {ParsePidsMax,
			map[string]uint64{"max\n": Unlimited, "max": Unlimited, "0\n": 0, "9250\n": 9250, "4194304": 4194304},
			[]string{"", "\n", "-1\n", "maximum\n", "12 \n", "1\n2\n", "18446744073709551615\n", "18446744073709551616\n", "0x10\n"}},
		"pids.current": {ParseNumber,
			map[string]uint64{"0\n": 0, "9249\n": 9249},
			[]string{"", "max\n", "x\n", "-1\n"}},
		"pids.events": {ParsePidsEvents,
			map[string]uint64{"max 0\n": 0, "max 31\n": 31, "max.imposed 4\nmax 7\n": 7, "max 7": 7},
			[]string{"", "max\n", "max \n", "max -1\n", "max max\n", "maximum 3\n"}},
		"limits": {ParseMaxProcesses,
			map[string]uint64{
				"Limit                     Soft Limit           Hard Limit           Units     \nMax processes             96365                100000               processes \n": 96365,
				"Max processes             unlimited            unlimited            processes \n":                                                                                 Unlimited,
				"Max processes             0                    0                    processes \n":                                                                                 0,
			},
			[]string{"", "Max processes\n", "Max processes  7\n", "Max processes  x y processes\n", "Max open files 1 2 files\n", "Max processes -1 -1 processes\n"}},
		"loadavg": {ParseTasks,
			map[string]uint64{"0.20 0.18 0.12 1/80 11206\n": 80, "0 0 0 3/12345": 12345},
			[]string{"", "0.20 0.18 0.12", "0.20 0.18 0.12 80 1", "0.20 0.18 0.12 1/x 1", "0.20 0.18 0.12 /80 1", "0 0 0 1/-2 1"}},
	} {
		for text, want := range c.good {
			if got, err := c.parse([]byte(text)); err != nil || got != want {
				t.Errorf("%s %q: got %d, %v, want %d", name, text, got, err, want)
			}
		}
		for _, text := range c.bad {
			if got, err := c.parse([]byte(text)); err == nil {
				t.Errorf("%s %q: got %d, want an error", name, text, got)
			}
		}
	}
}

// TestLimitsOracle holds our parser to procfs, on every process there is.
func TestLimitsOracle(t *testing.T) {
	fs, err := procfs.NewFS("/proc")
	if err != nil {
		t.Skip("no procfs here:", err)
	}
	procs, err := fs.AllProcs()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, p := range procs {
		b, err1 := os.ReadFile(filepath.Join("/proc", fmt.Sprint(p.PID), "limits"))
		want, err2 := p.Limits()
		if err1 != nil || err2 != nil || len(b) == 0 {
			continue // it has exited
		}
		compared++
		if got, err := ParseMaxProcesses(b); err != nil || got != want.Processes {
			t.Errorf("PID %d: got %d, %v, want %d", p.PID, got, err, want.Processes)
		}
	}
	if compared == 0 {
		t.Error("compared nothing")
	}
	if Unlimited != uint64(math.MaxUint64) {
		t.Error("RLIM_INFINITY is another number")
	}
}
