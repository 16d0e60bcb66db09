package words

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Card is a problem as it is shown: where, what, who and why, and what to do.
type Card struct {
	Level string // URGENT, warning
	Where string // the container, unit or machine; "": unknown
	What  string // what fails, or is there
	Said  []Said // who, why, and whether an init would help
	Lines []CardLine
}

// Said is a sentence, and its grounds: a rule, and how sure it is.
type Said struct{ Text, Rule string }

// CardLine is a step: a command, or else a sentence.
type CardLine struct {
	Label   string // now, cure, look, more
	Command string // to be pasted as it is, never cut; "": Text says it
	Text    string
	Ends    string // what the command ends; "": nothing
}

// NewCard says a problem, which is one of several or the only one.
func NewCard(d *diagnose.Diagnosis, p *diagnose.Problem, several bool) Card {
	return Card{Level: level(p), Where: where(d, p), What: what(p), Said: saidOf(p, several), Lines: append(steps(p), CardLine{Label: "more", Command: moreOn(d, p, several)})}
}

// Brief leaves out the parts that are much the same on each of many cards, or
// stand there twice: how many zombies there are, why an init would not help, the
// purpose of a command that ends nothing, and where to read more.
func (c *Card) Brief(p *diagnose.Problem) {
	c.Lines = slices.DeleteFunc(c.Lines, func(l CardLine) bool { return l.Label == "more" })
	for i := range c.Lines {
		if l := &c.Lines[i]; l.Command != "" && l.Ends == "" && l.Label == string(rule.Now) {
			l.Text = ""
		}
	}
	if len(p.Parents) == 1 && c.What == phrase.Zombies(p.Zombies) && c.Where != "" {
		c.What = ""
	}
	if len(p.Parents) > 0 && p.Parents[0].InitWhy != "" {
		c.Said[len(c.Said)-1].Text = phrase.InitWould(p.Parents[0].Parent, p.Parents[0].Init)
	}
}

func level(p *diagnose.Problem) string {
	switch p.Severity {
	case diagnose.Critical:
		return "URGENT"
	case diagnose.OK: // no rule found it
		return diagnose.Info.String()
	default:
		return p.Severity.String()
	}
}

// where names the place of a problem as the engine does.
func where(d *diagnose.Diagnosis, p *diagnose.Problem) string {
	c := p.Container
	switch {
	case c != nil && c.Engine == diagnose.NoContainer:
		if len(p.Parents) > 0 {
			if unit := observe.UnitOf(p.Parents[0].Process).Name; unit != "" {
				return sanitize.Clean(unit)
			}
		}
		return Place(c)
	case c != nil:
		return Place(c)
	}
	switch d.Viewpoint.Place {
	case observe.InContainer:
		return "this container"
	case observe.InSharedPID:
		return "this pod"
	case observe.InNamespace:
		return "this PID namespace"
	default:
		return ""
	}
}

// limitHeadline says how full a limit is, and whether zombies are most of what fills
// it: where its use is unknown, so is that.
func limitHeadline(l *diagnose.Limit) string {
	used, known := l.Used.Get()
	return phrase.LimitHeadline(l.Limit, known && uint64(l.Zombies)*2 > used)
}

// what says in a few words which failure or which zombies the card is about.
func what(p *diagnose.Problem) string {
	switch p.Urgency {
	case diagnose.Failing, diagnose.WillFail:
		if p.Limit != nil {
			return limitHeadline(p.Limit)
		}
	case diagnose.CannotEnd:
		if p.Find("Z311") != nil {
			return "the engine has not noticed that the container exited"
		}
		return "the container cannot end"
	case diagnose.Leaking:
		if len(p.Parents) == 0 || p.Find("Z403") == nil {
			break
		}
		text := phrase.Zombies(p.Zombies) + ", and more keep coming"
		// Of several alike parents the rate of each is its own.
		if rate, ok := p.Parents[0].Rate.PerDay.Get(); ok && len(p.Parents) == 1 {
			text += " (" + phrase.Rate(rate) + ")"
		}
		if p.Limit != nil {
			if t := phrase.TimeToFull(p.Limit.Limit); t != "" {
				text += "; " + phrase.LimitName(p.Limit.Limit) + " full in " + t
			}
		}
		return text
	}
	switch {
	case p.Limit != nil && p.Find("Z401") != nil:
		return limitHeadline(p.Limit)
	case p.Zombies == 0 && len(p.Findings) > 0:
		return diagnose.FindRule(p.Findings[0].Rule).Title
	case len(p.Parents) > 1:
		return phrase.Zombies(p.Zombies) + " of " + english.Number(len(p.Parents)) + " parents"
	}
	text := phrase.Zombies(p.Zombies)
	if p.Urgency == diagnose.Late {
		return text + ", reaped late"
	}
	if p.Limit != nil && p.Limit.ZombiePercent() > 0 {
		text += fmt.Sprintf(", %d %% of the %s", p.Limit.ZombiePercent(), phrase.LimitName(p.Limit.Limit))
	}
	return text
}

