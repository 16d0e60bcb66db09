package screen

import "github.com/gdamore/tcell/v2/terminfo"

// terminal describes what every terminal of today has: ECMA-48 with the private
// modes of xterm. So the program needs no terminfo files, which an image from
// scratch has not, and starts no infocmp. Its name is not that of an xterm, for which
// the library would turn on protocols of the keyboard that make ^C and ^Z no signals.
func terminal() *terminfo.Terminfo {
	return &terminfo.Terminfo{
		Name: "zombiectl", Columns: 80, Lines: 24, Colors: 8,
		EnterCA: "\x1b[?1049h", ExitCA: "\x1b[?1049l",
		ShowCursor: "\x1b[?25h", HideCursor: "\x1b[?25l",
		// Between a resize and the next drawing lines are too long.
		AutoMargin: true, DisableAutoMargin: "\x1b[?7l", EnableAutoMargin: "\x1b[?7h",
		Clear: "\x1b[H\x1b[2J", SetCursor: "\x1b[%i%p1%d;%p2%dH",
		AttrOff: "\x1b[m", Bold: "\x1b[1m", Reverse: "\x1b[7m",
		SetFg: "\x1b[3%p1%dm", SetBg: "\x1b[4%p1%dm", ResetFgBg: "\x1b[39;49m",
	}
}
