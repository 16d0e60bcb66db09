package cmd_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zombiectl/zombiectl/cmd"
	"github.com/zombiectl/zombiectl/fixtures/golden"
	"github.com/zombiectl/zombiectl/simulate"
)

func TestMain(m *testing.M) {
	simulate.Main()
	if dir := os.Getenv(teeVariable); dir != "" {
		os.Exit(teeMain(dir))
	}
	if interval := os.Getenv(leakVariable); interval != "" {
		os.Exit(leakMain(interval))
	}
	if os.Getenv(actorVariable) != "" {
		os.Exit(actorMain())
	}
	if pid := os.Getenv(tracerVariable); pid != "" {
		os.Exit(tracerMain(pid))
	}
	if of := os.Getenv(crowdVariable); of != "" && os.Getenv(fillVariable) == "" {
		os.Exit(crowdMain(of))
	}
	if mode := os.Getenv(fillVariable); mode != "" {
		os.Exit(fillMain(mode))
	}
	if os.Getenv(runVariable) != "" {
		zombiectl()
	}
	defaultSignals()
	// Most tests wait for processes in namespaces of their own. Given before the
	// flags are parsed it is a default only.
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = f.Value.Set(strconv.Itoa(3 * runtime.GOMAXPROCS(0)))
	}
	testscript.Main(m, map[string]func(){"zombiectl": zombiectl})
}

// runVariable makes the test binary behave as zombiectl.
const runVariable = "ZOMBIECTL_TEST_RUN"

func zombiectl() { os.Exit(cmd.Execute(cmd.Called(os.Args), cmd.OSStreams())) }

func TestScripts(t *testing.T) {
	fixtures, err1 := filepath.Abs("../fixtures")
	testdata, err2 := filepath.Abs("testdata")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Abs("../scan/testdata/ps")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       golden.Update(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("FIXTURES", fixtures)
			e.Setenv("PS", lists)
			e.Setenv("TESTDATA", testdata)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "mkfifo": mkfifo, "grow": grow},
	})
}

// exits runs a command and asserts its exit code: exits 1 zombiectl check.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v: exit code %d, want %d", args[1:], got, want)
	}
}

// grow makes a file of that many bytes, with a hole in it.
func grow(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o644))
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}
