package facts

import (
	"testing"
)

func TestParseSched(t *testing.T) {
	const good = "evil\nse.exec_start : 1.0\n-----\nx (12, #threads: 1)\n-------------------------------------------------------------------\nse.exec_start                                :        844117.133058\nse.vruntime : 1\n"
	if s, err := ParseSched([]byte(good)); err != nil || s.ExecStartMs != 844117.133058 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, bad := range []string{"", "se.exec_start : 1\n", "x\n-----\n", "x\n-----\nse.exec_start : -1\n", "x\n-----\nse.exec_start : NaN\n", "x\n-----\nse.exec_start : 1e999\n"} {
		if s, err := ParseSched([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, s)
		}
	}
}

func TestParseSyscall(t *testing.T) {
	s, err := ParseSyscall([]byte("61 0xffffffffffffffff 0x7ffd 0x0 0x0 0x0 0x0 0x7ffd0 0x7f\n"))
	if err != nil || s.Nr != 61 || int32(s.Args[0]) != -1 {
		t.Errorf("got %+v, %v", s, err)
	}
	if s, err := ParseSyscall([]byte("running\n")); err != nil || !s.Running {
		t.Errorf("got %+v, %v", s, err)
	}
	if s, err := ParseSyscall([]byte("-1 0x7ffd 0x0\n")); err != nil || s.Nr != -1 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, bad := range []string{"", "x", "61", "61 0x1", "61 x 0 0 0 0 0", "-2 0 0"} {
		if s, err := ParseSyscall([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, s)
		}
	}
}

func TestParseCgroups(t *testing.T) {
	got, err := ParseCgroups([]byte("4:memory:/a:b/c\n1:name=systemd:/\n0::/x (deleted)\n"))
	if err != nil || len(got) != 3 || got[0] != (CgroupPath{"memory", "/a:b/c"}) || got[2] != (CgroupPath{"", "/x (deleted)"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"x", "1:2", "x:memory:/"} {
		if got, err := ParseCgroups([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, got)
		}
	}
}

func TestParseFDInfo(t *testing.T) {
	if i, err := ParseFDInfo([]byte("pos:\t0\nflags:\t02\nsigmask:\t0000000000010000\n")); err != nil || i.Sigmask != Some(uint64(0x10000)) || i.PID.Known() {
		t.Errorf("got %+v, %v", i, err)
	}
	if i, err := ParseFDInfo([]byte("Pid:\t-1\nNSpid:\t-1\n")); err != nil || i.PID != Some(-1) {
		t.Errorf("got %+v, %v", i, err)
	}
	if i, err := ParseFDInfo([]byte("Pid:\tx\n")); err == nil {
		t.Errorf("got %+v, want an error", i)
	}
}

func TestParseOOMKills(t *testing.T) {
	for _, text := range []string{"low 0\nhigh 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 0\n", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"} {
		if n, err := ParseOOMKills([]byte(text)); err != nil || n != 3 {
			t.Errorf("%q: got %d, %v", text, n, err)
		}
	}
	for _, bad := range []string{"", "oom_kill\n", "oom_kill x\n", "oom_kill_disable 0\n"} {
		if n, err := ParseOOMKills([]byte(bad)); err == nil {
			t.Errorf("%q: got %d, want an error", bad, n)
		}
	}
}

func TestPIDName(t *testing.T) {
	for name, want := range map[string]int{"1": 1, "4194304": 4194304, "0": 0, "007": 0, "+7": 0, "-3": 0, "": 0, "1x": 0, "2147483648": 0, "self": 0} {
		if got, ok := ParsePID(name); (want != 0) != ok || ok && got != want {
			t.Errorf("%q: got %d, %v", name, got, ok)
		}
	}
}

func FuzzParsers(f *testing.F) {
	f.Add([]byte("x\n-----\nse.exec_start : 1\n"))
	f.Add([]byte("61 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n"))
	f.Add([]byte("4:memory:/a:b/c\n"))
	f.Add([]byte("63 45 0:39 / /proc rw shared:7 - proc proc rw,hidepid=2\n"))
	f.Add([]byte("max 31\n"))
	f.Add([]byte("Max processes             96365                unlimited            processes \n"))
	f.Add([]byte("0.20 0.18 0.12 1/80 11206\n"))
	f.Add([]byte("FROZEN\n"))
	f.Add([]byte("populated 1\nfrozen 1\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = ParseFreezerState(b)
		_, _ = ParseFrozen(b)
		_, _ = ParsePidsMax(b)
		_, _ = ParseNumber(b)
		_, _ = ParsePidsEvents(b)
		_, _ = ParseMaxProcesses(b)
		_, _ = ParseTasks(b)
		_ = UnescapeMount(string(b))
		_, _ = ParseSched(b)
		_, _ = ParseSyscall(b)
		_, _ = ParseCgroups(b)
		_, _ = ParseFDInfo(b)
		_, _ = ParseChildren(b)
		_, _ = ParseNamespace(string(b))
		_ = ParseCmdline(b)
		if m, ok := ParseMount(string(b)); ok {
			_ = m.ProcMount()
		}
	})
}
