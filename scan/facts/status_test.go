package facts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/procfs"
)

const statusText = `Name:	a\nb
Umask:	0022
State:	Z (zombie)
Tgid:	45
Pid:	45
PPid:	1
TracerPid:	7
Uid:	1000	1001	1002	1003
Gid:	100	101	102	103
Groups:	4 24 100 
NSpid:	2345	45
Threads:	2
SigQ:	0/96365
SigPnd:	0000000000000000
ShdPnd:	0000000000010000
SigBlk:	0000000000010000
SigIgn:	0000000000001000
SigCgt:	fffffffd7fc1fefd
CapEff:	000001ffffffffff
`

func TestParseStatus(t *testing.T) {
	s, err := ParseStatus([]byte(statusText))
	if err != nil {
		t.Fatal(err)
	}
	nspid, _ := s.NSpid.Get()
	groups, _ := s.Groups.Get()
	if s.Name != `a\nb` || s.State != Zombie || s.PPID != Some(1) || s.TracerPID != Some(7) || s.UID != Some(1000) ||
		s.GID != Some(101) || s.Threads != Some(2) || !slices.Equal(nspid, []int{2345, 45}) || !slices.Equal(groups, []int{4, 24, 100}) ||
		s.SigCgt != Some(uint64(0xfffffffd7fc1fefd)) || s.ShdPnd != Some(uint64(0x10000)) || s.CapEff != Some(uint64(0x1ffffffffff)) {
		t.Errorf("%+v", s)
	}
	if blk, _ := s.SigBlk.Get(); !HasSignal(blk, SIGCHLD) || HasSignal(blk, 15) {
		t.Error("SigBlk: SIGCHLD and nothing else expected")
	}
	// What a kernel does not print is unknown, not 0.
	s, err = ParseStatus([]byte("Name:\tx\nState:\tS (sleeping)\n"))
	if err != nil || s.TracerPID.Known() || s.SigBlk.Known() || s.NSpid.Known() || s.UID.Known() {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestParseStatusBad(t *testing.T) {
	for _, text := range []string{
		"", "Name:\tx\n", "State:\n", "State:\t1\n", "State:\tZ (zombie)\nUid:\t1000x\n", "State:\tZ\nPPid:\t-1\n",
		"State:\tZ\nSigCgt:\txyz\n", "State:\tZ\nNSpid:\t99999999999999999999\n", "State:\tZ\nGid:\t5\n",
	} {
		if s, err := ParseStatus([]byte(text)); err == nil {
			t.Errorf("%q: got %+v, want an error", text, s)
		}
	}
	// procfs panics on this one.
	if _, err := ParseStatus([]byte("State:\tZ\nUid:\t0\t0\t0\t0\t0\n")); err != nil {
		t.Errorf("five UIDs: %v", err)
	}
}

func agreeStatus(t *testing.T, got Status, want procfs.ProcStatus) {
	t.Helper()
	if uid, ok := got.UID.Get(); ok && uint64(uid) != want.UIDs[0] {
		t.Errorf("uid: got %d, procfs says %d", uid, want.UIDs[0])
	}
	if gid, ok := got.GID.Get(); ok && uint64(gid) != want.GIDs[1] {
		t.Errorf("gid: got %d, procfs says %d", gid, want.GIDs[1])
	}
	if pids, ok := got.NSpid.Get(); ok {
		for i, pid := range pids {
			if i >= len(want.NSpids) || uint64(pid) != want.NSpids[i] {
				t.Errorf("NSpid: got %v, procfs says %v", pids, want.NSpids)
				break
			}
		}
	}
	if eff, ok := got.CapEff.Get(); ok && eff != want.CapEff {
		t.Errorf("CapEff: got %x, procfs says %x", eff, want.CapEff)
	}
}

func TestStatusAgreesWithProcfs(t *testing.T) {
	dir := t.TempDir()
	texts := [][]byte{[]byte(statusText)}
	files, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil {
			texts = append(texts, b)
		}
	}
	for i, b := range texts {
		got, err := ParseStatus(b)
		if err != nil {
			t.Errorf("%q: %v", b, err)
			continue
		}
		want, err := byProcfs(t, dir, i+1, "status", b, procfs.Proc.NewStatus)
		if err != nil {
			t.Errorf("%q: procfs: %v", b, err)
			continue
		}
		agreeStatus(t, got, want)
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(statusText))
	f.Add([]byte("State:\tZ\nUid:\t0\t0\t0\t0\t0\n"))
	f.Add([]byte("State:\tZ\nNSpid: 1 2\nSigBlk: 0\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ParseStatus(b)
		if err != nil {
			return
		}
		// A line twice, or words where tabs belong, is read differently by
		// each; no kernel prints either.
		for _, key := range []string{"Uid:", "Gid:", "NSpid:", "CapEff:"} {
			if strings.Count(string(b), key) > 1 {
				return
			}
		}
		if want, err := byProcfs(t, dir, 1, "status", b, procfs.Proc.NewStatus); err == nil && len(want.NSpids) > 0 {
			if strings.Contains(string(b), "\r") || strings.Contains(string(b), "\x00") {
				return
			}
			agreeStatus(t, got, want)
		}
	})
}
