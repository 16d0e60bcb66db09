package cmd

import (
	"strconv"
	"strings"
)

// Exit codes: those of the monitoring plugins, so that a check can be used as
// one, and 3 everywhere for "no answer".
const (
	exitOK       = 0
	exitNoAnswer = 3
)

// exitCode ends the program with a code and nothing more to say.
type exitCode int

func (c exitCode) Error() string { return "exit code " + strconv.Itoa(int(c)) }

// ended is nil for 0, and ends the program with any other code.
func ended(code int) error {
	if code != exitOK {
		return exitCode(code)
	}
	return nil
}

type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

func withHint(err error, hint string) error { return hinted{err, hint} }

// printable keeps an error on one line and off the terminal's control codes:
// it may quote what a file or a user gave.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || strconv.IsGraphic(r) && r != '\uFFFD' {
			b.WriteRune(r)
		} else {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}
