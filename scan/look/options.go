package look

import (
	"sync/atomic"
	"time"
)

// DefaultSettle is how long after the first look the second one is taken.
const DefaultSettle = 100 * time.Millisecond

// Options of a look.
type Options struct {
	// Settle is the time to the second look at zombies and their parents; 0:
	// one look only. A recording holds the second look that was taken then.
	Settle time.Duration
	// AllNamespaces also looks for the PID 1 of PID namespaces, and for the
	// first processes of containers, that have no zombie. It reads the status
	// of every process for that.
	AllNamespaces bool
	// Progress, when it is set, counts what the look has done so far.
	Progress *Progress
	// Redact leaves the values of arguments out of a capture.
	Redact bool
	// Only restricts a capture to these processes, their descendants and
	// their ancestors.
	Only []int
	// Focus are processes of interest though they may have nothing to do with a
	// zombie: they and their ancestors are looked at as closely as the parents
	// of zombies.
	Focus []int
}

// Progress counts what a look has done, for whoever wants to show it.
type Progress struct {
	Read   atomic.Int64 // processes of which stat was read
	Closer atomic.Int64 // that were looked at deeper
}
