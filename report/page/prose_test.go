package page

import (
	"bytes"
	"testing"
)

const proseText = `## What it means

One two three four
five six seven.

    short /proc/1     # fits
    a-long-command --with-a-flag /proc/1/status   # a comment that is long too

- item one two three four
  five six
- another
`

func TestProseFitsTheWidth(t *testing.T) {
	const narrow = `What it means

One two three four five six
seven.

    short /proc/1     # fits
    # a comment that is long
    # too
    a-long-command --with-a-flag /proc/1/status

- item one two three four five
  six
- another
`
	for width, want := range map[int]string{0: proseText, 30: narrow} {
		var out bytes.Buffer
		New(&out, Style{Width: width}).Prose(proseText)
		if out.String() != want {
			t.Errorf("%d columns:\n%s", width, out.String())
		}
	}
}
