// Command zombiectl-exporter tells Prometheus of zombies, and of who does not
// reap them.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
