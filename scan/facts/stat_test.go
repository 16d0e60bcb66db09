package facts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/procfs"
)

// Real lines: a zombie as root, a zombie as a stranger, and names as nasty as
// a process can choose them.
const zombieLine = "2538 (sh) Z 1 2537 2537 0 -1 4228108 56 12 0 3 0 1 0 2 20 0 1 0 57722 0 0 18446744073709551615 0 0 0 0 0 0 0 4096 65538 1 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 1792\n"

func TestParseStat(t *testing.T) {
	withComm := func(comm string) string { return strings.Replace(zombieLine, "(sh)", "("+comm+")", 1) }
	for _, comm := range []string{"sh", "", " ", "a b", ") Z 1", "((ugly )pr()cess()", "x\ny", "\x1b[2J", "\xff\xfe", ")", "(", "kworker/u8:0-events_unbound_and_what_it_is_working_on_just_now_x"} {
		s, err := ParseStat([]byte(withComm(comm)))
		if err != nil {
			t.Errorf("comm %q: %v", comm, err)
			continue
		}
		if s.Comm != comm || s.PID != 2538 || s.State != Zombie || s.PPID != 1 || s.PGRP != 2537 || s.Session != 2537 ||
			s.NumThreads != 1 || s.StartTicks != 57722 || s.CMinFlt != 12 || s.CMajFlt != 3 || s.STime != 1 || s.CSTime != 2 ||
			s.ExitSignal != Some(17) || s.Processor != Some(1) || s.ExitCode != Some(1792) || s.Wchan != Some(uint64(1)) {
			t.Errorf("comm %q: %+v", comm, s)
		}
	}
}

func TestParseStatOfOldKernel(t *testing.T) {
	// Before 3.5 field 52 did not exist.
	f := strings.Fields(zombieLine)
	s, err := ParseStat([]byte(strings.Join(f[:44], " ")))
	if err != nil || s.ExitCode.Known() || !s.ExitSignal.Known() {
		t.Errorf("got %+v, %v: the exit code must be unknown", s, err)
	}
}

func TestParseStatReleased(t *testing.T) {
	line := strings.Replace(zombieLine, " Z 1 2537 2537 ", " Z 0 -1 -1 ", 1)
	if _, err := ParseStat([]byte(line)); !errors.Is(err, ErrReleased) {
		t.Errorf("got %v, want ErrReleased", err)
	}
}

func TestParseStatBad(t *testing.T) {
	set := func(field int, v string) string {
		f := strings.Fields(zombieLine)
		f[field-1] = v
		return strings.Join(f, " ")
	}
	for _, line := range []string{
		"", "\n", "12", "12 (x)", "12 )x(", "12 (x) ", "12 (x) Z", "12 (x) 1 2 3", "(x) Z 1", "12(x) Z 1",
		strings.Join(strings.Fields(zombieLine)[:23], " "),
		strings.Replace(zombieLine, "(sh)", "("+strings.Repeat("x", 65)+")", 1),
		set(1, "0"), set(1, "-1"), set(1, "9223372036854775808"), set(1, "x"),
		set(4, "-1"), set(4, "9223372036854775808"), set(4, "2147483648"), set(4, "1x"), set(4, "-"),
		set(5, "-2"), set(6, "99999999999"), set(20, "-5"), set(22, "-1"), set(22, "18446744073709551616"),
		set(22, "99999999999999999999999999999999999"), set(38, "x"), set(39, "-1"), set(52, "99999999999"),
	} {
		if s, err := ParseStat([]byte(line)); err == nil {
			t.Errorf("%q: got %+v, want an error", line, s)
		}
	}
}

func TestParseStatAllocates(t *testing.T) {
	line := []byte(zombieLine)
	names := Names{"sh": "sh"}
	if n := testing.AllocsPerRun(100, func() { _, _ = names.ParseStat(2538, line) }); n > 0 {
		t.Errorf("%v allocations for a known name, want none", n)
	}
}

