package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// program is what advice about a living parent depends on.
type program struct {
	pid      int
	shim     bool // of a container runtime
	known    *observe.Program
	language observe.Language
	platform observe.Platform
	unit     string // of systemd; "": none, or unknown
}

func programOf(x *observe.Observation, p *facts.Process) program {
	return program{p.PID, observe.IsShim(p), observe.ProgramOf(p), observe.LanguageOf(p), x.Containers.Platform(p), observe.UnitOf(p)}
}

// waitAdvice is what to change in a program that does not wait for its
// children, in its language where that is known.
func (p program) waitAdvice() Advice {
	if p.shim {
		return advise(Operator, Confirm, "It is a part of the container runtime, and ought to have waited: look at what it is doing (state, wchan), at the runtime's log, and for a newer version of the runtime.")
	}
	if p.known != nil && p.known.Kind == observe.Idle {
		return advise(Developer, Cure, "%s starts no process itself: these were started by what it was executed over.", p.known.Name)
	}
	how := map[observe.Language]string{
		observe.Go:          "In Go: cmd.Wait() after every cmd.Start(), in a goroutine of its own where nobody wants the result; cmd.Run() does both. Not wait4(-1): that takes the results away from os/exec.",
		observe.Python:      "In Python: wait() for every Popen, or subprocess.run(), which does; join() for multiprocessing, await process.wait() in asyncio.",
		observe.Node:        "Node itself waits for what child_process starts. What stays was started by an addon, or by a script that then executed node: start it from node, or not before exec.",
		observe.Java:        "Java itself waits for what ProcessBuilder starts. What stays was forked by native code (JNI), or by a script that then executed java: start it from java, or not before exec.",
		observe.Perl:        "In Perl: waitpid($pid, 0) for every fork, or $SIG{CHLD} = 'IGNORE' where nobody wants the result; system() and backquotes wait by themselves.",
		observe.Ruby:        "In Ruby: Process.wait(pid) for every fork or spawn, or Process.detach(pid) where nobody wants the result.",
		observe.PHP:         "In PHP: pcntl_waitpid() for every pcntl_fork(), proc_close() for every proc_open().",
		observe.ShellScript: "In the script: wait for what it starts in the background (job & pid=$!; ...; wait \"$pid\"), and start nothing in the background before exec.",
		"":                  "The program has to wait for its children: in C waitpid() in a loop on SIGCHLD (or sigaction with SA_NOCLDWAIT, where nobody wants the result), in Go cmd.Wait(), in Python Popen.wait() or subprocess.run(), in a shell wait.",
	}[p.language]
	a := advise(Developer, Cure, "%s", how)
	a.Shape = how
	return a
}

// clearAdvice is how to clear the zombies of a living parent that is not PID 1.
func (p program) clearAdvice() Advice {
	switch {
	case p.shim:
		return advise(Operator, Now, "It is the shim of a container").forProcess(p.pid, ": do not end it by hand, its container would go with it. Restart the container, or the runtime.").ending("the container")
	case observe.PlainWord(p.unit) && p.platform == observe.InSystemd:
		return advise(Operator, Now, "To clear them now: systemctl restart %s; its zombies then pass to PID 1.", p.unit).ofPID1().ending("the service")
	default:
		return advise(Operator, Now, "To clear them now, restart that program").forProcess(p.pid, "; its zombies then pass to PID 1.").ending("that program")
	}
}