// saidOf is who has left the zombies, why, and whether an init would help.
func saidOf(p *diagnose.Problem, several bool) []Said {
	if len(p.Parents) == 0 {
		out := []Said{{sanitize.Prose(p.Findings[0].Message()), tag(p.Findings[0])}}
		if p.Zombies > 1 && len(p.Findings) > 1 {
			out[0].Text += " The same is true of " + english.Number(len(p.Findings)-1) + " more."
		}
		return out
	}
	first := p.Parents[0]
	out := []Said{{sanitize.Prose(p.Left(cardName(first)) + ": " + first.Why + "."), ""}}
	if f := p.Cause(); f != nil {
		out[0].Rule = tag(f)
	}
	for _, f := range p.Findings { // findings as grave as the cause that the first line does not have
		if !slices.Contains(first.Rules, f.Rule) && f.Severity >= diagnose.Warning && f.Limit() == nil && f.Rule != "Z403" && f.Rule != "Z303" && len(out) < maxSaid {
			out = append(out, Said{sanitize.Prose(f.Message()), tag(f)})
		}
	}
	init := first.InitWhy
	if several && init != "" {
		init = phrase.InitWould(first.Parent, first.Init)
		if len(p.Parents) == 1 && first.Init.OnlyParent() {
			init = fmt.Sprintf("An init would not help: only %s can reap its children.", observe.ShortCommand(first.Process))
		}
	}
	if init != "" {
		out = append(out, Said{sanitize.Prose(init), ""})
	}
	return out
}

// maxSaid is how many findings a card has.
const maxSaid = 2

// Note says a finding that needs no action.
func Note(f *diagnose.Finding) string {
	return sanitize.Prose(strings.TrimSuffix(f.Message(), ".")) + " (" + tag(f) + ")."
}

func tag(f *diagnose.Finding) string { return f.Rule + ", " + string(f.Certainty) }

// cardName names a parent, with the PID that it has inside of its own namespace.
func cardName(p *diagnose.Parent) string {
	if p.Process != nil && fromOutside(p) {
		return fmt.Sprintf("%s (PID %d, %s inside)", observe.ShortCommand(p.Process), p.PID, OrUnknown(InnerPID(p.Process)))
	}
	return phrase.Parent(p.Parent)
}

func fromOutside(p *diagnose.Parent) bool { return len(p.Process.NSpid()) > 1 }

// steps are what clears it now, and what keeps it from coming again. Where there is
// nothing of the kind, how to find out.
func steps(p *diagnose.Problem) []CardLine {
	var out []CardLine
	for _, when := range []rule.When{rule.Now, rule.Cure} {
		if l, ok := step(p, when); ok {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		if l, ok := step(p, rule.Confirm); ok {
			l.Label = "look"
			out = append(out, l)
		}
	}
	return out
}

// step is the first advice of a kind: its first command, or its sentence where it
// has none.
func step(p *diagnose.Problem, when rule.When) (CardLine, bool) {
	for _, f := range p.Findings {
		for _, a := range f.Advice() {
			switch {
			case a.When != when:
			case len(a.Steps) > 0 && a.Steps[0].Command != "":
				s := a.Steps[0]
				return CardLine{Label: string(when), Command: sanitize.Prose(s.Command), Text: sanitize.Prose(cmp.Or(others(a.Steps), s.Text)), Ends: sanitize.Clean(s.Ends)}, true
			default:
				return CardLine{Label: string(when), Text: sanitize.Prose(a.Text)}, true
			}
		}
	}
	return CardLine{}, false
}

// others points to the steps for who has another engine; "": there is one for all.
func others(steps []rule.Step) string {
	if steps[0].Label != "" && len(steps) > 1 {
		return "other ways: -o wide"
	}
	return ""
}

// moreOn is the command that shows more of one problem. With several problems it
// looks at that one alone.
func moreOn(d *diagnose.Diagnosis, p *diagnose.Problem, several bool) string {
	if c := p.Container; several && d.Snapshot.Source.Kind == facts.Live && c != nil && observe.PlainWord(c.Name) {
		return "zombiectl scan --container " + c.Name
	}
	return "zombiectl explain " + cmp.Or(ruleOf(p), "zombie")
}

// ruleOf is the rule of what a problem is mostly about; "": no rule found it.
func ruleOf(p *diagnose.Problem) string {
	if len(p.Findings) == 0 {
		return ""
	}
	return p.Findings[0].Rule
}

// Rest are the cells of a problem that has no card: level, where, who, zombies, why, rule.
func Rest(d *diagnose.Diagnosis, p *diagnose.Problem) []string {
	who, why := "", sanitize.Clean(what(p))
	if len(p.Parents) > 0 {
		who, why = sanitize.Clean(phrase.Parent(p.Parents[0].Parent)), sanitize.Clean(p.Parents[0].Why)
		if n := len(p.Parents); n > 1 {
			who = english.Count(n, "process", "processes") + " like " + who
		}
	}
	return []string{level(p), cmp.Or(where(d, p), "?"), who, fmt.Sprint(p.Zombies), why, ruleOf(p)}
}
