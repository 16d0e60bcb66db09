package simulate

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// inCgroup is where the actors of a scene with a cgroup find it.
const inCgroup = "/sys/fs/cgroup/"

// sceneCgroup is a cgroup (v2) of a scene's own, below that of the stage. It is reached by a mount that no path leads
// to, so that it does not matter whether, and where, the hierarchy is mounted.
type sceneCgroup struct {
	mount *os.File
	name  string
	dir   *os.File
}

func newSceneCgroup() (*sceneCgroup, error) {
	fs, err := unix.Fsopen("cgroup2", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("fsopen(cgroup2): %w", err)
	}
	defer func() { _ = unix.Close(fs) }()
	if err := unix.FsconfigCreate(fs); err != nil {
		return nil, fmt.Errorf("fsconfig(cgroup2): %w", err)
	}
	mount, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("fsmount(cgroup2): %w", err)
	}
	c := &sceneCgroup{mount: os.NewFile(uintptr(mount), "cgroup2"), name: fmt.Sprintf("simulate-%d", os.Getpid())}
	if err := unix.Mkdirat(mount, c.name, 0o755); err != nil {
		return nil, errors.Join(fmt.Errorf("mkdir of a cgroup: %w", err), c.mount.Close())
	}
	dir, err := unix.Openat(mount, c.name, unix.O_DIRECTORY|unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, errors.Join(err, c.remove())
	}
	c.dir = os.NewFile(uintptr(dir), c.name)
	return c, nil
}

// remove removes the cgroup and those that the actors made in it. Its processes have exited.
func (c *sceneCgroup) remove() error {
	if c == nil {
		return nil
	}
	if c.dir != nil {
		names, _ := c.dir.Readdirnames(-1) // the error below names a cgroup that stays
		for _, name := range names {
			_ = unix.Unlinkat(int(c.dir.Fd()), name, unix.AT_REMOVEDIR) // most are files
		}
		_ = c.dir.Close()
	}
	err := unix.Unlinkat(int(c.mount.Fd()), c.name, unix.AT_REMOVEDIR)
	if err != nil {
		err = fmt.Errorf("rmdir of a cgroup: %w", err)
	}
	return errors.Join(err, c.mount.Close())
}

// enterCgroup gives the scene a view in which its cgroup is the root.
func enterCgroup() error {
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("unshare(CLONE_NEWCGROUP): %w", err)
	}
	if err := unix.Mount("cgroup2", inCgroup, "cgroup2", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount cgroup2: %w", err)
	}
	return nil
}
