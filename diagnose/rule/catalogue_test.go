package rule

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is what the Markdown file of a rule looks like.
var page = regexp.MustCompile(`(?s)\A## What it means\n\n\S.+\S\n\n## Confirm it by hand\n\n    \S.+\S\n\n## What to do\n\n.+\S\n\z`)

// needs names every place that a rule still has to be decided or said in; none:
// it is complete.
func needs(r *Rule) []string {
	var places []string
	need := func(missing bool, place string, fill ...any) {
		if missing {
			places = append(places, fmt.Sprintf(place, fill...))
		}
	}
	need(!regexp.MustCompile(`^Z[1-9]\d\d$`).MatchString(r.ID), "ID: a Z and three digits")
	need(!regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString(r.Name), "Name: words in small letters, with hyphens")
	need(r.Severity <= OK || r.Severity > Critical, "Severity: Info, Warning or Critical")
	need(strings.TrimSpace(r.Title) == "", "Title: what it finds, in one line")
	need(strings.HasSuffix(r.Title, ".") || strings.Contains(r.Title, "\n"), "Title: one line without a full stop")
	need(r.Rank <= Undecided || r.Rank > NoCause, "Rank: its place among the causes of a parent, or NoCause")
	need(r.Nudge.Effect <= NudgeUndecided || r.Nudge.Effect > NudgeUseless, "Nudge: what SIGCHLD to the parent does about its zombies")
	need((r.Nudge.Effect == NudgeUseless) != (r.Nudge.Why != ""), "Nudge: why it is useless, where it is and nowhere else")
	ways := 0
	for _, way := range []bool{r.Zombie != nil, r.Parent != nil, r.Whole != nil} {
		if way {
			ways++
		}
	}
	need(ways != 1, "Zombie, Parent or Whole: how it is decided, in one way and not in %d", ways)
	if r.ID != "" && r.Name != "" {
		file := r.file()
		text, err := os.ReadFile(file + ".go")
		need(err != nil || !strings.Contains(string(text), fmt.Sprintf("ID: %q, Name: %q", r.ID, r.Name)), "%s.go: the file that it is in", file)
		need(!page.MatchString(r.Page()), "%s.md: what it means, how to confirm it by hand, what to do", file)
	}
	return places
}

// TestCatalogue: every rule is complete, and no two are taken for each other.
func TestCatalogue(t *testing.T) {
	last := ""
	names, ranks := map[string]string{}, map[Rank]string{}
	for _, r := range All() {
		if places := needs(r); len(places) > 0 {
			t.Errorf("%s %s still needs\n\t%s", r.ID, r.Name, strings.Join(places, "\n\t"))
		}
		if r.ID <= last {
			t.Errorf("%s comes after %s: ids are ordered, and no two rules have the same", r.ID, last)
		}
		if other := names[r.Name]; other != "" {
			t.Errorf("%s and %s are both called %s", other, r.ID, r.Name)
		}
		if other := ranks[r.Rank]; other != "" && r.Rank != NoCause {
			t.Errorf("%s and %s have the same rank: which of them is shown of a parent with both?", other, r.ID)
		}
		last, names[r.Name], ranks[r.Rank] = r.ID, r.ID, r.ID
		if Find(r.ID) != r {
			t.Errorf("%s is not found", r.ID)
		}
	}
	for rank := Undecided + 1; rank < NoCause; rank++ {
		if ranks[rank] == "" {
			t.Errorf("no rule has rank %d", rank)
		}
	}
}

// TestNeedsOfNewRule: the author of a rule sees at once all that it needs.
func TestNeedsOfNewRule(t *testing.T) {
	var got []string
	for _, place := range needs(&Rule{}) {
		field, _, _ := strings.Cut(place, ":")
		got = append(got, field)
	}
	want := []string{"ID", "Name", "Severity", "Title", "Rank", "Nudge", "Zombie, Parent or Whole"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	missing := needs(&Rule{ID: "Z999", Name: "not-there"})
	for _, file := range []string{
		"z999_not_there.go: the file that it is in",
		"z999_not_there.md: what it means, how to confirm it by hand, what to do",
	} {
		if !slices.Contains(missing, file) {
			t.Errorf("got %q, want %q among them", missing, file)
		}
	}
}

// TestRanks: the order in which one cause of a parent yields to another.
func TestRanks(t *testing.T) {
	var causes []*Rule
	for _, r := range All() {
		if r.Rank < NoCause {
			causes = append(causes, r)
		}
	}
	slices.SortFunc(causes, func(a, b *Rule) int { return int(a.Rank - b.Rank) })
	var got []string
	for _, r := range causes {
		got = append(got, r.ID)
	}
	want := []string{"Z308", "Z311", "Z206", "Z205", "Z207", "Z208", "Z301", "Z310", "Z202", "Z204", "Z210", "Z203", "Z201", "Z209"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, r := range causes { // where zombies come from does not say why they stay
		if r.Rank.Explains() != (r.ID != "Z209") {
			t.Errorf("%s explains why zombies are still there: %v", r.ID, r.Rank.Explains())
		}
	}
}
