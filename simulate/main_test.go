//go:build linux

package simulate

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// helperEnv makes this test binary do something else than test.
const helperEnv = "SIMULATE_TEST_HELPER"

func TestMain(m *testing.M) {
	Main()
	helper, about, _ := strings.Cut(os.Getenv(helperEnv), " ")
	switch helper {
	case "":
		// What a killed stage leaves comes to the tests, so that they do not depend on a PID 1 that reaps.
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	case "look":
		printJSON(lookAround())
	case "hold":
		hold(about)
	case "look-unprivileged":
		lookUnprivileged(about)
	}
	end(0) // as in Main
}

// requireRoot skips, or fails, a test that cannot work here.
//
// With -race and -cover together the counters of the coverage are calls into the race detector, which the actors, that
// have left the Go runtime behind, cannot make. Either of the two works.
//
// It skips a test that needs root, but never where tests must not be skipped.
func requireRoot(t *testing.T) {
	t.Helper()
	reason := ""
	switch {
	case raceDetector && testing.CoverMode() != "":
		reason = "-race and -cover exclude each other here"
	case os.Geteuid() != 0:
		reason = "needs root: PID and mount namespaces"
	default:
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(reason + "; CI=true forbids to skip")
	}
	t.Skip(reason)
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func printJSON(v any) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
