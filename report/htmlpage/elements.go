package htmlpage

import (
	"bytes"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// writer writes elements. It escapes every text and every value of an attribute,
// and there is no third place for a string from a process: no URL, no style, no
// script. Hence one escaping is enough, where html/template, which knows them
// all, would add two megabytes to the program.
type writer struct{ out *bytes.Buffer }

// open writes a start tag; attributes are names and values in turn.
func (w writer) open(name string, attrs ...string) {
	w.out.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		w.out.WriteString(" " + attrs[i] + `="` + sanitize.XML(attrs[i+1]) + `"`)
	}
	w.out.WriteByte('>')
}

func (w writer) end(name string) { w.out.WriteString("</" + name + ">") }

func (w writer) text(s string) { w.out.WriteString(sanitize.XML(s)) }

// line writes an element with nothing but text in it.
func (w writer) line(name, text string, attrs ...string) {
	w.open(name, attrs...)
	w.text(text)
	w.end(name)
}

// in writes an element around what inside writes, on lines of its own.
func (w writer) in(name string, inside func(), attrs ...string) {
	w.open(name, attrs...)
	inside()
	w.end(name)
	w.out.WriteByte('\n')
}

func (w writer) section(heading string, inside func()) {
	w.in("section", func() {
		w.line("h2", heading)
		w.out.WriteByte('\n')
		inside()
	})
}

// fold writes what a reader opens. Printed, it is open.
func (w writer) fold(summary string, inside func()) {
	w.in("details", func() {
		w.line("summary", summary)
		inside()
	})
}

// foldIf folds a long part.
func (w writer) foldIf(long bool, summary string, inside func()) {
	if long {
		w.fold(summary, inside)
		return
	}
	inside()
}

// soft writes a line of less weight; "" writes nothing.
func (w writer) soft(text string) {
	if text != "" {
		w.line("p", text, "class", "soft")
	}
}

// rest says how many a page that can be opened has no room for, where it has not
// for all.
func (w writer) rest(n int, one, many string) {
	if n > 0 {
		w.soft(english.Count(n, one, many) + " had no room in this page: zombiectl scan -o json tells all.")
	}
}

func (w writer) list(heading string, texts []string) {
	if len(texts) == 0 {
		return
	}
	w.soft(heading)
	w.in("ul", func() {
		for _, t := range texts {
			w.in("li", func() { w.line("code", t) })
		}
	}, "class", "evidence")
}

// table writes rows. On a narrow screen each row is a block, in which the labels
// name the cells.
func (w writer) table(cols []page.Column, rows [][]string) {
	class := func(c page.Column) []string {
		switch {
		case c.Right:
			return []string{"class", "n"}
		case c.Head == "Command":
			return []string{"class", "mono"}
		case c.Head == "Rule":
			return []string{"class", "rule"}
		}
		return nil
	}
	w.open("table")
	w.open("thead")
	w.in("tr", func() {
		for _, c := range cols {
			w.line("th", c.Head, class(c)...)
		}
	})
	w.end("thead")
	w.open("tbody")
	for _, row := range rows {
		w.in("tr", func() {
			for i, cell := range row {
				w.line("td", cell, append(class(cols[i]), "data-label", cols[i].Head)...)
			}
		})
	}
	w.end("tbody")
	w.end("table")
	w.out.WriteByte('\n')
}

// What a page has room for: a browser must be able to open it.
const (
	maxCards    = 100
	maxParents  = 2000
	maxFindings = 1000
	maxUnread   = 1000
	maxZombies  = 20_000
	maxRows     = 1000 // of any other kind
)

// long is from how many rows on a part is folded.
const long = 12

type sheet struct {
	writer
	*diagnose.Diagnosis
	problems []diagnose.Problem
	notes    []*diagnose.Finding
}
