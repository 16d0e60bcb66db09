package scan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// isProcfs reports whether dir is the mount point of a procfs.
func isProcfs(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || st.Type != unix.PROC_SUPER_MAGIC {
		return false
	}
	// Not a directory inside of one, such as /proc/self/task.
	self, err := os.Lstat(filepath.Join(dir, "self"))
	return err == nil && self.Mode()&os.ModeSymlink != 0
}

func openLive(dir, proc string) (*Root, error) {
	if !isProcfs(proc) {
		return nil, fmt.Errorf("%s: no procfs is mounted there", proc)
	}
	p, err := os.Open(proc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", proc, reason(err))
	}
	return &Root{
		live:      true,
		procDir:   proc,
		proc:      liveTree{dir: p, path: proc},
		base:      hostTree(dir),
		openFiles: []io.Closer{p},
	}, nil
}

// liveTree reads a mounted procfs relative to a descriptor of it. The system
// calls are made without telling the Go scheduler: what they read is made up
// by the kernel on the spot, and the calls outnumber everything else we do.
// (cmdline is the exception: see readBlocking.)
type liveTree struct {
	dir  *os.File
	path string
}

func (t liveTree) fd() int { return int(t.dir.Fd()) }

func (t liveTree) read(name string, limit int) ([]byte, error) {
	return readAt(t.fd(), strings.TrimPrefix(name, "proc/"), make([]byte, 0, 2048), limit)
}

func (t liveTree) readlink(name string) (string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Readlinkat(t.fd(), strings.TrimPrefix(name, "proc/"), buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

func (t liveTree) list(name string) ([]string, error) {
	f, err := os.Open(filepath.Join(t.path, strings.TrimPrefix(name, "proc")))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// hostTree reads what is not below proc: few files, none of them hot.
type hostTree string

func (t hostTree) read(name string, limit int) ([]byte, error) {
	return readAt(unix.AT_FDCWD, filepath.Join(string(t), name), nil, limit)
}

func (t hostTree) readlink(name string) (string, error) {
	return os.Readlink(filepath.Join(string(t), name))
}

func (t hostTree) list(name string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(string(t), name))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// readAt reads a whole file, at most limit bytes of it, into buf, which grows
// as needed.
func readAt(dirfd int, name string, buf []byte, limit int) ([]byte, error) {
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	fd, errno := openRaw(dirfd, path)
	if errno != 0 {
		return nil, errno
	}
	defer closeRaw(fd)
	if cap(buf) == 0 {
		buf = make([]byte, 0, 4096)
	}
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

// owner returns the effective user of a process: the owner of its directory,
// whether it is dumpable or not (proc_pid(5)).
func (t liveTree) owner(pid int) (int, bool) {
	var st unix.Stat_t
	if err := unix.Fstatat(t.fd(), strconv.Itoa(pid), &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return 0, false
	}
	return int(st.Uid), true
}

// statReader reads /proc/PID/stat of one process after the other, in one read
// each, without allocating.
type statReader struct {
	fd   int
	path [32]byte
	buf  [4096]byte
}

func (t liveTree) statReader() *statReader { return &statReader{fd: t.fd()} }

// read returns the bytes, which are valid until the next call.
func (r *statReader) read(pid int) ([]byte, error) {
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

// mountID returns the ID of the mount, as mountinfo lists it: "63". It needs
// Linux 5.8.
func (t liveTree) mountID() (string, bool) {
	var st unix.Statx_t
	err := unix.Statx(t.fd(), "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &st)
	return strconv.FormatUint(st.Mnt_id, 10), err == nil && st.Mask&unix.STATX_MNT_ID != 0
}

// eachPID calls fn with the PIDs in the proc directory, in batches as the
// kernel hands them out, so that reading can begin before listing ends.
func (t liveTree) eachPID(fn func([]int)) error {
	// A descriptor of our own: the offset of a directory belongs to it.
	d, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer d.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := syscall.ReadDirent(int(d.Fd()), buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return err
		}
		if pids := direntPIDs(buf[:n]); len(pids) > 0 {
			fn(pids)
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

// readBlocking reads a file that may take its time: unlike read it lets the Go
// scheduler go on without the thread that is stuck in it.
func (t liveTree) readBlocking(name string, limit int) ([]byte, error) {
	f, err := os.Open(filepath.Join(t.path, strings.TrimPrefix(name, "proc/")))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)))
}
