package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
)

// unsaid returns the findings that neither the blocks on PID 1 nor the table
// of culprits already said.
func unsaid(d *diagnose.Diagnosis, spaces []diagnose.Namespace, parents []diagnose.Parent) []diagnose.Finding {
	said := map[int][]string{} // rules by PID
	for _, n := range spaces {
		if n.PID1 != nil && n.PID1.Process != nil {
			pid := n.PID1.Process.PID
			said[pid] = append(said[pid], "Z301", "Z302", "Z303")
		}
	}
	inTable := map[int]bool{}
	for _, p := range parents {
		inTable[p.PID] = true
	}
	// The culprits that the table had no room for are counted there.
	for _, p := range culprits(d) {
		if inTable[p.PID] || len(parents) > 0 {
			said[p.PID] = append(said[p.PID], p.Rules...)
		}
	}
	var out []diagnose.Finding
	for _, f := range d.Findings {
		if !slices.Contains(said[f.Subject.PID], f.Rule) && !saidByUnread(d, &f) {
			out = append(out, f)
		}
	}
	return out
}

// saidByUnread: the list of what was not read says the same, with its hint.
func saidByUnread(d *diagnose.Diagnosis, f *diagnose.Finding) bool {
	return f.Rule == "Z902" && f.Subject.PID == 0 && len(d.Snapshot.Unread) > 0
}

// findingLine is a finding in short form.
type findingLine struct{ head, text string }

// findingLines says each finding in one line, but not the same thing over and
// over.
func findingLines(findings []diagnose.Finding) []findingLine {
	perRule := map[string]int{}
	for _, f := range findings {
		perRule[f.Rule]++
	}
	var out []findingLine
	shown := map[string]int{}
	for i, f := range findings {
		if len(out) == maxFindings {
			out = append(out, findingLine{"", "… " + english.Count(len(findings)-i, "more finding", "more findings") + ": -o wide shows them"})
			break
		}
		switch shown[f.Rule]++; {
		case shown[f.Rule] <= maxPerRule:
			out = append(out, findingLine{findingHead(f), prose(subject(f) + f.Message)})
		case shown[f.Rule] == perRule[f.Rule]:
			out = append(out, findingLine{f.Rule + " ", fmt.Sprintf("… %d more like these", perRule[f.Rule]-maxPerRule)})
		}
	}
	return out
}

func findingHead(f diagnose.Finding) string {
	return fmt.Sprintf("%s %s (%s)  ", f.Rule, f.Severity, f.Certainty)
}

// subject names the process that a finding is about. PID 1 needs no name.
func subject(f diagnose.Finding) string {
	if f.Subject.PID == 0 || strings.HasPrefix(f.Message, "PID ") {
		return ""
	}
	if f.Comm == "" {
		return fmt.Sprintf("PID %d: ", f.Subject.PID)
	}
	return fmt.Sprintf("%s (PID %d): ", f.Comm, f.Subject.PID)
}

func (p *page) findings(heading string, findings []diagnose.Finding) {
	if len(findings) == 0 {
		return
	}
	indent := ""
	if heading == "" {
		p.blank()
	} else {
		p.heading(heading)
		indent = "  "
	}
	for _, l := range findingLines(findings) {
		p.wrap(len(indent)+len("Z301 "), indent+l.head, l.text)
	}
}
