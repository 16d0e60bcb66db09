package cmd

import (
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/report"
)

// leastColumns is the narrowest terminal that COLUMNS is believed to name.
const leastColumns = 20

// env returns a variable of the environment.
func (s Streams) env(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

// columns returns the width of the terminal that standard output is: what COLUMNS
// says, or else what the terminal says of itself.
func (s Streams) columns(terminal int) int {
	if n, err := strconv.Atoi(s.env("COLUMNS")); err == nil && n >= leastColumns {
		return n
	}
	return terminal
}

// plain is the style of text without colors.
func (s Streams) plain() report.Style {
	return report.Style{Width: s.Width, Height: s.Height, ASCII: s.ascii()}
}

// ascii reports whether text is to be ASCII only. The locale says so: C and POSIX
// do. On a terminal a locale that does not name UTF-8 does too, and so does none at
// all; what goes into a file or a pipe is read elsewhere.
func (s Streams) ascii() bool {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // setlocale(3)
		if locale = s.env(name); locale != "" {
			break
		}
	}
	switch locale {
	case "C", "POSIX":
		return true
	}
	charset := strings.ToLower(strings.ReplaceAll(locale, "-", ""))
	return s.Width > 0 && !strings.Contains(charset, "utf8")
}

// colors reports whether text is to have colors, where the command line leaves it
// open. NO_COLOR wins: https://no-color.org. CLICOLOR and CLICOLOR_FORCE are those
// of https://bixense.com/clicolors, FORCE_COLOR that of https://force-color.org.
func (s Streams) colors() bool {
	set := func(name string) bool { v := s.env(name); return v != "" && v != "0" }
	switch {
	case s.env("NO_COLOR") != "":
		return false
	case set("CLICOLOR_FORCE") || set("FORCE_COLOR"):
		return true
	}
	return s.Width > 0 && s.env("TERM") != "dumb" && s.env("CLICOLOR") != "0"
}
