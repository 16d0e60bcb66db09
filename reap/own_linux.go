package reap

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan"
)

// waitOwn waits for a child of this process, if it is a zombie: by its PID, so
// that the status of no other child is taken, and never blocking. Nobody else
// can reap our child, so its PID is not reused before we did.
func waitOwn(pid int) (scan.Exit, error) {
	// A look first, which takes nothing: a child that lives, or whose threads
	// or tracer keep it, gives no answer. __WALL: whatever its exit signal.
	peek, err := waitid(pid, unix.WNOWAIT)
	if err != nil {
		return scan.Exit{}, err
	}
	if peek.code == 0 {
		return scan.Exit{}, errNotYet
	}
	info, err := waitid(pid, 0)
	if err != nil {
		return scan.Exit{}, err
	}
	if info.code == 0 {
		return scan.Exit{}, errNotYet
	}
	return info.exit()
}

// errNotYet: the child is no zombie that can be waited for.
var errNotYet = errors.New("the kernel does not give it out yet: a thread of it lives, or a tracer holds it")

// child is the part of a siginfo_t that waitid(2) fills.
type child struct {
	code   int32 // CLD_EXITED and the like; 0: no child has changed its state
	status int32 // exit code or signal
}

// Codes of a siginfo_t about a child (sigaction(2)).
const (
	cldExited = 1
	cldKilled = 2
	cldDumped = 3
)

func waitid(pid, flags int) (child, error) {
	// struct siginfo on 64-bit machines: signo, errno, code, padding, then pid,
	// uid, status. The library's Siginfo names no field after code.
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WALL|flags, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECHILD):
			return child{}, errors.New("it is no child of this process")
		case err != nil:
			return child{}, fmt.Errorf("waitid: %w", err)
		case info.Signo == 0: // nothing to tell
			return child{}, nil
		}
		status := *(*int32)(unsafe.Add(unsafe.Pointer(&info), statusOffset))
		return child{info.Code, status}, nil
	}
}

// statusOffset is where si_status is: after three ints, padding to the alignment
// of a pointer, si_pid and si_uid.
const statusOffset = (12+unsafe.Sizeof(uintptr(0))-1)/unsafe.Sizeof(uintptr(0))*unsafe.Sizeof(uintptr(0)) + 8

func (c child) exit() (scan.Exit, error) {
	switch c.code {
	case cldExited:
		return scan.Exit{Code: int(c.status)}, nil
	case cldKilled, cldDumped:
		return scan.Exit{Signal: int(c.status), CoreDumped: c.code == cldDumped}, nil
	}
	return scan.Exit{}, fmt.Errorf("waitid: unknown si_code %d", c.code)
}

// reapOwn waits for each zombie of a step that is our own child.
func (a *actor) reapOwn(s *Step) {
	for _, z := range s.Zombies {
		if a.ctx.Err() != nil {
			return
		}
		exit, err := waitOwn(z.Process.PID)
		action := Action{Time: time.Now(), Deed: Wait, To: z.Process.ID(), Comm: z.Process.Comm}
		if err != nil {
			action.Err, action.Result = err, "left"
			if z.Why == "" {
				z.Why = err.Error()
			}
		} else {
			z.Fate, z.Status = Reaped, scan.Some(exit)
			action.Result = ExitText(exit)
		}
		a.log(action)
	}
}
