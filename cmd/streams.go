package cmd

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report"
)

// Streams are what a command talks to.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// Width is the number of columns where Out is a terminal; 0: it is not.
	Width  int
	Height int // in lines; 0: unknown
	Getenv func(string) string
	// Interactive: In and Err are terminals, so that somebody can be asked.
	Interactive bool
}

// OSStreams returns the streams of this process.
func OSStreams() Streams {
	s := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv}
	if ws, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil {
		s.Width, s.Height = int(ws.Col), int(ws.Row)
		if s.Width == 0 {
			s.Width = 80 // a terminal that does not know its size: kubectl exec -t, for one
		}
		s.Width = s.columns(s.Width)
	}
	s.Interactive = isTerminal(os.Stdin) && isTerminal(os.Stderr)
	return s
}

// isTerminal reports whether a stream, to read or to write, is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// outputFlags are the flags of every command that prints a diagnosis.
type outputFlags struct {
	of     report.Document // which has the formats to choose from
	format string
	color  string
	all    bool
}

// add adds the flags to a command that prints such a document.
func (o *outputFlags) add(c *cobra.Command, of report.Document) {
	o.of = of
	c.Flags().StringVarP(&o.format, "output", "o", "text", "format: "+english.Or(report.Formats(of)))
	c.Flags().StringVar(&o.color, "color", colorChoices[0], "colors: "+english.Or(colorChoices))
	_ = c.RegisterFlagCompletionFunc("output", answer(fixed(report.Formats(of)...), 0))
}

var colorChoices = []string{"auto", "always", "never"}

// checkFormat refuses a format that a document does not have, and says which was
// meant.
func checkFormat(d report.Document, format string) error {
	if err := report.CheckFormat(d, format); err != nil {
		return suggest(err, format, report.Formats(d), "-o ", "")
	}
	return nil
}

// choose refuses a value of a flag that is not one of the choices.
func choose(flag, value string, choices []string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return suggest(fmt.Errorf("unknown %s %q: choose %s", flag, value, english.Or(choices)), value, choices, flag+" ", "")
}

// style settles how to print, before anything is read: a mistake in the flags
// should not cost a look.
func (o *outputFlags) style(s Streams) (report.Style, error) {
	if err := checkFormat(o.of, o.format); err != nil {
		return report.Style{}, err
	}
	if err := choose("--color", o.color, colorChoices); err != nil {
		return report.Style{}, err
	}
	st := s.plain()
	st.All, st.Now = o.all, time.Now()
	switch o.color {
	case "always":
		st.Color = true
	case "auto":
		st.Color = s.colors()
	}
	return st, nil
}
