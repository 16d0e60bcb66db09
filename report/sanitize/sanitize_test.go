package sanitize

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"nginx: worker":    "nginx: worker",
		"":                 "",
		`C:\x1b`:           `C:\\x1b`,
		"\x1b[31m":         `\x1b[31m`,
		"a\nb\tc\x7f":      `a\x0ab\x09c\x7f`,
		"\u009b31m":        `\u009b31m`,
		"\x9b31m":          `\x9b31m`,
		"caf\xc3":          `caf\xc3`,
		"a\u202eb":         `a\u202eb`,
		"a\u200db\ufeff":   `a\u200db\ufeff`,
		"\u2028\u2029":     `\u2028\u2029`,
		"世界 é ß":           "世界 é ß",
		"e\u0301":          "e\u0301",
		"\u0301e":          `\u0301e`,
		"\U000e0041":       `\U000e0041`,
		"x\u3164\u2800y":   `x\u3164\u2800y`,
		"\u00a0|\u3000":    `\u00a0|\u3000`,
		"\u2764\ufe0f":     "\u2764" + `\ufe0f`,
		"\ufffd is itself": "\ufffd is itself",
	} {
		if got := Clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanCuts(t *testing.T) {
	if got := Clean(strings.Repeat("x", 5000)); got != strings.Repeat("x", MaxName)+"…" {
		t.Errorf("%q", got)
	}
	// Never in the middle of an escape, and by columns.
	if got := CleanTo("abc\x1bd", 5); got != "abc…" {
		t.Errorf("%q", got)
	}
	if got := CleanTo("世界世界", 5); got != "世界…" {
		t.Errorf("%q", got)
	}
}

// The cost of a value that may be hostile and huge must not depend on its size.
func TestCleanStopsReading(t *testing.T) {
	huge := strings.Repeat("\x1b", 1<<20)
	if n := testing.AllocsPerRun(10, func() { Clean(huge) }); n > 500 {
		t.Errorf("%v allocations", n)
	}
}

func TestValid(t *testing.T) {
	for in, want := range map[string]string{
		`a\b`:        `a\b`,
		"\x1b\u202e": "\x1b\u202e",
		"a\xff\xc3b": `a\xff\xc3b`,
		"\ufffd":     "\ufffd",
	} {
		if got := Valid(in); got != want {
			t.Errorf("valid(%q) = %q, want %q", in, got, want)
		}
	}
}
