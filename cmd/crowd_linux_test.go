package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
)

// crowdVariable makes the test binary start a parent of so many zombies, look,
// and print what that cost.
const crowdVariable = "ZOMBIECTL_TEST_CROWD"

// crowd is one look at many zombies.
type crowd struct {
	Parent, Zombies int
	Page            string
	Bytes, Count    float64 // allocated
}

// TestTenThousandZombies: the report on ten thousand zombies of one parent is
// one page, and what each costs to look at does not grow with their number.
func TestTenThousandZombies(t *testing.T) {
	ctx, stage := set(t, "pod-pause")
	exe := program(t)
	look := func(n int) crowd {
		t.Helper()
		cmd := stage.Command(ctx, exe)
		cmd.Env = append(cmd.Environ(), crowdVariable+"="+strconv.Itoa(n))
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		var c crowd
		if err := json.Unmarshal(out, &c); err != nil || c.Zombies != n {
			t.Fatalf("%d zombies, want %d: %v: %s", c.Zombies, n, err, errs.String())
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	few, some, many := look(100), look(1000), look(10_000)
	if !strings.Contains(many.Page, fmt.Sprintf("(PID %d) has left 10,000 zombies", many.Parent)) || !strings.Contains(many.Page, "Z201") {
		t.Errorf("the parent is not named in\n%s", many.Page)
	}
	const page = 50 // lines
	if lines := strings.Count(many.Page, "\n"); lines > page || lines > strings.Count(few.Page, "\n")+5 {
		t.Errorf("%d lines\n%s\nof 100 zombies:\n%s", lines, many.Page, few.Page)
	}
	bytes1, count1 := (some.Bytes-few.Bytes)/900, (some.Count-few.Count)/900
	bytes2, count2 := (many.Bytes-some.Bytes)/9000, (many.Count-some.Count)/9000
	t.Logf("from 100 to 1000 each takes %.0f bytes in %.1f allocations, from there to 10000 %.0f in %.1f", bytes1, count1, bytes2, count2)
	if bytes2 > 1.5*bytes1 || count2 > 1.5*count1 {
		t.Error("each further zombie costs more")
	}
}

func crowdMain(of string) int {
	c, err := lookAtCrowd(of)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

// All processes of the stage exit with it. Pdeathsig would not do: it is about
// the thread that starts a process, and to look at clocks uses threads up.
func lookAtCrowd(of string) (c crowd, err error) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), fillVariable+"=never "+of, "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return c, err
	}
	if err := cmd.Start(); err != nil {
		return c, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // says that it was killed
	}()
	var made int
	var failed syscall.Errno
	if _, err := fmt.Fscan(out, &made, &failed); err != nil || failed != 0 {
		return c, fmt.Errorf("%d children: %w", made, errors.Join(err, failed))
	}
	c.Parent = cmd.Process.Pid
	// They end by themselves, but not in no time. And the first look warms up.
	for deadline := time.Now().Add(20 * time.Second); c.Zombies < made && time.Now().Before(deadline); {
		if err := c.look(); err != nil {
			return c, err
		}
	}
	return c, c.look()
}

func (c *crowd) look() error {
	r, err := scan.Open("/")
	if err != nil {
		return err
	}
	defer r.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := scan.Look(r, scan.Options{Settle: scan.DefaultSettle})
	if err != nil {
		return err
	}
	d := diagnose.Diagnose(s, diagnose.Options{})
	var out bytes.Buffer
	if err := report.Write(&out, "text", report.Diagnosis(d), report.Style{}); err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	c.Bytes, c.Count = float64(after.TotalAlloc-before.TotalAlloc), float64(after.Mallocs-before.Mallocs)
	c.Page, c.Zombies = out.String(), len(d.Zombies)
	return nil
}
