package simulate

import (
	"reflect"
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
	aIs, bIs   *uintptr      // of the player: what a, or b, is when the step is played
	pass       syscall.Errno // not an error
	next       *step         // nil: the end
	sub        *step         // doFork: where the child goes on
	text, over []byte        // doTitle: what to write over what
	failure    []byte        // what to report
	errno      *[3]byte      // its digits in failure
}

type do uint8

const (
	doCall   do = iota
	doFork      // a call that returns 0 in the child
	doKeep      // what aIs says, for what follows
	doDrain     // a call, again and again until it returns 0 or fails
	doExitAs    // exit as the awaited child exited
	doTitle     // write over the arguments
)

const (
	passAny   = ^syscall.Errno(0)
	anyChild  = ^uintptr(0) // -1
	sigsetLen = 8           // bytes, of the kernel's sigset_t
)

type timespec struct{ sec, nsec int64 }

// link makes the steps of a script. The garbage collector has to be off: it cannot see the pointers in system call
// arguments.
func (p *player) link(s script) *step {
	heads := make([]*step, len(s)) // the first step of each instruction
	tails := make([]*step, len(s))
	for i := range s {
		list := p.translate(&s[i])
		for j := range len(list) - 1 {
			list[j].next = list[j+1]
		}
		heads[i], tails[i] = list[0], list[len(list)-1]
		failure := p.prefix + words[s[i].op]
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
var words = [...]string{
	opName: "prctl(PR_SET_NAME)", opFork: "clone", opWait: "wait4", opWaitAll: "wait4", opSetsid: "setsid", opExec: "execve",
	opWaitAny: "wait4", opWaitKept: "wait4", opWaitPidfd: "waitid", opAwait: "waitid",
	opFlush: "signalfd4", opCatch: "rt_sigaction", opCatchReaping: "rt_sigaction", opSeizeKept: "ptrace(PTRACE_SEIZE)",
	opInterruptKept: "ptrace(PTRACE_INTERRUPT)", opSubreaper: "prctl(PR_SET_CHILD_SUBREAPER)", opUnshare: "unshare",
	opFault: "userfaultfd", opMkdir: "mkdirat", opWriteTo: "write to", opKillKept: "kill",
	opSetns: "setns", opSetnsUser: "setns", opDieWith: "prctl(PR_SET_PDEATHSIG)", opTell: "write",
}

func (p *player) translate(in *instr) []*step {
	text := uintptr(unsafe.Pointer(unsafe.SliceData(in.text)))
	status := uintptr(unsafe.Pointer(&p.status))
	set := uintptr(unsafe.Pointer(&p.sigchld))
	block := &step{nr: unix.SYS_RT_SIGPROCMASK, a: unix.SIG_BLOCK, b: set, d: sigsetLen}
	drain := &step{do: doDrain, nr: unix.SYS_WAIT4, a: anyChild, b: status, c: unix.WNOHANG, pass: syscall.ECHILD}
	switch in.op {
	case opName:
		return []*step{{nr: unix.SYS_PRCTL, a: unix.PR_SET_NAME, b: text}}
	case opTitle:
		image := p.args.showing(in.text)
		return []*step{{do: doTitle, text: image, over: p.args.memory[:len(image)]}}
	case opFork:
		// No exec follows, and no other thread is left: a plain clone(2). The child starts with no signal blocked.
		child := &step{nr: unix.SYS_RT_SIGPROCMASK, a: unix.SIG_SETMASK, b: uintptr(unsafe.Pointer(&p.noSignal)), d: sigsetLen, next: p.link(in.sub)}
		return []*step{{do: doFork, nr: unix.SYS_CLONE, a: in.n, sub: child}}
	case opWait:
		return []*step{{aIs: &p.child, nr: unix.SYS_WAIT4, b: status}}
	case opWaitAll:
		return []*step{{do: doDrain, nr: unix.SYS_WAIT4, a: anyChild, b: status, c: in.n, pass: syscall.ECHILD}}
	case opReap:
		await := &step{nr: unix.SYS_RT_SIGTIMEDWAIT, a: set, d: sigsetLen, pass: syscall.EINTR, next: drain}
		return []*step{block, drain, await}
	case opFlush:
		open := &step{nr: unix.SYS_SIGNALFD4, a: ^uintptr(0), b: set, c: sigsetLen, d: unix.SFD_CLOEXEC}
		read := &step{aIs: &p.kept, nr: unix.SYS_READ, b: uintptr(unsafe.Pointer(&p.buffer)), c: uintptr(len(p.buffer)), pass: syscall.EINTR, next: drain}
		return []*step{block, open, {do: doKeep, aIs: &p.result}, drain, read}
	case opWaitAny:
		return []*step{{nr: unix.SYS_WAIT4, a: anyChild, b: status, c: in.n, pass: syscall.ECHILD}}
	case opWaitPidfd:
		return []*step{
			{aIs: &p.child, nr: unix.SYS_PIDFD_OPEN},
			{bIs: &p.result, nr: unix.SYS_WAITID, a: byPidfd, d: unix.WEXITED},
		}
	case opAwait:
		return []*step{{bIs: &p.child, nr: unix.SYS_WAITID, a: byPID, d: unix.WEXITED | unix.WNOWAIT}}
	case opWaitKept:
		return []*step{{aIs: &p.kept, nr: unix.SYS_WAIT4, b: status, c: in.n}}
	case opBlock:
		return []*step{block}
	case opUnblock:
		return []*step{{nr: unix.SYS_RT_SIGPROCMASK, a: unix.SIG_UNBLOCK, b: set, d: sigsetLen}}
	case opCatch, opCatchReaping:
		return []*step{{nr: unix.SYS_RT_SIGACTION, a: in.n, b: p.action(in.op == opCatchReaping), d: sigsetLen}}
	case opKeep:
		return []*step{{do: doKeep, aIs: &p.child}}
	case opKeepParent:
		return []*step{{nr: unix.SYS_GETPPID}, {do: doKeep, aIs: &p.result}}
	case opKillKept:
		return []*step{{aIs: &p.kept, nr: unix.SYS_KILL, b: in.n}}
	case opSeizeKept:
		return []*step{{bIs: &p.kept, nr: unix.SYS_PTRACE, a: unix.PTRACE_SEIZE}}
	case opInterruptKept:
		return []*step{{bIs: &p.kept, nr: unix.SYS_PTRACE, a: unix.PTRACE_INTERRUPT}}
	case opSubreaper:
		return []*step{{nr: unix.SYS_PRCTL, a: unix.PR_SET_CHILD_SUBREAPER, b: 1}}
	case opUnshare:
		return []*step{{nr: unix.SYS_UNSHARE, a: in.n}}
	case opFault:
		return p.faulting()
	case opMkdir:
		return []*step{{nr: unix.SYS_MKDIRAT, a: atCwd, b: text, c: 0o755, pass: syscall.EEXIST}}
	case opWriteTo:
		return []*step{
			{nr: unix.SYS_OPENAT, a: atCwd, b: text, c: unix.O_WRONLY | unix.O_CLOEXEC}, {do: doKeep, aIs: &p.result},
			{aIs: &p.kept, nr: unix.SYS_WRITE, b: uintptr(unsafe.Pointer(in.argv[0])), c: in.n},
			{aIs: &p.kept, nr: unix.SYS_CLOSE},
		}
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
		return []*step{{nr: unix.SYS_GETPID}, {aIs: &p.result, nr: unix.SYS_KILL, b: in.n}}
	case opTell:
		p.marks[in.n] = byte(in.n)
		return []*step{{nr: unix.SYS_WRITE, a: p.report, b: uintptr(unsafe.Pointer(&p.marks[in.n])), c: 1}}
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
	case opBecome:
		return []*step{{nr: unix.SYS_SETGROUPS}, {nr: unix.SYS_SETGID, a: in.n}, {nr: unix.SYS_SETUID, a: in.n}}
	case opDieWith:
		return []*step{{nr: unix.SYS_PRCTL, a: unix.PR_SET_PDEATHSIG, b: uintptr(syscall.SIGKILL)}}
	}
	return []*step{{nr: unix.SYS_GETPID}} // opBack: a step to go on from
}

const (
	byPID    = 1            // P_PID
	byPidfd  = 3            // P_PIDFD
	atCwd    = ^uintptr(99) // AT_FDCWD, -100
	pageSize = 4096 * 16    // the largest that arm64 has
)

// action is a handler, for rt_sigaction(2).
func (p *player) action(reaping bool) uintptr {
	act := &sigaction{handler: reflect.ValueOf(doNothing).Pointer(), flags: saOnStack | saRestorer, restorer: restorer()}
	if reaping {
		act.handler = reflect.ValueOf(reapOne).Pointer()
	}
	p.actions = append(p.actions, act)
	return uintptr(unsafe.Pointer(act))
}

// faulting blocks in uninterruptible sleep, which SIGKILL ends all the same: mlock(2) of a page that a userfaultfd(2)
// must fill. Nobody reads the descriptor.
func (p *player) faulting() []*step {
	const (
		api      = 0xc018aa3f // UFFDIO_API
		register = 0xc020aa00 // UFFDIO_REGISTER
		missing  = 1          // UFFDIO_REGISTER_MODE_MISSING
	)
	page, err := unix.Mmap(-1, 0, pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return []*step{{nr: ^uintptr(0)}} // no such call: it fails when it is played
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(page)))
	p.ufd = [...]uint64{0xaa, 0, 0, 0, uint64(at), pageSize, missing, 0}
	return []*step{
		{nr: unix.SYS_USERFAULTFD, a: unix.O_CLOEXEC}, {do: doKeep, aIs: &p.result},
		{aIs: &p.kept, nr: unix.SYS_IOCTL, b: api, c: uintptr(unsafe.Pointer(&p.ufd[0]))},
		{aIs: &p.kept, nr: unix.SYS_IOCTL, b: register, c: uintptr(unsafe.Pointer(&p.ufd[4]))},
		{nr: unix.SYS_MLOCK, a: at, b: pageSize},
	}
}
