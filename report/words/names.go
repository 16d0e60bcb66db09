package words

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// PID1Of names the PID 1 of a namespace.
func PID1Of(n *diagnose.Namespace) string {
	if n.Ours {
		return "PID 1"
	}
	return "PID 1 of namespace " + OrUnknown(Pointer(n.ID))
}

// Culprits returns the parents with zombies held against them. The others have
// only zombies that they cannot reap.
func Culprits(d *diagnose.Diagnosis) []diagnose.Parent {
	return slices.DeleteFunc(slices.Clone(d.Parents), func(p diagnose.Parent) bool { return p.Zombies == 0 })
}

// ParentCommand names what a parent runs, or says why that is not known.
func ParentCommand(c diagnose.Parent) string {
	switch {
	case c.Command != "":
		return sanitize.CleanTo(c.Command, MaxCommand)
	case c.PID == facts.NoPID:
		return "? (not in the list)"
	case c.PID == 0:
		return "? (outside this PID namespace)"
	case c.Process == nil:
		return "? (not seen)"
	}
	return "?"
}

// ParentRow are the cells on a parent of zombies that every table has: PID, command,
// zombies, oldest, newest, rate, why, rules, certainty.
func ParentRow(p *diagnose.Parent) []string {
	rate := "?"
	if perDay, ok := p.Rate.PerDay.Get(); ok {
		rate = phrase.Rate(perDay)
	}
	return []string{
		OrUnknown(Told(p.PID)), ParentCommand(*p), english.Number(p.Zombies), phrase.Age(p.Oldest), phrase.Age(p.Newest),
		rate, sanitize.Clean(p.Why), strings.Join(p.Rules, " "), string(p.Certainty),
	}
}

// ContainerText names a container, or says that there is none or that it is
// unknown.
func ContainerText(c *diagnose.Container) string { return sanitize.Clean(c.Label()) }

// Place names a container with its engine, or the machine; "unknown" where it is.
func Place(c *diagnose.Container) string {
	switch {
	case c == nil:
		return "unknown"
	case c.Engine == diagnose.NoContainer:
		return "this machine"
	default:
		return ContainerText(c) + " (" + sanitize.Clean(string(c.Engine)) + ")"
	}
}

// NamespacePlace names a PID namespace by its container, where that is known.
func NamespacePlace(n *diagnose.Namespace) string {
	switch {
	case n.Container != nil:
		return Place(n.Container)
	case n.Ours:
		return "this PID namespace"
	case n.ID.Known():
		return "PID namespace " + OrUnknown(Pointer(n.ID))
	default:
		return "unknown"
	}
}

// ShortID returns the ID of a container as the engines show it.
func ShortID(c *diagnose.Container) string {
	return sanitize.Clean(c.ID[:min(len(c.ID), 12)])
}

// InnerPID returns the PID that a process has in its own PID namespace (NSpid of
// /proc/PID/status), nil when it is unknown.
func InnerPID(p *facts.Process) *int {
	pids := p.NSpid()
	if len(pids) == 0 {
		return nil
	}
	return &pids[len(pids)-1]
}
