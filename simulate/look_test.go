//go:build linux

package simulate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// seen is one process as /proc shows it. The code here shares nothing with the package's own reading.
type seen struct {
	PID, PPID, SID, PGID, Threads  int
	Comm, State, Cmdline, Exe      string
	Cminflt, Start, WaitStatus     uint64
	SigBlk, SigIgn, SigCgt, PIDsNS string
	ShdPnd, Tracer, Syscall        string
	ExitSignal                     int
	CgroupEvents                   string // of its v2 cgroup, when that is a root of our view
}

func lookAround() []seen {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	return lookAt(dirs)
}

func lookAt(dirs []string) []seen {
	var all []seen
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue
		}
		status, err := os.ReadFile(dir + "/status")
		if err != nil {
			continue
		}
		var s seen
		if _, err := fmt.Sscanf(string(stat), "%d", &s.PID); err != nil {
			continue
		}
		line := strings.TrimSpace(string(stat))
		s.Comm = line[strings.Index(line, "(")+1 : strings.LastIndex(line, ")")]
		f := append([]string{"", "", ""}, strings.Fields(line[strings.LastIndex(line, ")")+1:])...) // f[3] is field 3
		s.State = f[3]
		for field, to := range map[int]*int{4: &s.PPID, 5: &s.PGID, 6: &s.SID, 20: &s.Threads, 38: &s.ExitSignal} {
			*to, _ = strconv.Atoi(f[field])
		}
		for field, to := range map[int]*uint64{11: &s.Cminflt, 22: &s.Start, 52: &s.WaitStatus} {
			*to, _ = strconv.ParseUint(f[field], 10, 64)
		}
		for l := range strings.SplitSeq(string(status), "\n") {
			key, value, _ := strings.Cut(l, ":")
			for name, to := range map[string]*string{"SigBlk": &s.SigBlk, "SigIgn": &s.SigIgn, "SigCgt": &s.SigCgt, "NSpid": &s.PIDsNS, "ShdPnd": &s.ShdPnd, "TracerPid": &s.Tracer} {
				if key == name {
					*to = strings.TrimSpace(value)
				}
			}
		}
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		s.Cmdline = strings.ReplaceAll(strings.TrimSuffix(string(cmdline), "\x00"), "\x00", " ")
		s.Exe, _ = os.Readlink(dir + "/exe")
		call, _ := os.ReadFile(dir + "/syscall")
		s.Syscall = string(call)
		cgroups, _ := os.ReadFile(dir + "/cgroup")
		if _, path, ok := strings.Cut(string(cgroups), "0::"); ok {
			events, _ := os.ReadFile("/sys/fs/cgroup" + strings.TrimSpace(path) + "/cgroup.events")
			s.CgroupEvents = string(events)
		}
		all = append(all, s)
	}
	return all
}

// inside looks from within the scene, through a program that entered it, and leaves that program out.
func inside(t *testing.T, s *Stage) []seen {
	t.Helper()
	cmd := s.Command(t.Context(), selfExeOf(t))
	cmd.Env = append(cmd.Environ(), helperEnv+"=look")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("look: %v", err)
	}
	var all []seen
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("look: %v in %q", err, out)
	}
	me := filepath.Base(selfExeOf(t))
	me = me[:min(len(me), 15)]
	kept := all[:0]
	self := 0
	for _, p := range all {
		if p.Comm == me {
			self++
			if s.PID1() != 0 && p.PPID != 0 {
				t.Errorf("a program that entered has PPid %d, want 0", p.PPID)
			}
			continue
		}
		kept = append(kept, p)
	}
	if self == 0 {
		t.Error("the program that looks does not see itself")
	}
	return kept
}

func selfExeOf(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// below gives every process below one, in the namespace of the test, with its start time: what must be gone at the end.
func below(root int) map[int]seen {
	all := map[int]seen{}
	for _, p := range lookAround() {
		all[p.PID] = p
	}
	found := map[int]seen{}
	for pid, p := range all {
		for at, n := p, 0; n < 100; n++ {
			if at.PPID == root {
				found[pid] = p
				break
			}
			next, ok := all[at.PPID]
			if !ok {
				break
			}
			at = next
		}
	}
	return found
}

// remaining gives those of the processes that are still there, and not others with the same PID.
func remaining(of map[int]seen) []seen {
	var dirs []string
	for pid := range of {
		dirs = append(dirs, fmt.Sprintf("/proc/%d", pid))
	}
	var left []seen
	for _, p := range lookAt(dirs) {
		if of[p.PID].Start == p.Start {
			left = append(left, p)
		}
	}
	return left
}

func withComm(all []seen, comm string) []seen {
	var out []seen
	for _, p := range all {
		if p.Comm == comm {
			out = append(out, p)
		}
	}
	return out
}

func zombies(all []seen) []seen {
	var out []seen
	for _, p := range all {
		if p.State == "Z" {
			out = append(out, p)
		}
	}
	return out
}
