package htmlpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// node is a line of the tree, and what is below it.
type node struct {
	Text, Facts, Mark string
	Zombie, Open      bool
	Children          []node
}

// Rows of zombies longer than this are folded by command, and processes nested
// deeper than browsers allow stand beside each other.
const (
	maxRow   = 12
	maxDepth = 40
)

// tree shows the processes that lead to a zombie.
func (p sheet) tree() {
	if len(p.Zombies) == 0 {
		return
	}
	t := words.NewTree(p.Diagnosis)
	t.Show(p.Zombies)
	p.section("Process tree", func() {
		p.in("div", func() { p.nodes(branches(t, p.Snapshot.Tree().Roots, 0)) }, "class", "tree")
	})
}

func (p sheet) nodes(nodes []node) {
	p.in("ul", func() {
		for i := range nodes {
			p.in("li", func() { p.node(&nodes[i]) })
		}
	})
}

func (p sheet) node(n *node) {
	if len(n.Children) == 0 {
		p.label(n)
		return
	}
	var attrs []string
	if n.Open {
		attrs = []string{"open", ""}
	}
	p.in("details", func() {
		p.in("summary", func() { p.label(n) })
		p.nodes(n.Children)
	}, attrs...)
}

func (p sheet) label(n *node) {
	text := n.Text
	if n.Facts != "" {
		text += "  " + n.Facts
	}
	if n.Zombie {
		p.line("span", text, "class", "z")
	} else {
		p.line("span", text)
	}
	if n.Mark != "" {
		p.text(" ")
		p.line("span", n.Mark, "class", "mark")
	}
}

func branches(t *words.Tree, siblings []*facts.Node, depth int) []node {
	var zombies, paths []*facts.Node
	others := 0
	for _, n := range siblings {
		switch {
		case !t.Shown[n.Process.PID]:
			others++
		case t.Zombies[n.Process.PID] != nil && !t.Leads(n):
			zombies = append(zombies, n)
		default:
			paths = append(paths, n)
		}
	}
	out := zombieRow(t, zombies)
	for _, n := range paths {
		line := line(t, n, depth)
		line.Open = true
		below := branches(t, n.Children, depth+1)
		if depth < maxDepth {
			line.Children = below
			out = append(out, line)
		} else {
			out = append(append(out, line), below...)
		}
	}
	if others > 0 && depth > 0 {
		out = append(out, node{Text: "… " + english.Count(others, "other child", "other children")})
	}
	return out
}

// zombieRow folds a long row by command.
func zombieRow(t *words.Tree, zombies []*facts.Node) []node {
	var out []node
	if len(zombies) <= maxRow {
		for _, n := range zombies {
			out = append(out, line(t, n, 0))
		}
		return out
	}
	var names []string
	groups := map[string][]*facts.Node{}
	for _, n := range zombies {
		name := n.Process.Comm
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], n)
	}
	for i, name := range names {
		group := groups[name]
		if i == maxRow*4 { // who makes up a name for each process gets no row for each
			out = append(out, node{Text: "… " + english.Count(len(names)-i, "more command", "more commands"), Zombie: true})
			break
		}
		if len(group) == 1 {
			out = append(out, line(t, group[0], 0))
			continue
		}
		fold := node{Text: fmt.Sprintf("%d × %s", len(group), sanitize.Clean(name)), Facts: "Z", Zombie: true}
		for j, n := range group {
			if j == maxZombies {
				fold.Children = append(fold.Children, node{Text: fmt.Sprintf("… %d more", len(group)-j), Zombie: true})
				break
			}
			fold.Children = append(fold.Children, line(t, n, 0))
		}
		out = append(out, fold)
	}
	return out
}

func line(t *words.Tree, n *facts.Node, depth int) node {
	line := node{
		Text:   t.Label(n),
		Facts:  t.Notes(n),
		Mark:   t.Mark(n),
		Zombie: t.Zombies[n.Process.PID] != nil,
	}
	if depth > maxDepth {
		line.Text = fmt.Sprintf("[depth %d] %s", depth, line.Text)
	}
	return line
}
