package rule

import (
	"cmp"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// executedOver names the program that a process was executed over.
func executedOver(i *observe.Inherited) string { return cmp.Or(i.Program, "another program") }
