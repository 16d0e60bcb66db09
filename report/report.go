// Package report writes reports, for people and for programs: each document in
// each of the formats that it has. It never judges. It reads neither /proc nor
// the environment: the properties of the terminal come in by value, so the same
// document gives the same bytes everywhere.
//
// A document stands in documents.go with its formats; each format in a package
// of its own. Facts that diagnose has no type for are in doc, the JSON is that
// of jsondoc, and the English that several formats share that of words. Every
// string that a process chose goes through sanitize.
package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
)

// Style is what the receiver of a report can show.
type Style = page.Style

// Document is something to say, in one of the formats that it has.
type Document interface {
	// forms are the formats, the one for people first. They are the same
	// whatever the document says: that of nil has them too.
	forms() []form
	// besides names the document where its command has another, which has other
	// formats: "a PID".
	besides() string
}

// form is how to write a document in one format, on a page in memory.
type form struct {
	format string
	write  func(*page.Page)
}

// Formats returns the names of the formats that a document has.
func Formats(d Document) []string {
	var names []string
	for _, f := range d.forms() {
		names = append(names, f.format)
	}
	return names
}

// CheckFormat returns the error that Write gives of a format that the document
// does not have; nil: it has it.
func CheckFormat(d Document, format string) error {
	_, err := find(d, format)
	return err
}

func find(d Document, format string) (form, error) {
	all := d.forms()
	if i := slices.IndexFunc(all, func(f form) bool { return f.format == format }); i >= 0 {
		return all[i], nil
	}
	choices := english.Or(Formats(d))
	if d.besides() != "" {
		return form{}, fmt.Errorf("-o %s cannot be used with %s: choose %s", format, d.besides(), choices)
	}
	return form{}, fmt.Errorf("unknown output format %q: choose %s", format, choices)
}

// Write writes a document in the named format. It is made in memory and written
// at once, so a reader sees all of it or the error of the writer (EPIPE, ENOSPC)
// is returned.
func Write(w io.Writer, format string, d Document, s Style) error {
	f, err := find(d, format)
	if err != nil {
		return err
	}
	text := slices.Contains([]string{"text", "wide", "tree"}, format) // for people
	s.ASCII = s.ASCII && text
	p := page.New(new(bytes.Buffer), s)
	if f.write(p); p.Err != nil {
		return fmt.Errorf("rendering %s: %w", format, p.Err)
	}
	_, err = io.WriteString(w, p.Text())
	return err
}
