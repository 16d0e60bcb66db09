package facts

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// parseAs is what our parsers make of a file, by its name.
func parseAs(name string, b []byte) (any, error) {
	switch filepath.Base(name) {
	case "stat":
		if name == "proc/stat" {
			return ParseProcStat(b)
		}
		return ParseStat(b)
	case "status":
		return ParseStatus(b)
	case "sched":
		return ParseSched(b)
	case "limits":
		return ParseMaxProcesses(b)
	case "syscall":
		s, err := ParseSyscall(b)
		for i := range s.Args { // but the arguments that show who is waited for are left out
			wait4, waitid := s.Nr == 61 || s.Nr == 260, s.Nr == 247 || s.Nr == 95
			if !(wait4 && (i == 0 || i == 2) || waitid && (i == 0 || i == 1 || i == 3)) {
				s.Args[i] = 0
			}
		}
		return s, err
	}
	return string(b), nil
}

// same compares the needed part of a file with the whole of it.
func same(t *testing.T, name string, b []byte) {
	t.Helper()
	left := Needed(name, b)
	want, err1 := parseAs(name, b)
	got, err2 := parseAs(name, left)
	if !reflect.DeepEqual(got, want) || (err1 == nil) != (err2 == nil) {
		t.Errorf("%s: %+v, %v\nof all of it %+v, %v\n%q\n%q", name, got, err2, want, err1, left, b)
	}
	if twice := Needed(name, left); !bytes.Equal(twice, left) {
		t.Errorf("%s: again %q, of %q", name, twice, left)
	}
}

// TestNeeded takes the files of the processes that run here.
func TestNeeded(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	var whole, left int
	for _, pid := range []string{"1", self} {
		for _, f := range []string{"stat", "status", "sched", "limits", "task/" + pid + "/stat", "task/" + pid + "/status", "task/" + pid + "/syscall", "cgroup"} {
			b, err := os.ReadFile("/proc/" + pid + "/" + f)
			if err != nil {
				continue // a kernel without it, or no permission
			}
			same(t, "proc/"+pid+"/"+f, b)
			whole, left = whole+len(b), left+len(Needed("proc/"+pid+"/"+f, b))
		}
	}
	if b, err := os.ReadFile("/proc/stat"); err == nil {
		same(t, "proc/stat", b)
		if s := string(Needed("proc/stat", b)); strings.Contains(s, "intr") || !strings.Contains(s, "cpu0 ") {
			t.Errorf("left of /proc/stat: %s", s)
		}
	}
	if whole == 0 {
		t.Skip("there is no /proc here")
	}
	if left*2 > whole {
		t.Errorf("%d bytes are left of %d", left, whole)
	}
	// Addresses are nobody's business: fields 26 to 30 and 45 to 51.
	line := "7 (x) S 1 7 7 0 -1 0 0 0 9 0 0 0 0 0 20 0 1 0 5 0 0 18446744073709551615 4199 4299 140736 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 4399 4499 4599 4699 4799 4899 4999 0\n"
	for f := range strings.FieldsSeq(string(Needed("proc/7/stat", []byte(line)))) {
		if n, err := strconv.Atoi(f); err == nil && n > 4000 {
			t.Errorf("%d is left of %s", n, line)
		}
	}
	for in, want := range map[string]string{
		"61 0xffffffffffffffff 0x7ffd1 0x2 0x7ffd2 0x7ffd3 0x7ffd4 0x7ffe12 0x7f34\n": "61 0xffffffffffffffff 0x0 0x2 0x0 0x0 0x0\n",
		"247 0x1 0x9 0x7ffd1 0x4 0x7ffd2 0x7ffd3 0x7ffe12 0x7f34\n":                   "247 0x1 0x9 0x0 0x4 0x0 0x0\n",
		"230 0x1 0x1 0x7ffe1 0x7ffe1 0x0 0x7ffd3 0x7ffe12 0x7f34\n":                   "230 0x0 0x0 0x0 0x0 0x0 0x0\n",
		"-1 0x7ffe12 0x7f34\n": "-1\n",
		"running\n":            "running\n",
	} {
		same(t, "proc/7/task/7/syscall", []byte(in))
		if got := string(Needed("proc/7/task/7/syscall", []byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzNeeded(f *testing.F) {
	f.Add([]byte(zombieLine))
	f.Add([]byte("Name:\tx\nState:\tZ (zombie)\nVmRSS:\t1 kB\nSigBlk:\t0000000000000000\n"))
	f.Add([]byte("x (1, #threads: 1)\n-------------------\nse.exec_start : 12.5\nse.vruntime : 1\n"))
	f.Add([]byte("cpu0 1 2 3 4 5 6 7 8\nintr 1 2\nbtime 12\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range []string{"proc/7/stat", "proc/7/status", "proc/7/sched", "proc/7/limits", "proc/7/task/8/syscall", "proc/stat"} {
			same(t, name, b)
		}
	})
}
