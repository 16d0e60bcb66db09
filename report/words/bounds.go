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
)
