//go:build linux

// Command peak runs a program with its output thrown away and prints the most
// memory that it held at once, in KiB (getrusage(2), ru_maxrss).
//
// The kernel carries ru_maxrss over an execve(2), so the number is never below
// what peak itself held when it started the program: some 4 MiB.
package main

import (
	"errors"
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
	kib, err := peak(os.Args[1], os.Args[2:]...)
	if err == nil {
		_, err = fmt.Fprintln(os.Stdout, kib)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "peak: error: %v\n", err)
		os.Exit(1)
	}
}

func peak(name string, args ...string) (kib int64, err error) {
	command := exec.Command(name, args...)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, errors.New("the system gave no resource usage")
	}
	return usage.Maxrss, nil
}
