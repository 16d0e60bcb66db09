package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

const (
	maxIndent   = 24 // levels that are indented; deeper ones say their depth
	maxLabel    = 32 // columns up to which the states of siblings are aligned
	briefCauses = 3  // culprits in a brief tree
	briefRow    = 4  // zombies of one parent that a brief tree shows unfolded
	briefPath   = 6  // ancestors in a row that it shows unfolded
)

func renderTree(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) error {
	p := newPage(out, s)
	if v != nil {
		p.verdict(d, v)
	}
	t := &treePage{page: p, tree: newTree(d)}
	switch {
	case s.All:
		t.roots()
	case len(d.Zombies) == 0:
		p.sentence(d)
	default:
		t.show(d.Zombies)
		t.roots()
	}
	return nil
}

// treePage writes the process tree.
type treePage struct {
	*page
	*tree
	folded bool // long rows and long paths are folded
}

// tree is what is said of each process of a tree, and which of them are shown.
type tree struct {
	d       *diagnose.Diagnosis
	zombies map[int]*diagnose.Zombie
	parents map[int]*diagnose.Parent
	shown   map[int]bool // PIDs; nil: every process
}

// newTree returns a tree in which every process is shown.
func newTree(d *diagnose.Diagnosis) *tree {
	t := &tree{
		d:       d,
		zombies: make(map[int]*diagnose.Zombie, len(d.Zombies)),
		parents: make(map[int]*diagnose.Parent, len(d.Parents)),
	}
	for i := range d.Zombies {
		t.zombies[d.Zombies[i].Process.PID] = &d.Zombies[i]
	}
	for i := range d.Parents {
		t.parents[d.Parents[i].PID] = &d.Parents[i]
	}
	return t
}

// brief writes the part that matters most, folded to a few lines: the worst
// culprits, and the zombies that are nobody's fault.
func (p *page) brief(d *diagnose.Diagnosis, culprits []diagnose.Parent) {
	t := &treePage{page: p, tree: newTree(d), folded: true}
	worst := map[int]bool{}
	for _, c := range culprits[:min(len(culprits), briefCauses)] {
		worst[c.PID] = true
	}
	for i := range t.d.Parents {
		if len(worst) < briefCauses {
			worst[t.d.Parents[i].PID] = true
		}
	}
	var some []diagnose.Zombie
	hidden := 0
	for _, z := range t.d.Zombies {
		if worst[z.PPID] || t.parents[z.PPID] == nil {
			some = append(some, z)
		} else {
			hidden++
		}
	}
	t.show(some)
	t.roots()
	if hidden > 0 {
		t.linef("… %s under %s: -o tree shows them", english.Count(hidden, "more zombie", "more zombies"), english.Count(len(t.parents)-len(worst), "other parent", "other parents"))
	}
}

// show prunes the tree to these zombies and their ancestors.
func (t *tree) show(zombies []diagnose.Zombie) {
	t.shown = map[int]bool{}
	for _, z := range zombies {
		for p := z.Process; p != nil && !t.shown[p.PID]; p = t.d.Snapshot.Find(p.PPID) {
			t.shown[p.PID] = true
		}
	}
}

func (t *treePage) roots() {
	t.row(t.d.Snapshot.Tree().Roots, "", "", "", 0, nil)
}

// row writes siblings below a prefix. mid and last are what stands before a
// sibling that others follow, and before the last one.
func (t *treePage) row(siblings []*scan.Node, prefix, mid, last string, depth int, parent *diagnose.Parent) {
	entries := t.entries(siblings, mid == "", parent)
	labels := 0
	for _, e := range entries {
		if e.node != nil && len(e.node.Children) == 0 {
			labels = max(labels, min(maxLabel, widthOf(t.label(e.node))))
		}
	}
	for i, e := range entries {
		branch, below := mid, "│  "
		if i == len(entries)-1 {
			branch, below = last, "   "
		}
		if mid == "" {
			below = ""
		}
		if e.node == nil {
			t.line(prefix + branch + e.fold)
			continue
		}
		t.node(e.node, prefix, branch, below, labels, depth)
	}
}

// entry is one line among siblings: a process, or what stands for many.
type entry struct {
	node *scan.Node
	fold string
}

// entries chooses what of a row of siblings is shown. In a pruned tree the
// zombies come first.
func (t *treePage) entries(siblings []*scan.Node, root bool, parent *diagnose.Parent) []entry {
	var zombies, paths, others []*scan.Node
	for _, n := range siblings {
		switch {
		case t.shown == nil:
			paths = append(paths, n)
		case !t.shown[n.Process.PID]:
			others = append(others, n)
		case t.zombies[n.Process.PID] != nil && !t.leads(n):
			zombies = append(zombies, n)
		default:
			paths = append(paths, n)
		}
	}
	var out []entry
	out, zombies = t.firstZombies(out, zombies)
	if len(zombies) > 0 {
		commands := map[string]bool{}
		for _, n := range zombies {
			commands[n.Process.Comm] = true
		}
		out = append(out, entry{fold: fmt.Sprintf("… %s of %s", english.Count(len(zombies), "more zombie", "more zombies"), english.Count(len(commands), "command", "commands"))})
	}
	live := make([]entry, len(paths))
	for i, n := range paths {
		live[i].node = n
	}
	if root { // PID 1 is the first
		out = append(live, out...)
	} else {
		out = append(out, live...)
	}
	// Of an ancestor only the path matters; a culprit's living children tell
	// what it is for.
	switch {
	case parent == nil:
	case len(others) == 1:
		out = append(out, entry{node: others[0]})
	case len(others) > 1:
		out = append(out, entry{fold: "… " + english.Count(len(others), "other child", "other children")})
	}
	return out
}

