// Command share writes the files that are installed beside the program: its
// pages for man, and its completion for shells, as they stand below /usr/share.
//
//	go run ./docs/share DIR [VERSION]
//
// Both come from the commands themselves, and are made at installation: the
// pages bear the version, and never get stale.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/zombiectl/zombiectl/cmd"
)

func main() {
	err := errors.New("usage: share DIR [VERSION]")
	switch len(os.Args) {
	case 2:
		err = write(os.Args[1], cmd.Version())
	case 3:
		err = write(os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "share: error: %v\n", err)
		os.Exit(1)
	}
}

// write writes all below a directory.
func write(dir, version string) error {
	var printed bytes.Buffer
	root := cmd.New(cmd.Streams{Out: &printed})
	root.DisableAutoGenTag = true
	files := map[string][]byte{"man/man1/kubectl-zombies.1": []byte(".so man1/zombiectl-pods.1\n")}
	err := page(root, version, files, &printed)
	for name, generate := range map[string]func(*bytes.Buffer) error{
		"bash-completion/completions/zombiectl":    func(b *bytes.Buffer) error { return root.GenBashCompletionV2(b, true) },
		"zsh/site-functions/_zombiectl":            func(b *bytes.Buffer) error { return root.GenZshCompletion(b) },
		"fish/vendor_completions.d/zombiectl.fish": func(b *bytes.Buffer) error { return root.GenFishCompletion(b, true) },
	} {
		var b bytes.Buffer
		err = errors.Join(err, generate(&b))
		files[name] = b.Bytes()
	}
	if err != nil {
		return err
	}
	for name, b := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// page makes the page of a command, and those of the commands below it.
func page(c *cobra.Command, version string, files map[string][]byte, printed *bytes.Buffer) error {
	if c.DisableFlagParsing { // its own help is all there is
		printed.Reset()
		_ = c.Help() // writes into a buffer
		help, _, _ := strings.Cut(printed.String(), "\nThis program was built ")
		_, options, _ := strings.Cut(help, "\n\n")
		c.DisableFlagsInUseLine = true
		c.Long = c.Short + ".\n\n```\n" + options + "```"
	}
	var b bytes.Buffer
	if err := doc.GenMan(c, &doc.GenManHeader{Section: "1", Source: "zombiectl " + version, Manual: "zombiectl"}, &b); err != nil {
		return err
	}
	sections(&b, c)
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	files["man/man1/"+name+".1"] = b.Bytes()
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && !sub.IsAdditionalHelpTopicCommand() {
			if err := page(sub, version, files, printed); err != nil {
				return err
			}
		}
	}
	return nil
}

// sections appends what the library does not know of.
func sections(b *bytes.Buffer, c *cobra.Command) {
	if !c.HasParent() {
		var commands []cmd.Entry
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				commands = append(commands, cmd.Entry{Word: sub.Name(), Meaning: sub.Short})
			}
		}
		section(b, "COMMANDS", commands)
		_, variables := cmd.Environment()
		section(b, "ENVIRONMENT", variables)
	}
	path := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
	for _, e := range cmd.ExitCodes() {
		name, _, more := strings.Cut(e.Command, " -- ")
		if name != path && c.HasParent() {
			continue
		}
		title := "EXIT STATUS"
		if more || !c.HasParent() {
			title += " OF " + strings.ToUpper(e.Command)
		}
		section(b, title, e.Entries())
	}
}

// section writes words with their meanings, in the language of man.
func section(b *bytes.Buffer, title string, entries []cmd.Entry) {
	fmt.Fprintf(b, ".SH %s\n", title)
	for _, e := range entries {
		fmt.Fprintf(b, ".TP\n\\fB%s\\fP\n%s\n", escape(e.Word), escape(e.Meaning))
	}
}

// escape keeps troff from reading a command or an escape in a text.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
