package scan_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/simulate"
)

// victimVariable makes the test binary a process that is going to be killed.
const victimVariable = "ZOMBIECTL_TEST_VICTIM"

func TestMain(m *testing.M) {
	simulate.Main()
	if kind := os.Getenv(victimVariable); kind != "" {
		victim(kind)
	}
	os.Exit(m.Run())
}

// victim is a process that is going to be killed.
func victim(kind string) {
	switch kind {
	case "spinning":
		for {
			_ = time.Now()
		}
	case "threads":
		for range 4 {
			go func() {
				runtime.LockOSThread()
				for {
					time.Sleep(time.Millisecond)
				}
			}()
		}
	}
	select {}
}
