package record

import (
	_ "embed"
	"strings"

	"github.com/zombiectl/zombiectl/scan/look"
)

//go:embed script.sh
var script string

// Script is a POSIX shell script that reads /proc with nothing but the shell,
// and prints what [OpenReader] reads: for containers that have a shell and
// nothing else, and for machines on which nothing can be started any more.
func Script() string {
	patterns := make([]string, len(look.InitNames))
	for i, name := range look.InitNames {
		patterns[i] = "*'(" + name + ")'*"
	}
	return strings.Replace(script, "case $c in INITS)", "case $c in "+strings.Join(patterns, " | ")+")", 1)
}
