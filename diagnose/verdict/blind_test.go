package verdict

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// capSysPtrace is CAP_SYS_PTRACE (capabilities(7)).
const capSysPtrace = 19

func TestBlind(t *testing.T) {
	mount := func(hide string, gid int, pidOnly bool) func(*facts.Snapshot) {
		return func(s *facts.Snapshot) {
			m := facts.ProcMount{Options: "rw", HidePID: hide, PIDOnly: pidOnly}
			if gid != 0 {
				m.GID = facts.Some(gid)
			}
			s.Mount = facts.Some(m)
		}
	}
	self := func(caps uint64, groups ...int) facts.Opt[facts.Self] {
		return facts.Some(facts.Self{PID: 1, UID: 1000, CapEff: facts.Some(caps), Groups: facts.Some(groups)})
	}
	unread := func(u facts.Unread) func(*facts.Snapshot) {
		return func(s *facts.Snapshot) { s.Unread = append(s.Unread, u) }
	}
	for name, c := range map[string]struct {
		self   facts.Opt[facts.Self]
		change func(*facts.Snapshot)
		want   bool
	}{
		"plain":                             {self(0), mount("", 0, false), false},
		"hidepid=off":                       {self(0), mount("off", 0, false), false},
		"hidepid, in group 0":               {self(0, 0), mount("invisible", 0, false), false},
		"hidepid":                           {self(0), mount("invisible", 0, false), true},
		"hidepid, self unknown":             {facts.Opt[facts.Self]{}, mount("2", 0, false), true},
		"hidepid, CAP_SYS_PTRACE":           {self(1 << capSysPtrace), mount("invisible", 0, false), false},
		"hidepid, in the group":             {self(0, 27), mount("invisible", 27, false), false},
		"hidepid, not in the group":         {self(0, 28), mount("invisible", 27, false), true},
		"hidepid=ptraceable, in the group":  {self(0, 27), mount("ptraceable", 27, false), true},
		"subset=pid":                        {self(1 << capSysPtrace), mount("", 0, true), true},
		"a stat that was denied":            {self(0), unread(facts.Unread{PID: 9, File: "proc/9/stat", Denied: true, Reason: "permission denied"}), true},
		"a malformed file":                  {self(0), unread(facts.Unread{PID: 1, File: "proc/1/status", Reason: "no State line"}), true},
		"a fact the kernel does not tell":   {self(0), unread(facts.Unread{PID: 1, File: "proc/1/exe", Denied: true, Reason: "permission denied"}), false},
		"a capture of some processes alone": {self(0), func(s *facts.Snapshot) { s.Only = []int{1} }, true},
		"options of the mount unknown":      {self(0), func(s *facts.Snapshot) { s.Mount = facts.Opt[facts.ProcMount]{} }, true},
		"the same with CAP_SYS_PTRACE":      {self(1 << capSysPtrace), func(s *facts.Snapshot) { s.Mount = facts.Opt[facts.ProcMount]{} }, false},
		"not all threads were looked at":    {self(0), unread(facts.Unread{PID: 1, File: "proc/1/task", Skipped: true, Reason: "5000 threads, only 4096 were looked at"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := looktest.Look(looktest.Tini)
			s.Self = c.self
			s.Mount = facts.Some(facts.ProcMount{Options: "rw"})
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
