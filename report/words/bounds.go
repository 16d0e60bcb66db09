// Package words has the English that several formats share: the names of processes,
// the line of a finding or a limit, and what to do.
package words

// What the text report shows of each kind, so that it stays one page however
// bad it is. wide shows all.
const (
	MaxNamespaces = 3 // with a block each
	MaxParents    = 10
	maxPerRule    = 3
	MaxFindings   = 12
	maxAdvice     = 8
	MaxCommand    = 64 // columns of a command in a table
	maxSince      = 5  // zombies of a kind
	LimitFrom     = 50 // per cent in use
)

// First returns the first so many of a list; full: all of it.
func First[T any](list []T, most int, full bool) []T {
	if full {
		return list
	}
	return list[:min(len(list), most)]
}
