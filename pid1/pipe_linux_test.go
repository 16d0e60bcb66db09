package pid1_test

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestNobodyReads: unread output of the init ends neither the init nor the
// program, to which the init passes on every signal.
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

// TestNobodyTakes: nor does a reader that is there and does not read.
func TestNobodyTakes(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := w.Write(make([]byte, 1024)); err != nil {
			break // it is full
		}
	}
	for _, flags := range [][]string{{"--report"}, {"-vvv"}} {
		cmd := exec.Command(program(t), append(append([]string{"init"}, flags...), "sh", "-c", "(true &); sleep 0.3; exit 4")...)
		namespace(cmd, "")
		cmd.Stdout, cmd.Stderr = w, w
		began := time.Now()
		if got := run(t, cmd); got.code != 4 || time.Since(began) > 20*time.Second {
			t.Errorf("%v: exit code %d after %v", flags, got.code, time.Since(began))
		}
	}
}
