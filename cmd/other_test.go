//go:build !linux

package cmd_test

// What the test binary plays is played on Linux only.
const fillVariable = "ZOMBIECTL_TEST_FILL"

func fillMain(string) int { return 3 }

const (
	crowdVariable  = "ZOMBIECTL_TEST_CROWD"
	tracerVariable = "ZOMBIECTL_TEST_TRACER"
)

func crowdMain(string) int  { return 3 }
func tracerMain(string) int { return 3 }

func defaultSignals() {}

const actorVariable = "ZOMBIECTL_TEST_ACTOR"

func actorMain() int { return 3 }
