package screen

import "github.com/gdamore/tcell/v2"

// Key is a key: one of those with a name below, or the character that it types.
type Key string

// The keys that type nothing.
const (
	Up        Key = "up"
	Down      Key = "down"
	PageUp    Key = "page up"
	PageDown  Key = "page down"
	Home      Key = "home"
	End       Key = "end"
	Enter     Key = "enter"
	Escape    Key = "escape"
	Backspace Key = "backspace"
	F1        Key = "F1"
	F4        Key = "F4"
	F6        Key = "F6"
	F10       Key = "F10"
	Redraw    Key = "^L"
	Other     Key = "" // one that nobody needs
)

var named = map[tcell.Key]Key{
	tcell.KeyUp: Up, tcell.KeyDown: Down, tcell.KeyPgUp: PageUp, tcell.KeyPgDn: PageDown, tcell.KeyHome: Home, tcell.KeyEnd: End,
	tcell.KeyEnter: Enter, tcell.KeyCtrlJ: Enter, // a terminal that makes newlines of carriage returns
	tcell.KeyEsc: Escape, tcell.KeyBackspace: Backspace,
	tcell.KeyF1: F1, tcell.KeyF4: F4, tcell.KeyF6: F6, tcell.KeyF10: F10, tcell.KeyCtrlL: Redraw,
}

func keyOf(e *tcell.EventKey) Key {
	if e.Key() == tcell.KeyRune && e.Modifiers()&(tcell.ModAlt|tcell.ModCtrl|tcell.ModMeta) == 0 {
		return Key(e.Rune())
	}
	return named[e.Key()]
}
