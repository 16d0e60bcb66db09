package cmd

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/report/page"
)

// helpColumns is how wide help is at most.
const helpColumns = 99

// groups are the commands by their purpose.
var groups = []struct{ title, commands string }{
	{"Find and explain", "scan explain watch trace pods capture"},
	{"Check, in CI and monitors", "check probe"},
	{"Cure and prevent", "reap init install"},
	{"Practice", "simulate"},
	{"About this program", "help version completion"},
}

// settleHelp says help in our own layout, with the commands in groups: cobra's is
// as wide as its longest line.
func settleHelp(root *cobra.Command, s Streams) {
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range root.Commands() {
			if slices.Contains(strings.Fields(g.commands), c.Name()) {
				c.GroupID = g.title
			}
		}
	}
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		writeHelp(c, s, func(p *page.Page) { commandHelp(p, c) })
	})
	root.SetUsageFunc(func(c *cobra.Command) error { return c.Help() })
}

// writeHelp writes a page of help. When that fails, failing knows.
func writeHelp(c *cobra.Command, s Streams, write func(*page.Page)) {
	style := s.plain()
	if style.Width == 0 || style.Width > helpColumns {
		style.Width = helpColumns
	}
	p := page.New(new(bytes.Buffer), style)
	write(p)
	_, _ = c.OutOrStdout().Write([]byte(p.Text()))
}

func commandHelp(p *page.Page, c *cobra.Command) {
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	p.Prose(text)
	p.Heading("Usage:")
	if c.HasAvailableSubCommands() {
		p.Line("  " + c.CommandPath() + " COMMAND")
	} else {
		p.Line("  " + c.UseLine())
	}
	if c.Example != "" {
		p.Heading("Examples:")
		p.Prose(c.Example)
	}
	subcommands(p, c)
	if flags := c.LocalFlags(); flags.HasAvailableFlags() {
		p.Heading("Flags:")
		p.Out.WriteString(flags.FlagUsagesWrapped(p.Width))
	}
	path := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
	for _, e := range ExitCodes() {
		name, _, more := strings.Cut(e.Command, " -- ")
		if name != path {
			continue
		}
		title := "Exit codes:"
		if more {
			title = "Exit codes with a command:"
		}
		p.Heading(title)
		entries(p, e.Entries())
	}
	if c.HasAvailableSubCommands() {
		p.Blank()
		p.Prose(c.CommandPath() + " COMMAND --help shows more about a command.")
	}
}

// subcommands writes the commands below another one, by their groups, and the
// topics.
func subcommands(p *page.Page, c *cobra.Command) {
	shown := map[string][]Entry{} // by the title above them
	for _, sub := range c.Commands() {
		switch title := "Commands"; {
		case sub.IsAdditionalHelpTopicCommand():
			shown["More help"] = append(shown["More help"], Entry{sub.Name(), sub.Short})
		case sub.IsAvailableCommand() || sub.Name() == "help":
			if sub.GroupID != "" {
				title = sub.GroupID
			}
			shown[title] = append(shown[title], Entry{sub.Name(), sub.Short})
		}
	}
	titles := []string{"Commands", "More help"}
	for i, g := range c.Groups() {
		titles = slices.Insert(titles, i, g.Title)
		names := strings.Fields(groups[i].commands)
		slices.SortStableFunc(shown[g.Title], func(a, b Entry) int { return slices.Index(names, a.Word) - slices.Index(names, b.Word) })
	}
	for _, title := range titles {
		if len(shown[title]) > 0 {
			p.Heading(title + ":")
			entries(p, shown[title])
		}
	}
}