// firstZombies adds the zombies of a row that are shown one by one, those with
// something special first, and returns the others.
func (t *treePage) firstZombies(out []entry, zombies []*scan.Node) ([]entry, []*scan.Node) {
	n := len(zombies)
	if t.folded && n > briefRow {
		n = briefRow / 2
		var special, usual []*scan.Node
		for _, z := range zombies {
			if len(t.zombies[z.Process.PID].Rules) > 0 {
				special = append(special, z)
			} else {
				usual = append(usual, z)
			}
		}
		zombies = append(special, usual...)
	}
	for _, z := range zombies[:n] {
		out = append(out, entry{node: z})
	}
	return out, zombies[n:]
}

// leads reports whether a shown process has shown children.
func (t *tree) leads(n *scan.Node) bool {
	return slices.ContainsFunc(n.Children, func(c *scan.Node) bool { return t.shown == nil || t.shown[c.Process.PID] })
}

// node writes a process and what is below it.
func (t *treePage) node(n *scan.Node, prefix, branch, below string, align, depth int) {
	t.process(n, prefix+branch, align, depth)
	if depth < maxIndent {
		prefix += below
	}
	depth++ // of what is shown: a folded path counts as nothing
	if t.folded {
		if skipped, end := t.path(n); skipped > 0 {
			t.linef("%s└─ … %s", prefix, english.Count(skipped, "more ancestor", "more ancestors"))
			n, prefix = end, prefix+"   "
		}
	}
	if t.shown == nil || t.leads(n) {
		t.row(n.Children, prefix, "├─ ", "└─ ", depth, t.parents[n.Process.PID])
	}
}

// path looks down a row of ancestors that have nothing to tell, and returns
// how many of them to leave out and the last of these.
func (t *treePage) path(n *scan.Node) (skipped int, end *scan.Node) {
	end = n
	length := 0
	for m := t.only(n); m != nil; m = t.only(m) {
		length++
	}
	if length <= briefPath {
		return 0, n
	}
	for skipped = 0; skipped < length-briefPath/2; skipped++ {
		end = t.only(end)
	}
	return skipped, end
}

// only returns the one child to show of a process that has no zombies of its
// own, nil when there is more to say.
func (t *treePage) only(n *scan.Node) *scan.Node {
	if t.parents[n.Process.PID] != nil {
		return nil
	}
	var child *scan.Node
	for _, c := range n.Children {
		if !t.shown[c.Process.PID] {
			continue
		}
		if child != nil {
			return nil
		}
		child = c
	}
	return child
}

// label names a process: a zombie by the name that the kernel kept.
func (t *tree) label(n *scan.Node) string {
	p := n.Process
	name := p.Comm
	if p.State != scan.Zombie {
		name = diagnose.CommandOf(p)
	}
	return fmt.Sprintf("%d %s", p.PID, clean(name))
}

// process writes the line of one process.
func (t *treePage) process(n *scan.Node, branch string, align, depth int) {
	if depth > maxIndent {
		branch += fmt.Sprintf("[depth %d] ", depth)
	}
	label := t.label(n)
	facts := "  " + t.notes(n)
	mark := t.mark(n)
	if mark != "" {
		mark = "  " + mark
	}
	if t.width > 0 { // what is said about it matters more than its arguments
		label = cut(label, max(12, t.width-widthOf(branch)-widthOf(facts)-widthOf(mark)))
	}
	if len(n.Children) == 0 {
		label = pad(label, align)
	}
	text := label + facts
	if t.zombies[n.Process.PID] != nil {
		text = t.red.Sprint(text)
	}
	if mark != "" {
		text = t.bold.Sprint(text + mark)
	}
	t.line(branch + text)
}

// mark marks a parent of zombies.
func (t *tree) mark(n *scan.Node) string {
	if p := t.parents[n.Process.PID]; p != nil && p.Zombies > 0 {
		return "◀ not reaping " + english.Count(p.Zombies, "zombie", "zombies")
	}
	return ""
}

// notes says in which state a process is, and what is special about it.
func (t *tree) notes(n *scan.Node) string {
	p := n.Process
	out := []string{clean(p.State.String())}
	z := t.zombies[p.PID]
	switch n.Root {
	case scan.TopOfNamespace:
		// A zombie here has its own rule for that.
		if p.PID != 1 && z == nil && !p.KernelThread() {
			out = append(out, "entered from outside (PPid 0)")
		}
	case scan.ParentUnseen:
		out = append(out, fmt.Sprintf("its parent %d is not in view", p.PPID))
	case scan.InLoop:
		out = append(out, string(n.Root))
	}
	if z == nil {
		if p.State == scan.Zombie {
			out = append(out, "passing (Z101)")
		}
		return strings.Join(out, "  ")
	}
	out = append(out, deathNote(z))
	if z.PPID != p.PPID {
		out = append(out, fmt.Sprintf("now a child of %d", z.PPID))
	}
	for _, r := range z.Rules {
		out = append(out, ruleNote(r, p))
	}
	return strings.Join(out, "  ")
}

func ruleNote(rule string, p *scan.Process) string {
	if rule == "Z102" && p.NumThreads > 1 {
		return fmt.Sprintf("dead leader, %s (Z102)", english.Count(p.NumThreads-1, "live thread", "live threads"))
	}
	if r := diagnose.FindRule(rule); r != nil {
		return fmt.Sprintf("%s (%s)", strings.ReplaceAll(r.Name, "-", " "), rule)
	}
	return clean(rule)
}
