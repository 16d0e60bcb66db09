// Package screentest is for tests: a terminal that a program can be run on, and what
// stands on it.
package screentest

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Terminal is the picture on a terminal after some output. It knows the few
// sequences that the program may use; any other is in Unknown.
type Terminal struct {
	mu      sync.Mutex
	rest    []byte // the beginning of a sequence
	grid    *grid
	normal  *grid // while the other one is shown; nil: it is not
	columns int
	rows    int
	reverse bool
	modes   map[int]bool // private ones, as they were set last
	unknown []string
	entered int
	raw     []byte
}

type grid struct {
	cells   [][]cell
	x, y    int
	columns int
}

type cell struct {
	text    string // "": the right half of a wide character
	reverse bool
}

// NewTerminal returns an empty terminal.
func NewTerminal(columns, rows int) *Terminal {
	return &Terminal{columns: columns, rows: rows, grid: newGrid(columns, rows), modes: map[int]bool{7: true, 25: true}}
}

func newGrid(columns, rows int) *grid {
	g := &grid{columns: columns, cells: make([][]cell, rows)}
	for y := range g.cells {
		g.cells[y] = blank(columns)
	}
	return g
}

func blank(columns int) []cell { return slices.Repeat([]cell{{text: " "}}, columns) }

// Resize empties the terminal: a program has to draw all of it again.
func (t *Terminal) Resize(columns, rows int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.columns, t.rows, t.grid = columns, rows, newGrid(columns, rows)
	if t.normal != nil {
		t.normal = newGrid(columns, rows)
	}
}

// Lines are its text, without the spaces at their ends.
func (t *Terminal) Lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for _, row := range t.grid.cells {
		var b strings.Builder
		for _, c := range row {
			b.WriteString(c.text)
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

// String is what stands on it.
func (t *Terminal) String() string { return strings.Join(t.Lines(), "\n") }

// Has reports whether a text stands on it, within a line.
func (t *Terminal) Has(text string) bool { return strings.Contains(t.String(), text) }

// Reversed returns the first line of which the first column is in reverse video;
// "": no line is.
func (t *Terminal) Reversed() string {
	t.mu.Lock()
	y := slices.IndexFunc(t.grid.cells, func(row []cell) bool { return len(row) > 0 && row[0].reverse })
	t.mu.Unlock()
	if y < 0 {
		return ""
	}
	return t.Lines()[y]
}

// Filled reports whether its other screen is shown, and how often it was entered.
func (t *Terminal) Filled() (now bool, times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.normal != nil, t.entered
}

// AsBefore reports whether a program left it as it found it: on its own screen, with
// a cursor, wrapping lines.
func (t *Terminal) AsBefore() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.normal == nil && t.modes[25] && t.modes[7] && !t.reverse
}

// Unknown are the sequences that it does not know.
func (t *Terminal) Unknown() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.unknown)
}

// Raw is all that was written.
func (t *Terminal) Raw() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.raw)
}

// Write implements io.Writer.
func (t *Terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.raw = append(t.raw, b...)
	in := append(t.rest, b...)
	for len(in) > 0 {
		n := t.one(in)
		if n == 0 {
			break
		}
		in = in[n:]
	}
	t.rest = bytes.Clone(in)
	return len(b), nil
}

// one takes in a character or a sequence, and returns its length; 0: there must be more.
func (t *Terminal) one(in []byte) int {
	g := t.grid
	switch c := in[0]; {
	case c == '\x1b':
		return t.sequence(in)
	case c == '\r':
		g.x = 0
	case c == '\n':
		t.newline()
	case c == '\b':
		g.x = max(0, g.x-1)
	case c < ' ':
		t.unknown = append(t.unknown, strconv.Quote(string(in[:1])))
	default:
		if !utf8.FullRune(in) {
			return 0
		}
		r, n := utf8.DecodeRune(in)
		t.put(r)
		return n
	}
	return 1
}

func (t *Terminal) newline() {
	g := t.grid
	if g.y++; g.y >= len(g.cells) {
		g.cells = append(g.cells[1:], blank(g.columns))
		g.y = len(g.cells) - 1
	}
}

func (t *Terminal) put(r rune) {
	g := t.grid
	w := displaywidth.Rune(r)
	if w == 0 {
		return
	}
	if g.x+w > g.columns {
		if !t.modes[7] {
			return
		}
		g.x = 0
		t.newline()
	}
	for i := range w {
		g.cells[g.y][g.x+i] = cell{reverse: t.reverse}
	}
	g.cells[g.y][g.x].text = string(r)
	g.x += w
}

// sequence takes in an escape sequence.
func (t *Terminal) sequence(in []byte) int {
	if len(in) < 2 {
		return 0
	}
	if in[1] != '[' {
		t.unknown = append(t.unknown, strconv.Quote(string(in[:2])))
		return 2
	}
	end := bytes.IndexFunc(in[2:], func(r rune) bool { return '@' <= r && r <= '~' })
	if end < 0 {
		return 0
	}
	text := string(in[2 : 2+end])
	args := numbers(strings.TrimPrefix(text, "?"))
	g := t.grid
	switch final := in[2+end]; {
	case strings.HasPrefix(text, "?") && (final == 'h' || final == 'l'):
		t.mode(args[0], final == 'h')
	case final == 'H':
		g.y, g.x = max(args[0], 1)-1, 0
		if len(args) > 1 {
			g.x = max(args[1], 1) - 1
		}
		g.y, g.x = min(g.y, len(g.cells)-1), min(g.x, g.columns-1)
	case final == 'J' && args[0] == 2:
		for y := range g.cells {
			g.cells[y] = blank(g.columns)
		}
	case final == 'K':
		copy(g.cells[g.y][g.x:], blank(g.columns))
	case final == 'm':
		for _, n := range args {
			if n == 0 || n == 7 || n == 27 {
				t.reverse = n == 7
			}
		}
	default:
		t.unknown = append(t.unknown, strconv.Quote(string(in[:3+end])))
	}
	return 3 + end
}

func (t *Terminal) mode(n int, on bool) {
	switch {
	case n == 1049 && on && t.normal == nil:
		t.entered++
		t.normal, t.grid = t.grid, newGrid(t.columns, t.rows)
	case n == 1049 && !on && t.normal != nil:
		t.grid, t.normal = t.normal, nil
	}
	t.modes[n] = on
}

func numbers(text string) []int {
	var list []int
	for part := range strings.SplitSeq(text, ";") {
		n, _ := strconv.Atoi(part) // nothing is 0
		list = append(list, n)
	}
	return list
}
