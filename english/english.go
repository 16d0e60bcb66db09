// Package english holds the few rules of the language that every message needs:
// how a number agrees with its noun, how a duration and a list are said. It
// knows nothing of processes, and imports nothing of ours.
package english

import (
	"fmt"
	"strings"
	"time"
)

// Count puts a number before its noun: "1 zombie", "2,000 zombies". It is called in so
// many places that the program would be larger by 12 KB if it stood in all of them.
//
//go:noinline
func Count(n int, one, many string) string { return Number(n) + " " + Agree(n, one, many) }

// Number writes a number for people, its thousands separated by commas: "17,571".
func Number[T int | uint64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Agree returns the form of a word that agrees with a number: "is" or "are".
func Agree(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Capital makes a sentence of a clause: its first letter is a capital one.
func Capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Few joins the first so many of a list by commas, and says how many more there
// are: "a, b, and 3 more". all may be greater than len(first) where the list was
// cut before.
func Few(first []string, most, all int) string {
	parts := first[:min(len(first), most):min(len(first), most)]
	if rest := all - len(parts); rest > 0 {
		parts = append(parts, "and "+Number(rest)+" more")
	}
	return strings.Join(parts, ", ")
}

const day = 24 * time.Hour

// Duration says a duration in its largest units, cut down: "4m32s", "3h05m",
// "20d".
func Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 10*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/day)
	}
}

// Or lists the choices: "text, wide or json".
func Or(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
