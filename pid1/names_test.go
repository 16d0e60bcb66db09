package pid1

import (
	"testing"

	"github.com/zombiectl/zombiectl/sys"
)

// TestNames holds our own table of signals against the one that everybody else
// uses: names are the same, and each reads what the other writes.
func TestNames(t *testing.T) {
	for n := 1; n <= sigRTMAX; n++ {
		if n > lastNamed && n < sigRTMIN {
			continue // neither has a name for what the C library keeps
		}
		if ours, theirs := signalName(n), sys.SignalName(n); n != sigRTMIN && ours != theirs {
			t.Errorf("signal %d is %s here and %s there", n, ours, theirs)
		}
		if got := signalNumber(sys.SignalName(n)); got != n {
			t.Errorf("%s is read as %d, want %d", sys.SignalName(n), got, n)
		}
	}
}
