package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/zombiectl/zombiectl/cmd/watchview"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/screen"
)

func (w *watcher) show() error {
	if w.view.Note != "" && w.noted == "" && w.screen == nil {
		s := w.s
		fmt.Fprintf(s.Err, "zombiectl: %s\n", printable(w.view.Note))
	}
	w.noted = w.view.Note
	if w.screen != nil {
		w.picture.Look(&w.view, w.process)
		return w.redraw()
	}
	if w.view.Step != nil && len(w.view.Changes()) == 0 {
		return nil
	}
	return w.write()
}

func (w *watcher) write() error {
	return report.Write(w.s.Out, w.format, report.Watch(&w.view), w.style)
}

// fill makes the picture fill the terminal, if it has one.
func (w *watcher) fill() (keys <-chan screen.Key) {
	if w.s.Width == 0 || w.format != "text" || w.s.Getenv("TERM") == "dumb" || !screen.Foreground(os.Stdin) {
		return nil
	}
	w.screen = screen.New(os.Stdin, w.s.Out)
	w.picture = watchview.New(w.flags.sort)
	return w.screen.Keys()
}

func (w *watcher) redraw() error {
	if w.screen == nil || !screen.Foreground(os.Stdin) || !takes(w.terminal) { // the next one shows the same
		return nil
	}
	if err := w.screen.Enter(); err != nil {
		return err
	}
	width, height := w.screen.Size()
	style := w.style
	style.Width = width
	lines, err := w.picture.Lines(style, height)
	if err != nil {
		return err
	}
	return w.screen.Draw(lines)
}

// key does what a key is for, and reports whether to end.
func (w *watcher) key(k screen.Key) (end bool, err error) {
	switch w.picture.Key(k) {
	case watchview.Quit:
		return true, nil
	case watchview.Redraw:
		w.screen.Leave()
	case watchview.Page:
		w.scan.Focus()
		if pid, open := w.picture.Asked(); open {
			w.scan.Focus(pid)
			if err := w.look(true); err != nil {
				return false, err
			}
			return false, w.show()
		}
	case watchview.Nothing:
	}
	return false, w.redraw()
}

// leave gives the terminal back, and leaves the last picture on it.
func (w *watcher) leave(last bool) error {
	if w.screen == nil {
		return nil
	}
	w.screen.Leave()
	w.screen = nil
	if !last {
		return nil
	}
	lines, err := w.picture.Verdict(w.style)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w.s.Out, strings.Join(lines, "\n")+"\n")
	return err
}
