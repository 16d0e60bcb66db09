package watchview

import (
	"slices"
	"unicode/utf8"

	"github.com/zombiectl/zombiectl/screen"
)

// Want is what a key asks of whoever runs the watch. The view has done the rest.
type Want int

// What a key may ask for.
const (
	Nothing Want = iota
	Quit
	Page   // of Asked, or no longer: another process is asked about
	Redraw // whatever is on the terminal
)

// Key does what a key is for.
func (v *View) Key(k screen.Key) Want {
	switch {
	case k == screen.Redraw:
		return Redraw
	case v.typing:
		v.typed(k)
	case v.page != parentsPage:
		return v.pageKey(k)
	default:
		return v.parentsKey(k)
	}
	return Nothing
}

func (v *View) parentsKey(k screen.Key) Want {
	switch k {
	case "q", "Q", screen.F10:
		return Quit
	case "?", "h", screen.F1:
		v.page, v.scroll = helpPage, 0
	case "s", screen.F6:
		v.sort = (v.sort + 1) % len(orders)
	case "S":
		v.sort = (v.sort + len(orders) - 1) % len(orders)
	case "/", screen.F4:
		v.typing = true
	case screen.Escape:
		v.filter = ""
	case " ", "p":
		v.pause()
	case screen.Enter:
		if rows, i := v.rows(); i >= 0 {
			v.choose(rows, i)
			v.page, v.asked, v.opened, v.scroll = processPage, rows[i].PID, true, 0
			return Page
		}
	default:
		if rows, i := v.rows(); i >= 0 {
			v.choose(rows, moved(k, i, v.room, len(rows)))
		}
	}
	return Nothing
}

// pageKey is for a page of text: it scrolls, and goes back.
func (v *View) pageKey(k screen.Key) Want {
	switch k {
	case screen.Escape, "q", "Q", screen.F10, screen.Enter, screen.Backspace, "?", screen.F1:
		was := v.page
		if v.page = parentsPage; was == processPage {
			return Page
		}
	case " ", "p":
		v.pause()
	default:
		v.scroll = moved(k, v.scroll, v.room, 1<<30) // the drawing bounds it
	}
	return Nothing
}

// typed is for the text of the filter.
func (v *View) typed(k screen.Key) {
	switch {
	case k == screen.Enter:
		v.typing = false
	case k == screen.Escape:
		v.typing, v.filter = false, ""
	case k == screen.Backspace:
		_, n := utf8.DecodeLastRuneInString(v.filter)
		v.filter = v.filter[:len(v.filter)-n]
	case utf8.RuneCountInString(string(k)) == 1 && len(v.filter) < mostFilter:
		v.filter += string(k)
	}
}

// mostFilter is how long the text of the filter may be, in bytes.
const mostFilter = 60

func (v *View) pause() {
	if v.paused = !v.paused; !v.paused {
		v.shown = v.latest
	}
}

func (v *View) choose(rows []*row, i int) {
	if i = min(max(i, 0), len(rows)-1); v.chosen || i > 0 {
		v.selected, v.index, v.chosen = rows[i].ID, i, true
	}
}

// moved returns where a key leads from line i, of so many, with room for so many on
// the screen.
func moved(k screen.Key, i, room, lines int) int {
	steps := []struct {
		keys []screen.Key
		to   int
	}{
		{[]screen.Key{screen.Up, "k"}, i - 1},
		{[]screen.Key{screen.Down, "j"}, i + 1},
		{[]screen.Key{screen.PageUp}, i - max(1, room)},
		{[]screen.Key{screen.PageDown}, i + max(1, room)},
		{[]screen.Key{screen.Home, "g"}, 0},
		{[]screen.Key{screen.End, "G"}, lines - 1},
	}
	for _, s := range steps {
		if slices.Contains(s.keys, k) {
			return min(max(s.to, 0), lines-1)
		}
	}
	return i
}
