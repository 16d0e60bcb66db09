// Command empty does nothing: what a Go program costs to start is what
// zombiectl version is measured against.
package main

func main() {}
