package pid1_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestNobodyReads: that nobody reads what the init writes ends neither the init
// nor the program, to which the init passes on every signal.
func TestNobodyReads(t *testing.T) {
	const program1 = `trap "exit 9" PIPE; kill -USR2 $PPID; sleep 0.3; exit 4`
	for _, flags := range [][]string{
		{"--report"},
		{"--report", "--report-on", "USR2"},
		{"-w"},
		{"-vvv", "--report-on", "USR2"},
	} {
		for _, first := range []bool{true, false} {
			cmd := exec.Command(program(t), append(append([]string{"init", "-s"}, flags...), "sh", "-c", program1)...)
			if flags[len(flags)-1] != "USR2" { // it would end the program
				cmd.Args[len(cmd.Args)-1] = `trap "exit 9" PIPE; (true &); sleep 0.3; exit 4`
			}
			if first {
				namespace(cmd, "")
			}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			cmd.Stdout, cmd.Stderr = w, w
			got := run(t, cmd)
			_ = w.Close()
			if got.code != 4 {
				t.Errorf("%v, PID 1: %v: exit code %d", flags, first, got.code)
			}
		}
	}
}
