package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd"
)

// flagsPage holds the flags of every command.
const flagsPage = "docs/flags.md"

// allFlags returns that page. It follows the tree of commands, so that none can be
// forgotten.
func allFlags() string {
	var index, tables strings.Builder
	var printed bytes.Buffer
	walk(cmd.New(cmd.Streams{Out: &printed}), func(c *cobra.Command) {
		name := strings.TrimPrefix(c.CommandPath(), "zombiectl ")
		fmt.Fprintf(&index, "- [%s](#%s): %s\n", name, strings.ReplaceAll(name, " ", "-"), c.Short)
		fmt.Fprintf(&tables, "\n## %s\n\n%s.\n\n```\n%s\n```\n", name, strings.TrimSuffix(c.Short, "."), strings.TrimSuffix(c.UseLine(), " [flags]"))
		switch table := flagTable(c); {
		case c.DisableFlagParsing:
			fmt.Fprintf(&tables, "\n```\n%s```\n", ownHelp(c, &printed))
		case table == "":
			tables.WriteString("\nIt has no flags.\n")
		default:
			tables.WriteString("\n" + table)
		}
	})
	return "<!-- Written by docs/gen from the commands: make generate. -->\n\n# Flags\n\n" +
		"All commands and all their flags. `zombiectl COMMAND --help` prints the same; every command has `-h, --help`.\n\n" +
		index.String() + tables.String()
}

// walk calls f for every command below c that has a page of help.
func walk(c *cobra.Command, f func(*cobra.Command)) {
	for _, sub := range c.Commands() {
		if !sub.IsAvailableCommand() && sub.Name() != "help" {
			continue
		}
		f(sub)
		walk(sub, f)
	}
}

// ownHelp returns what a command that reads its flags itself prints as its help,
// without the title. What depends on how this very program was built is left out.
func ownHelp(c *cobra.Command, printed *bytes.Buffer) string {
	printed.Reset()
	_ = c.Help() // writes into a buffer
	help, _, _ := strings.Cut(printed.String(), "\nThis program was built ")
	_, options, _ := strings.Cut(help, "\n\n")
	return options
}

func flags(path []string) (string, error) {
	c, rest, err := cmd.New(cmd.Streams{}).Find(path)
	if err != nil || len(rest) > 0 {
		return "", fmt.Errorf("no command %q", strings.Join(path, " "))
	}
	return "\n" + flagTable(c) + "\n", nil
}

// flagLine is a line of a command's usage that begins a flag. The names are
// taken from there, since naming the type of a flag would make the library
// below cobra a dependency of ours, for a table.
var flagLine = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)`)

// flagTable returns the flags of a command as a table; "" when it has none.
func flagTable(c *cobra.Command) string {
	var b strings.Builder
	for _, m := range flagLine.FindAllStringSubmatch(c.LocalFlags().FlagUsages(), -1) {
		f := c.LocalFlags().Lookup(m[1])
		if f.Name == "help" {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("| Flag | Default | |\n|---|---|---|\n")
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind, ok := kinds[f.Value.Type()]; ok {
			name += " " + kind
		}
		standard := ""
		switch f.DefValue {
		case "", "[]", "false":
		default:
			standard = " `" + f.DefValue + "`"
		}
		fmt.Fprintf(&b, "| `%s` |%s | %s |\n", name, standard, cell(f.Usage))
	}
	return b.String()
}

// kinds are what follows a flag, by the name that its type has; a flag that is
// not here takes nothing.
var kinds = map[string]string{
	"string": "TEXT", "int": "N", "duration": "DURATION", "stringSlice": "LIST", "intSlice": "LIST",
}
