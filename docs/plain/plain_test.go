// Package plain holds what we print and write to plain English: TestPlain reads the
// catalogue, the golden files and the docs, and refuses what readers stumble over.
package plain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tic is something that a reader stumbles over, and what to write instead.
type tic struct {
	bad     *regexp.Regexp
	but     *regexp.Regexp // good English that looks like it; nil: none
	instead string
}

// process are the words for what exits, and neither lives nor ends.
const process = `(?:process(?:es)?|parents?|child|children|orphans?|leaders?|threads?|tracers?|daemons?|programs?|debuggers?)`

// plural are the nouns that are counted, and their plurals.
var plural = map[string]string{
	"zombie": "zombies", "process": "processes", "parent": "parents", "child": "children", "thread": "threads", "fork": "forks", "orphan": "orphans",
	"container": "containers", "command": "commands", "finding": "findings", "file": "files", "line": "lines", "fact": "facts",
}

// tics are all of them: the one list.
var tics = slices.Concat([]tic{
	{re(`(?i)\b(?:cannot|can not|can't) be told\b`), nil, `"it is unknown whether", "unknown"`},
	{re(`(?i)\bis no [a-z]+`), re(`(?i)\b(?:there|here) is no\b|\bis no (?:longer|more|less|other|better|worse|earlier|later|way)\b`), `"is not a", "is not an"`},
	{re(`(?i)\b(?:not )?in view\b`), nil, `"seen", "was not seen", "outside this PID namespace"`},
	{re(`(?i)\b(?:` + process + `|it|they|that|which) (?:still )?(?:lives?|lived|lives on)\b`), nil, `"is running", "is still running"`},
	{re(`(?i)\b(?:living|live) ` + process + `\b`), re(`live threads \(Z102\)|live orphans \(Z312\)`), `"running"`},
	{re(`(?i)\bpassing (?:ones?|zombies?|process(?:es)?)\b|\ba passing\b`), nil, `"transient"`},
	{re(`(?i)\bits price\b`), nil, `"trade-off"`},
	{re(`(?i)[,;] and why\b|\band why (?:cannot|it is|is)\b`), re(`and why kill -9`), `"; the cause is unknown"`},
	{re(`(?i)\bwhat is marked\b`), nil, `"run as root to fill in what is unknown"`},
	{re(`(?i)\bwaits out its\b|\bget(?:s)? through PID 1\b`), nil, `"PID 1 ignores SIGTERM", "takes the whole grace period"`},
	{re(`(?i)\bwould fix it\b`), nil, `"would clear all 21", "would help"`},
	{re(`(?i)\bnothing can be done\b|\bsomething would be done\b`), nil, `what would help`},
	{re(`(?i)\bis a zombie still\b|\bare zombies still\b`), nil, `"is still a zombie"`},
	{re(`(?i)\buntil when\b`), nil, `"when the limits will be reached"`},
	{re(`(?i)\boutside of (?:this|the|its|that|our)\b`), nil, `"outside this"`},
	{re(`(?i)\b(?:keeps?|has not reaped) (?:[0-9][0-9,]*) zombies?\b`), nil, `"has left 3 zombies"`},
	{re(`(?i)\b(?:has|have|had) ended\b`), nil, `"has exited"`},
	{re(`(?i)\b(?:when|before|until|if|that|which|after|once) (?:it|they|the ` + process + `|(?:its|their|a|an) ` + process + `|` + process + `) (?:ends|end|ended)\b`), nil, `"exits", "exited"`},
	{re(`(?i)\bis executed over\b|\bwas executed over\b`), nil, `"replaced sh by exec"`},
	{re(`(?:^|[^0-9.,])1 zombie (?:are|were|have|do)\b`), nil, `a verb that agrees`},
	{re(`(?:^|[^0-9.,])1 zombie\b[^.,;:\n]{0,60}\b(?:them|their|these|they)\b`), nil, `"it", "its"`},
	{re(`(?:^|[^0-9.,])(?:[02-9]|[0-9,]*[0-9][0-9]) zombies (?:is|was|has|does)\b`), re(`\b(?:of|for) (?:the |these |its |all )?[0-9][0-9,]* zombies`), `a verb that agrees`},
}, numbers())

func re(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// numbers are the nouns that do not agree with the number before them.
func numbers() []tic {
	var out []tic
	for one, many := range plural {
		out = append(out,
			tic{re(`(?:^|[\s(])1 ` + many + `\b`), nil, "1 " + one},
			tic{re(`(?:^|[\s(])(?:0|[2-9]|[1-9][0-9,]*[0-9]) ` + one + `(?:[.,;:)]| [a-z]|$)`), nil, "2 " + many})
	}
	return out
}

// twice finds subjects that are named twice: "PID 1 (tini): PID 1 keeps".
var twice = regexp.MustCompile(`(?:PID ([0-9]+) \([^()\n]*\)|\(PID ([0-9]+)\)):? +(?:PID ([0-9]+)|[^ ()\n]+ \(PID ([0-9]+)\))`)

// check names every tic of a text, with its line and what to write instead.
func check(text string) []string {
	var out []string
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		for _, t := range tics {
			rest := line
			if t.but != nil {
				rest = t.but.ReplaceAllString(line, "")
			}
			if found := t.bad.FindString(rest); found != "" {
				out = append(out, fmt.Sprintf("line %d: %q: write %s", n, strings.TrimSpace(found), t.instead))
			}
		}
		for _, m := range twice.FindAllStringSubmatch(line, -1) {
			if first, second := m[1]+m[2], m[3]+m[4]; first == second {
				out = append(out, fmt.Sprintf("line %d: %q: name it once", n, m[0]))
			}
		}
	}
	return out
}
