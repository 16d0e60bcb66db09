package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// manyParents is a diagnosis of so many parents, each another program with fewer zombies than the one before.
func manyParents(parents int) *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "tini", facts.Sleeping, "tini")
	for i := range parents {
		pid := 100 * (i + 1)
		w.proc(pid, 1, fmt.Sprintf("app%d", i+1), facts.Sleeping, fmt.Sprintf("/srv/app%d", i+1))
		for j := range parents - i {
			w.proc(pid+1+j, pid, "task", facts.Zombie)
		}
	}
	d := w.done(nil)
	for i := range d.Parents {
		d.Parents[i].Why = "it has never waited for a child"
	}
	return d
}

// TestManyProblems: the most urgent have a card each, one table has the rest, and the
// rest of that is counted.
func TestManyProblems(t *testing.T) {
	for width, row := range map[int]string{0: "info   ?      /srv/app9 (PID 900)", 70: "  info  ?  /srv/app9 (PID 900)  12 Z  it has never waited for a child"} {
		page := text(t, "text", Style{Width: width}, manyParents(20))
		for _, want := range []string{"\n8  info     13 zombies\n", "\n12 more problems:\n", row, "/srv/app18 (PID 1800)", "\n  2 more: zombiectl scan -o wide\n"} {
			if !strings.Contains(page, want) {
				t.Errorf("%d columns: no %q in\n%s", width, want, page)
			}
		}
		for _, unwanted := range []string{"\n9  info", "/srv/app19"} {
			if strings.Contains(page, unwanted) {
				t.Errorf("%d columns: %q in\n%s", width, unwanted, page)
			}
		}
	}
	if page := text(t, "text", Style{}, manyParents(8)); !strings.Contains(page, "\n8  info") || strings.Contains(page, "more problem") {
		t.Errorf("eight:\n%s", page)
	}
}

// TestSentenceStays: where the page is longer than the screen, what is left on it is
// the sentence; elsewhere it is said once.
func TestSentenceStays(t *testing.T) {
	for height, times := range map[int]int{0: 1, 24: 2, 1000: 1} {
		d := manyParents(8)
		d.Sentence = "8 processes have left 36 zombies."
		page := text(t, "text", Style{Width: 80, Height: height}, d)
		if n := strings.Count(page, d.Sentence); n != times || times == 2 && !strings.HasSuffix(page, "\n\n"+d.Sentence+"\n") {
			t.Errorf("%d lines: said %d times, want %d:\n%s", height, n, times, page)
		}
	}
}

// TestCommandsAreWhole: no width cuts a command of a card.
func TestCommandsAreWhole(t *testing.T) {
	for _, width := range []int{20, 60, 80} {
		if page := text(t, "text", Style{Width: width}, incident()); !strings.Contains(page, "   more   zombiectl explain Z301\n") {
			t.Errorf("%d columns:\n%s", width, page)
		}
	}
}
