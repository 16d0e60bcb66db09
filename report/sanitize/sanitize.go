// Package sanitize makes strings of others fit to be shown. Every format takes what
// a process, a container or a file chose through it.
package sanitize

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Widest strings for people, in columns. A command line can have megabytes,
// and nobody reads past the second line of one.
const (
	MaxName  = 120  // a command, a file name, a value
	maxProse = 2000 // a message with names in it
	maxMarks = 3    // combining marks on one letter
)

// Clean makes a string that a process chose (its name, its arguments) fit to be
// shown: nothing in it can move the cursor, or hide, reverse or fake the text
// around it. A character that is not plainly visible becomes \xNN (a byte) or
// \uNNNN (a character), and a backslash is doubled so that these cannot be
// faked.
func Clean(s string) string { return CleanTo(s, MaxName) }

// Prose is clean for our own sentences, which quote such strings.
func Prose(s string) string { return CleanTo(s, maxProse) }

// CleanTo is clean with a cut after limit columns. It stops there, so its cost
// does not depend on the length of s.
func CleanTo(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return s
	}
	var b strings.Builder
	width, marks := 0, maxMarks // a mark at the start would join the text before it
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		unit, w := s[:size], 1
		switch {
		case r == utf8.RuneError && size == 1:
			unit, w = fmt.Sprintf(`\x%02x`, s[0]), 4
		case r == '\\':
			unit, w = `\\`, 2
		case Hidden(r) || unicode.Is(unicode.M, r) && marks >= maxMarks:
			unit = Escape(r)
			w = len(unit)
		case r >= utf8.RuneSelf:
			w = displaywidth.Rune(r)
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		if width += w; width > limit {
			b.WriteString("…")
			break
		}
		b.WriteString(unit)
		s = s[size:]
	}
	return b.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '\\' {
			return false
		}
	}
	return true
}

// Hidden reports whether a character is anything but visible ink: control and
// format characters (C0, C1, bidi, zero width), separators other than the space,
// fillers, and unassigned characters.
func Hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	const brailleBlank = 0x2800
	return !unicode.IsPrint(r) || r == brailleBlank ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Escape returns a hidden character as \\xNN, \\uNNNN or \\UNNNNNNNN.
func Escape(r rune) string {
	switch {
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// Valid makes a string fit for formats that demand UTF-8 and escape the rest by
// themselves: bytes that are not UTF-8 become a visible \xNN, so that they are
// not lost as U+FFFD.
func Valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			b.WriteString(`\x`)
			b.WriteString(strconv.FormatUint(uint64(s[0]), 16)) // never below 0x80
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// XML makes a clean string fit for XML and HTML, between tags and within
// quotes.
func XML(s string) string { return xmlEscaper.Replace(s) }
