package textpage

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Tree writes the process tree: what leads to a zombie, or all of it where the
// page asks for that.
func Tree(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	if v != nil {
		Verdict(p, d, v)
	}
	t := &treePage{Page: p, Tree: words.NewTree(d)}
	switch {
	case p.All:
		t.roots()
	case len(d.Zombies) == 0:
		sentence(p, d)
	default:
		t.Show(d.Zombies)
		t.roots()
	}
}

const (
	maxIndent   = 24 // levels that are indented; deeper ones say their depth
	maxLabel    = 32 // columns up to which the states of siblings are aligned
	briefCauses = 3  // culprits in a brief tree
	briefRow    = 4  // zombies of one parent that a brief tree shows unfolded
	briefPath   = 6  // ancestors in a row that it shows unfolded
)

type treePage struct {
	*page.Page
	*words.Tree
	folded bool // long rows and long paths are folded
}

// Brief writes the part that matters most, folded to a few lines: the worst
// culprits, and the zombies that are nobody's fault.
func Brief(p *page.Page, d *diagnose.Diagnosis, culprits []diagnose.Parent) {
	t := &treePage{Page: p, Tree: words.NewTree(d), folded: true}
	worst := map[int]bool{}
	for _, c := range culprits[:min(len(culprits), briefCauses)] {
		worst[c.PID] = true
	}
	for i := range t.D.Parents {
		if len(worst) < briefCauses {
			worst[t.D.Parents[i].PID] = true
		}
	}
	var some []diagnose.Zombie
	hidden := 0
	for _, z := range t.D.Zombies {
		if worst[z.PPID] || t.Parents[z.PPID] == nil {
			some = append(some, z)
		} else {
			hidden++
		}
	}
	t.Show(some)
	t.roots()
	if hidden > 0 {
		t.Linef("… %s under %s: -o tree shows them",
			english.Count(hidden, "more zombie", "more zombies"), english.Count(len(t.Parents)-len(worst), "other parent", "other parents"))
	}
}

func (t *treePage) roots() {
	t.row(t.D.Snapshot.Tree().Roots, "", "", "", 0, nil)
}

// row writes siblings below a prefix. mid and last are what stands before a
// sibling that others follow, and before the last one.
func (t *treePage) row(siblings []*facts.Node, prefix, mid, last string, depth int, parent *diagnose.Parent) {
	entries := t.entries(siblings, mid == "", parent)
	labels := 0
	for _, e := range entries {
		if e.node != nil && len(e.node.Children) == 0 {
			labels = max(labels, min(maxLabel, page.Width(t.Label(e.node))))
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
			t.Line(prefix + branch + e.fold)
			continue
		}
		t.node(e.node, prefix, branch, below, labels, depth)
	}
}

// entry is one line among siblings: a process, or what stands for many.
type entry struct {
	node *facts.Node
	fold string
}

// entries chooses what of a row of siblings is shown. In a pruned tree the
// zombies come first.
func (t *treePage) entries(siblings []*facts.Node, root bool, parent *diagnose.Parent) []entry {
	zombies, paths, others := t.Row(siblings)
	var out []entry
	shown := len(zombies)
	if t.folded && shown > briefRow {
		shown = briefRow / 2
		// Those with something special first.
		special := func(n *facts.Node) int { return min(1, len(t.Zombies[n.Process.PID].Rules)) }
		slices.SortStableFunc(zombies, func(a, b *facts.Node) int { return special(b) - special(a) })
	}
	for _, n := range zombies[:shown] {
		out = append(out, entry{node: n})
	}
	if rest := zombies[shown:]; len(rest) > 0 {
		commands := map[string]bool{}
		for _, n := range rest {
			commands[n.Process.Comm] = true
		}
		fold := fmt.Sprintf("… %s of %s", english.Count(len(rest), "more zombie", "more zombies"), english.Count(len(commands), "command", "commands"))
		out = append(out, entry{fold: fold})
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
	// Of an ancestor only the path matters; the running children of a culprit show
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

func (t *treePage) node(n *facts.Node, prefix, branch, below string, align, depth int) {
	t.process(n, prefix+branch, align, depth)
	if depth < maxIndent {
		prefix += below
	}
	depth++ // of the visible rows: a folded path counts as nothing
	if t.folded {
		if skipped, end := t.path(n); skipped > 0 {
			t.Linef("%s└─ … %s", prefix, english.Count(skipped, "more ancestor", "more ancestors"))
			n, prefix = end, prefix+"   "
		}
	}
	if t.Shown == nil || t.Leads(n) {
		t.row(n.Children, prefix, "├─ ", "└─ ", depth, t.Parents[n.Process.PID])
	}
}

// path looks down a row of ancestors without anything to report, and returns how
// many of them to leave out and the last of these.
func (t *treePage) path(n *facts.Node) (skipped int, end *facts.Node) {
	path := []*facts.Node{n}
	for m := t.only(n); m != nil; m = t.only(m) {
		path = append(path, m)
	}
	if length := len(path) - 1; length > briefPath {
		skipped = length - briefPath/2
	}
	return skipped, path[skipped]
}

// only returns the one child to show of a process that has no zombies of its
// own, nil when there is more to say.
func (t *treePage) only(n *facts.Node) *facts.Node {
	if t.Parents[n.Process.PID] != nil {
		return nil
	}
	var child *facts.Node
	for _, c := range n.Children {
		switch {
		case !t.Shown[c.Process.PID]:
		case child != nil:
			return nil
		default:
			child = c
		}
	}
	return child
}

func (t *treePage) process(n *facts.Node, branch string, align, depth int) {
	if depth > maxIndent {
		branch += fmt.Sprintf("[depth %d] ", depth)
	}
	label, notes, mark := t.Label(n), "  "+t.Notes(n), t.Mark(n)
	if mark != "" {
		mark = "  " + mark
	}
	if t.Width > 0 { // the notes about it matter more than its arguments
		label = t.Cut(label, max(12, t.Width-page.Width(branch)-page.Width(notes)-page.Width(mark)))
	}
	if len(n.Children) == 0 {
		label = page.Pad(label, align)
	}
	text := label + notes
	if t.Zombies[n.Process.PID] != nil {
		text = t.Red.Sprint(text)
	}
	if mark != "" {
		text = t.Bold.Sprint(text + mark)
	}
	t.Line(branch + text)
}
