package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/report/page"
)

// TestASCII: with a terminal that shows ASCII only, every report for people is in
// ASCII, line by line the same as otherwise, and fits. What programs read is UTF-8.
func TestASCII(t *testing.T) {
	drawn := 0
	for _, c := range cases {
		for _, format := range Formats(Diagnosis(nil)) {
			for _, style := range []Style{{}, {Width: 72}, {Width: 72, All: true, Color: true}} {
				var utf8, ascii bytes.Buffer
				err1 := Write(&utf8, format, Diagnosis(c.make()), style)
				style.ASCII = true
				err2 := Write(&ascii, format, Diagnosis(c.make()), style)
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				if format != "text" && format != "wide" && format != "tree" {
					if !bytes.Equal(utf8.Bytes(), ascii.Bytes()) {
						t.Errorf("%s as %s is not the same", c.name, format)
					}
					continue
				}
				if strings.ContainsFunc(utf8.String(), beyond) {
					drawn++
				}
				if i := strings.IndexFunc(ascii.String(), beyond); i >= 0 {
					t.Errorf("%s as %s: %q", c.name, format, ascii.String()[i:min(i+20, ascii.Len())])
				}
				if got, want := strings.Count(ascii.String(), "\n"), strings.Count(utf8.String(), "\n"); style.Width == 0 && got != want {
					t.Errorf("%s as %s: %d lines, want %d", c.name, format, got, want)
				}
				before := strings.Split(utf8.String(), "\n")
				for i, l := range strings.Split(ascii.String(), "\n") {
					if i < len(before) && style.Width > 0 && page.Width(l) > max(style.Width, page.Width(before[i])) {
						t.Errorf("%s as %s: %d columns: %s", c.name, format, page.Width(l), l)
					}
				}
			}
		}
	}
	if drawn < 10 {
		t.Errorf("%d reports had anything but ASCII", drawn)
	}
}

func beyond(r rune) bool { return r >= 0x80 }
