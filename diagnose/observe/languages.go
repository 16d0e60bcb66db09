package observe

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Language is what a program is written in, as far as it matters to how it waits
// for its children. "": unknown; a C program looks like nothing in particular.
type Language string

// The languages whose way to wait is known.
const (
	Go          Language = "Go"
	Python      Language = "Python"
	Node        Language = "Node"
	Java        Language = "Java"
	Perl        Language = "Perl"
	Ruby        Language = "Ruby"
	PHP         Language = "PHP"
	ShellScript Language = "shell"
)

// runtimes are the languages whose way to wait is known, by the names of what
// runs their programs; a trailing * matches any rest.
var runtimes = []struct {
	language Language
	names    []string
}{
	{Python, []string{"python*", "gunicorn", "celery", "uwsgi"}},
	{Node, []string{"node", "nodejs"}},
	{Java, []string{"java"}},
	{Perl, []string{"perl*"}},
	{Ruby, []string{"ruby*", "puma*"}},
	{PHP, []string{"php*"}},
	{ShellScript, []string{"sh", "bash", "dash", "ash", "zsh", "ksh*", "mksh"}},
}

// LanguageOf tells what a program is written in, by its names and its handlers.
func LanguageOf(p *facts.Process) Language {
	if p == nil {
		return ""
	}
	names := Names(p)
	for _, r := range runtimes {
		for _, want := range r.names {
			stem, open := strings.CutSuffix(want, "*")
			if slices.ContainsFunc(names, func(n string) bool { return n == want || open && strings.HasPrefix(n, stem) }) {
				return r.language
			}
		}
	}
	if Receives(p, facts.SIGCHLD).IsGo {
		return Go
	}
	return ""
}
