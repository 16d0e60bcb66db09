package words

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// evidenceLine gives the evidence of a finding: a command that shows it again,
// if any, and what it showed.
func evidenceLine(e *diagnose.Evidence) string {
	command, about := paste(e)
	value := sanitize.Clean(phrase.Value(*e))
	if command == "" {
		return sanitize.Clean(e.File) + "  " + sanitize.Clean(e.Fields.String()) + "  " + value
	}
	line := command + "  # " + value
	if about != "" {
		line += "  (" + sanitize.Clean(about) + ")"
	}
	return line
}

// EvidenceLines says all that a finding rests on.
func EvidenceLines(list []diagnose.Evidence) []string {
	lines := make([]string, len(list))
	for i := range list {
		lines[i] = evidenceLine(&list[i])
	}
	return lines
}

var (
	// lineName is the first word, or words, of a line.
	lineName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*( [a-z]+)?$`)
	// safePath is a path that means nothing to a shell.
	safePath = regexp.MustCompile(`^/[A-Za-z0-9_./:@%+=,-]+$`)
)

// paste returns a command that shows the evidence, for a shell, and what its
// numbers are called. Only for a file whose name can be shown as it is, or what
// is pasted would be about another file, or another command.
func paste(e *diagnose.Evidence) (command, about string) {
	if len(e.File) > sanitize.MaxName || !safePath.MatchString(e.File) {
		return "", ""
	}
	if f := e.Fields; len(f.Numbers) > 0 {
		about, f.Numbers = f.Name, nil
		if f.Look != "" {
			about = f.String()
		}
		return fields(e.File, e.Fields.Numbers), about
	}
	switch last := e.File[strings.LastIndexByte(e.File, '/')+1:]; {
	case last == "exe" || strings.Contains(e.File, "/ns/"):
		return "readlink " + e.File, e.Fields.Name
	case e.Fields.Name == "":
		return "cat " + e.File, ""
	case lineName.MatchString(e.Fields.Name):
		return fmt.Sprintf("grep '^%s' %s", strings.ReplaceAll(e.Fields.Name, ".", `\.`), e.File), ""
	}
	return "", ""
}

// fields prints columns of a file of one line. In stat the second is the name,
// in parentheses and with whatever the process wants in it: what follows is
// counted from its end.
func fields(file string, numbers []int) string {
	strip, skip := "", 0
	if strings.HasSuffix(file, "/stat") {
		strip, skip = `sub(/.*\) /, ""); `, 2
	}
	columns := make([]string, len(numbers))
	for i, n := range numbers {
		if n <= skip {
			return "cat " + file
		}
		columns[i] = fmt.Sprintf("$%d", n-skip)
	}
	return fmt.Sprintf("awk '{%sprint %s}' %s", strip, strings.Join(columns, ", "), file)
}
