//go:build soak && linux

package cmd_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLeakRate: a parent leaves one zombie every two seconds for a minute. Its
// rate, its period and the time until its cgroup is full are right within a
// tenth, by its own log.
func TestLeakRate(t *testing.T) {
	const most = 400
	dir := pidsCgroup(t, most)
	exe := program(t)
	joined := joining(dir, exe)
	leaker := exec.Command(joined[0], joined[1:]...)
	leaker.Env = append(os.Environ(), leakVariable+"=2s")
	out, err := leaker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := leaker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = leaker.Process.Kill(); _ = leaker.Wait() })
	var deaths []time.Time
	for lines := bufio.NewScanner(out); len(deaths) < 30 && lines.Scan(); {
		at, err := time.Parse(time.RFC3339Nano, lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		deaths = append(deaths, at)
	}
	used, err := os.ReadFile(dir + "/pids.current")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(used)))
	if err != nil {
		t.Fatal(err)
	}
	logged := float64(len(deaths)-1) / deaths[len(deaths)-1].Sub(deaths[0]).Hours() * 24

	scan := exec.Command(exe, "scan", "-o", "json", "--min-age", "0")
	scan.Env = append(os.Environ(), runVariable+"=1")
	b, err := scan.Output()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Limits []struct {
			Path   string
			FullIn *struct{ AtLeast, AtMost *float64 }
		}
		Parents []struct {
			PID    int
			PerDay *float64
			Rules  []string
		}
		Findings []struct {
			Rule, Message string
			Subject       *struct{ PID int }
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range d.Parents {
		if p.PID != leaker.Process.Pid {
			continue
		}
		found = true
		if p.PerDay == nil || math.Abs(*p.PerDay-logged) > logged/10 {
			t.Errorf("%v a day, it logged %v", p.PerDay, logged)
		} else {
			t.Logf("%.0f a day, it logged %.0f", *p.PerDay, logged)
		}
	}
	if !found {
		t.Fatalf("PID %d is not accused", leaker.Process.Pid)
	}
	periodic := false
	for _, f := range d.Findings {
		var period float64
		if f.Rule != "Z404" || f.Subject == nil || f.Subject.PID != leaker.Process.Pid {
			continue
		}
		_, after, _ := strings.Cut(f.Message, "every ")
		if _, err := fmt.Sscanf(after, "%f s", &period); err != nil || math.Abs(period-2) > 0.2 {
			t.Errorf("period %v (%v): %s", period, err, f.Message)
		}
		periodic = true
	}
	if !periodic {
		t.Error("no period was found")
	}
	left := float64(most-n) / logged * 24 * 60 * 60
	full := false
	for _, l := range d.Limits {
		if l.Path != dir+"/pids.max" {
			continue
		}
		full = true
		if l.FullIn == nil || l.FullIn.AtLeast == nil || l.FullIn.AtMost == nil {
			t.Fatalf("full in %+v", l.FullIn)
		}
		least, most := *l.FullIn.AtLeast, *l.FullIn.AtMost
		if least > left*1.1 || most < left*0.9 || most-least > left/10 {
			t.Errorf("full in %.0f s to %.0f s, by what it logged in %.0f s", least, most, left)
		} else {
			t.Logf("full in %.0f s to %.0f s, by what it logged in %.0f s", least, most, left)
		}
	}
	if !full {
		t.Errorf("no limit %s", dir)
	}
}
