// Package looktest makes snapshots of processes that are described in a line
// each, for the tests of those who judge them. Only tests import it.
package looktest

import (
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// HostNS is the inode of the initial PID namespace (PROC_PID_INIT_INO).
const HostNS = 0xEFFFFFFC

// Proc is a process for a test. Its unset fields are as an idle C program's.
type Proc struct {
	PID, PPID  int
	Comm       string
	State      facts.State
	Start      uint64
	SID, PGRP  int
	Reaped     bool // has waited for a child
	Threads    int
	ExitSignal int
	Kernel     bool
	Args       []string
	Exe        string
	NSpid      []int
	NS         uint64
	Caught     uint64
	Blocked    uint64
	Ignored    uint64
	Syscall    int // 0: nanosleep
	WaitsFor   int // first argument of the system call
	Wchan      string
	NoThreads  bool // threads could not be read
	Shallow    bool
	Running    bool // on a CPU
}

// Build is the process as a scan would have it.
func (p Proc) Build() facts.Process {
	s := facts.Stat{
		PID: p.PID, PPID: p.PPID, Comm: p.Comm, State: p.State, StartTicks: p.Start, Session: p.SID, PGRP: p.PGRP,
		NumThreads: max(1, p.Threads), ExitSignal: facts.Some(facts.SIGCHLD), Processor: facts.Some(0),
	}
	if s.State == 0 {
		s.State = facts.Sleeping
	}
	if s.StartTicks == 0 {
		s.StartTicks = uint64(100 + p.PID)
	}
	if p.Reaped {
		s.CMinFlt = 49
	}
	if p.ExitSignal != 0 {
		s.ExitSignal = facts.Some(p.ExitSignal)
	}
	if p.Kernel {
		s.Flags = 0x00200000
	}
	out := facts.Process{Stat: s}
	if p.Shallow || p.Kernel {
		return out
	}
	nspid := p.NSpid
	if nspid == nil {
		nspid = []int{p.PID}
	}
	st := facts.Status{
		Name: p.Comm, State: s.State, NSpid: facts.Some(nspid), SigBlk: facts.Some(p.Blocked), SigIgn: facts.Some(p.Ignored),
		SigCgt: facts.Some(p.Caught), SigPnd: facts.Some(uint64(0)), ShdPnd: facts.Some(uint64(0)), UID: facts.Some(0),
	}
	d := &facts.Detail{Status: facts.Some(st)}
	if p.NS != 0 {
		d.PIDNS = facts.Some(p.NS)
	}
	out.Deep = d
	if p.State == facts.Zombie {
		return out
	}
	args := p.Args
	if args == nil {
		args = []string{p.Comm}
	}
	d.Cmdline = facts.Some(args)
	if p.Exe != "" {
		d.Exe = facts.Some(p.Exe)
	}
	d.FDs = facts.Some([]facts.FDInfo{})
	if !p.NoThreads {
		nr := p.Syscall
		if nr == 0 {
			nr = 35 // nanosleep
		}
		sc := facts.Syscall{Nr: nr, Running: p.Running}
		sc.Args[0] = uint64(p.WaitsFor)
		d.Threads = facts.Some([]facts.Thread{{
			TID: p.PID, Stat: facts.Some(s), Status: facts.Some(st), Wchan: facts.Some(p.Wchan), Syscall: facts.Some(sc),
		}})
	}
	return out
}

// Look is a snapshot of these processes, looked at twice without a change.
func Look(procs ...Proc) *facts.Snapshot {
	s := LookOnce(procs...)
	s.Again = &facts.SecondLook{After: 100 * time.Millisecond, Procs: map[int]*facts.Again{}}
	for i := range s.Procs {
		p := &s.Procs[i]
		s.Again.Asked = append(s.Again.Asked, p.PID)
		s.Again.Procs[p.PID] = &facts.Again{Stat: p.Stat}
	}
	return s
}

// LookOnce is the same, looked at once.
func LookOnce(procs ...Proc) *facts.Snapshot {
	s := &facts.Snapshot{Source: facts.Source{Kind: facts.Recorded}, Host: facts.Host{Arch: facts.Some("x86_64")}}
	slices.SortFunc(procs, func(a, b Proc) int { return a.PID - b.PID })
	for _, p := range procs {
		s.Procs = append(s.Procs, p.Build())
	}
	return s
}

// Processes that many tests use: a good init as PID 1, a program that is not an
// init, and a zombie.
var (
	Tini   = Proc{PID: 1, Comm: "tini", Reaped: true, Wchan: "do_sigtimedwait", Syscall: 128}
	App    = Proc{PID: 1, Comm: "app"}
	Zombie = func(pid, ppid int) Proc { return Proc{PID: pid, PPID: ppid, Comm: "child", State: facts.Zombie} }
)

// With returns the process, changed.
func With(p Proc, change func(*Proc)) Proc { change(&p); return p }
