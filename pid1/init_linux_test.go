package pid1_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// subreaper is an init that is not PID 1.
func subreaper(t testing.TB, args ...string) *exec.Cmd {
	return exec.Command(program(t), append([]string{"init", "-s"}, args...)...)
}

func TestExitCodes(t *testing.T) {
	for code := range 256 {
		script := "exit " + strconv.Itoa(code)
		if r := run(t, subreaper(t, "sh", "-c", script)); r.code != code || r.stderr != "" {
			t.Errorf("exit %d: %+v", code, r)
		}
		if r := run(t, subreaper(t, "-e", strconv.Itoa(code), "sh", "-c", script)); r.code != 0 {
			t.Errorf("exit %d, remapped: %+v", code, r)
		}
		// The control: another code is left as it is.
		if r := run(t, subreaper(t, "-e", strconv.Itoa((code+1)%256), "--", "sh", "-c", script)); r.code != code {
			t.Errorf("exit %d, another one remapped: %+v", code, r)
		}
	}
}

func TestExitBySignal(t *testing.T) {
	for n := 1; n <= entry.Signals; n++ {
		// Those that do not end a process, and those that its libc keeps.
		if entry.Has(1<<(17-1)|1<<(18-1)|1<<(19-1)|1<<(20-1)|1<<(21-1)|1<<(22-1)|1<<(23-1)|1<<(28-1)|1<<(32-1)|1<<(33-1), n) {
			continue
		}
		if r := run(t, subreaper(t, "sh", "-c", fmt.Sprintf("ulimit -c 0; kill -%d $$; sleep 60", n))); r.code != 128+n {
			t.Errorf("signal %d: %+v", n, r)
		}
	}
}

