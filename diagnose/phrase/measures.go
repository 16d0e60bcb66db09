package phrase

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Age says an age in one figure: "5m"; "~2h" when the interval is wide;
// "?" when it is not known how long at least.
func Age(a facts.Age) string {
	least, ok1 := a.AtLeast.Get()
	most, ok2 := a.AtMost.Get()
	switch {
	case !ok1:
		return "?"
	case least == 0 && !ok2:
		return "?"
	case least == 0 && !a.Clocked: // no clock told, only when it was born
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

// Full says when the limit is used up; "": nothing tells.
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

// Of names a limit, and says how much of it is used: "pids.max (12 of 100 used)".
func Of(l *observe.Limit) string {
	used, _ := l.Used.Get()
	return fmt.Sprintf("%s (%d of %d used)", l.Name, used, l.Max)
}

// Usage says how much of a limit is used.
func Usage(l *observe.Limit) string {
	used, ok := l.Used.Get()
	if !ok {
		return fmt.Sprintf("is %d, used: unknown", l.Max)
	}
	share, _ := l.Percent()
	least := ""
	if l.LowerBound {
		least = "at least "
	}
	return fmt.Sprintf("is %s%d %% used: %s%d of %d", least, share, least, used, l.Max)
}

var setters = [...]string{
	observe.SetByEngine:     "the container engine",
	observe.SetByDocker:     "docker --pids-limit",
	observe.SetByPodman:     "podman --pids-limit",
	observe.SetForPod:       "pod limit (kubelet --pod-max-pids)",
	observe.SetForAllPods:   "limit of all pods (kubelet --kube-reserved, --system-reserved pid=)",
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

// Since says for how long a parent has kept its oldest zombie; "": it is unknown.
func Since(p *observe.Parent) string {
	if listed := Batches(p); listed != "" {
		return listed
	}
	if age := Age(p.Oldest); age != "?" {
		return " for " + age
	}
	return ""
}
