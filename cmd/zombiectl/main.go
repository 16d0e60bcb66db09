// Command zombiectl finds zombie processes and names who does not reap them.
package main

import (
	"os"

	"github.com/zombiectl/zombiectl/cmd"
	"github.com/zombiectl/zombiectl/pid1"
	_ "github.com/zombiectl/zombiectl/pid1/boot" // an init runs before main
	"github.com/zombiectl/zombiectl/simulate"
)

func main() {
	simulate.Main() // returns at once, but in the processes of a scene

	if pid1.Is(os.Args) { // its help and its errors
		os.Exit(pid1.Run(os.Args, cmd.Version))
	}
	os.Exit(cmd.Execute(cmd.Called(os.Args), cmd.OSStreams()))
}
