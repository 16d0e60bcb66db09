//go:build linux && (amd64 || arm64)

package pid1

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

type initProcess struct {
	options
	log   log
	pid   int    // of the program
	ended bool   // the program
	code  int    // its exit code
	tally *tally // nil: nobody asked
}

// run starts the program and is its init until it exits. It returns the exit
// code.
func (o options) run() int {
	// The mask is a thread's own, and so is the signal for the parent's death.
	runtime.LockOSThread()
	// Nothing has to run in parallel. And a value that is set is not looked up
	// again every second in the limits of our cgroup.
	runtime.GOMAXPROCS(1)
	p := initProcess{options: o, log: o.newLog()}
	if o.report != noReport || o.reportOn != 0 {
		p.tally = newTally()
	}
	entry.Catch(o.setsid)
	if code, ok := p.prepare(); !ok {
		return code
	}
	p.reap() // whoever was here before the exec may have left children
	if o.setsid {
		giveUpTerminal()
	}
	pid, exec, err := spawn(o.argv, o.setsid)
	if err != nil {
		p.log.fatal("%v", err)
		return exitTini
	}
	p.pid = pid
	if exec != 0 {
		p.log.print(levelFatal, pid, "exec %s failed: %s", o.argv[0], errorText(exec))
	}
	p.log.info("Spawned child process '%s' with pid '%d'", o.argv[0], pid)
	return p.serve()
}

// prepare settles who we are to our parent and to orphans.
func (p *initProcess) prepare() (code int, ok bool) {
	if p.parentDeath != 0 && prctl(prSetParentDeath, uintptr(p.parentDeath)) != 0 {
		p.log.fatal("Failed to set up parent death signal")
		return exitTini, false
	}
	if p.subreaper {
		if err := prctl(prSetChildSubreaper, 1); err != 0 {
			if err == syscall.EINVAL {
				p.log.fatal("PR_SET_CHILD_SUBREAPER is unavailable on this platform. Are you using Linux >= 3.4?")
			} else {
				p.log.fatal("Failed to register as child subreaper: %s", errorText(err))
			}
			return exitTini, false
		}
		p.log.trace("Registered as child subreaper")
	}
	if !isReaper() {
		name := "zombiectl init"
		if p.dropIn {
			name = "Tini"
		}
		p.log.warn("%[1]s is not running as PID 1 and isn't registered as a child subreaper.\n"+
			"Zombie processes will not be re-parented to %[1]s, so zombie reaping won't work.\n"+
			"To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register %[1]s as a child subreaper, or run %[1]s as PID 1.", name)
	}
	return 0, true
}

// serve passes signals on and reaps, until the program has exited.
func (p *initProcess) serve() int {
	patience := quiet
	for !p.ended {
		// The handler counts signals. One that came before this sleep ends it at
		// once, even one that came before we had a child.
		if !waitForSignal(patience) && patience != forever {
			patience = forever
			shrink()
			continue
		}
		died := false
		for n := 1; n <= entry.Signals; n++ {
			times := entry.Take(n)
			switch {
			case times == 0:
			case n == sigCHLD:
				died = true
				p.log.debug("Received SIGCHLD")
			default:
				p.forward(n, int(times))
			}
		}
		if died {
			if p.reap() {
				p.log.trace("No child to reap")
			} else {
				p.log.trace("No child to wait")
			}
		}
	}
	p.log.trace("Exiting: child has exited")
	if p.setsid {
		kill(-p.pid, sigTERM) // ESRCH: nothing is left of its group
	}
	if p.remaining != nil {
		p.killRemaining(*p.remaining)
	}
	if p.report != noReport {
		p.tell(p.report)
	}
	if p.toZero[p.code] {
		return 0
	}
	return p.code
}

// tell reports the reaped orphans. An error has nobody to be reported to.
func (p *initProcess) tell(f format) { write(stderr, p.tally.line(f)) }

// quiet is how long nothing must have happened before we care for our memory: it
// takes a millisecond, which a program that exits at once should not wait for.
const quiet = time.Second

// shrink gives back memory that was needed only to start: code that has run and
// constants that were read.
func shrink() {
	for _, s := range entry.Image() {
		raw(syscall.SYS_MADVISE, s.Start, s.End-s.Start, syscall.MADV_DONTNEED, 0)
	}
}

// forward passes a signal on that came so many times.
func (p *initProcess) forward(n, times int) {
	if n == p.reportOn {
		p.tell(p.report)
		return
	}
	to, rewritten := p.rewrite[n]
	stop := p.setsid && (n == sigTSTP || n == sigTTIN || n == sigTTOU)
	switch {
	case rewritten:
	case stop:
		to = sigSTOP // a group without a terminal's session would not stop for them
	default:
		to = n
	}
	if stop {
		// Whoever stopped us wants to see us stopped. SIGCONT ends that.
		defer kill(p.log.pid, sigSTOP)
	}
	if to == 0 {
		return
	}
	if to < sigRTMIN {
		times = 1 // the kernel keeps no more than one of these either
	}
	target := p.pid
	if p.group || p.setsid {
		target = -p.pid
	}
	for range times {
		if p.log.on(levelDebug) {
			p.log.debug("Passing signal: '%s'", signalText(to))
		}
		switch err := syscall.Errno(kill(target, to)); err {
		case 0:
		case syscall.ESRCH:
			p.log.warn("Child was dead when forwarding signal")
			return
		default: // tini gives up here, and leaves its program alone
			p.log.warn("Unexpected error when forwarding signal: '%s'", errorText(err))
			return
		}
	}
}

// reap collects every child that has exited, and reports whether others are
// left.
func (p *initProcess) reap() (others bool) {
	if p.tally != nil {
		p.tally.pass = 0
	}
	// Nobody wants to hear of each: then they are all reaped in one go.
	many := p.tally == nil && !p.warnReaped && !p.log.on(levelDebug)
	for {
		which := -1         // any
		if p.tally != nil { // whose name is asked for while it has one
			var errno uintptr
			if which, errno = nextDead(); errno != 0 || which == 0 {
				return errno == 0 // ECHILD: no others are left
			}
			if which != p.pid {
				p.tally.add(comm(which))
			}
		}
		var status syscall.WaitStatus
		pid, errno := wait(which, p.pid, many, &status)
		switch {
		case errno != 0: // ECHILD
			return false
		case pid == 0:
			return true
		}
		if p.log.on(levelDebug) {
			p.log.debug("Reaped child with pid: '%d'", pid)
		}
		if pid != p.pid {
			if p.warnReaped {
				p.log.warn("Reaped zombie process with pid=%d", pid)
			}
			continue
		}
		p.ended = true
		if status.Signaled() {
			p.code = exitSignal + int(status.Signal())
			p.log.info("Main child exited with signal (with signal '%s')", signalText(int(status.Signal())))
		} else {
			p.code = status.ExitStatus()
			p.log.info("Main child exited normally (with status '%d')", p.code)
		}
	}
}

// comm returns the name of a process that is dead and not reaped yet.
func comm(pid int) (name string, known bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	return strings.TrimSuffix(string(b), "\n"), err == nil && ourProc()
}
