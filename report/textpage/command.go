package textpage

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Left writes the line of a check, and below it what was left where that is
// anything.
func Left(p *page.Page, l *verdict.Left, v *verdict.Verdict) {
	name := sanitize.CleanTo(strings.Join(l.Command, " "), words.MaxCommand)
	said := cmp.Or(reasons(v, len(v.Reasons)), v.Summary)
	verdictLine(p, v, name+" ("+LeftExit(l)+"): "+sanitize.Prose(said))
	if l.ZombieCount+l.OrphanCount == 0 {
		return
	}
	leftCommands(p, l)
	leftOrphans(p, l)
	p.Wrap(2, "", "More: zombiectl explain left-behind")
}

// LeftExit says how the command itself ended.
func LeftExit(l *verdict.Left) string { return words.ExitText(facts.Some(l.Exit)) }

func leftCommands(p *page.Page, l *verdict.Left) {
	cols := []page.Column{{Head: "COMMAND"}, {Head: "ZOMBIES", Right: true}, {Head: "ORPHANS", Right: true}, {Head: "ENDED"}}
	var rows [][]string
	for _, c := range l.ByCommand[:min(len(l.ByCommand), words.MaxParents)] {
		name := cmp.Or(sanitize.Clean(c.Comm), "?")
		rows = append(rows, []string{name, strconv.Itoa(c.Zombies), strconv.Itoa(c.Orphans), exitsOf(l, c.Comm)})
	}
	p.Table(cols, rows)
	if rest := len(l.ByCommand) - len(rows); rest > 0 {
		p.Linef("  … %s", english.Count(rest, "more command", "more commands"))
	}
}

// exitsOf says how the zombies of a command ended, each way once.
func exitsOf(l *verdict.Left, comm string) string {
	const most = 4
	var ways []string
	seen := map[string]bool{}
	for _, z := range l.Zombies {
		how := words.ExitText(z.Exit)
		if z.Comm != comm || seen[how] {
			continue
		}
		if seen[how] = true; len(ways) == most {
			return strings.Join(append(ways, "…"), ", ")
		}
		ways = append(ways, how)
	}
	return strings.Join(ways, ", ")
}

func leftOrphans(p *page.Page, l *verdict.Left) {
	for i, o := range l.Orphans {
		if i == words.MaxFindings {
			p.Linef("  … %s", english.Count(l.OrphanCount-i, "more living orphan", "more living orphans"))
			return
		}
		p.Linef("  PID %d lives on (%s): %s", o.PID, sanitize.Clean(o.State.String()), sanitize.CleanTo(o.Command, words.MaxCommand))
	}
}
