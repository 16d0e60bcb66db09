package verdict

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/scan"
)

// capSysPtrace is CAP_SYS_PTRACE (capabilities(7)).
const capSysPtrace = 19

func TestBlind(t *testing.T) {
	mount := func(hide string, gid int, pidOnly bool) func(*scan.Snapshot) {
		return func(s *scan.Snapshot) {
			m := scan.ProcMount{Options: "rw", HidePID: hide, PIDOnly: pidOnly}
			if gid != 0 {
				m.GID = scan.Some(gid)
			}
			s.Mount = scan.Some(m)
		}
	}
	self := func(caps uint64, groups ...int) scan.Opt[scan.Self] {
		return scan.Some(scan.Self{PID: 1, UID: 1000, CapEff: scan.Some(caps), Groups: scan.Some(groups)})
	}
	unread := func(u scan.Unread) func(*scan.Snapshot) {
		return func(s *scan.Snapshot) { s.Unread = append(s.Unread, u) }
	}
	for name, c := range map[string]struct {
		self   scan.Opt[scan.Self]
		change func(*scan.Snapshot)
		want   bool
	}{
		"plain":                             {self(0), mount("", 0, false), false},
		"hidepid=off":                       {self(0), mount("off", 0, false), false},
		"hidepid, in group 0":               {self(0, 0), mount("invisible", 0, false), false},
		"hidepid":                           {self(0), mount("invisible", 0, false), true},
		"hidepid, self unknown":             {scan.Opt[scan.Self]{}, mount("2", 0, false), true},
		"hidepid, CAP_SYS_PTRACE":           {self(1 << capSysPtrace), mount("invisible", 0, false), false},
		"hidepid, in the group":             {self(0, 27), mount("invisible", 27, false), false},
		"hidepid, not in the group":         {self(0, 28), mount("invisible", 27, false), true},
		"hidepid=ptraceable, in the group":  {self(0, 27), mount("ptraceable", 27, false), true},
		"subset=pid":                        {self(1 << capSysPtrace), mount("", 0, true), true},
		"a stat that was denied":            {self(0), unread(scan.Unread{PID: 9, File: "proc/9/stat", Denied: true, Reason: "permission denied"}), true},
		"a malformed file":                  {self(0), unread(scan.Unread{PID: 1, File: "proc/1/status", Reason: "no State line"}), true},
		"a fact the kernel does not tell":   {self(0), unread(scan.Unread{PID: 1, File: "proc/1/exe", Denied: true, Reason: "permission denied"}), false},
		"a capture of some processes alone": {self(0), func(s *scan.Snapshot) { s.Only = []int{1} }, true},
		"options of the mount unknown":      {self(0), func(s *scan.Snapshot) { s.Mount = scan.Opt[scan.ProcMount]{} }, true},
		"the same with CAP_SYS_PTRACE":      {self(1 << capSysPtrace), func(s *scan.Snapshot) { s.Mount = scan.Opt[scan.ProcMount]{} }, false},
		"not all threads were looked at":    {self(0), unread(scan.Unread{PID: 1, File: "proc/1/task", Skipped: true, Reason: "5000 threads, only 4096 were looked at"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := looktest.Look(looktest.Tini)
			s.Self = c.self
			s.Mount = scan.Some(scan.ProcMount{Options: "rw"})
			c.change(s)
			d := diagnose.Diagnose(s, diagnose.Options{})
			if d.Blind != c.want {
				t.Errorf("blind %v, want %v: %+v", d.Blind, c.want, d.Findings)
			}
			if c.want == strings.HasPrefix(d.Sentence, "No zombies") {
				t.Errorf("sentence %q", d.Sentence)
			}
			code := 0
			if c.want {
				code = 3
			}
			if v := (Policy{}).Judge(d); v.ExitCode != code {
				t.Errorf("check: %+v, want exit code %d", v, code)
			}
			if v := (Policy{AllowPartial: true}).Judge(d); v.ExitCode != 0 {
				t.Errorf("check --allow-partial: %+v", v)
			}
		})
	}
}
