package cmd_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

const teeVariable = "ZOMBIECTL_TEST_TEE"

// focusVariable names a process of which it thinks too.
const focusVariable = "ZOMBIECTL_TEST_FOCUS"

// leakVariable makes the test binary leave a zombie at that interval.
const leakVariable = "ZOMBIECTL_TEST_LEAK"

// leakMain prints when each of them died, and exits with its standard output.
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

// teeMain looks and records at once, and prints its own diagnosis of the look.
func teeMain(dir string) int {
	r, err := scan.Open("/")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	focus, _ := strconv.Atoi(os.Getenv(focusVariable))
	to, err := scan.NewDir(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	c, err := scan.CaptureTo(to, r, scan.Options{Settle: scan.DefaultSettle, Focus: []int{focus}}, "test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	if err := writeDiagnosis(os.Stdout, c.Snapshot, focus); err != nil {
		return 3
	}
	return 0
}

// sameRecorded has the test binary look and record into a directory, by the
// command given, and compares the meaning of the recording with that of the
// look.
func sameRecorded(t *testing.T, cmd *exec.Cmd, dir string, focus int) *facts.Snapshot {
	t.Helper()
	cmd.Env = append(cmd.Environ(), teeVariable+"="+dir, fmt.Sprintf("%s=%d", focusVariable, focus))
	live, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := scan.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{Focus: []int{focus}})
	if err != nil {
		t.Fatal(err)
	}
	var recorded bytes.Buffer
	if err := writeDiagnosis(&recorded, s, focus); err != nil {
		t.Fatal(err)
	}
	if recorded.String() != string(live) {
		t.Errorf("--- live\n%s\n--- recorded\n%s", live, recorded.String())
	}
	return s
}

// writeDiagnosis says all that is thought of a snapshot, and of one process in
// it where there is one with that PID.
func writeDiagnosis(w io.Writer, s *facts.Snapshot, focus int) error {
	s.Source = facts.Source{Kind: facts.Recorded, Path: "here"}
	if v := diagnose.Inspect(s, focus, diagnose.Options{}); v != nil {
		for _, format := range []string{"json", "wide"} {
			if err := report.Write(w, format, report.Process(v), report.Style{}); err != nil {
				return err
			}
		}
	}
	if err := report.Write(w, "json", report.Diagnosis(diagnose.Diagnose(s, diagnose.Options{})), report.Style{}); err != nil {
		return err
	}
	return report.Write(w, "wide", report.Diagnosis(diagnose.Diagnose(s, diagnose.Options{})), report.Style{})
}
