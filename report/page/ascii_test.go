package page

import (
	"bytes"
	"testing"
)

func TestASCII(t *testing.T) {
	for _, c := range []struct {
		width    int
		in, want string
	}{
		{0, "├─ 45 true  Z\n│  └─ … 3 more  ◀ here", "|- 45 true  Z\n|  `- ... 3 more  < here"},
		{0, "96% · ▁▂▃▄▅▆▇█ · ≥12", "96% - .:-=+*#@ - >=12"},
		{8, "… 3 more", "~ 3 more"},
		{10, "… 3 more", "... 3 more"},
		{0, "\x1b[1mcafé 猫\x1b[0m", "\x1b[1mcaf? ??\x1b[0m"},
	} {
		if got := ascii(c.in, c.width); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

// TestASCIITable: columns stand below each other, whatever stands in their
// cells, and a cut is marked in one column.
func TestASCIITable(t *testing.T) {
	cols := []Column{{Head: "USED", Right: true}, {Head: "PATH", Least: 4}, {Head: "MAX"}}
	for ascii, want := range map[bool]string{
		true:  "  USED  PATH  MAX\n  >=12  /a/~  ab\n     3  b...  c\n",
		false: "  USED  PATH  MAX\n   ≥12  /a/…  ab\n     3  b…    c\n",
	} {
		var out bytes.Buffer
		p := New(&out, Style{Width: 17, ASCII: ascii})
		p.Table(cols, [][]string{{"≥12", "/a/b/c/d", "ab"}, {"3", "b…", "c"}})
		if got := p.Text(); got != want || p.Err != nil {
			t.Errorf("ASCII %v: %v\n%s\nwant\n%s", ascii, p.Err, got, want)
		}
	}
}

// TestProse: prose is never wider than the eye follows, however wide the
// terminal.
func TestProse(t *testing.T) {
	for width, want := range map[int]string{
		200: "  " + word(97) + "\n    x\n",
		0:   "  " + word(97) + " x\n",
		102: "  " + word(97) + "\n    x\n",
	} {
		var out bytes.Buffer
		p := New(&out, Style{Width: width})
		p.Wrap(4, "  ", word(97)+" x")
		if out.String() != want {
			t.Errorf("%d columns: %q", width, out.String())
		}
	}
}

func word(columns int) string { return string(bytes.Repeat([]byte("a"), columns)) }
