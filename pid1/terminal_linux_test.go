package pid1_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// A terminal is the side of a pty(7) at which somebody sits.
type terminal struct {
	t      testing.TB
	master *os.File
	shown  lockedBuffer
}

// atTerminal makes a command the leader of a session at a new terminal, and
// starts it.
func atTerminal(t testing.TB, cmd *exec.Cmd) (*running, *terminal) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	raw, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number, unlocked int32
	control := func(request uintptr, p *int32) {
		var errno syscall.Errno
		if err := raw.Control(func(fd uintptr) {
			_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(p)))
		}); err != nil || errno != 0 {
			t.Fatal(err, errno)
		}
	}
	control(syscall.TIOCGPTN, &number)
	control(syscall.TIOCSPTLCK, &unlocked)
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "TERM=dumb", "PS1=$ ", "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	term := &terminal{t: t, master: master}
	r := start(t, cmd)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil { // EIO: nobody has the other side open
				return
			}
			term.shown.Write(buf[:n]) //nolint:errcheck // a buffer
		}
	}()
	return r, term
}

func (term *terminal) types(s string) {
	term.t.Helper()
	if _, err := term.master.WriteString(s); err != nil {
		term.t.Fatal(err)
	}
}

// shows waits until something appears behind the output of before.
func (term *terminal) shows(pattern string) {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	until(term.t, fmt.Sprintf("%q on the terminal", pattern), func() bool {
		term.shown.mu.Lock()
		defer term.shown.mu.Unlock()
		at := re.FindIndex(term.shown.buffer.Bytes())
		if at != nil {
			term.shown.buffer.Next(at[1])
		}
		return at != nil
	})
}

// foreground returns the process group in the foreground of the terminal that a
// process has: field 8 of /proc/PID/stat.
func foreground(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 6 {
		return ""
	}
	return f[5]
}

// TestForeground: the program gets the terminal, and the text that is typed
// there.
func TestForeground(t *testing.T) {
	for _, flags := range [][]string{nil, {"--setsid"}} {
		r, term := atTerminal(t, subreaper(t, append(flags, "sleep", "600")...))
		pid := child(t, r.Process.Pid, "sleep")
		if got := foreground(pid); got != fmt.Sprint(pid) {
			t.Errorf("%v: in the foreground is %s, the program is %d", flags, got, pid)
		}
		term.types("\x03") // Ctrl-C: SIGINT for the foreground
		if code := r.wait(); code != 128+2 {
			t.Errorf("%v: ended with %d after Ctrl-C: %s", flags, code, term.shown.text())
		}
	}
	// A window that changes its size is the program's affair.
	r, term := atTerminal(t, subreaper(t, "sh", "-c", "trap 'exit 9' WINCH; echo ready; while :; do sleep 0.02; done"))
	term.shows("ready")
	size := [4]uint16{30, 100}
	raw, err := term.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))) //nolint:errcheck // seen by what follows
	}); err != nil {
		t.Fatal(err)
	}
	if code := r.wait(); code != 9 {
		t.Errorf("ended with %d after a change of the window", code)
	}
}

// TestJobControl: a shell below the init has it: jobs stop, go on and are
// interrupted at the keyboard.
func TestJobControl(t *testing.T) {
	needs(t, "bash")
	for _, flags := range [][]string{nil, {"--setsid"}, {"-g"}} {
		r, term := atTerminal(t, subreaper(t, append(flags, "bash", "--norc", "--noprofile", "--noediting", "-i")...))
		term.shows(`\$ $`)
		if text := term.shown.text(); strings.Contains(text, "job control") {
			t.Errorf("%v: %s", flags, text)
		}
		bash := child(t, r.Process.Pid, "bash")
		term.types("sleep 600\n")
		sleep := child(t, bash, "sleep")
		until(t, "the job in the foreground", func() bool { return foreground(bash) == fmt.Sprint(sleep) })
		term.types("\x1a") // Ctrl-Z
		term.shows(`Stopped +sleep 600`)
		until(t, "bash in the foreground", func() bool { return foreground(bash) == fmt.Sprint(bash) })
		if state := status(r.Process.Pid, "State"); !strings.HasPrefix(state, "S") {
			t.Errorf("%v: the init is %s", flags, state)
		}
		term.types("bg\n")
		until(t, "the job going on", func() bool { return strings.HasPrefix(status(sleep, "State"), "S") })
		term.types("fg\n")
		until(t, "the job in the foreground again", func() bool { return foreground(bash) == fmt.Sprint(sleep) })
		term.types("\x03") // Ctrl-C
		until(t, "the job's end", func() bool { return status(sleep, "Name") == "" })
		until(t, "bash in the foreground", func() bool { return foreground(bash) == fmt.Sprint(bash) })
		// A job in the background that reads from the terminal is stopped, and
		// nobody else.
		term.types("cat &\n")
		cat := child(t, bash, "cat")
		until(t, "cat stopped", func() bool { return strings.HasPrefix(status(cat, "State"), "T") })
		term.types("kill -KILL $!\n")
		// bash may have missed the end of a stopped job, also when it is below no
		// init. Then it refuses to exit, once.
		until(t, "cat's end", func() bool { return !alive(cat) })
		term.types("exit 7\nexit 7\n")
		if code := r.wait(); code != 7 {
			t.Errorf("%v: ended with %d: %s", flags, code, term.shown.text())
		}
	}
}

// TestBackground: an init that a shell has put into the background takes the
// terminal for its program without being stopped for it, and writes there.
func TestBackground(t *testing.T) {
	needs(t, "bash")
	r, term := atTerminal(t, exec.Command("bash", "--norc", "--noprofile", "--noediting", "-i"))
	term.shows(`\$ $`)
	term.types("stty tostop; " + program(t) + " init -svv sh -c 'echo hello; exit 8' & wait $!; echo got $?\n")
	term.shows(`hello\r\n(.*\r\n)*.*status '8'`)
	term.shows(`got 8\r\n`)
	r.signal(int(syscall.SIGHUP)) // bash may have lost the terminal to a group that is gone
	r.wait()
}
