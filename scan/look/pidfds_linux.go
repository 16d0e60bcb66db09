package look

import (
	"errors"
	"fmt"
	"os"

	"github.com/zombiectl/zombiectl/scan/facts"
	"golang.org/x/sys/unix"
)

// pidfds knows which of many processes have exited: one descriptor for each, and
// an epoll instance that knows which can be read (pidfd_open(2)).
type pidfds struct {
	epoll  int
	fds    map[int]int  // by PID
	missed map[int]bool // gone before they could be watched
}

func (f *pidfds) close() {
	if f == nil {
		return
	}
	for _, fd := range f.fds {
		closeRaw(fd)
	}
	closeRaw(f.epoll)
}

func (f *pidfds) add(pid int) error {
	if _, ok := f.fds[pid]; ok {
		return nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) { // EINVAL: it is a thread by now
		f.missed[pid] = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("pidfd_open: %w", err)
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(pid)}
	if err := unix.EpollCtl(f.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		closeRaw(fd)
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	f.fds[pid] = fd
	return nil
}

func (f *pidfds) drop(pid int) {
	if fd, ok := f.fds[pid]; ok {
		closeRaw(fd) // which takes it out of the epoll instance too
		delete(f.fds, pid)
	}
}

// ended returns the processes that have exited since the call before. They are
// watched no longer.
func (f *pidfds) ended() map[int]bool {
	if f == nil {
		return nil
	}
	out := f.missed
	f.missed = map[int]bool{}
	events := make([]unix.EpollEvent, 512)
	for {
		n, err := unix.EpollWait(f.epoll, events, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return out
		}
		for _, e := range events[:n] {
			pid := int(e.Fd)
			out[pid] = true
			f.drop(pid)
		}
	}
}

func (w *Watch) arm(s *facts.Snapshot, before []*facts.Process) {
	w.blunt = w.tryArm(s, before)
	if w.blunt != nil {
		w.fds.close()
		w.fds = nil
	}
}

// spareFiles is how many descriptors we need for ourselves.
const spareFiles = 128

func (w *Watch) tryArm(s *facts.Snapshot, before []*facts.Process) error {
	if !ownProc(w.src) {
		return errors.New("the processes belong to another PID namespace, where pidfd_open does not reach them")
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("getrlimit: %w", err)
	}
	alive := 0
	for p := range s.All() {
		if p.State != facts.Zombie && !p.KernelThread() {
			alive++
		}
	}
	if uint64(alive+spareFiles) > limit.Cur {
		return fmt.Errorf("RLIMIT_NOFILE is %d, but to follow %d processes takes a file descriptor for each", limit.Cur, alive)
	}
	begun := w.fds != nil
	if !begun {
		fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			return fmt.Errorf("epoll_create1: %w", err)
		}
		w.fds = &pidfds{epoll: fd, fds: map[int]int{}, missed: map[int]bool{}}
	}
	for i := range s.Procs {
		p := &s.Procs[i]
		if begun && before[i] != nil {
			continue // it is watched, or has exited since
		}
		w.fds.drop(p.PID) // another process had it
		if p.State == facts.Zombie || p.KernelThread() {
			continue
		}
		if err := w.fds.add(p.PID); err != nil {
			return err
		}
	}
	return nil
}

// ownProc reports whether a procfs is that of our own PID namespace: we are in
// it under our own PID.
func ownProc(src Source) bool {
	link, err := src.Readlink("proc/self")
	return err == nil && link == fmt.Sprint(os.Getpid())
}
