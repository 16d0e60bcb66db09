package simulate

import (
	"runtime/debug"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// step is one thing that an actor does, mostly one system call with all its arguments. Steps are made from a script
// beforehand, errors included, because the actor that plays them may no longer allocate memory, or even index a slice.
type step struct {
	do         do
	nr         uintptr
	a, b, c, d uintptr
	pass       syscall.Errno // an error that is none
	next       *step         // nil: the end
	sub        *step         // doFork: where the child goes on
	text, over []byte        // doTitle: what to write over what
	failure    []byte        // what to report
	errno      *[3]byte      // its digits in failure
}

type do uint8

const (
	doCall     do = iota
	doFork        // a call that returns 0 in the child
	doForChild    // a call whose first argument is the PID of the child forked last
	doForLast     // a call whose first argument is what the call before it returned
	doDrain       // a call, again and again until it returns 0 or fails
	doExitAs      // exit as the child that was waited for ended
	doTitle       // write over the arguments
)

const (
	passAny   = ^syscall.Errno(0)
	anyChild  = ^uintptr(0) // -1
	sigchld   = uintptr(syscall.SIGCHLD)
	sigsetLen = 8 // bytes, of the kernel's sigset_t
)

type timespec struct{ sec, nsec int64 }

// prepare makes the steps of a script. It switches the garbage collector off, from which system call arguments hide
// what they point to.
func (p *player) prepare(s script, args arguments, prefix string) *step {
	debug.SetGCPercent(-1)
	p.script = s
	p.sigchld = 1 << (sigchld - 1)
	return p.link(s, args, prefix)
}

func (p *player) link(s script, args arguments, prefix string) *step {
	heads := make([]*step, len(s)) // the first step of each instruction
	tails := make([]*step, len(s))
	for i := range s {
		list := p.translate(&s[i], args, prefix)
		for j := range len(list) - 1 {
			list[j].next = list[j+1]
		}
		heads[i], tails[i] = list[0], list[len(list)-1]
		failure := prefix + words[s[i].op]
		if s[i].text != nil {
			failure += " " + string(s[i].text[:len(s[i].text)-1])
		}
		for _, st := range list {
			st.failure = []byte(failure + ": errno 000\n")
			st.errno = (*[3]byte)(st.failure[len(st.failure)-len("000\n"):])
		}
	}
	last := &step{nr: unix.SYS_EXIT_GROUP}
	for i, tail := range slices.Backward(tails) {
		switch {
		case s[i].op == opBack:
			tail.next = heads[i-int(s[i].n)]
		case tail.next == nil:
			tail.next = last
		}
		last = heads[i]
	}
	return last
}

// words name the instructions that may fail, for the error.
var words = map[op]string{
	opName: "prctl(PR_SET_NAME)", opFork: "clone", opWait: "wait4", opWaitAll: "wait4", opSetsid: "setsid", opExec: "execve",
	opSetns: "setns", opSetnsUser: "setns", opDieWith: "prctl(PR_SET_PDEATHSIG)", opReady: "write", opCount: "write",
}

func (p *player) translate(in *instr, args arguments, prefix string) []*step {
	text := uintptr(unsafe.Pointer(unsafe.SliceData(in.text)))
	status := uintptr(unsafe.Pointer(&p.status))
	set := uintptr(unsafe.Pointer(&p.sigchld))
	mark := func(c byte) []*step {
		p.marks[c] = c
		return []*step{{nr: unix.SYS_WRITE, a: p.report, b: uintptr(unsafe.Pointer(&p.marks[c])), c: 1}}
	}
	switch in.op {
	case opName:
		return []*step{{nr: unix.SYS_PRCTL, a: unix.PR_SET_NAME, b: text}}
	case opTitle:
		image := args.showing(in.text)
		return []*step{{do: doTitle, text: image, over: args.memory[:len(image)]}}
	case opFork:
		// No exec follows, and no other thread is left: a plain clone(2). The child starts with no signal blocked.
		unblock := &step{nr: unix.SYS_RT_SIGPROCMASK, a: unix.SIG_SETMASK, b: uintptr(unsafe.Pointer(&p.noSignal)), d: sigsetLen}
		unblock.next = p.link(in.sub, args, prefix)
		return []*step{{do: doFork, nr: unix.SYS_CLONE, a: sigchld, sub: unblock}}
	case opWait:
		return []*step{{do: doForChild, nr: unix.SYS_WAIT4, b: status}}
	case opWaitAll:
		return []*step{{do: doDrain, nr: unix.SYS_WAIT4, a: anyChild, b: status, pass: syscall.ECHILD}}
	case opReap:
		block := &step{nr: unix.SYS_RT_SIGPROCMASK, a: unix.SIG_BLOCK, b: set, d: sigsetLen}
		drain := &step{do: doDrain, nr: unix.SYS_WAIT4, a: anyChild, b: status, c: unix.WNOHANG, pass: syscall.ECHILD}
		await := &step{nr: unix.SYS_RT_SIGTIMEDWAIT, a: set, d: sigsetLen, pass: syscall.EINTR, next: drain}
		return []*step{block, drain, await}
	case opSetsid:
		return []*step{{nr: unix.SYS_SETSID}}
	case opPause:
		st := &step{nr: unix.SYS_PPOLL, pass: syscall.EINTR} // what pause(3) is on arm64, which has no call of that name
		st.next = st
		return []*step{st}
	case opSleep:
		t := &timespec{int64(in.n / 1000), int64(in.n%1000) * 1_000_000}
		p.times = append(p.times, t)
		return []*step{{nr: unix.SYS_NANOSLEEP, a: uintptr(unsafe.Pointer(t)), pass: passAny}}
	case opExit:
		return []*step{{nr: unix.SYS_EXIT_GROUP, a: in.n}}
	case opExitAs:
		return []*step{{do: doExitAs}}
	case opKill:
		return []*step{{nr: unix.SYS_GETPID}, {do: doForLast, nr: unix.SYS_KILL, b: in.n}}
	case opReady:
		return mark(markReady)
	case opCount:
		return mark(markCount)
	case opExec:
		return []*step{{nr: unix.SYS_EXECVE, a: text, b: uintptr(unsafe.Pointer(unsafe.SliceData(in.argv))), c: uintptr(unsafe.Pointer(unsafe.SliceData(p.environ)))}}
	case opSetns:
		return []*step{{nr: unix.SYS_SETNS, a: in.n}}
	case opSetnsUser:
		return []*step{{nr: unix.SYS_SETNS, a: in.n, pass: syscall.EINVAL}} // it is our own already: setns(2)
	case opChdir:
		return []*step{{nr: unix.SYS_CHDIR, a: text, pass: passAny}}
	case opCloseFrom:
		return []*step{{nr: unix.SYS_CLOSE_RANGE, a: in.n, b: uintptr(^uint32(0)), pass: passAny}} // absent before Linux 5.9: no harm
	case opDieWith:
		return []*step{{nr: unix.SYS_PRCTL, a: unix.PR_SET_PDEATHSIG, b: uintptr(syscall.SIGKILL)}}
	}
	return []*step{{nr: unix.SYS_GETPID}} // opBack: a step to go on from
}
