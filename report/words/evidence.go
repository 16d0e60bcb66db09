package words

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// evidenceLine says what a finding rests on as a command that shows it again,
// where there is one, and what it showed.
func evidenceLine(e *diagnose.Evidence) string {
	command, about := paste(e)
	if command == "" {
		return strings.Join([]string{sanitize.Clean(e.File), sanitize.Clean(e.Field), sanitize.Clean(e.Value)}, "  ")
	}
	line := command + "  # " + sanitize.Clean(e.Value)
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
	// statFields is how evidence names fields of a file of one line: "field 11
	// (cminflt)", and perhaps what there is to say about it.
	statFields = regexp.MustCompile(`^fields? ([0-9]+(?:, [0-9]+)*) \(([^()]*)\)(.*)$`)
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
	if m := statFields.FindStringSubmatch(e.Field); m != nil {
		return fields(e.File, strings.Split(m[1], ", ")), m[2] + m[3]
	}
	switch last := e.File[strings.LastIndexByte(e.File, '/')+1:]; {
	case last == "exe" || strings.Contains(e.File, "/ns/"):
		return "readlink " + e.File, e.Field
	case e.Field == "":
		return "cat " + e.File, ""
	case lineName.MatchString(e.Field):
		return fmt.Sprintf("grep '^%s' %s", strings.ReplaceAll(e.Field, ".", `\.`), e.File), ""
	}
	return "", ""
}

// fields prints columns of a file of one line. In stat the second is the name,
// in parentheses and with whatever the process wants in it: what follows is
// counted from its end.
func fields(file string, numbers []string) string {
	strip, skip := "", 0
	if strings.HasSuffix(file, "/stat") {
		strip, skip = `sub(/.*\) /, ""); `, 2
	}
	for i, n := range numbers {
		v, err := strconv.Atoi(n)
		if err != nil || v <= skip {
			return "cat " + file
		}
		numbers[i] = "$" + strconv.Itoa(v-skip)
	}
	return fmt.Sprintf("awk '{%sprint %s}' %s", strip, strings.Join(numbers, ", "), file)
}
