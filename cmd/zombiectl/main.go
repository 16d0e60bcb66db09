// Command zombiectl finds zombie processes and names who does not reap them.
package main

import (
	"os"

	"github.com/zombiectl/zombiectl/cmd"
)

func main() { os.Exit(cmd.Execute(os.Args[1:], cmd.OSStreams())) }
