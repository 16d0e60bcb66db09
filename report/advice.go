package report

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
)

// whatToDo writes the advice of the findings, each once, that on the worst
// culprit first.
func (p *page) whatToDo(d *diagnose.Diagnosis, full bool) {
	todo, apart, others := advice(d, full)
	if len(todo)+len(apart) == 0 {
		return
	}
	p.heading("WHAT TO DO")
	p.initHelps(culprits(d))
	for _, a := range todo {
		p.advice(a)
	}
	if len(apart) > 0 {
		p.line("  Apart from the zombies:")
		for _, a := range apart {
			p.advice(a)
		}
	}
	if others > 0 {
		p.linef("  … and so on for %s: -o wide shows them", count(others, "more finding"))
	}
	p.more(d)
}

// advice writes one piece of advice. One that begins with spaces goes on with
// the one before: a name and what to do there.
func (p *page) advice(a string) {
	text := strings.TrimLeft(a, " ")
	if len(text) == len(a) {
		p.wrap(4, "  - ", prose(text))
		return
	}
	hang := 6
	if name, rest, ok := strings.Cut(text, "  "); ok {
		hang += len(name) + 2 + len(rest) - len(strings.TrimLeft(rest, " "))
	}
	p.wrap(hang, "      ", prose(text))
}

// initHelps answers for the worst culprits whether an init would help, in the
// words of the diagnosis.
func (p *page) initHelps(parents []diagnose.Parent) {
	const most = 2
	var said []string
	for _, c := range parents {
		if c.InitWhy == "" || slices.Contains(said, c.InitWhy) || len(said) == most {
			continue
		}
		said = append(said, c.InitWhy)
		p.wrap(4, "  ", initWords[c.InitWouldHelp]+": "+prose(c.InitWhy)+".")
	}
}

var initWords = map[diagnose.Answer]string{
	diagnose.Yes:     "An init as PID 1 would help",
	diagnose.No:      "An init as PID 1 would not help",
	diagnose.Unknown: "Whether an init as PID 1 would help cannot be told",
}

// more points to the documentation of the gravest rule.
func (p *page) more(d *diagnose.Diagnosis) {
	if order := byImportance(d); len(order) > 0 && !saidByUnread(d, order[0]) {
		p.line("  More: zombiectl explain " + order[0].Rule)
	}
}

// advice returns what the findings advise, most important first. Unless full,
// one finding of each rule speaks for the others, whose advice differs in a PID
// only; it returns how many of these have more to say. apart is about something
// else than the zombies that are there.
func advice(d *diagnose.Diagnosis, full bool) (todo, apart []string, others int) {
	said, spoke := map[string]bool{}, map[string]bool{}
	for _, f := range byImportance(d) {
		if saidByUnread(d, f) {
			continue
		}
		var news []string
		for _, a := range f.Advice {
			if !said[a] {
				news = append(news, a)
			}
		}
		if !full && len(news) > 0 && (spoke[f.Rule] || len(todo)+len(apart) >= maxAdvice) {
			others++
			continue
		}
		spoke[f.Rule] = true
		for _, a := range news {
			said[a] = true
		}
		// What is no cure for the zombies is told apart from what is.
		if f.Zombies == 0 && len(d.Zombies) > 0 {
			apart = append(apart, news...)
		} else {
			todo = append(todo, news...)
		}
	}
	return todo, apart, others
}

// byImportance puts the findings that name the cause of the worst culprits
// before the others of their severity.
func byImportance(d *diagnose.Diagnosis) []*diagnose.Finding {
	type cause struct {
		pid  int
		rule string
	}
	rank := map[cause]int{}
	for i, p := range d.Parents {
		for j, r := range p.Rules {
			rank[cause{p.PID, r}] = i + j - len(d.Parents) - len(p.Rules)
		}
	}
	out := make([]*diagnose.Finding, len(d.Findings))
	for i := range d.Findings {
		out[i] = &d.Findings[i]
	}
	slices.SortStableFunc(out, func(a, b *diagnose.Finding) int {
		if a.Severity != b.Severity {
			return int(b.Severity - a.Severity)
		}
		return rank[cause{a.Subject.PID, a.Rule}] - rank[cause{b.Subject.PID, b.Rule}]
	})
	return out
}
