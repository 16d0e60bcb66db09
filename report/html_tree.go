package report

import (
	"fmt"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// htmlNode is a line of the tree, and what is below it.
type htmlNode struct {
	Text, Facts, Mark string
	Zombie, Open      bool
	Children          []htmlNode
}

// Rows of zombies longer than this are folded by command, and processes nested
// deeper than browsers allow stand beside each other.
const (
	maxHTMLRow   = 12
	maxHTMLDepth = 40
)

// tree shows the processes that lead to a zombie.
func (p htmlPage) tree() {
	if len(p.Zombies) == 0 {
		return
	}
	t := newTree(p.Diagnosis)
	t.show(p.Zombies)
	p.section("Process tree", func() {
		p.in("div", func() { p.nodes(t.html(p.Snapshot.Tree().Roots, 0)) }, "class", "tree")
	})
}

func (p htmlPage) nodes(nodes []htmlNode) {
	p.in("ul", func() {
		for i := range nodes {
			p.in("li", func() { p.node(&nodes[i]) })
		}
	})
}

func (p htmlPage) node(n *htmlNode) {
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

func (p htmlPage) label(n *htmlNode) {
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

func (t *tree) html(siblings []*scan.Node, depth int) []htmlNode {
	var zombies, paths []*scan.Node
	others := 0
	for _, n := range siblings {
		switch {
		case !t.shown[n.Process.PID]:
			others++
		case t.zombies[n.Process.PID] != nil && !t.leads(n):
			zombies = append(zombies, n)
		default:
			paths = append(paths, n)
		}
	}
	out := t.htmlZombies(zombies)
	for _, n := range paths {
		line := t.htmlLine(n, depth)
		line.Open = true
		below := t.html(n.Children, depth+1)
		if depth < maxHTMLDepth {
			line.Children = below
			out = append(out, line)
		} else {
			out = append(append(out, line), below...)
		}
	}
	if others > 0 && depth > 0 {
		out = append(out, htmlNode{Text: "… " + english.Count(others, "other child", "other children")})
	}
	return out
}

// htmlZombies folds a long row by command.
func (t *tree) htmlZombies(zombies []*scan.Node) []htmlNode {
	var out []htmlNode
	if len(zombies) <= maxHTMLRow {
		for _, n := range zombies {
			out = append(out, t.htmlLine(n, 0))
		}
		return out
	}
	var names []string
	groups := map[string][]*scan.Node{}
	for _, n := range zombies {
		name := n.Process.Comm
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], n)
	}
	for i, name := range names {
		group := groups[name]
		if i == maxHTMLRow*4 { // who makes up a name for each process gets no row for each
			out = append(out, htmlNode{Text: "… " + english.Count(len(names)-i, "more command", "more commands"), Zombie: true})
			break
		}
		if len(group) == 1 {
			out = append(out, t.htmlLine(group[0], 0))
			continue
		}
		fold := htmlNode{Text: fmt.Sprintf("%d × %s", len(group), clean(name)), Facts: "Z", Zombie: true}
		for j, n := range group {
			if j == maxHTMLZombies {
				fold.Children = append(fold.Children, htmlNode{Text: fmt.Sprintf("… %d more", len(group)-j), Zombie: true})
				break
			}
			fold.Children = append(fold.Children, t.htmlLine(n, 0))
		}
		out = append(out, fold)
	}
	return out
}

func (t *tree) htmlLine(n *scan.Node, depth int) htmlNode {
	line := htmlNode{
		Text:   t.label(n),
		Facts:  t.notes(n),
		Mark:   t.mark(n),
		Zombie: t.zombies[n.Process.PID] != nil,
	}
	if depth > maxHTMLDepth {
		line.Text = fmt.Sprintf("[depth %d] %s", depth, line.Text)
	}
	return line
}
