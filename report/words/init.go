package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan"
)

// InitLines answers whether an init would help, in the words of the diagnosis.
// Of several parents each line names those that it is about.
func InitLines(d *diagnose.Diagnosis) []string {
	const most = 3 // but each answer is given
	answers := diagnose.InitAnswers(d.Parents)
	var lines []string
	given := map[diagnose.Answer]bool{}
	for _, a := range answers {
		if a.Why == "" || len(lines) >= most && given[a.Answer] {
			continue
		}
		given[a.Answer] = true
		words := initWords[a.Answer]
		if len(answers) > 1 {
			words = fmt.Sprintf("%s (%s): %s%s", pidList(a.PIDs), english.Count(a.Zombies, "zombie", "zombies"), strings.ToLower(words[:1]), words[1:])
		}
		lines = append(lines, words+": "+sanitize.Prose(a.Why)+".")
	}
	return lines
}

var initWords = map[diagnose.Answer]string{
	diagnose.Yes:     "An init as PID 1 would help",
	diagnose.No:      "An init as PID 1 would not help",
	diagnose.Unknown: "Whether an init as PID 1 would help cannot be told",
}

// pidList names some processes.
func pidList(pids []int) string {
	const most = 3
	var parts []string
	for _, pid := range pids[:min(len(pids), most)] {
		if pid == scan.NoPID {
			parts = append(parts, "?")
			continue
		}
		parts = append(parts, strconv.Itoa(pid))
	}
	text := "PID " + strings.Join(parts, ", ")
	if rest := len(pids) - len(parts); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}
