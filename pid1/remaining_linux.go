//go:build linux && (amd64 || arm64)

package pid1

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// afterKill is how long a process that got SIGKILL has to be gone. One that is
// stuck in the kernel may never be.
const afterKill = 2 * time.Second

// betweenKills is how long to wait before looking again: the child of a process
// that was killed may be ours only then, and is not a signal to us.
const betweenKills = 100 * time.Millisecond

// killRemaining ends the processes that the program has left behind: it sends
// SIGTERM, and after grace SIGKILL to those that are still there. Signals that
// come meanwhile go to them.
func (p *initProcess) killRemaining(grace time.Duration) {
	p.signalRemaining(sigTERM)
	p.signalRemaining(sigCONT) // a stopped process would not handle it
	deadline := time.Now().Add(grace)
	killing := false
	for p.reap() {
		left := time.Until(deadline)
		switch {
		case left > 0:
			waitForSignal(min(left, betweenKills))
		case killing:
			p.log.warn("Some of the remaining processes could not be killed")
			return
		default:
			killing = true
			deadline = time.Now().Add(afterKill)
		}
		for n := 1; n <= entry.Signals; n++ {
			if entry.Take(n) > 0 && n != sigCHLD {
				p.signalRemaining(n)
			}
		}
		if killing { // again and again: there may be new ones
			p.signalRemaining(sigKILL)
		}
	}
}

// signalRemaining sends a signal to every process but us: as PID 1 to all in the
// namespace, otherwise to those that descend from us.
func (p *initProcess) signalRemaining(n int) {
	if p.log.pid == 1 {
		kill(-1, n) // ESRCH: none is left
		return
	}
	for _, d := range descendants(p.log.pid) {
		d.signal(n)
	}
}

// A process is what a PID meant when it was looked at.
type process struct {
	pid, parent int
	start       string // ticks since boot, as in stat
}

// descendants returns what descends from a process, as far as /proc shows it.
func descendants(of int) []process {
	if !ourProc() {
		return nil
	}
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // the names that were read before an error are right
	all := map[int]process{}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if p, ok := look(pid); ok {
				all[pid] = p
			}
		}
	}
	var found []process
	for _, p := range all {
		up, ok := p, true
		for steps := 0; ok && up.parent != of && steps < len(all); steps++ { // a reused PID could make a circle
			up, ok = all[up.parent]
		}
		if ok && up.parent == of {
			found = append(found, p)
		}
	}
	return found
}

// look reads parent and start time from /proc/PID/stat.
func look(pid int) (process, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, false
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 20 {
		return process{}, false
	}
	parent, err := strconv.Atoi(string(f[1]))
	return process{pid: pid, parent: parent, start: string(f[19])}, err == nil
}

// signal sends a signal to the process, unless its PID means another one by now.
func (p process) signal(n int) {
	fd, errno := raw(sysPidfdOpen, uintptr(p.pid), 0, 0, 0)
	if errno == uintptr(syscall.ENOSYS) { // before Linux 5.3
		kill(p.pid, n)
		return
	}
	if errno != 0 {
		return
	}
	if now, ok := look(p.pid); ok && now.start == p.start {
		raw(sysPidfdSendSignal, fd, uintptr(n), 0, 0)
	}
	raw(syscall.SYS_CLOSE, fd, 0, 0, 0)
}

// The same numbers on every architecture.
const (
	sysPidfdSendSignal = 424
	sysPidfdOpen       = 434
)
