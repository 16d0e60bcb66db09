//go:build soak && linux

package cmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// TestWatchMemory: after ten thousand looks, with zombies that come and go, it
// uses no more memory than after one thousand.
func TestWatchMemory(t *testing.T) {
	exe := program(t)
	a := newActor(t, exe)
	command := a.inside(exe, "watch", "--min-age", "0", "--settle", "0", "--interval", "1ms", "-o", "json")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Env = append(os.Environ(), runVariable+"=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	resident := func() int {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", c.Process.Pid, c.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Sscan(string(b), &pid); err != nil {
			t.Fatal(err)
		}
		b, err = os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(b)
		kb, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		return kb
	}
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				pid := a.zombie("/bin/true")
				time.Sleep(3 * time.Millisecond)
				a.reap(pid)
			}
		}
	}()
	first := 0
	lines := json.NewDecoder(out)
	for {
		var d struct{ Looks, Reaped int }
		if err := lines.Decode(&d); err != nil {
			t.Fatal(err)
		}
		if d.Looks >= 1000 && first == 0 {
			first = resident()
		}
		if d.Looks >= 10_000 {
			last := resident()
			t.Logf("%d kB after a thousand looks, %d kB after %d, in which %d zombies were reaped", first, last, d.Looks, d.Reaped)
			if last > first+first/5+1024 {
				t.Error("it grows")
			}
			if d.Reaped < 100 {
				t.Error("next to nothing happened")
			}
			break
		}
	}
	close(stop)
	<-stopped
	cancel()
	_ = c.Wait()
}
