// Command zombiectl finds zombie processes and names who does not reap them.
package main

import (
	"os"

	"github.com/zombiectl/zombiectl/cmd"
	"github.com/zombiectl/zombiectl/pid1"
)

func main() {
	if pid1.Is(os.Args) { // before anything is made that an init does not need
		os.Exit(pid1.Run(os.Args, cmd.Version))
	}
	os.Exit(cmd.Execute(os.Args[1:], cmd.OSStreams()))
}
