//go:build !linux

package cmd_test

// What the test binary plays is played on Linux only.
const fillVariable = "ZOMBIECTL_TEST_FILL"

func fillMain(string) int { return 3 }
