//go:build linux && (amd64 || arm64)

// Command init measures zombiectl init next to tini and other inits, each as PID
// 1 of a PID namespace, in turns, in one run:
//
//	init ZOMBIECTL        (or: make bench-init)
//
// It prints Markdown, and exits 1 when a budget is missed, 3 when it could not
// measure. Linux, root, and tini.
package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/sys"
)

const (
	zombies    = 20000
	drains     = 9
	starts     = 300
	idleFor    = 2 * time.Minute
	settleTime = 4 * time.Second
)

// What a run may cost, next to tini.
const (
	maxWall    = 1.25
	maxCPU     = 2.0
	maxStart   = 3 * time.Millisecond
	maxWakeups = 2.0 // a minute
)

// A contender is an init to measure, with its results.
type contender struct {
	name               string
	command            []string
	walls, cpus, times []time.Duration
	rss, private       int     // KiB: all, and what no other process could share
	wakeups            float64 // a minute
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "storm" {
		storm(os.Args[2])
		return
	}
	if len(os.Args) != 2 || os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, "usage: init ZOMBIECTL, as root")
		os.Exit(3)
	}
	if !measure(os.Args[1]) {
		os.Exit(1)
	}
}

// check ends the program when it could not measure. Its children exit with it
// (Pdeathsig).
func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "init: error: %s: %v\n", what, err)
		os.Exit(3)
	}
}

func measure(zombiectl string) (ok bool) {
	zombiectl, err := filepath.Abs(zombiectl)
	check(zombiectl, err)
	contenders := []*contender{{name: "zombiectl init", command: []string{zombiectl, "init", "--"}}}
	for _, name := range []string{"tini", "tini-static", "dumb-init", "catatonit"} {
		path, err := exec.LookPath(name)
		if err != nil {
			if name == "tini" {
				check(name, err)
			}
			fmt.Fprintf(os.Stderr, "init: %s is not there and is left out\n", name)
			continue
		}
		contenders = append(contenders, &contender{name: name, command: []string{path, "--"}})
	}
	// Pdeathsig is about the thread that started the process: it has to stay.
	runtime.LockOSThread()

	for range drains {
		for _, c := range contenders {
			wall, cpu := c.drain()
			c.walls, c.cpus = append(c.walls, wall), append(c.cpus, cpu)
		}
	}
	fmt.Fprintf(os.Stderr, "init: measured how long %d zombies take\n", zombies)
	for range starts {
		for _, c := range contenders {
			begun := time.Now()
			check(c.name, c.start("/bin/true").Run())
			c.times = append(c.times, time.Since(begun))
		}
	}
	fmt.Fprintln(os.Stderr, "init: measured how long it takes to start; now two minutes of idling")
	idle(contenders)
	return report(contenders)
}

func (c *contender) start(program ...string) *exec.Cmd {
	cmd := exec.Command(c.command[0], append(c.command[1:len(c.command):len(c.command)], program...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL, Setsid: true}
	return cmd
}

// drain measures how long an init takes to reap the zombies that wait for it: it
// is stopped, processes die, it goes on and exits with the last of them.
func (c *contender) drain() (wall, cpu time.Duration) {
	self, err := os.Executable()
	check(c.name, err)
	cmd := c.start(self, "storm", strconv.Itoa(zombies))
	stdin, err := cmd.StdinPipe()
	check(c.name, err)
	stdout, err := cmd.StdoutPipe()
	check(c.name, err)
	cmd.Stderr = os.Stderr
	check(c.name, cmd.Start())
	defer cmd.Wait()         //nolint:errcheck // measured before
	defer cmd.Process.Kill() //nolint:errcheck // has exited, unless there was an error
	pid := cmd.Process.Pid
	_, err = stdout.Read(make([]byte, 1)) // the storm is there
	check(c.name, err)
	check(c.name, cmd.Process.Signal(syscall.SIGSTOP))
	_, err = stdin.Write([]byte{1})
	check(c.name, err)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		waiting := dead(pid)
		if waiting == zombies+1 { // and the storm itself
			break
		}
		if time.Now().After(deadline) {
			check(c.name, fmt.Errorf("%d of %d zombies", waiting, zombies+1))
		}
	}
	before := cpuTime(pid)
	begun := time.Now()
	check(c.name, cmd.Process.Signal(syscall.SIGCONT))
	_, err = sys.Waitid(pid, unix.WNOWAIT)
	wall = time.Since(begun)
	check(c.name, err)
	return wall, cpuTime(pid) - before
}

// dead counts the children of a process that are zombies.
func dead(pid int) (n int) {
	// An init with several threads may have forked from any.
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is right
	for _, path := range tasks {
		b, err := os.ReadFile(path)
		check("children", err)
		for f := range strings.FieldsSeq(string(b)) {
			if stat, err := os.ReadFile("/proc/" + f + "/stat"); err == nil && strings.Contains(string(stat), ") Z ") {
				n++
			}
		}
	}
	return n
}

