// Package screen fills a terminal with lines, takes its keys, and gives it back
// as it was. It does not know the meaning of the lines, and is the only package
// that knows the library which draws: tcell.
package screen

import (
	"io"
	"os"

	"github.com/gdamore/tcell/v2"
)

// Screen is the terminal, whether the program fills it or not.
type Screen struct {
	tty   *tty
	cells tcell.Screen // nil: it was never filled
	on    bool
	keys  chan Key
}

// New returns the screen of the terminal that is read from in and written to
// through out; its size is that of the terminal in. Nothing is changed until Enter.
func New(in *os.File, out io.Writer) *Screen {
	return &Screen{tty: newTTY(in, out), keys: make(chan Key, mostKeys)}
}

// mostKeys is how many keys wait for whoever reads them. More are dropped: text that
// somebody pasted by mistake must not keep the terminal from being given back.
const mostKeys = 64

// Keys are the keys that are pressed while the terminal is filled.
func (s *Screen) Keys() <-chan Key { return s.keys }

// Enter fills the terminal: on its other screen, where it has one, so that the
// earlier text comes back. Keys come at once and are not shown; ^C, ^Z and ^\
// stay signals. Nothing happens where it is filled already.
func (s *Screen) Enter() error {
	switch {
	case s.on:
		return nil
	case s.cells != nil:
		if err := s.cells.Resume(); err != nil {
			return err
		}
	default:
		// A locale of a kind that the library does not know is taken for ASCII, as
		// the text is that is drawn there.
		tcell.SetEncodingFallback(tcell.EncodingFallbackASCII)
		cells, err := tcell.NewTerminfoScreenFromTtyTerminfo(s.tty, terminal())
		if err != nil {
			return err
		}
		if err := cells.Init(); err != nil {
			return err
		}
		s.cells = cells
		go s.forward()
	}
	s.on = true
	return nil
}

// Leave gives the terminal back as it was, where it is filled.
func (s *Screen) Leave() {
	if s != nil && s.on {
		s.on = false
		s.tty.quiet()
		_ = s.cells.Suspend() // never fails
	}
}

// Size returns the columns and lines of the terminal.
func (s *Screen) Size() (width, height int) {
	size, _ := s.tty.WindowSize() // never fails
	return size.Width, size.Height
}

// Draw shows lines in place of those before: it writes only the differences. The
// terminal must be filled.
func (s *Screen) Draw(lines []string) error {
	width, height := s.Size()
	if w, h := s.cells.Size(); w != width || h != height {
		s.cells.Show() // the library asks for the size when it draws, and not before
	}
	s.cells.Clear()
	for y, line := range lines {
		paint(line, func(x int, grapheme string, style tcell.Style) { s.cells.Put(x, y, grapheme, style) })
	}
	s.cells.Show()
	return s.tty.failed()
}

// forward passes keys on, and drops what nobody takes: the library waits for whoever
// takes its events, also when it is to give the terminal back.
func (s *Screen) forward() {
	for {
		key, ok := s.cells.PollEvent().(*tcell.EventKey)
		if !ok {
			continue // a resize: the next Draw asks for the size
		}
		select {
		case s.keys <- keyOf(key):
		default:
		}
	}
}
