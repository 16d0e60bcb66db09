//go:build linux

// Command peak runs a program with its output thrown away and prints the most
// memory that it held at once, in KiB (getrusage(2), ru_maxrss).
//
// The kernel carries ru_maxrss over an execve(2), so the number is never below
// what peak itself held when it started the program: about 4 MiB.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: peak CMD [ARG...]")
		os.Exit(2)
	}
	command := exec.Command(os.Args[1], os.Args[2:]...)
	command.Stderr = os.Stderr
	err := command.Run()
	if err == nil {
		_, err = fmt.Fprintln(os.Stdout, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "peak: error: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
