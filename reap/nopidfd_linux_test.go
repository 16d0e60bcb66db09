package reap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan"
)

// forbidPidfds makes pidfd_open(2) fail in this process as it does on a kernel
// that has none.
func forbidPidfds() error {
	const load, equal, give = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the number of the system call
		{Code: equal, K: unix.SYS_PIDFD_OPEN, Jf: 1},
		{Code: give, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: give, K: unix.SECCOMP_RET_ALLOW},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return errno
	}
	return nil
}

// withoutPidfds nudges the parent that its argument names, refused first and
// then by PID: the helper of TestNoPidfd.
func withoutPidfds(parent string) error {
	if err := forbidPidfds(); err != nil {
		return err
	}
	root, err := scan.Open("/")
	if err != nil {
		return err
	}
	defer root.Close()
	s, err := scan.Look(root, scan.Options{Settle: scan.DefaultSettle})
	if err != nil {
		return err
	}
	var pid int
	if _, err := fmt.Sscan(parent, &pid); err != nil {
		return err
	}
	for _, c := range []struct {
		noPidfd bool
		err     error
		left    int
	}{{false, ErrNoPidfd, 2}, {true, nil, 0}} {
		p, err := Make(observe.New(s, observe.Options{}), Options{Self: os.Getpid(), Parents: []int{pid}})
		if err != nil {
			return err
		}
		logged := 0
		err = Do(context.Background(), root, p, How{Wait: 20 * time.Second, NoPidfd: c.noPidfd, Log: func(Action) { logged++ }})
		if !errors.Is(err, c.err) || p.Left() != c.left || logged > 0 != c.noPidfd {
			return fmt.Errorf("without pidfd %v: %w, %d left, %d logged", c.noPidfd, err, p.Left(), logged)
		}
	}
	return nil
}

// TestNoPidfd: without pidfds nothing is done, unless the options ask for it.
func TestNoPidfd(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	p := perl(t, `leave(2); $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 }; print "ready\n"; idle`)
	p.says(t, "ready")
	awaitZombies(t, root, p.pid(), 2)
	cmd := exec.Command(executable(t), fmt.Sprint(p.pid()))
	cmd.Env = append(os.Environ(), roleVariable+"=no-pidfd")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, strings.TrimSpace(string(out)))
	}
}
