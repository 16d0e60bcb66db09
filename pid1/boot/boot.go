// Package boot is imported by main for what happens when it is initialized: a
// process that is to be an init becomes one here and never gets to main.
//
// Go initializes packages in the order of their import paths, each after those
// that it imports. This one imports little, so it comes before most libraries of
// the command line, whose tables and caches an init would carry around for all of
// its life: a third of its memory, and some of the time that it takes to start.
// That is all that depends on the order. A usage error and the help are main's.
package boot

import (
	"os"

	"github.com/zombiectl/zombiectl/pid1"
)

var _ = func() bool {
	code, ran := pid1.Start(os.Args)
	if ran {
		os.Exit(code)
	}
	return ran
}()