func TestCannotExecute(t *testing.T) {
	for argv0, want := range map[string]struct {
		code int
		text string
	}{
		"/nonexistent": {127, "exec /nonexistent failed: No such file or directory\n"},
		"nonexistent":  {127, "exec nonexistent failed: No such file or directory\n"},
		"":             {127, "exec  failed: No such file or directory\n"},
		"/etc/passwd":  {126, "exec /etc/passwd failed: Permission denied\n"},
		"/":            {126, "exec / failed: Permission denied\n"},
	} {
		r := run(t, subreaper(t, argv0))
		if r.code != want.code || !strings.HasPrefix(r.stderr, "[FATAL zombiectl (") || !strings.HasSuffix(r.stderr, want.text) {
			t.Errorf("%q: %+v", argv0, r)
		}
	}
	// A script without #! is run by the shell, as execvp(3) does.
	script := t.TempDir() + "/script"
	if err := os.WriteFile(script, []byte("exit 5\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r := run(t, subreaper(t, script)); r.code != 5 {
		t.Errorf("a script without #!: %+v", r)
	}
}

// TestSignals: every signal that can be caught reaches the program, and no other.
// The program blocks all, so that the kernel shows what has reached it.
func TestSignals(t *testing.T) {
	cmd := subreaper(t, "sleep", "600")
	staged(cmd, "block=0xffffffffffffffff")
	r := start(t, cmd)
	pid := child(t, r.Process.Pid, "sleep")
	for n := 1; n <= entry.Signals; n++ {
		if !entry.Caught(n) || n == 17 || n == 21 || n == 22 {
			continue
		}
		r.signal(n)
		until(t, fmt.Sprintf("signal %d at the program", n), func() bool { return entry.Has(mask(pid, "ShdPnd"), n) })
	}
	// The control. SIGCHLD is the init's own; SIGTTIN and SIGTTOU are about
	// the init's place at the terminal. One more that is passed on shows that
	// these were seen.
	for _, n := range []int{17, 21, 22} {
		r.signal(n)
	}
	pending := mask(pid, "ShdPnd")
	r.signal(18) // SIGCONT: takes the place of a pending SIGTSTP
	until(t, "SIGCONT at the program", func() bool { return entry.Has(mask(pid, "ShdPnd"), 18) })
	if now := mask(pid, "ShdPnd"); now&^(1<<(18-1)) != pending&^(1<<(20-1)) {
		t.Errorf("pending were %#x, and are %#x", pending, now)
	}
}

// TestRealTimeSignals: a shell gets them, by the names it knows them by.
func TestRealTimeSignals(t *testing.T) {
	needs(t, "bash")
	r := start(t, subreaper(t, "bash", "-c", `trap 'echo it' RTMIN+3; trap 'echo end; exit 4' RTMIN+4; echo ready; while :; do read -t 1 <> <(:); done`))
	r.printed("ready")
	r.signal(34 + 3)
	r.printed("it")
	r.signal(34 + 4)
	if code := r.wait(); code != 4 {
		t.Errorf("ended with %d: %s", code, r.stdout())
	}
}

// TestFaultSignals: as PID 1, an init is not ended by a signal that reports a
// program's own mistake. The kernel keeps them from PID 1 unless it has a
// handler, and Go has one.
func TestFaultSignals(t *testing.T) {
	cmd := exec.Command(program(t), "init", "--", "sh", "-c", "for n in 4 5 6 7 8 11 31 33 34; do kill -$n 1 || exit 9; done; trap 'exit 3' TERM; kill -TERM 1; while :; do sleep 0.01; done")
	namespace(cmd, "")
	if r := run(t, cmd); r.code != 3 && r.code != 128+34 {
		t.Errorf("%+v", r)
	}
}

func TestSignalBeforeTheProgram(t *testing.T) {
	// Sent, and pending because it is blocked, before there is an init at all.
	cmd := subreaper(t, "sleep", "600")
	staged(cmd, "block=0x4200 pending=15 pending=10") // SIGTERM and SIGUSR1
	r := start(t, cmd)
	pid := child(t, r.Process.Pid, "sleep")
	until(t, "both signals at the program", func() bool { return mask(pid, "ShdPnd") == 0x4200 })
	// The control: a program that is not an init keeps its signals. It dies of
	// this one.
	cmd = exec.Command(program(t), "version")
	staged(cmd, "block=0x4000 pending=15")
	if code := start(t, cmd).wait(); code != -15 {
		t.Errorf("zombiectl version with a pending SIGTERM ended with %d", code)
	}
}

func TestProcessGroup(t *testing.T) {
	// sh waits for a sleep in its own group. Ended by SIGUSR1 are both, or the
	// shell alone.
	const script = `sleep 600 & echo $!; wait`
	for _, c := range []struct {
		flags []string
		env   string
		both  bool
	}{{nil, "", false}, {[]string{"-g"}, "", true}, {nil, "TINI_KILL_PROCESS_GROUP=", true}, {[]string{"--setsid"}, "", true}} {
		cmd := subreaper(t, append(c.flags, "sh", "-c", script)...)
		cmd.Env = append(os.Environ(), c.env)
		r := start(t, cmd)
		main := child(t, r.Process.Pid, "sh")
		sleep := child(t, main, "sleep")
		r.signal(int(syscall.SIGUSR1))
		if code := r.wait(); code != 128+10 {
			t.Errorf("%v: ended with %d", c, code)
		}
		if c.both {
			until(t, "the sleep's end", func() bool { return syscall.Kill(sleep, 0) != nil || strings.HasPrefix(status(sleep, "State"), "Z") })
		} else if status(sleep, "Name") != "sleep" {
			t.Errorf("%v: the sleep is gone", c)
		}
		syscall.Kill(sleep, syscall.SIGKILL) //nolint:errcheck // may be gone
	}
}

// TestGroupAndSession: the program leads a process group of its own, and a
// session only where asked for.
func TestGroupAndSession(t *testing.T) {
	for _, c := range []struct {
		flags   []string
		session bool
	}{{nil, false}, {[]string{"--setsid"}, true}} {
		r := start(t, subreaper(t, append(c.flags, "sleep", "600")...))
		pid := child(t, r.Process.Pid, "sleep")
		if got := status(pid, "NSpgid"); got != strconv.Itoa(pid) {
			t.Errorf("%v: process group %s of %d", c.flags, got, pid)
		}
		if got := status(pid, "NSsid"); (got == strconv.Itoa(pid)) != c.session {
			t.Errorf("%v: session %s of %d", c.flags, got, pid)
		}
	}
}

// TestSubreaper: an orphan goes to an init that is a subreaper, and to nobody
// else's: without, it passes by.
func TestSubreaper(t *testing.T) {
	const script = `(sleep 600 & echo $!); sleep 600`
	for _, c := range []struct {
		name string
		args []string
		env  string
		mine bool
	}{
		{"zombiectl", []string{"init", "-s"}, "X=", true},
		{"zombiectl", []string{"init"}, "TINI_SUBREAPER=", true},
		{"zombiectl", []string{"init"}, "X=", false},
		{"tini", []string{"-s"}, "X=", true},
		{"tini", nil, "TINI_SUBREAPER=1", true},
		{"tini", nil, "X=", false},
	} {
		dir := strings.TrimSuffix(program(t), "zombiectl")
		cmd := exec.Command(dir+c.name, append(c.args, "--", "sh", "-c", script)...)
		cmd.Env = append(os.Environ(), c.env)
		r := start(t, cmd)
		var orphan int
		until(t, "the orphan's PID", func() bool {
			line, _, ok := strings.Cut(r.stdout(), "\n")
			orphan, _ = strconv.Atoi(line)
			return ok
		})
		main := child(t, r.Process.Pid, "sh")
		until(t, "an orphan", func() bool { // the shell in between is gone, and the last command begun
			left := children(main)
			return len(left) == 1 && status(left[0], "Name") == "sleep"
		})
		if mine := status(orphan, "PPid") == strconv.Itoa(r.Process.Pid); mine != c.mine {
			t.Errorf("%+v: the orphan's parent is %s, the init %d", c, status(orphan, "PPid"), r.Process.Pid)
		}
		warned := func() bool { return strings.Contains(r.stderr(), "registered as a child subreaper") }
		if !c.mine {
			until(t, "a warning", warned)
		} else if warned() {
			t.Errorf("%+v: stderr %q", c, r.stderr())
		}
		syscall.Kill(orphan, syscall.SIGKILL) //nolint:errcheck // it is there
		if c.mine {
			until(t, "the orphan reaped", func() bool { return status(orphan, "Name") == "" })
		}
	}
}

// TestParentDeath: with -p the init gets a signal when its parent dies.
func TestParentDeath(t *testing.T) {
	for _, c := range []struct {
		flag string
		ends bool
	}{{"-pSIGTERM", true}, {"-w", false}} {
		// A shell starts the init in the background, and is killed.
		r := start(t, exec.Command("sh", "-c", program(t)+" init -s "+c.flag+" sleep 600 & wait"))
		init := child(t, r.Process.Pid, "zombiectl")
		sleep := child(t, init, "sleep")
		r.Process.Kill() //nolint:errcheck // it runs
		r.wait()
		if c.ends {
			until(t, "the end of init and program", func() bool { return status(sleep, "Name") == "" && status(init, "Name") == "" })
			continue
		}
		if status(sleep, "Name") != "sleep" || status(init, "Name") != "zombiectl" {
			t.Error("without -p: gone with the parent")
		}
		syscall.Kill(sleep, syscall.SIGKILL) //nolint:errcheck // it is there
	}
}

// TestInherited: the program gets the signal mask, the ignored signals and the
// limit on open files that the init was given. cat changes none of them (GNU
// grep, for one, handles SIGSEGV).
func TestInherited(t *testing.T) {
	const all = ^uint64(0) &^ (1<<(9-1) | 1<<(19-1)) // SIGKILL and SIGSTOP can be neither
	for _, c := range []struct{ block, ignore uint64 }{{0, 0}, {all, 0}, {0, all}, {all, all}, {0x10000, 0x1000}, {0x5555555555555555, 0xaaaaaaaaaaaaaaaa}} {
		c.block, c.ignore = c.block&all, c.ignore&all
		cmd := subreaper(t, "cat", "/proc/self/status", "/proc/self/limits")
		staged(cmd, fmt.Sprintf("block=%#x ignore=%#x nofile=321", c.block, c.ignore))
		r := run(t, cmd)
		if got := fieldOf(r.stdout, "SigBlk"); got != fmt.Sprintf("%016x", c.block) {
			t.Errorf("%+v: blocked %s", c, got)
		}
		if got := fieldOf(r.stdout, "SigIgn"); got != fmt.Sprintf("%016x", c.ignore) {
			t.Errorf("%+v: ignored %s", c, got)
		}
		if !strings.Contains(strings.Join(strings.Fields(r.stdout), " "), "Max open files 321 ") {
			t.Errorf("%+v: %s", c, r.stdout)
		}
	}
}

// TestGoEntry is the control to TestInherited: the same program, begun in Go's
// entry point, loses signals, says so, and loses those that it says.
func TestGoEntry(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plain := func(args ...string) *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Args = append([]string{self, "init"}, args...)
		return cmd
	}
	const all = ^uint64(0) &^ (1<<(9-1) | 1<<(19-1))
	cmd := plain("-s", "cat", "/proc/self/status", "/proc/self/limits")
	staged(cmd, fmt.Sprintf("block=%#x ignore=%#x nofile=321", uint64(all), uint64(all)))
	r := run(t, cmd)
	help := run(t, plain("--help")).stdout
	if !strings.Contains(help, "-ldflags=-E=zombiectl_entry") {
		t.Errorf("the help does not name the gap: %s", help)
	}
	if help := run(t, exec.Command(program(t), "init", "--help")).stdout; strings.Contains(help, "-ldflags") || !strings.Contains(help, "zombiectl init") {
		t.Errorf("the help of a program that has no gap: %s", help)
	}
	// What the help says, and no less: 1 is SIGHUP ...
	bits := func(signals ...int) (mask uint64) {
		for _, n := range signals {
			mask |= 1 << (n - 1)
		}
		return mask
	}
	lost := bits(1, 2, 3, 4, 5, 6, 7, 8, 11, 15, 16, 17, 23, 27, 31, 32, 33, 34)
	if got := fieldOf(r.stdout, "SigBlk"); got != fmt.Sprintf("%016x", all&^lost) {
		t.Errorf("blocked %s", got)
	}
	if got := fieldOf(r.stdout, "SigIgn"); got != fmt.Sprintf("%016x", bits(1, 2, 18, 20, 21, 22, 32, 34)) {
		t.Errorf("ignored %s", got)
	}
	if !strings.Contains(strings.Join(strings.Fields(r.stdout), " "), "Max open files 321 ") {
		t.Errorf("limit on open files: %s", r.stdout)
	}
	if r := run(t, plain("-s", "sh", "-c", "exit 77")); r.code != 77 {
		t.Errorf("%+v", r)
	}
}

// TestRewrite: a signal is passed on as another, or not at all.
func TestRewrite(t *testing.T) {
	const script = `trap 'echo quit; exit 3' QUIT; trap 'echo term' TERM; echo ready; while :; do sleep 0.01; done`
	r := start(t, subreaper(t, "--rewrite", "15:3", "sh", "-c", script))
	r.printed("ready")
	r.signal(15)
	if code := r.wait(); code != 3 || strings.Contains(r.stdout(), "term") {
		t.Errorf("ended with %d: %s", code, r.stdout())
	}
	r = start(t, subreaper(t, "--rewrite=SIGTERM:0", "--rewrite", "USR1:quit", "sh", "-c", script))
	r.printed("ready")
	r.signal(15)
	r.signal(10)
	if code := r.wait(); code != 3 || strings.Contains(r.stdout(), "term") {
		t.Errorf("ended with %d: %s", code, r.stdout())
	}
}
