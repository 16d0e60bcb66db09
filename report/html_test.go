package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func webPage(t testing.TB, d *diagnose.Diagnosis) []byte {
	t.Helper()
	return variant{"", "html", Style{}, true}.render(t, d)
}

// elements are the elements and attributes of a page as a browser sees them,
// without the texts: the values of labels.
func elements(t testing.TB, page []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			out.WriteString("<!-- -->")
		}
		if n.Type != html.ElementNode {
			continue
		}
		out.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			if a.Key == "aria-label" {
				a.Val = ""
			}
			out.WriteString(" " + a.Key + "=" + a.Val)
		}
		out.WriteString(">")
	}
	return out.String()
}

// What a process chose is text: it cannot become an element or an attribute.
func TestHTMLShape(t *testing.T) {
	want := elements(t, webPage(t, quoting("harmless")))
	for _, s := range append(hostileHTML, hostileMarkdown...) {
		if got := elements(t, webPage(t, quoting(s))); got != want {
			t.Errorf("%q changes the page:\n%s\n%s", s, got, want)
		}
	}
	if elements(t, []byte("<b>x</b>")) == elements(t, []byte("&lt;b&gt;x")) {
		t.Error("every page has the same shape")
	}
}

var hostileHTML = []string{
	"<script>document.title='pwned'</script>", "</code></td></tr></table><img src=x onerror=document.title='pwned'>", `"><img src=x onerror=alert(1)>`,
	`' onclick='alert(1)`, "</title><script>1</script>", "</style><script>1</script>", "<!--", "-->", "]]>", "<![CDATA[", "<svg onload=alert(1)>", "&lt;script&gt;", "&#60;b&#62;",
	"<details open ontoggle=alert(1)>", "javascript:alert(1)", "<meta http-equiv=refresh content=0>", "<base href=//x>", "<link rel=stylesheet href=x>", "<plaintext>", "<template>", "\x00<b>", "<\x00b>",
}

// The page must not load anything from elsewhere.
func TestHTMLIsSelfContained(t *testing.T) {
	allowed := []string{
		"html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "div", "span", "strong", "code", "p", "h1", "h2", "h3", "article", "ul", "li", "dl", "dt", "dd",
		"table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "details", "summary", "svg", "line", "rect",
	}
	attributes := []string{
		"class", "lang", "charset", "name", "content", "http-equiv", "open", "role", "aria-label", "viewBox", "viewbox",
		"x", "y", "x1", "x2", "y1", "y2", "width", "height", "preserveAspectRatio", "data-label",
	}
	for _, c := range cases {
		p := webPage(t, c.make())
		root, err := html.Parse(bytes.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if !slices.Contains(allowed, n.Data) {
				t.Errorf("%s: an element %s", c.name, n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains(attributes, a.Key) {
					t.Errorf("%s: %s has an attribute %s", c.name, n.Data, a.Key)
				}
			}
		}
		if bytes.Contains(p, []byte("url(")) || bytes.Contains(p, []byte("@import")) {
			t.Errorf("%s: the style loads something", c.name)
		}
		if !bytes.Contains(p, []byte("default-src &#39;none&#39;; style-src &#39;sha256-")) {
			t.Errorf("%s: no policy", c.name)
		}
	}
}

// A PID that a list does not have is unknown, not a number.
func TestHTMLUnknownParent(t *testing.T) {
	w := newWorld()
	w.proc(1, 0, "init", facts.Sleeping).proc(7, facts.NoPID, "x", facts.Zombie)
	p := webPage(t, w.done(nil))
	for _, want := range []string{`data-label="PID">?</td>`, `data-label="Command">? (not in the list)</td>`} {
		if bytes.Contains(p, []byte(">-1<")) || !bytes.Contains(p, []byte(want)) {
			t.Errorf("no %s in\n%s", want, p)
		}
	}
}

// A file has room: each zombie and each parent is in it, and nothing stands for more.
func TestHTMLHoldsAll(t *testing.T) {
	for _, parents := range []int{1, 7, 300} {
		d := crowd(5000, 2000, parents)
		p := string(webPage(t, d))
		for i := range d.Zombies {
			if want := fmt.Sprintf(`<span class="z">%d task`, d.Zombies[i].Process.PID); !strings.Contains(p, want) {
				t.Fatalf("%d parents: no %s", parents, want)
			}
		}
		for i := range d.Parents {
			if want := fmt.Sprintf(`data-label="PID">%d</td>`, d.Parents[i].PID); !strings.Contains(p, want) {
				t.Fatalf("%d parents: no %s", parents, want)
			}
		}
		for _, n := range []string{"no room", "and so on", "… "} {
			if strings.Contains(p, n) {
				t.Errorf("%d parents: %q is in the page", parents, n)
			}
		}
	}
}

// The commands of the cards are whole, however long a name in them is.
func TestHTMLCommandsAreWhole(t *testing.T) {
	d := incident()
	long := "podman restart " + strings.Repeat("x", 400)
	d.Findings[0].Facts = said{message: "m", now: long}
	if p := string(webPage(t, d)); !strings.Contains(p, "<code>"+long+"</code>") {
		t.Error(p)
	}
}

// A chain of processes that is deeper than a browser nests, and zombies that
// are more than anybody reads, make a page that can still be opened.
func TestHTMLIsBounded(t *testing.T) {
	w := newWorld()
	w.proc(1, 0, "init", facts.Sleeping)
	for i := 2; i < 5000; i++ {
		w.proc(i, i-1, "nest", facts.Sleeping)
	}
	w.proc(5000, 4999, "dead", facts.Zombie)
	root, err := html.Parse(bytes.NewReader(webPage(t, w.done(nil))))
	if err != nil {
		t.Fatal(err)
	}
	deepest := 0
	var measure func(n *html.Node, depth int)
	measure = func(n *html.Node, depth int) {
		deepest = max(deepest, depth)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			measure(c, depth+1)
		}
	}
	measure(root, 0)
	if deepest > 200 {
		t.Errorf("nested %d deep", deepest)
	}
	if p := webPage(t, w.done(nil)); !bytes.Contains(p, []byte("dead  Z")) {
		t.Error("the zombie at the end is not shown")
	}
	for _, parents := range []int{1, 500} {
		if n := len(webPage(t, crowd(30_000, 10_000, parents))); n > 2<<20 {
			t.Errorf("%d parents: %d bytes", parents, n)
		}
	}
	if p := webPage(t, crowd(60_000, 50_000, 5_000)); len(p) > 8<<20 || !bytes.Contains(p, []byte("30,000 zombies had no room in this page: zombiectl scan -o json tells all.")) {
		t.Errorf("%d bytes, and what is left out is not said", len(p))
	}
}
