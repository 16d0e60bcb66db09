package htmlpage

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// containers draws the zombies of each container, all on one scale, by whether an
// init would help.
func (p sheet) containers() {
	if len(p.Containers) < 2 {
		return
	}
	counts := map[string]observe.InitCounts{}
	for i := range p.Parents {
		of := &p.Parents[i]
		c, sum := of.Init.Cleared(of.Parent), counts[of.Container.Key()]
		counts[of.Container.Key()] = observe.InitCounts{Yes: sum.Yes + c.Yes, No: sum.No + c.No, Unknown: sum.Unknown + c.Unknown}
	}
	most := 1
	for _, g := range p.Containers {
		most = max(most, g.Zombies)
	}
	p.section("Containers", func() {
		p.key("helps", "an init would clear", "held", "an init would not help", "used", "unknown")
		p.in("div", func() {
			shown := p.Containers[:min(len(p.Containers), maxRows)]
			for _, g := range shown {
				c := counts[g.Container.Key()]
				c.No += max(0, g.Zombies-c.Yes-c.No-c.Unknown) // nobody's fault, and nothing for an init
				p.line("span", words.Place(g.Container), "class", "where")
				p.line("span", fmt.Sprintf("%s, %s", english.Count(g.Zombies, "zombie", "zombies"), english.Count(g.NotReaping, "parent", "parents")))
				p.initBar(c, most, words.Place(g.Container))
			}
			p.rest(len(p.Containers)-len(shown), "container", "containers")
		}, "class", "stacks")
	})
}

// pid1s writes the verdict on the PID 1 of each container with zombies. Without
// any, it writes the one on PID 1 of this PID namespace.
func (p sheet) pid1s() {
	all := slices.DeleteFunc(slices.Clone(p.Namespaces), func(n diagnose.Namespace) bool {
		return n.Zombies == 0 && !p.Snapshot.AllNamespaces && (len(p.Zombies) > 0 || !n.Ours)
	})
	if len(all) == 0 {
		return
	}
	p.section(english.Agree(len(all), "PID 1", "PID 1 of each container"), func() {
		shown := all[:min(len(all), maxRows)]
		rows := make([][]string, len(shown))
		for i := range shown {
			rows[i] = pid1Row(&shown[i])
		}
		p.foldIf(len(all) > long, english.Count(len(all), "PID 1", "PID 1s"), func() {
			p.table([]page.Column{{Head: "Container"}, {Head: "Command"}, {Head: "PID", Right: true}, {Head: "Zombies", Right: true}, {Head: "Reaps what it adopts"}, {Head: "Passes on SIGTERM"}}, rows)
			p.rest(len(all)-len(shown), "PID 1", "PID 1s")
		})
	})
}

func pid1Row(n *diagnose.Namespace) []string {
	where, v := words.NamespacePlace(n), n.PID1
	if v == nil {
		return []string{where, "? (it was not seen)", "?", strconv.Itoa(n.Zombies), "unknown", "unknown"}
	}
	pid, command := "?", cmp.Or(sanitize.Clean(v.Command), "?")
	if v.Process != nil {
		pid = strconv.Itoa(v.Process.PID)
	}
	if v.Program != "" {
		command += " (" + sanitize.Clean(v.Program) + ")"
	}
	return []string{where, command, pid, strconv.Itoa(n.Zombies), answer(v.Reaps, v.ReapsWhy), answer(v.ForwardsSigterm, v.ForwardsSigtermWhy)}
}

// answer is an answer, and its grounds.
func answer(a diagnose.Answer, why string) string {
	if why == "" {
		return words.Answer(a)
	}
	return words.Answer(a) + ": " + sanitize.Prose(why)
}
