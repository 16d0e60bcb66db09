// Package report turns a diagnosis into bytes: for people (text, wide, tree)
// and for programs (json, yaml). It says and never judges. It reads neither
// /proc nor the environment: what the terminal is like comes in by value, so
// the same diagnosis gives the same bytes everywhere.
package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
)

// Style is what the receiver of a report can show.
type Style struct {
	Color bool
	// Width is the number of columns that a line must fit in; 0: no limit,
	// the receiver is not a terminal.
	Width int
	All   bool // tree: every process, not only those that lead to a zombie
	// Now is when the program runs. It stands for the time of the look where a
	// document must have one and the look tells none (junit); zero: left out.
	Now time.Time
}

// renderFunc writes one format into memory, where no write can fail.
type renderFunc func(*bytes.Buffer, *diagnose.Diagnosis, *diagnose.Verdict, Style) error

// formats is the one list of formats. A nil verdict means a plain report.
var formats = []struct {
	name   string
	render renderFunc
	check  bool // says a verdict, and nothing without one
}{
	{"text", renderText, false},
	{"wide", renderWide, false},
	{"tree", renderTree, false},
	{"json", renderJSON, false},
	{"yaml", renderYAML, false},
	{"html", renderHTML, false},
	{"markdown", renderMarkdown, false},
	{"prometheus", renderPrometheus, false},
	{"junit", renderJUnit, true},
	{"github", renderGitHub, true},
}

// Formats returns the names of the formats that Write knows.
func Formats() []string { return names(false) }

// CheckFormats returns the names of the formats that WriteCheck knows.
func CheckFormats() []string { return names(true) }

func names(check bool) []string {
	var out []string
	for _, f := range formats {
		if check || !f.check {
			out = append(out, f.name)
		}
	}
	return out
}

// Write writes the diagnosis in the named format. The report is made in memory
// and written at once, so a reader sees all of it or the error of the writer
// (EPIPE, ENOSPC) is returned.
func Write(w io.Writer, format string, d *diagnose.Diagnosis, s Style) error {
	return write(w, format, d, nil, s)
}

func write(w io.Writer, format string, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) error {
	for _, f := range formats {
		if f.name != format || f.check && v == nil {
			continue
		}
		var out bytes.Buffer
		if err := f.render(&out, d, v, s); err != nil {
			return fmt.Errorf("rendering %s: %w", format, err)
		}
		_, err := w.Write(out.Bytes())
		return err
	}
	return fmt.Errorf("unknown format %q: %s", format, strings.Join(names(v != nil), ", "))
}