// byProcfs is what procfs reads of a process that has one file; it panics on some
// malformed input.
func byProcfs[T any](t testing.TB, dir string, pid int, file string, content []byte, read func(procfs.Proc) (T, error)) (got T, err error) {
	sub := filepath.Join(dir, strconv.Itoa(pid))
	if err := os.MkdirAll(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sub, file), content, 0o644); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	fs, err := procfs.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := fs.Proc(pid)
	if err != nil {
		return got, err
	}
	return read(p)
}

// agree fails when our parser and procfs differ on a field that both know.
func agree(t *testing.T, line []byte, got Stat, want procfs.ProcStat) {
	t.Helper()
	type row struct {
		field     string
		got, want any
	}
	rows := []row{
		{"comm", got.Comm, want.Comm},
		{"state", got.State.String(), want.State},
		{"ppid", got.PPID, want.PPID},
		{"pgrp", got.PGRP, want.PGRP},
		{"session", got.Session, want.Session},
		{"flags", got.Flags, uint64(want.Flags)},
		{"cminflt", got.CMinFlt, uint64(want.CMinFlt)},
		{"cmajflt", got.CMajFlt, uint64(want.CMajFlt)},
		{"utime", got.UTime, uint64(want.UTime)},
		{"stime", got.STime, uint64(want.STime)},
		{"cutime", got.CUTime, uint64(want.CUTime)},
		{"cstime", got.CSTime, uint64(want.CSTime)},
		{"num_threads", got.NumThreads, want.NumThreads},
		{"starttime", got.StartTicks, want.Starttime},
	}
	if cpu, ok := got.Processor.Get(); ok {
		rows = append(rows, row{"processor", cpu, int(want.Processor)})
	}
	for _, r := range rows {
		if r.got != r.want {
			t.Errorf("%q: %s: got %v, procfs says %v", line, r.field, r.got, r.want)
		}
	}
}

func TestStatAgreesWithProcfs(t *testing.T) {
	dir := t.TempDir()
	lines := [][]byte{[]byte(zombieLine)}
	// On Linux: every process there is.
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		if b, err := os.ReadFile(name); err == nil {
			lines = append(lines, b)
		}
	}
	compared := 0
	for _, line := range lines {
		got, err := ParseStat(line)
		if errors.Is(err, ErrReleased) {
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		want, err := byProcfs(t, dir, got.PID, "stat", line, procfs.Proc.Stat)
		if err != nil {
			t.Errorf("%q: procfs: %v", line, err)
			continue
		}
		agree(t, line, got, want)
		compared++
	}
	if compared < 1 {
		t.Error("nothing was compared")
	}
}

// asPrinted is a line as a kernel prints it.
var asPrinted = regexp.MustCompile(`(?s)^\d+ \(.*\) \S( (0|-?[1-9]\d*))+\n?$`)

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(zombieLine))
	f.Add([]byte("12 (x)"))
	f.Add([]byte("12 )x("))
	f.Add([]byte("1 () A 0 0 0 080 080 080 080 080 080 080 080 0 08 080 080 080 0 08 080 080 080 080 0800"))
	f.Add([]byte("1 (a b ) ( c d) ) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1 2 3 4"))
	f.Add([]byte(strings.Replace(zombieLine, " Z 1 ", " Z -1 ", 1)))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, line []byte) {
		got, err := ParseStat(line)
		if err != nil {
			if got != (Stat{}) {
				t.Errorf("an error, and yet %+v", got)
			}
			return
		}
		if got.PID < 1 || got.PPID < 0 || len(got.Comm) > maxComm {
			t.Errorf("impossible: %+v", got)
		}
		// Where both understand the line they must agree. procfs scans with fmt,
		// which takes any white space and octal numbers, and stops a number where it
		// cannot go on (080 and 0-0 are two of them).
		if !asPrinted.Match(line) {
			return
		}
		if want, err := byProcfs(t, dir, got.PID, "stat", line, procfs.Proc.Stat); err == nil {
			agree(t, line, got, want)
		}
	})
}

func BenchmarkParseStat(b *testing.B) {
	line := []byte(zombieLine)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseStat(line); err != nil {
			b.Fatal(err)
		}
	}
}
