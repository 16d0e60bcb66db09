package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// rendered is what a site makes of a report.
func rendered(t testing.TB, d *diagnose.Diagnosis) string {
	t.Helper()
	md := variant{"", "markdown", Style{}, true}.render(t, d)
	var html bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert(md, &html); err != nil {
		t.Fatal(err)
	}
	return html.String()
}

// quoting is a diagnosis that quotes s wherever it may, and is otherwise the
// same whatever s is.
func quoting(s string) *diagnose.Diagnosis {
	d := besieged(s)
	d.Findings[0].Facts = said{message: d.Findings[0].Message(), advice: []string{"Do " + s, "  There  " + s}, now: "run " + s}
	d.Parents[0].Container = &diagnose.Container{Engine: facts.Podman, ID: strings.Repeat("f", 64), Name: "n" + s, Pod: "p" + s}
	d.Findings[0].Zombies = 2
	if strings.TrimSpace(s) == "" {
		d.Parents[0].InitWhy, d.Namespaces[0].PID1.Program = "?", "?"
	}
	return d
}

var tag = regexp.MustCompile(`<[^>]*>`)

// shape is the tags of a page, without those that say nothing of its shape.
func shape(html string) string { return strings.Join(tag.FindAllString(html, -1), "") }

// What a process chose is text: it cannot change what the page is made of.
func TestMarkdownShape(t *testing.T) {
	want := shape(rendered(t, quoting("harmless")))
	if !strings.Contains(want, "<table>") || !strings.Contains(want, "<pre>") {
		t.Fatal(want)
	}
	for _, s := range hostileMarkdown {
		html := rendered(t, quoting(s))
		if got := shape(html); got != want {
			t.Errorf("%q changes the page:\n%s\n%s\n%s", s, got, want, html)
		}
		if m := mention.FindString(outsideCode(html)); m != "" {
			t.Errorf("%q mentions %s", s, m)
		}
	}
}

var (
	mention = regexp.MustCompile(`@\w+`)
	code    = regexp.MustCompile(`(?s)<(code|pre)[^>]*>.*?</(code|pre)>`)
)

func outsideCode(html string) string { return code.ReplaceAllString(html, "") }

var hostileMarkdown = []string{
	evil, "*a*", "_a_", "**", "`", "``", "```", "` ` `", "a`b", "|", "a|b|c", `\|`, `\`, `\\`, "<b>", "<script>alert(1)</script>", "<!--", "&lt;", "&#64;x", "@everyone", "a@example.org",
	"http://example.org", "https://example.org/x", "www.example.org", "ftp://x.y", "mailto:a@b.cd", "[a](http://x.y)", "![a](b)", "[x]: y", "# a", "1. a", "1) a", "- a", "+ a", "* a", "> a", "===", "---", "~~~", "~~a~~",
	"    a", "\ta", "a  ", "$x$", "a^b^", ":smile:", "{a}", "- [ ] a", "|---|", "a\n\n# b", "x\r\n---",
}

// The test must be able to fail: these would change the page.
func TestMarkdownShapeRefuses(t *testing.T) {
	var html bytes.Buffer
	for _, s := range []string{"*a*", "<b>", "www.example.org", "http://example.org"} {
		html.Reset()
		if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(s), &html); err != nil {
			t.Fatal(err)
		}
		if shape(html.String()) == "<p></p>" {
			t.Errorf("%q is nothing but text in %s", s, html.String())
		}
	}
}

// The text of a name survives: what a reader sees is what clean made of it.
func TestMarkdownText(t *testing.T) {
	for _, s := range []string{"a_b*c", "x|y", "a`b", "<b>", "1. x", "100% & more"} {
		html := rendered(t, quoting(s))
		want := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(sanitize.Clean(s))
		if !strings.Contains(html, "<strong>"+want+"</strong>") {
			t.Errorf("%q is not the sentence of\n%s", want, html)
		}
		if !strings.Contains(html, "<code>"+want) {
			t.Errorf("%q is not the command in\n%s", want, html)
		}
	}
}

// A ticket takes no more than 65,536 characters. Parts without room are named.
func TestMarkdownFitsATicket(t *testing.T) {
	const left = "A ticket has no room for all of it. Left out: "
	for _, parents := range []int{1, 500, 10_000} {
		md := variant{"", "markdown", Style{}, true}.render(t, crowd(30_000, 10_000, parents))
		if len(md) > 65536 || !bytes.Contains(md, []byte(left)) {
			t.Errorf("%d parents: %d bytes:\n%s", parents, len(md), md[:2000])
		}
		if n, m := bytes.Count(md, []byte("<details>")), bytes.Count(md, []byte("</details>")); n == 0 || n != m {
			t.Errorf("%d parents: %d parts are opened, %d closed", parents, n, m)
		}
	}
	for _, c := range cases {
		if md := (variant{"", "markdown", Style{}, true}).render(t, c.make()); bytes.Contains(md, []byte(left)) {
			t.Errorf("%s: something is left out of %d bytes", c.name, len(md))
		}
	}
}

// A command is in a block of its own, as it is.
func TestMarkdownFencesCommands(t *testing.T) {
	for _, s := range []string{"podman restart web", "a `b` c", "```x", "$(y) && z | w <v>"} {
		d := incident()
		d.Findings[0].Facts = said{message: "m", now: s}
		want := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(sanitize.Clean(s))
		if html := rendered(t, d); !strings.Contains(html, `<pre><code class="language-sh">`+want+"\n</code></pre>") {
			t.Errorf("%q is not a block in\n%s", s, html)
		}
	}
}
