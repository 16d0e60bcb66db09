package english

import (
	"math"
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 zombies", 1: "1 zombie", 2: "2 zombies", 21: "21 zombies", 17571: "17,571 zombies"} {
		if got := Count(n, "zombie", "zombies"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 17571: "17,571", 4194304: "4,194,304", -12: "-12", -100: "-100", -1234: "-1,234"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	if got, want := Number(uint64(math.MaxUint64)), "18,446,744,073,709,551,615"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFew(t *testing.T) {
	for _, test := range []struct {
		first []string
		all   int
		want  string
	}{
		{nil, 0, ""},
		{[]string{"a"}, 1, "a"},
		{[]string{"a", "b", "c"}, 3, "a, b, and 1 more"},
		{[]string{"a", "b"}, 9, "a, b, and 7 more"},
	} {
		if got := Few(test.first, 2, test.all); got != test.want {
			t.Errorf("Few(%q, 2, %d) = %q, want %q", test.first, test.all, got, test.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                      "0ms",
		999 * time.Millisecond: "999ms",
		time.Second:            "1s",
		59 * time.Second:       "59s",
		4*time.Minute + 5e9:    "4m05s",
		61 * time.Second:       "1m01s",
		11 * time.Minute:       "11m",
		61 * time.Minute:       "1h01m",
		3*time.Hour + 5*60e9:   "3h05m",
		11 * time.Hour:         "11h",
		20 * time.Hour:         "20h",
		47 * time.Hour:         "47h",
		20 * 24 * time.Hour:    "20d",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestOr(t *testing.T) {
	for want, list := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := Or(list); got != want {
			t.Errorf("Or(%q) = %q, want %q", list, got, want)
		}
	}
}
