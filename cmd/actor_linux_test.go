package cmd_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// actorVariable makes the test binary an actor: a process that obeys commands on
// standard input, line by line, and answers each line with one of its own. It
// reaps only on command.
const actorVariable = "ZOMBIECTL_TEST_ACTOR"

// order is one line. Bytes, because names and arguments need not be text.
type order struct {
	// Exec is a program to start, with these arguments, argv[0] included. The
	// answer is its PID when it has exited, or at once when it is to Stay.
	Exec []byte
	Args [][]byte
	Stay bool
	// Reap is a child to wait for.
	Reap int
	// Comm is a name to take (PR_SET_NAME).
	Comm []byte
}

func actorMain() int {
	runtime.LockOSThread() // its name is the process's
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			fmt.Println(err)
			return 3
		}
		answer, err := o.obey()
		if err != nil {
			fmt.Println(err)
			return 3
		}
		fmt.Println(answer)
	}
	return 0
}

func (o *order) obey() (int, error) {
	switch {
	case len(o.Exec) > 0:
		args := make([]string, len(o.Args))
		for i, a := range o.Args {
			args[i] = string(a)
		}
		p, err := syscall.ForkExec(string(o.Exec), args, &syscall.ProcAttr{Env: []string{}})
		if err != nil || o.Stay {
			return p, err
		}
		return p, unix.Waitid(unix.P_PID, p, nil, unix.WEXITED|unix.WNOWAIT, nil)
	case o.Reap > 0:
		return syscall.Wait4(o.Reap, nil, 0, nil)
	default:
		name := append(o.Comm, 0)
		return 0, unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0)
	}
}

// actor is a running one, PID 1 of a PID namespace of its own.
type actor struct {
	t   *testing.T
	pid int // as we see it
	in  io.Writer
	out *bufio.Reader
}

// newActor starts an actor from a copy of this test binary, with arguments
// that it does not look at.
func newActor(t *testing.T, exe string, args ...string) *actor {
	t.Helper()
	requireRoot(t)
	if len(args) == 0 {
		args = []string{exe}
	}
	// The last step by a shell: only that can give another argv[0].
	command := append([]string{"--pid", "--cgroup", "--fork", "--mount-proc", "--kill-child", "bash", "-c", `exec -a "$1" "$0" "${@:2}"`, exe}, args...)
	cmd := exec.Command("unshare", command...)
	cmd.Env = append(os.Environ(), actorVariable+"=1", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(20*time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		limit.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	a := &actor{t: t, in: in, out: bufio.NewReader(out)}
	a.order(order{Comm: []byte("actor")}) // once it answers it is there
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
	if a.pid, _ = strconv.Atoi(strings.TrimSpace(string(b))); err != nil || a.pid == 0 {
		t.Fatalf("unshare has the children %q, %v", b, err)
	}
	return a
}

func (a *actor) order(o order) int {
	a.t.Helper()
	b, err := json.Marshal(o)
	if err == nil {
		_, err = a.in.Write(append(b, '\n'))
	}
	if err != nil {
		a.t.Fatal(err)
	}
	line, err := a.out.ReadString('\n')
	n, err2 := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || err2 != nil {
		a.t.Fatalf("the actor said %q, %v", line, err)
	}
	return n
}

// zombie makes a child that exits, and returns its PID inside.
func (a *actor) zombie(program string, args ...string) int {
	a.t.Helper()
	return a.order(order{Exec: []byte(program), Args: raw(append([]string{program}, args...))})
}

func (a *actor) reap(pid int) { a.t.Helper(); a.order(order{Reap: pid}) }

func raw(list []string) [][]byte {
	out := make([][]byte, len(list))
	for i, s := range list {
		out[i] = []byte(s)
	}
	return out
}

// inside is a command, run in the actor's namespace.
func (a *actor) inside(command ...string) []string {
	return append([]string{"nsenter", "--target", strconv.Itoa(a.pid), "--pid", "--mount", "--cgroup", "--"}, command...)
}
