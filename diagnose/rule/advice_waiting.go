package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// inLanguage is how a program waits for its children, by its language: a few
// words for a sentence, and the long explanation.
var inLanguage = map[observe.Language]struct{ short, long string }{
	observe.Go:          {"Go: cmd.Wait after every cmd.Start", "cmd.Wait() goes into a goroutine of its own where nobody wants the result; cmd.Run() does both. wait4(-1) takes the results away from os/exec."},
	observe.Python:      {"Python: Popen.wait, subprocess.run", "multiprocessing wants join(), asyncio await process.wait()."},
	observe.Perl:        {"Perl: waitpid after every fork", "$SIG{CHLD} = 'IGNORE' does where nobody wants the result; system() and backquotes wait by themselves."},
	observe.Ruby:        {"Ruby: Process.wait, Process.detach", "Process.detach(pid) does where nobody wants the result."},
	observe.PHP:         {"PHP: pcntl_waitpid, proc_close", "pcntl_waitpid() for every pcntl_fork(), proc_close() for every proc_open()."},
	observe.ShellScript: {`shell: wait "$pid"`, `Keep the PID of what is started in the background (job & pid=$!; ...; wait "$pid"), and start nothing in the background before exec.`},
	"":                  {"C: waitpid", "In C: waitpid() in a loop on SIGCHLD, or sigaction with SA_NOCLDWAIT where nobody wants the result; in Python subprocess.run(); in a shell wait."},
}

// byItself are runtimes that wait for what their own API starts.
var byItself = map[observe.Language]struct{ name, how, native string }{
	observe.Node: {"Node", "child_process", "an addon"},
	observe.Java: {"Java", "ProcessBuilder", "native code (JNI)"},
}

// waitAdvice is what to change in a program that does not wait for its children, in
// its language where that is known.
func (at place) waitAdvice() Advice {
	if at.shim {
		return advise(Operator, Confirm, "%s is a part of the container runtime: see its log and what it waits for.", at.name).
			by(stack(at.pid), Step{Text: "It ought to have waited: look for a newer version of the runtime."})
	}
	if at.known != nil && at.known.Kind == observe.Idle {
		return advise(Developer, Cure, "Start nothing in the background before exec %s: it starts no process itself.", at.known.Name)
	}
	if own, is := byItself[at.language]; is {
		return advise(Developer, Cure, "%s must start its children itself: with %s, not in a script before exec.", at.name, own.how).
			by(Step{Text: own.name + " itself waits for what " + own.how + " starts. The zombies were started by " + own.native + ", or by a script that then executed it."})
	}
	how := inLanguage[at.language]
	return advise(Developer, Cure, "%s must wait for every child it starts (%s).", at.name, how.short).by(Step{Text: how.long})
}

// stack is how to see what a process waits for.
func stack(pid int) Step {
	return Step{Command: fmt.Sprintf("cat /proc/%d/stack", pid), Text: "as root: what it waits for"}
}
