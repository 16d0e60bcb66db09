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
	for _, t := range f.Terms() {
		parts = append(parts, t[0]+" "+t[1])
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

// Halt says what keeps a process from doing anything, in a few words after its
// name.
func Halt(k observe.HaltKind) string { return "is " + Halted(k) }

// Halted says the same without a verb.
func Halted(k observe.HaltKind) string {
	return [...]string{
		observe.Unhalted: "", observe.Stopped: "stopped (T)", observe.HeldByTracer: "held by a debugger (t)",
		observe.Frozen: "frozen with its cgroup", observe.Uninterruptible: "in uninterruptible sleep (D)",
	}[k]
}
