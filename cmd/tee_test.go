package cmd_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
)

const teeVariable = "ZOMBIECTL_TEST_TEE"

// leakVariable makes the test binary leave a zombie at that interval.
const leakVariable = "ZOMBIECTL_TEST_LEAK"

// leakMain prints when each of them died, and ends with its standard output.
func leakMain(interval string) int {
	d, err := time.ParseDuration(interval)
	if err != nil {
		return 3
	}
	for range time.Tick(d) {
		if err := exec.Command("true").Start(); err != nil {
			return 3
		}
		if _, err := fmt.Fprintln(os.Stdout, time.Now().Format(time.RFC3339Nano)); err != nil {
			return 3
		}
	}
	return 0
}

// teeMain looks and records at once, and prints what it thinks of what it saw.
func teeMain(dir string) int {
	r, err := scan.Open("/")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	c, err := scan.CaptureTo(dir, r, scan.Options{Settle: scan.DefaultSettle}, "test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	if err := writeDiagnosis(os.Stdout, c.Snapshot); err != nil {
		return 3
	}
	return 0
}

func writeDiagnosis(w io.Writer, s *scan.Snapshot) error {
	s.Source = scan.Source{Kind: scan.Recorded, Path: "here"}
	if err := report.Write(w, "json", diagnose.Diagnose(s, diagnose.Options{}), report.Style{}); err != nil {
		return err
	}
	return report.Write(w, "wide", diagnose.Diagnose(s, diagnose.Options{}), report.Style{})
}
