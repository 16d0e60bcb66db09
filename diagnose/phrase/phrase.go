// Package phrase is the English that rules and reports share: how processes, ages,
// rates, limits and the grounds of an answer are said. It decides nothing, and
// nothing reads what it returns but people.
package phrase

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Zombies counts zombies: "1 zombie", "21 zombies".
func Zombies(n int) string { return english.Count(n, "zombie", "zombies") }

// Them is how so many zombies are spoken of once they were named.
func Them(n int) string { return english.Agree(n, "it", "them") }

// Process names a process by what it is called and its PID: "perl (PID 7)".
func Process(name string, pid int) string { return fmt.Sprintf("%s (PID %d)", name, pid) }

// Parent names a parent of zombies.
func Parent(p *observe.Parent) string {
	if p.PID == facts.NoPID {
		return "a process that the list does not name"
	}
	if p.Process == nil {
		return fmt.Sprintf("a process that is not in view (PID %d)", p.PID)
	}
	return Process(observe.ShortCommand(p.Process), p.PID)
}

// Tracer names who traces a process.
func Tracer(t *observe.Tracer) string {
	if t.Process == nil {
		return fmt.Sprintf("PID %d", t.TID)
	}
	return Process(t.Process.Comm, t.Process.PID)
}

// Batches says of how many commands the zombies of a parent are, and in how
// many batches they were started, where a list tells that: " of 7 commands in
// 3 batches".
func Batches(p *observe.Parent) string {
	commands, starts := map[string]bool{}, map[string]bool{}
	for _, z := range p.Children {
		if z.Process.Listed == nil {
			return ""
		}
		commands[z.Process.Comm] = true
		starts[z.Process.Listed.Start] = true
	}
	text := ""
	if len(p.Children) > 1 && len(commands) > 1 {
		text = " of " + english.Count(len(commands), "command", "commands")
	}
	if n := len(starts); !starts[""] && n > 1 && n*2 <= len(p.Children) {
		text += " in " + english.Count(n, "batch", "batches")
	}
	return text
}

// Filter says what a diagnosis was restricted to: "pod web, container app".
func Filter(f observe.Filter) string {
	var parts []string
	for _, t := range [][2]string{{"namespace ", f.Namespace}, {"pod ", f.Pod}, {"container ", f.Container}} {
		if t[1] != "" {
			parts = append(parts, t[0]+t[1])
		}
	}
	return strings.Join(parts, ", ")
}

// Unread names what could not be read, as many as are shown.
func Unread(list []facts.Unread) string {
	var parts []string
	for _, u := range list[:min(len(list), observe.MaxListed)] {
		parts = append(parts, fmt.Sprintf("/%s (%s)", u.File, u.Reason))
	}
	return english.Few(parts, observe.MaxListed, len(list))
}

// Halt says what keeps a process from doing anything, in a few words after its name.
func Halt(k observe.HaltKind) string { return "is " + Halted(k) }

// Halted says the same without a verb.
func Halted(k observe.HaltKind) string {
	return [...]string{
		observe.Unhalted: "", observe.Stopped: "stopped (T)", observe.HeldByTracer: "held by a debugger (t)",
		observe.Frozen: "frozen with its cgroup", observe.Uninterruptible: "in uninterruptible sleep (D)",
	}[k]
}

// Viewpoint says in a line where a look was taken from.
func Viewpoint(v *observe.Viewpoint) string {
	place := map[observe.Place]string{
		observe.OnHost: "the machine itself", observe.OnHostPID: "a container in the machine's own PID namespace (hostPID)",
		observe.OnHostRoot: "another PID namespace, through the machine's /proc", observe.InSharedPID: "a PID namespace that containers share",
		observe.InContainer: "inside one container", observe.InNamespace: "a PID namespace of its own", observe.Nowhere: "it is not known where",
	}[v.Place]
	switch v.Ptrace {
	case observe.Yes:
		return place + ", with ptrace permission"
	case observe.No:
		if uid, ok := v.UID.Get(); ok {
			return fmt.Sprintf("%s, as user %d without CAP_SYS_PTRACE", place, uid)
		}
	}
	return place
}

// BetterViewpoints says what a better place would show, a sentence each.
func BetterViewpoints(v *observe.Viewpoint) []string {
	var out []string
	if v.NodeWouldTell() {
		out = append(out, "The node shows also parents outside of this PID namespace, limits above this container's, and its name.")
	}
	if v.Ptrace == observe.No {
		out = append(out, "CAP_SYS_PTRACE shows also how other users' processes died, what they wait for, and their namespaces.")
	}
	return out
}
