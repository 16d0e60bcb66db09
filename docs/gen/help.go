package main

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/cmd"
)

// environmentPage holds what "zombiectl help environment" prints.
const environmentPage = "docs/environment.md"

func environment() string {
	intro, variables := cmd.Environment()
	var b strings.Builder
	b.WriteString("<!-- Written by docs/gen from the help of the program: make generate. -->\n\n# Environment\n\n" +
		intro + " `zombiectl help environment` prints the same.\n\n| Variable | |\n|---|---|\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.Word, cell(v.Meaning))
	}
	return b.String()
}

// exitCodes returns what the commands exit with, as a table.
func exitCodes() string {
	var b strings.Builder
	b.WriteString("\n| Command | 0 | 1 | 2 | 3 | Other |\n|---|---|---|---|---|---|\n")
	for _, e := range cmd.ExitCodes() {
		fmt.Fprintf(&b, "| `%s` |", e.Command)
		for _, meaning := range append(e.Codes[:], e.Other) {
			b.WriteString(strings.TrimRight(" "+cell(meaning), " ") + " |")
		}
		b.WriteByte('\n')
	}
	return b.String() + "\n"
}
