package cmd

import (
	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/report/page"
)

// Entry is a word and its meaning.
type Entry struct{ Word, Meaning string }

// entries writes words with their meanings, these below each other.
func entries(p *page.Page, list []Entry) {
	widest := 0
	for _, e := range list {
		widest = max(widest, len(e.Word))
	}
	for _, e := range list {
		p.Wrap(widest+4, "  "+page.Pad(e.Word, widest+2), e.Meaning)
	}
}

const environmentIntro = "The variables of the environment that zombiectl reads. A flag on the command line wins."

// Environment returns the topic "environment": what to say first, and the variables.
func Environment() (intro string, variables []Entry) { return environmentIntro, environment }

var environment = []Entry{
	{"NO_COLOR", "not empty: no colors, whatever the next three say"},
	{"CLICOLOR_FORCE", "not empty and not 0: colors also in a file or a pipe"},
	{"FORCE_COLOR", "the same as CLICOLOR_FORCE"},
	{"CLICOLOR", "0: no colors on a terminal either"},
	{"TERM", "dumb: no colors on a terminal, and watch does not fill the screen: it prints a line for each change"},
	{"COLUMNS", "the width of the terminal, from 20 on, in place of what the terminal says of itself (but for the screen of watch); what goes into a file or a pipe is never cut"},
	{"LC_ALL", "the locale; without it LC_CTYPE, and without that LANG. Where it is C or POSIX, text is ASCII only; on a terminal also where it does not name UTF-8 and where there is none. Formats for programs are always UTF-8"},
	{"LC_CTYPE", "see LC_ALL"},
	{"LANG", "see LC_ALL"},
	{"GOMEMLIMIT", "the memory from which on the garbage collector runs more often, in place of 256MiB"},
	{"PATH", "where pods finds kubectl, and check and init the command that they run"},
	{"KUBECONFIG", "kubectl's own: pods leaves clusters, contexts and credentials to kubectl"},
	{"TINI_SUBREAPER", "init: the same as -s"},
	{"TINI_KILL_PROCESS_GROUP", "init: the same as -g"},
	{"TINI_VERBOSITY", "init: 0 to 4, how much it says; 1 without it"},
}

const exitCodesIntro = "3 is also the answer to a mistake on the command line, to a source that cannot be read, and to an output that cannot be written. " +
	"What went wrong is on standard error, and standard output carries the answer only. The codes of check are those of the monitoring plugins."

// topic is a page of help that is about no command.
type topic struct {
	name, title, intro string
	write              func(*page.Page)
}

func topics() []topic {
	return []topic{
		{"environment", "The variables of the environment that are read", environmentIntro, func(p *page.Page) {
			p.Blank()
			entries(p, environment)
		}},
		{"exit-codes", "What the commands exit with", exitCodesIntro, func(p *page.Page) {
			for _, e := range ExitCodes() {
				p.Blank()
				p.Line(e.Command)
				entries(p, e.Entries())
			}
		}},
	}
}

// newTopic is a topic as cobra has it: a command that does nothing.
func newTopic(s Streams, t *topic) *cobra.Command {
	c := &cobra.Command{Use: t.name, Short: t.title}
	c.SetHelpFunc(func(c *cobra.Command, _ []string) {
		writeHelp(c, s, func(p *page.Page) {
			p.Prose(t.intro)
			t.write(p)
		})
	})
	return c
}
