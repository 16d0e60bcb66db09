package cmd

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
)

// near returns the choices that a mistyped word was probably meant to be, the
// nearest first: those that it begins, or else those that need the fewest letters
// to be changed, and no more than one of three.
func near(word string, choices []string) []string {
	const most, longest = 3, 64
	if len(word) > longest {
		return nil
	}
	word = strings.ToLower(word)
	var begun, changed []string
	fewest := max(1, len(word)/3)
	for _, c := range choices {
		lower := strings.ToLower(c)
		switch d := distance(word, lower); {
		case len(word) > 1 && strings.HasPrefix(lower, word):
			begun = append(begun, c)
		case d > fewest:
		case d < fewest:
			fewest, changed = d, []string{c}
		default:
			changed = append(changed, c)
		}
	}
	if len(begun) > 0 {
		changed = begun
	}
	changed = slices.Compact(changed)
	return changed[:min(len(changed), most)]
}

// distance is how many letters have to be put in, left out, exchanged for another
// or with their neighbor to make one word of the other.
func distance(a, b string) int {
	two, one := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			row[j+1] = min(one[j+1]+1, row[j]+1, one[j]+same)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}

// suggest returns err with a hint: the choices that a mistyped word is near,
// with the words to type before each, or else another hint; "": no other.
func suggest(err error, word string, choices []string, before, otherwise string) error {
	names := near(word, choices)
	for i, n := range names {
		names[i] = before + n
	}
	switch {
	case len(names) > 0:
		return didYouMean(err, names...)
	case otherwise != "":
		return withHint(err, otherwise)
	}
	return err
}

// didYouMean returns err with a hint of what to type instead.
func didYouMean(err error, typed ...string) error {
	quoted := make([]string, len(typed))
	for i, t := range typed {
		quoted[i] = `"` + t + `"`
	}
	return withHint(err, "did you mean "+english.Or(quoted)+"?")
}

// explained reports whether there is a page of that name: of a rule or a topic.
func explained(name string) bool {
	_, err := diagnose.ParseRules([]string{name})
	return err == nil || diagnose.FindTopic(strings.ToLower(name)) != nil
}