// cpuTime is what a process has used so far, also of one that has died.
func cpuTime(pid int) time.Duration {
	var ts unix.Timespec
	check("CPU clock", unix.ClockGettime(int32(^pid<<3|2), &ts)) // clock_getcpuclockid(3)
	return time.Duration(ts.Nano())
}

// storm is the program: on a signal, it leaves that many zombies behind.
func storm(count string) {
	n, err := strconv.Atoi(count)
	check("storm", err)
	if os.Getenv("STORM_INNER") == "" {
		os.Stdout.Write([]byte{1})                                //nolint:errcheck // nobody is there
		if _, err := os.Stdin.Read(make([]byte, 1)); err != nil { // nobody is there any more
			return
		}
		// The zombies are of a process that exits, and then the init's.
		inner := exec.Command("/proc/self/exe", os.Args[1:]...)
		inner.Env = append(os.Environ(), "STORM_INNER=1")
		inner.Stderr = os.Stderr
		check("storm", inner.Run())
		return
	}
	for range n {
		if fork() {
			panic("fork failed")
		}
	}
}

// fork makes a process that exits at once.
//
//go:norace
//go:nosplit
func fork() (failed bool) {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	for errno == 0 && pid == 0 {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0) //nolint:errcheck // it does not return
	}
	return errno != 0
}

// idle measures memory and wake-ups of inits whose program sleeps.
func idle(contenders []*contender) {
	running := map[*contender]*exec.Cmd{}
	for _, c := range contenders {
		cmd := c.start("sleep", "3600")
		check(c.name, cmd.Start())
		defer cmd.Wait()         //nolint:errcheck // killed
		defer cmd.Process.Kill() //nolint:errcheck // it runs
		running[c] = cmd
	}
	time.Sleep(settleTime)
	before := map[*contender]int{}
	for c, cmd := range running {
		before[c] = switches(cmd.Process.Pid)
	}
	time.Sleep(idleFor)
	for c, cmd := range running {
		c.wakeups = float64(switches(cmd.Process.Pid)-before[c]) / idleFor.Minutes()
		smaps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", cmd.Process.Pid))
		check(c.name, err)
		c.rss = kib(string(smaps), "Rss:")
		c.private = kib(string(smaps), "Private_Clean:") + kib(string(smaps), "Private_Dirty:")
	}
}

// switches counts how often the threads of a process have given up the CPU: for
// one that sleeps, how often they were woken.
func switches(pid int) (n int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, path := range tasks {
		b, _ := os.ReadFile(path)
		n += kib(string(b), "voluntary_ctxt_switches:") // no KiB, but a number as well
	}
	return n
}

// kib reads the number behind a name.
func kib(text, name string) int {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func report(contenders []*contender) (ok bool) {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
	out := func(format string, args ...any) { fmt.Fprintf(os.Stdout, format, args...) } //nolint:errcheck // nobody reads it
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	_, model, _ := strings.Cut(string(cpu), "model name\t: ")
	model, _, _ = strings.Cut(model, "\n")
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	out("%s, %d CPUs, Linux %s, %s, %s\n\n", cmp.Or(model, "?"), runtime.NumCPU(), strings.TrimSpace(string(release)), runtime.Version(), time.Now().UTC().Format(time.DateOnly))
	out("| | %d zombies | CPU time | `-- true` | memory | of it private | wake-ups a minute |\n|---|---:|---:|---:|---:|---:|---:|\n", zombies)
	for _, c := range contenders {
		out("| `%s` | %s | %s | %s | %.1f MiB | %.1f MiB | %.1f |\n",
			c.name, ms(median(c.walls)), ms(median(c.cpus)), ms(median(c.times)), float64(c.rss)/1024, float64(c.private)/1024, c.wakeups)
	}
	out("\n| budget | at most | measured | |\n|---|---:|---:|---|\n")
	ok = true
	judge := func(what, unit string, most, measured float64) {
		verdict := "ok"
		if measured > most {
			verdict, ok = "MISSED", false
		}
		out("| %s | %.2f%s | %.2f%s | %s |\n", what, most, unit, measured, unit, verdict)
	}
	ours, tini := contenders[0], contenders[1] // which is there, or nothing is measured
	judge("time for the zombies, relative to tini", "", maxWall, float64(median(ours.walls))/float64(median(tini.walls)))
	judge("CPU time for them, relative to tini", "", maxCPU, float64(median(ours.cpus))/float64(median(tini.cpus)))
	judge("`-- true`, more than tini", " ms", float64(maxStart.Microseconds())/1000, float64((median(ours.times)-median(tini.times)).Microseconds())/1000)
	judge("wake-ups a minute", "", maxWakeups, ours.wakeups)
	return ok
}
