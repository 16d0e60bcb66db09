package textpage

import (
	"bytes"
	"time"

	"github.com/zombiectl/zombiectl/report/doc"
)

// Changes writes the changes, each with its time.
func Changes(out *bytes.Buffer, w *doc.Watch) {
	stamp := "?"
	if t, ok := w.Tally.Last.Snapshot.Taken.Get(); ok {
		stamp = t.UTC().Format(time.RFC3339)
	}
	for _, l := range w.Changes() {
		out.WriteString(stamp + " " + l + "\n")
	}
}
