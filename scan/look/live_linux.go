package look

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/zombiectl/zombiectl/scan/facts"
	"golang.org/x/sys/unix"
)

// IsProcfs reports whether dir is the mount point of a procfs.
func IsProcfs(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || st.Type != unix.PROC_SUPER_MAGIC {
		return false
	}
	// Not a directory inside of one, such as /proc/self/task.
	self, err := os.Lstat(filepath.Join(dir, "self"))
	return err == nil && self.Mode()&os.ModeSymlink != 0
}

// live is a running machine. It reads a mounted procfs relative to a descriptor
// of it. The system calls are made without notice to the Go scheduler: the
// kernel makes up the contents on the spot, and the calls outnumber everything
// else we do. (A command line is the exception: see ReadSlow.)
type live struct {
	Nothing
	name  string
	proc  *os.File
	path  string // of the proc directory
	host  string // the root directory that the rest is in; "": there is only proc
	stuck atomic.Int64
}

// OpenLive opens the running machine whose root directory is dir. It needs
// Linux and a procfs mounted at dir/proc.
func OpenLive(dir string) (Source, error) { return openLive(dir, dir, filepath.Join(dir, "proc")) }

// OpenProc opens the machine that a procfs shows, which is mounted at dir. The
// directory that holds one named proc is taken for the root of that machine.
func OpenProc(dir string) (Source, error) {
	host := ""
	if filepath.Base(dir) == "proc" {
		host = filepath.Dir(dir)
	}
	return openLive(dir, host, dir)
}

func openLive(name, host, proc string) (Source, error) {
	if !IsProcfs(proc) {
		return nil, fmt.Errorf("%s: no procfs is mounted there", proc)
	}
	p, err := os.Open(proc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", proc, Reason(err))
	}
	return &live{name: name, proc: p, path: proc, host: host}, nil
}

func (l *live) Name() string           { return l.name }
func (l *live) Kind() facts.SourceKind { return facts.Live }
func (l *live) Close() error           { return l.proc.Close() }

// Aside is the machine itself.
func (l *live) Aside() Source { return l }

// Dir is the directory that the procfs is mounted in.
func (l *live) Dir() string {
	if abs, err := filepath.Abs(filepath.Dir(l.path)); err == nil {
		return abs
	}
	return "/"
}

func (l *live) fd() int { return int(l.proc.Fd()) }

// at splits a path into a directory to begin at, and the rest; false: the
// directory does not exist.
func (l *live) at(name string) (dirfd int, path string, ok bool) {
	if below, inProc := strings.CutPrefix(name, "proc/"); inProc {
		return l.fd(), below, true
	}
	return unix.AT_FDCWD, filepath.Join(l.host, name), l.host != ""
}

func (l *live) Read(name string, limit int) ([]byte, error) {
	dirfd, path, ok := l.at(name)
	if !ok {
		return nil, syscall.ENOENT
	}
	return readAt(dirfd, path, limit)
}

