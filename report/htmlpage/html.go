// Package htmlpage writes a diagnosis as a page for a browser.
package htmlpage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

//go:embed html.css
var htmlStyle string

// Write writes a diagnosis, with a verdict where there is one, as a page that
// needs nothing else: no script, nothing from anywhere. The policy in it forbids
// both, should a name ever get through the escaping.
func Write(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	p := sheet{writer: writer{out}, Diagnosis: d}
	p.problems, p.notes = d.Problems()
	out.WriteString("<!DOCTYPE html>\n")
	p.in("html", func() {
		p.in("head", p.head)
		p.in("body", func() {
			p.in("header", func() { p.header(v) })
			p.in("main", p.main)
			p.line("footer", "Written by zombiectl. Nothing in this page was loaded from elsewhere, and nothing in it runs.")
		})
	}, "lang", "en")
}

func (p sheet) head() {
	hash := sha256.Sum256([]byte(htmlStyle))
	p.open("meta", "charset", "utf-8")
	p.open("meta", "http-equiv", "Content-Security-Policy", "content",
		"default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"'; base-uri 'none'; form-action 'none'")
	p.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
	p.open("meta", "name", "referrer", "content", "no-referrer")
	p.open("meta", "name", "color-scheme", "content", "light dark")
	p.line("title", "Zombies: "+sanitize.CleanTo(p.Diagnosis.Sentence, sanitize.MaxName))
	p.out.WriteString("<style>" + htmlStyle + "</style>")
}

func (p sheet) header(v *verdict.Verdict) {
	if v != nil {
		severity := [...]string{"ok", "warning", "critical", "unknown"}[v.ExitCode&3]
		p.line("span", "check: "+v.Status, "class", "badge "+severity)
		p.text(" ")
	}
	p.line("span", p.Severity.String(), "class", "badge "+p.Severity.String())
	p.line("h1", sanitize.Prose(p.Diagnosis.Sentence))
	p.line("p", strings.Join(p.facts(), " · "), "class", "facts")
	if v != nil && len(v.Reasons) > 0 {
		p.reasons(v.Reasons)
	}
	if p.Blind {
		p.line("p", "This look was blind: there may be processes that were not seen, and zombies among them.", "class", "card warning")
	}
}

func (p sheet) reasons(all []verdict.Reason) {
	shown := all[:min(len(all), maxFindings)]
	list := func() {
		p.in("ul", func() {
			for _, r := range shown {
				p.line("li", sanitize.Prose(r.Line()))
			}
		})
		p.rest(len(all)-len(shown), "reason", "reasons")
	}
	p.foldIf(len(all) > long, english.Count(len(all), "reason", "reasons"), list)
}

func (p sheet) facts() []string {
	s := p.Snapshot
	facts := []string{string(s.Source.Kind) + " " + sanitize.Clean(s.Source.Path)}
	if t, ok := s.Taken.Get(); ok {
		facts = append(facts, "taken "+t.UTC().Format(time.RFC3339))
	}
	if k, ok := s.Host.Kernel.Get(); ok {
		facts = append(facts, "Linux "+sanitize.Clean(k))
	}
	return append(facts, english.Count(p.Processes, "process", "processes"))
}

func (p sheet) main() {
	p.tiles()
	p.cards()
	p.since()
	p.deaths()
	p.containers()
	p.limits()
	p.pid1s()
	p.parents()
	p.tree()
	p.also()
	p.look()
}

// also writes the notes besides the problems.
func (p sheet) also() {
	if len(p.notes) > 0 {
		p.section("Also to know", func() { p.findings(p.notes) })
	}
}

// look says where the look was taken from, and which files it could not read.
func (p sheet) look() {
	unread := p.Snapshot.Unread
	placed := p.Viewpoint.Place != "" && p.Viewpoint.Place != observe.Nowhere
	if !placed && len(unread) == 0 {
		return
	}
	p.section("The look", func() {
		if placed {
			said := append([]string{phrase.Viewpoint(&p.Viewpoint) + "."}, phrase.BetterViewpoints(&p.Viewpoint)...)
			p.line("p", "Seen from "+sanitize.Prose(strings.Join(said, " ")))
		}
		if len(unread) > 0 {
			p.fold(english.Count(len(unread), "file", "files")+" could not be read", func() {
				p.list("", unreadLines(unread))
				p.rest(len(unread)-maxUnread, "file", "files")
			})
		}
	})
}

func unreadLines(unread []facts.Unread) []string {
	var lines []string
	for _, u := range unread[:min(len(unread), maxUnread)] {
		lines = append(lines, sanitize.Clean(words.Rooted(u.File))+": "+sanitize.Clean(u.Reason))
	}
	return lines
}
