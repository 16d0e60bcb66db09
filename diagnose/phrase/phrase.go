// Package phrase is the English that rules and reports share: the words for
// processes, ages, rates, limits and the grounds of an answer. It decides
// nothing, and its texts are only for people to read.
package phrase

import (
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Zombies counts zombies: "1 zombie", "21 zombies".
func Zombies(n int) string { return english.Count(n, "zombie", "zombies") }

// Transient counts zombies that were reaped while they were looked at.
func Transient(n int) string { return english.Count(n, "was transient", "were transient") }

// Them is how so many zombies are spoken of once they were named.
func Them(n int) string { return english.Agree(n, "it", "them") }

// Process names a process by its name and its PID: "perl (PID 7)".
func Process(name string, pid int) string { return fmt.Sprintf("%s (PID %d)", name, pid) }

// Parent names a parent of zombies.
func Parent(p *observe.Parent) string {
	if p.PID == facts.NoPID {
		return "a parent that the list does not show"
	}
	if p.Process == nil {
		return fmt.Sprintf("a parent that could not be seen (PID %d)", p.PID)
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

// Batches says of how many commands the zombies of a parent are, and in how many
// batches they were started, where a list shows that: " of 7 commands in 3
// batches".
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

// WaitsForAnother is the cause where a parent waits for a child that is not among its zombies.
const WaitsForAnother = "it is blocked waiting for another child"

// Halt says what keeps a process from doing anything, behind its name or "it".
func Halt(k observe.HaltKind) string {
	return [...]string{
		observe.Unhalted: "", observe.Stopped: "is stopped by a signal (state T)", observe.HeldByTracer: "is stopped by a debugger (state t)",
		observe.Frozen: "is frozen with its cgroup", observe.Uninterruptible: "is in uninterruptible sleep (state D)",
	}[k]
}

// Halted says the same in a cell of a table.
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
		observe.InContainer: "inside one container", observe.InNamespace: "a PID namespace of its own", observe.Nowhere: "an unknown place",
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
		out = append(out, "The node also shows parents outside this PID namespace, limits above this container's, and its name.")
	}
	if v.Ptrace == observe.No {
		out = append(out, "CAP_SYS_PTRACE also shows how other users' processes died, what they wait for, and their namespaces.")
	}
	return out
}

// Age says an age in one figure: "5m"; "~2h" when the interval is wide;
// "?" when it is not known how long at least.
func Age(a facts.Age) string {
	least, ok1 := a.AtLeast.Get()
	most, ok2 := a.AtMost.Get()
	switch {
	case !ok1 || least == 0 && !ok2:
		return "?"
	case least == 0 && !a.Clocked: // no clock showed when it died, only when it was born
		return "<" + english.Duration(most)
	case !ok2 || !a.Clocked:
		return "~" + english.Duration(least)
	case most-least > max(least/10, time.Second):
		return "~" + english.Duration(least+(most-least)/2)
	default:
		return english.Duration(least)
	}
}

// Rate says a rate in the unit that suits it.
func Rate(perDay float64) string {
	switch {
	case perDay >= 2*24*60*60:
		return fmt.Sprintf("%.1f/s", perDay/(24*60*60))
	case perDay >= 2*24*60:
		return fmt.Sprintf("%.1f/min", perDay/(24*60))
	case perDay >= 2*24:
		return fmt.Sprintf("%.1f/h", perDay/24)
	default:
		return fmt.Sprintf("%.1f/day", perDay)
	}
}

// Full says when the limit will be reached; "": that is unknown.
func Full(l *observe.Limit) string {
	best, ok := l.FullIn.Get()
	if used, _ := l.Used.Get(); !ok || used >= l.Max {
		return ""
	}
	least, ok1 := l.Full.AtLeast.Get()
	most, ok2 := l.Full.AtMost.Get()
	text := "about " + english.Duration(best)
	switch {
	case ok1 && ok2:
		text += fmt.Sprintf(" (%s to %s)", english.Duration(least), english.Duration(most))
	case ok1:
		text += fmt.Sprintf(" (at least %s)", english.Duration(least))
	case ok2:
		text += fmt.Sprintf(" (at most %s)", english.Duration(most))
	}
	return text
}

// Of names a limit, and says how much of it is used: "pids.max (1,200 of 2,000 used)".
func Of(l *observe.Limit) string {
	used, _ := l.Used.Get()
	return fmt.Sprintf("%s (%s of %s used)", l.Name, english.Number(used), english.Number(l.Max))
}

// Usage says how much of a limit is used.
func Usage(l *observe.Limit) string {
	used, ok := l.Used.Get()
	if !ok {
		return fmt.Sprintf("is %s, and its use is unknown", english.Number(l.Max))
	}
	share, _ := l.Percent()
	least := ""
	if l.LowerBound {
		least = "at least "
	}
	return fmt.Sprintf("is %s%d %% used (%s%s of %s)", least, share, least, english.Number(used), english.Number(l.Max))
}

var setters = [...]string{
	observe.SetByEngine:     "the container engine",
	observe.SetByDocker:     "docker --pids-limit",
	observe.SetByPodman:     "podman --pids-limit",
	observe.SetForPod:       "the pod limit (kubelet --pod-max-pids)",
	observe.SetForAllPods:   "the limit of all pods (kubelet --kube-reserved, --system-reserved pid=)",
	observe.SetByCRIO:       "CRI-O pids_limit",
	observe.SetByLXC:        "lxc.cgroup.pids.max",
	observe.SetBySystemd:    "systemd TasksMax= of ",
	observe.SetByCgroup:     "its cgroup",
	observe.SetByUserLimits: "ulimit -u, limits.conf, LimitNPROC= or --ulimit nproc",
	observe.SetByThreadsMax: "sysctl kernel.threads-max",
	observe.SetByPidMax:     "sysctl kernel.pid_max",
}

// Setter says where a limit is set.
func Setter(s observe.Setter) string { return setters[s.Kind] + s.Unit }

// Since says how long ago the oldest zombie of a parent died; "": it is unknown.
func Since(p *observe.Parent) string {
	if listed := Batches(p); listed != "" {
		return listed
	}
	if age := Age(p.Oldest); age != "?" {
		return " for " + age
	}
	return ""
}
