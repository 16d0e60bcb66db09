package observe

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/zombiectl/zombiectl/scan/facts"
)

//go:embed spared.tsv
var sparedTable string

// sparedProgram is a program that nobody is to end by hand, and why.
type sparedProgram struct{ name, why string }

var sparedPrograms = sync.OnceValue(func() []sparedProgram {
	var table []sparedProgram
	for line := range strings.Lines(sparedTable) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name, why, _ := strings.Cut(line, "\t")
		table = append(table, sparedProgram{name, why})
	}
	return table
})

// Spared says why a program must never be ended by hand, nor get anything
// stronger than SIGCHLD, by its names; "": it may be ended.
func Spared(p *facts.Process) string {
	names := Names(p)
	for _, e := range sparedPrograms() {
		if slices.ContainsFunc(names, e.matches) {
			return "it is " + strings.TrimSuffix(e.name, "*") + ": " + e.why
		}
	}
	if known := ProgramOf(p); known != nil && known.IsInit() {
		return "it is an init"
	}
	return ""
}

func (e sparedProgram) matches(name string) bool {
	if stem, ok := strings.CutSuffix(e.name, "*"); ok {
		return strings.HasPrefix(name, stem)
	}
	return name == e.name
}
