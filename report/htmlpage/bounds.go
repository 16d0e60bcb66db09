package htmlpage

import (
	"github.com/zombiectl/zombiectl/diagnose"
)

// What a page shows of each kind: a browser must be able to open it.
const (
	maxParents   = 200
	maxTimelines = 20
	maxFindings  = 200
	maxUnread    = 200
	maxZombies   = 200 // of one command below one parent
)

// sheet is the page on one diagnosis.
type sheet struct {
	writer
	*diagnose.Diagnosis
}
