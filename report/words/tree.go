package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Tree has the notes on each process of a tree, and which processes are shown.
type Tree struct {
	D       *diagnose.Diagnosis
	Zombies map[int]*diagnose.Zombie
	Parents map[int]*diagnose.Parent
	Shown   map[int]bool // PIDs; nil: every process
}

// NewTree returns a tree in which every process is shown.
func NewTree(d *diagnose.Diagnosis) *Tree {
	t := &Tree{D: d, Zombies: make(map[int]*diagnose.Zombie, len(d.Zombies)), Parents: make(map[int]*diagnose.Parent, len(d.Parents))}
	for i := range d.Zombies {
		t.Zombies[d.Zombies[i].Process.PID] = &d.Zombies[i]
	}
	for i := range d.Parents {
		t.Parents[d.Parents[i].PID] = &d.Parents[i]
	}
	return t
}

// Show prunes the tree to these zombies and their ancestors.
func (t *Tree) Show(zombies []diagnose.Zombie) {
	t.Shown = map[int]bool{}
	for _, z := range zombies {
		for p := z.Process; p != nil && !t.Shown[p.PID]; p = t.D.Snapshot.Find(p.PPID) {
			t.Shown[p.PID] = true
		}
	}
}

// Leads reports whether a shown process has shown children.
func (t *Tree) Leads(n *facts.Node) bool {
	return slices.ContainsFunc(n.Children, func(c *facts.Node) bool { return t.Shown == nil || t.Shown[c.Process.PID] })
}

// Row sorts the processes below one process: zombies that lead to no other,
// processes that lead to one or are wanted anyway, and those that are not shown.
func (t *Tree) Row(siblings []*facts.Node) (zombies, paths, others []*facts.Node) {
	for _, n := range siblings {
		switch {
		case t.Shown == nil:
			paths = append(paths, n)
		case !t.Shown[n.Process.PID]:
			others = append(others, n)
		case t.Zombies[n.Process.PID] != nil && !t.Leads(n):
			zombies = append(zombies, n)
		default:
			paths = append(paths, n)
		}
	}
	return zombies, paths, others
}

// Label names a process: a zombie by the name that the kernel kept.
func (t *Tree) Label(n *facts.Node) string {
	p := n.Process
	name := p.Comm
	if p.State != facts.Zombie {
		name = observe.CommandOf(p)
	}
	return fmt.Sprintf("%d %s", p.PID, sanitize.Clean(name))
}

// Mark marks a parent of zombies.
func (t *Tree) Mark(n *facts.Node) string {
	if p := t.Parents[n.Process.PID]; p != nil && p.Zombies > 0 {
		return "◀ has left " + english.Count(p.Zombies, "zombie", "zombies")
	}
	return ""
}

// Notes says in which state a process is, and what is special about it.
func (t *Tree) Notes(n *facts.Node) string {
	p := n.Process
	out := []string{sanitize.Clean(p.State.String())}
	z := t.Zombies[p.PID]
	switch n.Root {
	case facts.TopOfNamespace:
		// A zombie here has its own rule for that.
		if p.PID != 1 && z == nil && !p.KernelThread() {
			out = append(out, "entered from outside (PPid 0)")
		}
	case facts.ParentUnseen:
		out = append(out, fmt.Sprintf("its parent %d was not seen", p.PPID))
	case facts.InLoop:
		out = append(out, string(n.Root))
	}
	if z == nil {
		if p.State == facts.Zombie {
			out = append(out, "transient (Z101)")
		}
		return strings.Join(out, "  ")
	}
	death := ExitText(z.Exit)
	if age := phrase.Age(z.Age); age != "?" {
		death += "  dead " + age
	}
	out = append(out, death)
	if z.PPID != p.PPID {
		out = append(out, fmt.Sprintf("now a child of %d", z.PPID))
	}
	for _, id := range z.Rules {
		note := sanitize.Clean(id)
		if r := diagnose.FindRule(id); id == "Z102" && p.NumThreads > 1 {
			note = fmt.Sprintf("dead leader, %s (Z102)", english.Count(p.NumThreads-1, "running thread", "running threads"))
		} else if r != nil {
			note = fmt.Sprintf("%s (%s)", strings.ReplaceAll(r.Name, "-", " "), id)
		}
		out = append(out, note)
	}
	return strings.Join(out, "  ")
}
