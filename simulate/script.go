package simulate

import (
	"slices"
	"syscall"
)

// A script is what one actor does, one thing after the other. A script that comes to its end exits with status 0.
type script []instr

type op uint8

const (
	opName          op = iota // text: comm
	opTitle                   // text: what /proc/PID/cmdline shows
	opEach                    // n: how many; units: what to play for each, in turn. Gone when a script is played
	opFork                    // sub: what the child plays; n: flags of clone(2), and its exit signal
	opWait                    // for the child forked last, and for no other
	opWaitAll                 // n: options; wait4(-1) until no child is left
	opReap                    // for ever: sigtimedwait(2) for SIGCHLD, then wait4(-1, WNOHANG), as tini does
	opSetsid                  //
	opPause                   // for ever
	opSleep                   // n: milliseconds
	opExit                    // n: status
	opExitAs                  // as the awaited child exited, 128 + signal like a shell
	opKill                    // n: the signal it sends itself
	opBack                    // n: steps to go back: a loop
	opTell                    // n: a mark, for the stage
	opExec                    // text: path; argv
	opSetns                   // n: file descriptor of a namespace
	opSetnsUser               // the same, but no error when it is our own already
	opChdir                   // text: directory; no error when it is absent
	opBecome                  // n: the user, and the group, to become
	opDieWith                 // SIGKILL when the parent exits
	opCloseFrom               // n: the first file descriptor of those to close
	opDeadLeader              // alone in its script: end the first thread, keep another
	opFlush                   // for ever: a signalfd for SIGCHLD, then wait4(-1, WNOHANG), as catatonit does
	opWaitAny                 // n: options; wait4(-1)
	opWaitPidfd               // waitid(2) for the child forked last, by a descriptor of it
	opAwait                   // the end of the child forked last, without reaping it
	opBlock                   // SIGCHLD
	opUnblock                 //
	opCatch                   // n: a signal; the handler does nothing
	opCatchReaping            // n: a signal; the handler reaps one child
	opKeep                    // the child forked last, for what follows
	opKeepParent              // the same of the parent
	opKillKept                // n: the signal
	opWaitKept                // n: options of wait4
	opSeizeKept               // ptrace(2), PTRACE_SEIZE
	opInterruptKept           // ptrace(2), PTRACE_INTERRUPT
	opSubreaper               // prctl(2), PR_SET_CHILD_SUBREAPER
	opUnshare                 // n: namespaces, of clone(2)
	opFault                   // for ever: a page that a userfaultfd never fills
	opMkdir                   // text: directory; no error when it is there
	opWriteTo                 // text: file; argv: what to write, the first alone
)

type instr struct {
	op   op
	n    uintptr
	text []byte // ends with NUL
	sub  script
	// units are of opEach.
	units []script
	argv  []*byte // ends with nil
}

// sigchld is SIGCHLD on Linux, on which alone scenes are set.
const sigchld = uintptr(17)

// Marks that an actor writes to its report descriptor. An error goes from markError to the end of its line.
const (
	markReady = '.'
	markCount = '+'
	markError = '!'
)

// Descriptors that the processes of a scene hand down.
const (
	reportFD = 3
	pidNSFD  = 4
	userNSFD = 5
)

func cstring(s string) []byte { return append([]byte(s), 0) }

func cstrings(list []string) []*byte {
	out := make([]*byte, 0, len(list)+1)
	for _, s := range list {
		out = append(out, &cstring(s)[0])
	}
	return append(out, nil)
}

func steps(parts ...script) script       { return slices.Concat(parts...) }
func one(o op) script                    { return script{{op: o}} }
func withN(o op, n uintptr) script       { return script{{op: o, n: n}} }
func withText(o op, s string) script     { return script{{op: o, text: cstring(s)}} }
func fork(parts ...script) script        { return forkWith(sigchld, parts...) }
func comm(name string) script            { return withText(opName, name) }
func title(cmdline string) script        { return withText(opTitle, cmdline) }
func exit(status uintptr) script         { return withN(opExit, status) }
func die(sig syscall.Signal) script      { return withN(opKill, uintptr(sig)) }
func sleep(ms uintptr) script            { return withN(opSleep, ms) }
func named(comm1, cmdline string) script { return steps(comm(comm1), title(cmdline)) }

// each plays the units n times in all, in turn: once for each zombie that is to be left. A scene with one such step can
// be set with any number of zombies.
func each(n int, units ...script) script {
	return script{{op: opEach, n: uintptr(n), units: units}}
}

// counts returns how many zombies each step of the kind leaves, in the script and in what its children play.
func (s script) counts() []int {
	var found []int
	for i := range s {
		if s[i].op == opEach {
			found = append(found, int(s[i].n))
		}
		found = append(found, s[i].sub.counts()...)
	}
	return found
}

// expanded writes out the steps to play for each, more times than the scene says, or fewer.
func (s script) expanded(more int) script {
	var out script
	for i := range s {
		in := s[i]
		if in.op != opEach {
			in.sub = in.sub.expanded(more)
			out = append(out, in)
			continue
		}
		for j := range int(in.n) + more {
			out = append(out, in.units[j%len(in.units)]...)
		}
	}
	return out
}

func forever(parts ...script) script {
	loop := steps(parts...)
	return append(loop, instr{op: opBack, n: uintptr(len(loop))})
}

// execute replaces the actor by another program, which gets its environment.
func execute(path string, argv []string) script {
	return script{{op: opExec, text: cstring(path), argv: cstrings(argv)}}
}

// forkWith takes flags of clone(2) too; the lowest byte is the exit signal.
func forkWith(flags uintptr, parts ...script) script {
	return script{{op: opFork, n: flags, sub: steps(parts...)}}
}

func writeTo(path, text string) script {
	return script{{op: opWriteTo, text: cstring(path), argv: cstrings([]string{text}), n: uintptr(len(text))}}
}

var (
	wait    = one(opWait)
	waitAll = one(opWaitAll)
	reap    = one(opReap)
	setsid  = one(opSetsid)
	pause   = one(opPause)
	ready   = withN(opTell, markReady)
	counted = withN(opTell, markCount)
	keep    = one(opKeep)
	await   = one(opAwait)
	block   = one(opBlock)
)
