// Package sys holds the system calls about children and signals that several
// packages need and the standard library does not give: waitid(2) with what it
// says of a child, descriptors of processes, and the names of signals. Each has
// one copy, here. It imports nothing of ours.
package sys
