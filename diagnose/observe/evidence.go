package observe

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Evidence is a place to look and what was found there, so that anybody can
// check.
type Evidence struct {
	PID    int    // of the process whose file it is; 0: it is of none
	File   string // "/proc/1/status"
	Fields Fields // says which part of the file; the zero value: all of it
	Value  string
	Shows  Trace // says what can be seen by it, where the value does not say so itself
}

// Fields names parts of a file.
type Fields struct {
	Numbers []int // those of fields that have no names in the file, from 1
	// Name names the values: the name of a line ("SigCgt"), or the meaning of the
	// numbers ("state, ppid").
	Name string
	Look Look
}

// Look says in which of the two looks a value was seen.
type Look string

// The looks; AnyLook says nothing of it.
const (
	AnyLook    Look = ""
	FirstLook  Look = "first look"
	SecondLook Look = "second look"
	BothLooks  Look = "in both looks"
)

// Trace is what shows whose child a process is, or what program it still runs.
type Trace struct {
	Kind     TraceKind
	From, To uint64 // PIDs, start times in ticks or a signal number: see the kinds
}

// TraceKind says which trace it is.
type TraceKind int

// The kinds of trace.
const (
	NoTrace           TraceKind = iota
	ParentChanged               // its parent changed, from From to To, between two looks
	SeenAdopted                 // a watch saw its parent change, from From to To
	OtherExitSignal             // its exit signal is From, and adoption would have made it SIGCHLD
	ParentsName                 // it has the name of its parent, in a list
	OlderThanParent             // it started From ticks after boot, its parent To
	OutOfOrder                  // it is older than a child of From that is listed before it
	SessionLeaderGone           // the leader of its session, From, is gone and was not its parent
	GroupLeaderGone             // likewise that of its process group
	NotExeced                   // it has not called execve, and runs what its parent ran
)

// String names the fields as documents do: "field 11 (cminflt), first look".
func (f Fields) String() string {
	text := f.Name
	if n := len(f.Numbers); n > 0 {
		what := "field "
		if n > 1 {
			what = "fields "
		}
		text = what + strings.ReplaceAll(strings.Trim(fmt.Sprint(f.Numbers), "[]"), " ", ", ") + " (" + f.Name + ")"
	}
	if f.Look != AnyLook {
		text += ", " + string(f.Look)
	}
	return text
}

// Stat points at fields of /proc/PID/stat (proc_pid_stat(5)).
func Stat(pid int, value, name string, numbers ...int) Evidence {
	return Evidence{PID: pid, File: fmt.Sprintf("/proc/%d/stat", pid), Fields: Fields{Numbers: numbers, Name: name}, Value: value}
}

// At says in which look the value was seen.
func (e Evidence) At(l Look) Evidence {
	e.Fields.Look = l
	return e
}

// Showing says what can be seen by it.
func (e Evidence) Showing(t Trace) Evidence {
	e.Shows = t
	return e
}

// Status points at a line of /proc/PID/status (proc_pid_status(5)).
func Status(pid int, line, value string) Evidence {
	return Evidence{PID: pid, File: fmt.Sprintf("/proc/%d/status", pid), Fields: Fields{Name: line}, Value: value}
}

// StatusMask is Status of a signal mask.
func StatusMask(pid int, line string, mask uint64) Evidence {
	return Status(pid, line, fmt.Sprintf("%016x", mask))
}

// NSpid points at the PIDs of a process in each PID namespace that it is in.
func NSpid(p *facts.Process) Evidence {
	return Status(p.PID, "NSpid", strings.Trim(fmt.Sprint(p.NSpid()), "[]"))
}

// ProcFile points at a whole file of a process: "wchan", "exe".
func ProcFile(pid int, file, value string) Evidence {
	return Evidence{PID: pid, File: fmt.Sprintf("/proc/%d/%s", pid, file), Value: value}
}

// FDInfo points at a line of /proc/PID/fdinfo/FD.
func FDInfo(pid, fd int, line, value string) Evidence {
	e := ProcFile(pid, fmt.Sprintf("fdinfo/%d", fd), value)
	e.Fields.Name = line
	return e
}

// Reaped is the strongest single fact about a parent: the faults of a child are
// added to its parent's when it is waited for.
func Reaped(p *facts.Process) Evidence { return Stat(p.PID, fmt.Sprint(p.CMinFlt), "cminflt", 11) }

// StatePPID points at the state of a process and at its parent.
func StatePPID(pid int, state facts.State, ppid int) Evidence {
	return Stat(pid, fmt.Sprintf("%s %d", state, ppid), "state, ppid", 3, 4)
}

// ExecStart points at when a process last ran: of a zombie, when it died. false: that was not read.
func ExecStart(p *facts.Process) (Evidence, bool) {
	sched, ok := Deep(p).Sched.Get()
	cpu, known := p.Processor.Get()
	ev := Evidence{PID: p.PID, File: fmt.Sprintf("/proc/%d/sched", p.PID), Fields: Fields{Name: "se.exec_start"}, Value: fmt.Sprintf("%.3f ms, on the clock of CPU %d", sched.ExecStartMs, cpu)}
	return ev, ok && known
}

// Line points at a line of a list of processes.
func Line(s *facts.Snapshot, l facts.Line) Evidence {
	const most = 200 // bytes
	text := strings.TrimSpace(l.Text)
	if len(text) > most {
		text = text[:most] + "…"
	}
	return Evidence{File: s.Source.Path, Fields: Fields{Name: fmt.Sprintf("line %d", l.Number)}, Value: text}
}

// Advised commands are pasted into a shell, and names come from files, or from
// somebody's cgroup.

// PlainPath reports whether a path means nothing to a shell but itself.
func PlainPath(s string) bool { return plain(s, "_./:@%+=,-") }

// PlainWord reports whether a name can be pasted into a shell as it is.
func PlainWord(s string) bool { return !strings.HasPrefix(s, "-") && plain(s, "._@:-") }

func plain(s, also string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(also, r)
	})
}