func (l *live) Readlink(name string) (string, error) {
	dirfd, path, ok := l.at(name)
	if !ok {
		return "", syscall.ENOENT
	}
	buf := make([]byte, 4096)
	n, err := unix.Readlinkat(dirfd, path, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

func (l *live) List(name string) ([]string, error) {
	path := filepath.Join(l.host, name)
	if below, inProc := strings.CutPrefix(name, "proc/"); inProc {
		path = filepath.Join(l.path, below)
	} else if l.host == "" {
		return nil, syscall.ENOENT
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// readAt reads a whole file, at most limit bytes of it.
func readAt(dirfd int, name string, limit int) ([]byte, error) {
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	fd, errno := openRaw(dirfd, path)
	if errno != 0 {
		return nil, errno
	}
	defer closeRaw(fd)
	buf := make([]byte, 0, 2048)
	for len(buf) < limit {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, errno := readRaw(fd, buf[len(buf):min(cap(buf), limit)])
		if errno != 0 {
			return nil, errno
		}
		if n == 0 {
			break
		}
		buf = buf[:len(buf)+n]
	}
	return buf, nil
}

func openRaw(dirfd int, path *byte) (int, syscall.Errno) {
	for {
		fd, _, errno := syscall.RawSyscall6(syscall.SYS_OPENAT, uintptr(dirfd), uintptr(unsafe.Pointer(path)),
			syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0, 0, 0)
		if errno != syscall.EINTR {
			return int(fd), errno
		}
	}
}

func readRaw(fd int, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

func closeRaw(fd int) { _, _, _ = syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(fd), 0, 0) }

// CountTasks counts threads, and zombies as one. The owner of its directory
// shows whose a process is, whether it is dumpable or not (proc_pid(5)): the
// effective user, which differs from the real one in set-user-ID programs only.
func (l *live) CountTasks(uids map[int]bool, procs []facts.Process) map[int]int {
	tasks := make(map[int]int, len(uids))
	for uid := range uids {
		tasks[uid] = 0
	}
	for i := range procs {
		var st unix.Stat_t
		if err := unix.Fstatat(l.fd(), strconv.Itoa(procs[i].PID), &st, unix.AT_SYMLINK_NOFOLLOW); err == nil && uids[int(st.Uid)] {
			tasks[int(st.Uid)] += max(1, procs[i].NumThreads)
		}
	}
	return tasks
}

// statReader reads /proc/PID/stat of one process after the other, in one read
// each, without allocating.
type statReader struct {
	fd   int
	path [32]byte
	buf  [4096]byte
}

// Stats returns a reader of /proc/PID/stat for one goroutine.
func (l *live) Stats() StatReader { return &statReader{fd: l.fd()} }

// Read returns the bytes, which are valid until the next call.
func (r *statReader) Read(pid int) ([]byte, error) {
	p := strconv.AppendInt(r.path[:0], int64(pid), 10)
	p = append(p, "/stat\x00"...)
	fd, errno := openRaw(r.fd, &p[0])
	if errno != 0 {
		return nil, errno
	}
	n, errno := readRaw(fd, r.buf[:])
	closeRaw(fd)
	if errno != 0 {
		return nil, errno
	}
	return r.buf[:n], nil
}

// MountID needs Linux 5.8. Before it is "0", which no mount has.
func (l *live) MountID() string {
	var st unix.Statx_t
	if unix.Statx(l.fd(), "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &st) != nil || st.Mask&unix.STATX_MNT_ID == 0 {
		return "0"
	}
	return strconv.FormatUint(st.Mnt_id, 10)
}

// PIDs hands out the PIDs in the proc directory, as the kernel does.
func (l *live) PIDs(found func([]int)) ([]string, error) {
	// A descriptor of our own: the offset of a directory belongs to it.
	d, err := os.Open(l.path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := syscall.ReadDirent(int(d.Fd()), buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return nil, err
		}
		if pids := direntPIDs(buf[:n]); len(pids) > 0 {
			found(pids)
		}
	}
}

// direntPIDs picks the PIDs out of the struct linux_dirent64 of getdents64(2).
func direntPIDs(b []byte) []int {
	const nameOffset = 19 // d_ino 8, d_off 8, d_reclen 2, d_type 1
	pids := make([]int, 0, len(b)/24)
	for len(b) > nameOffset {
		size := int(binary.NativeEndian.Uint16(b[16:]))
		if size <= nameOffset || size > len(b) {
			break
		}
		pid := 0
		for _, c := range b[nameOffset:size] {
			if c == 0 {
				break
			}
			if c < '0' || c > '9' {
				pid = 0
				break
			}
			pid = pid*10 + int(c-'0')
		}
		if pid > 0 {
			pids = append(pids, pid)
		}
		b = b[size:]
	}
	return pids
}

// A process that is stuck in the kernel gives no command line: reading it needs
// the mmap lock of the process.
const (
	slowTimeout = 200 * time.Millisecond
	// maxStuck bounds the threads that are left in it, which nothing can end.
	maxStuck = 8
)

// ReadSlow reads a file that may never answer. Unlike Read it lets the Go
// scheduler go on without the thread that is stuck in it.
func (l *live) ReadSlow(name string, limit int) ([]byte, error) {
	if l.stuck.Load() > maxStuck {
		return nil, syscall.ETIMEDOUT
	}
	var b []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		var f *os.File
		if f, err = os.Open(filepath.Join(l.path, strings.TrimPrefix(name, "proc/"))); err == nil {
			defer f.Close()
			b, err = ReadAtMost(f, limit)
		}
	}()
	select {
	case <-done:
		return b, err
	case <-time.After(slowTimeout):
		l.stuck.Add(1)
		go func() { <-done; l.stuck.Add(-1) }()
		return nil, syscall.ETIMEDOUT
	}
}

// Descriptors finds pidfds and signalfds by the text of their links. The other
// open files of a process are nobody's business.
func (l *live) Descriptors(pid int) ([]string, error) {
	names, err := l.List(facts.Path(pid, "fdinfo"))
	return slices.DeleteFunc(names, func(fd string) bool {
		s, err := l.Readlink(facts.Path(pid, "fd/"+fd))
		return err != nil || s != "anon_inode:[signalfd]" && s != "anon_inode:[pidfd]" && !strings.HasPrefix(s, "pidfd:")
	}), err
}

// Ended reports whether a file is gone, and the process with it.
func (l *live) Ended(_ int, _ string, err error) bool { return Vanished(err) }

// Describe fills in the machine and the time.
func (l *live) Describe(s *facts.Snapshot) bool {
	s.Taken, s.Boottime = now()
	s.Host.UserHZ = facts.Some(uint64(facts.UserHZ))
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		s.Host.Kernel, s.Host.Arch = facts.Told(unix.ByteSliceToString(u.Release[:])), facts.Told(unix.ByteSliceToString(u.Machine[:]))
	}
	taken, _ := s.Taken.Get()
	if up, ok := s.Boottime.Get(); ok {
		s.Host.BootTime = facts.Some(taken.Add(-up).Round(time.Millisecond))
	}
	return false
}

// Self is this process. Not os.Getpid: the procfs that is read may be another
// namespace's, in which we have another PID, or none.
func (l *live) Self() (Observer, bool) {
	link, err := l.Readlink("proc/self")
	pid, ok := facts.ParsePID(link)
	return Observer{PID: pid}, err == nil && ok
}

// Second waits for the second look, unless it would have nobody to look at.
func (l *live) Second(first time.Time, settle time.Duration, suspects func() []int) *Second {
	if settle <= 0 {
		return nil
	}
	asked := suspects()
	if len(asked) == 0 {
		return nil
	}
	time.Sleep(settle - time.Since(first))
	return &Second{Source: l, Asked: asked, After: time.Since(first)}
}
