package htmlpage

import (
	"cmp"
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// tiles writes the three numbers that matter: zombies, for how many of them an init
// would help, and how near the tightest limit is.
func (p sheet) tiles() {
	p.in("div", func() {
		under := fmt.Sprintf("among %s", english.Count(p.Processes, "process", "processes"))
		if p.Transient > 0 {
			under += "; " + english.Count(p.Transient, "more was transient", "more were transient")
		}
		p.tile("Zombies", english.Number(len(p.Zombies)), under, nil)
		if len(p.Zombies) == 0 {
			return
		}
		c := p.InitCounts()
		p.tile("An init would clear", english.Number(c.Yes)+" of "+english.Number(len(p.Zombies)), "", func() {
			p.initBar(c, len(p.Zombies), "All zombies")
			p.key("helps", english.Number(c.Yes)+" cleared", "held", english.Number(c.No)+" not", "used", english.Number(c.Unknown)+" unknown")
		})
		p.tightest()
	}, "class", "tiles")
}

func (p sheet) tile(label, value, under string, bar func()) {
	p.in("div", func() {
		p.line("div", label, "class", "soft")
		p.line("div", value, "class", "value")
		if bar != nil {
			bar()
		}
		if under != "" {
			p.line("div", under, "class", "soft")
		}
	}, "class", "tile")
}

func (p sheet) tightest() {
	if len(p.Limits) == 0 {
		p.tile("Tightest limit", "unknown", "No limit on processes was read.", nil)
		return
	}
	l := &p.Limits[0]
	under := fmt.Sprintf("The %s%s: %s of %s used, %s by zombies; %s.", phrase.LimitName(l.Limit), p.ofContainer(l), words.LimitUsed(l), english.Number(l.Max), english.Number(l.Zombies), timeLeft(l))
	p.tile("Tightest limit", share(l), under, func() { p.limitBar(l) })
}

// share is how much of a limit is used. A small share is never shown as zero.
func share(l *diagnose.Limit) string {
	used, _ := l.Used.Get()
	if n, known := l.Percent(); known && n == 0 && used > 0 {
		return "under 1 %"
	}
	return cmp.Or(words.LimitShare(l, "%d %%"), "unknown")
}

// ofContainer names the container that a cgroup's limit is of; "": it is of more, or unknown.
func (p sheet) ofContainer(l *diagnose.Limit) string {
	if l.Name != observe.PidsMax || len(l.Parents) == 0 {
		return ""
	}
	for i := range p.Parents {
		if of := &p.Parents[i]; of.Parent == l.Parents[0] && of.Container != nil && of.Container.Engine != diagnose.NoContainer {
			return " of " + words.ContainerText(of.Container)
		}
	}
	return ""
}

// timeLeft says when a limit will be reached.
func timeLeft(l *diagnose.Limit) string {
	used, known := l.Used.Get()
	switch t := phrase.Full(l.Limit); {
	case known && used >= l.Max:
		return "it is full, and fork fails"
	case t != "":
		return "it will be full in " + sanitize.Clean(t)
	default:
		return "the time left is unknown"
	}
}
