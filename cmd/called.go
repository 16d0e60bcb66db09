package cmd

import (
	"path"
	"slices"
)

// linked are the commands that the program is also called by, through links to
// it in its image: "kubectl debug --image … -- scan" runs a program of that name.
var linked = []string{"scan", "check", "capture", "explain", "reap", "probe", "watch"}

// Called returns the arguments of a command line, by what the program was called
// as: its first word says which command.
func Called(argv []string) []string {
	if len(argv) == 0 {
		return nil
	}
	name := path.Base(argv[0])
	if name == pluginName {
		return append([]string{"pods"}, argv[1:]...)
	}
	if slices.Contains(linked, name) {
		return append([]string{name}, argv[1:]...)
	}
	return argv[1:]
}
