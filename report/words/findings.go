package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// Line is a finding in short form.
type Line struct{ Head, Text string }

// FindingLines says each finding in one line, but not the same thing over and
// over.
func FindingLines(findings []diagnose.Finding) []Line {
	perRule := map[string]int{}
	for _, f := range findings {
		perRule[f.Rule]++
	}
	var out []Line
	shown := map[string]int{}
	for i, f := range findings {
		if len(out) == MaxFindings {
			out = append(out, Line{"", "… " + english.Count(len(findings)-i, "more finding", "more findings") + ": -o wide shows them"})
			break
		}
		switch shown[f.Rule]++; {
		case shown[f.Rule] <= maxPerRule:
			out = append(out, Line{"", FindingText(&f)})
		case shown[f.Rule] == perRule[f.Rule]:
			out = append(out, Line{"", fmt.Sprintf("… %s more like these (%s)", english.Number(perRule[f.Rule]-maxPerRule), f.Rule)})
		}
	}
	return out
}

// FindingText says what was found, and behind that by which rule, how grave it
// is and how sure: "… (Z201, warning, certain)."
func FindingText(f *diagnose.Finding) string {
	return fmt.Sprintf("%s (%s, %s, %s).", strings.TrimSuffix(sanitize.Prose(f.Message()), "."), f.Rule, f.Severity, f.Certainty)
}

// Unsaid returns the findings that neither the blocks on PID 1 nor the table
// of culprits already said.
func Unsaid(d *diagnose.Diagnosis, spaces []diagnose.Namespace, parents []diagnose.Parent) []diagnose.Finding {
	said := map[int][]string{} // rules by PID
	for _, n := range spaces {
		if n.PID1 != nil && n.PID1.Process != nil {
			pid := n.PID1.Process.PID
			said[pid] = append(said[pid], "Z301", "Z302", "Z303")
		}
	}
	if len(parents) > 0 { // culprits that the table had no room for are counted there
		for _, p := range Culprits(d) {
			said[p.PID] = append(said[p.PID], p.Rules...)
		}
	}
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f diagnose.Finding) bool {
		return slices.Contains(said[f.Subject.PID], f.Rule) || SaidByUnread(d, &f)
	})
}

// SaidByUnread reports whether the list of unread files says the same, with its
// hint.
func SaidByUnread(d *diagnose.Diagnosis, f *diagnose.Finding) bool {
	return f.Rule == "Z902" && f.Subject.PID == 0 && len(d.Snapshot.Unread) > 0
}

// ByImportance puts the findings that name the cause of the worst culprits
// before the others of their severity.
func ByImportance(d *diagnose.Diagnosis) []*diagnose.Finding {
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

// OtherFindings returns the findings that are not a reason to fail.
func OtherFindings(d *diagnose.Diagnosis, v *verdict.Verdict) []diagnose.Finding {
	var out []diagnose.Finding
	for i := range d.Findings {
		f := &d.Findings[i]
		if !slices.ContainsFunc(v.Reasons, func(r verdict.Reason) bool { return r.Finding == f }) {
			out = append(out, *f)
		}
	}
	return out
}
