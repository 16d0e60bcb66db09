package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pollEvery is how often the stage looks whether the awaited state has come.
const pollEvery = 2 * time.Millisecond

// director is the stage process: it starts the actors, sees to it that they are in place, and ends them.
type director struct {
	scene     Scene
	gone      chan struct{} // closed when the caller wants the end, or has exited itself
	reportIn  *os.File
	reportOut *os.File
	pid1      int
	cgroup    *sceneCgroup

	ready  atomic.Int64
	count  atomic.Uint64
	failed atomic.Pointer[string]
	heard  chan struct{} // closed when no actor holds the report pipe any more
}

func runStage(name string) {
	replies := json.NewEncoder(os.Stdout)
	d := &director{gone: make(chan struct{}), heard: make(chan struct{})}
	requests := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			requests <- struct{}{}
		}
		close(d.gone)
	}()

	var first reply
	err := d.set(name)
	if err == nil && d.scene.parent != "" {
		first.Parent, err = findActor(d.scene.parent)
	}
	first.PID1 = d.pid1
	if err != nil {
		first.Err = err.Error()
	}
	if err := replies.Encode(first); err != nil {
		first.Err = err.Error() // the caller has gone
	}
	for held := first.Err == ""; held; {
		select {
		case <-requests:
			if replies.Encode(reply{Count: d.count.Load()}) != nil {
				held = false
			}
		case <-d.gone:
			held = false
		}
	}
	last := reply{}
	if err := d.end(); err != nil {
		last.Err = err.Error()
	}
	last.Count = d.count.Load()
	_ = replies.Encode(last) // fails when the caller has exited, which is not a fault
}

func (d *director) set(name string) (err error) {
	if d.scene, err = sceneNamed(name); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/comm", []byte("simulate-stage"), 0); err != nil {
		return fmt.Errorf("set comm: %w", err)
	}
	// A process that loses its parent outside the scene's namespace comes here, and is reaped at the end.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl(PR_SET_CHILD_SUBREAPER): %w", err)
	}
	// No core dumps of actors that die of a signal. 1 instead of 0, because a core_pattern that is a pipe heeds only 1 (core(5)).
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1}); err != nil {
		if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
			return fmt.Errorf("setrlimit(RLIMIT_CORE): %w", err)
		}
	}
	if d.reportIn, d.reportOut, err = os.Pipe(); err != nil {
		return err
	}
	go d.listen()

	within := setWithin + time.Duration(d.scene.Zombies)*2*time.Millisecond
	deadline := time.Now().Add(within)
	inside := len(d.scene.roles) - len(d.scene.entered) - len(d.scene.outside)
	if len(d.scene.pid1) > 0 {
		if err := d.startPID1(); err != nil {
			return err
		}
		if err := d.await(deadline, "PID 1 is ready", func() bool { return d.ready.Load() >= int64(inside) }); err != nil {
			return err
		}
	}
	// One after the other, so that their PIDs always come in the same order.
	for i, role := range slices.Concat(d.scene.entered, d.scene.outside) {
		start := d.startEntered
		if i >= len(d.scene.entered) {
			start = d.startOutside
		}
		if err := start(role); err != nil {
			return err
		}
		if err := d.await(deadline, role+" is ready", func() bool { return d.ready.Load() > int64(inside+i) }); err != nil {
			return err
		}
	}
	var seen census
	if err := d.await(deadline, "every actor is in its place", func() bool { seen = takeCensus(); return seen.settled(d.scene.want) }); err != nil {
		return fmt.Errorf("%w; seen %v", err, seen)
	}
	return nil
}

// await polls until the condition holds, an actor fails, or the time is up.
func (d *director) await(deadline time.Time, what string, holds func() bool) error {
	for {
		if holds() {
			return nil
		}
		// By our own call, not that of package sys: the code under test must not share its mistakes with the scenes.
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		ended := err == nil && info.Signo != 0
		if ended {
			time.Sleep(10 * pollEvery) // its last words may still be on the way
		}
		failure := d.failed.Load()
		switch {
		case failure != nil:
			return fmt.Errorf("an actor failed: %s", *failure)
		case ended:
			return fmt.Errorf("an actor ended before %s", what)
		case time.Now().After(deadline):
			return fmt.Errorf("it took too long until %s", what)
		}
		select {
		case <-d.gone:
			return errors.New("it ended before it was set")
		case <-time.After(pollEvery):
		}
	}
}

func (d *director) listen() {
	defer close(d.heard)
	in := bufio.NewReader(d.reportIn)
	for {
		mark, err := in.ReadByte()
		if err != nil {
			return
		}
		switch mark {
		case markReady:
			d.ready.Add(1)
		case markCount:
			d.count.Add(1)
		case markError:
			line, _ := in.ReadString('\n')
			line = strings.TrimSpace(line)
			d.failed.CompareAndSwap(nil, &line)
		}
	}
}

// actorEnv is the environment of what becomes an actor, after it was something else.
func (d *director) actorEnv(before string) []string {
	return append(without(os.Environ(), stageEnv), stageEnv+"="+before+"actor "+d.scene.Name)
}

func (d *director) startPID1() error {
	cmd := exec.Command(selfExe)
	cmd.Args = []string{"simulate-pid1"}
	cmd.Env = d.actorEnv("pid1 " + d.scene.Name + ";")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	if d.scene.cgroup {
		var err error
		if d.cgroup, err = newSceneCgroup(); err != nil {
			return err
		}
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(d.cgroup.dir.Fd())
	}
	if err := d.start(cmd); err != nil {
		return fmt.Errorf("PID 1 in a namespace of its own: %w", err)
	}
	d.pid1 = cmd.Process.Pid
	return nil
}

func (d *director) startEntered(role string) error {
	cmd := enterCommand(context.Background(), d.pid1, d.actorEnv(""), programs+role, role)
	if err := d.start(cmd); err != nil {
		return fmt.Errorf("%s enters: %w", role, err)
	}
	return nil
}

func (d *director) startOutside(role string) error {
	cmd := exec.Command(selfExe)
	cmd.Args = []string{role}
	cmd.Env = d.actorEnv("")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if uid, ok := actorsUID(); ok {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	var namespaces []*os.File
	if d.pid1 != 0 {
		for _, kind := range []string{pidNSFD - reportFD - 1: "pid", userNSFD - reportFD - 1: "user"} {
			f, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", d.pid1, kind))
			if err != nil {
				return err
			}
			defer f.Close()
			namespaces = append(namespaces, f)
		}
	}
	if err := d.start(cmd, namespaces...); err != nil {
		return fmt.Errorf("%s: %w", role, err)
	}
	return nil
}

// start starts a process that dies with this one. The signal comes when the thread that started it exits: this is the
// first thread (init), which exits with the process.
func (d *director) start(cmd *exec.Cmd, files ...*os.File) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	cmd.Stderr = os.Stderr // for the caller, should the scene fail
	cmd.ExtraFiles = slices.Concat([]*os.File{d.reportOut}, files)
	return cmd.Start()
}

// end kills every child until none is left. When PID 1 of a namespace is killed the kernel kills all others in it
// (zap_pid_ns_processes); those whose parent was outside come to this process, which is a subreaper.
func (d *director) end() error {
	deadline := time.Now().Add(closedWithin)
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			if d.reportOut != nil {
				_ = d.reportOut.Close() // nothing is buffered that could be lost
				<-d.heard
			}
			return d.cgroup.remove()
		case err == nil && pid > 0, errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("wait4: %w", err)
		case time.Now().After(deadline):
			return fmt.Errorf("actors are left after %v: %v", closedWithin, takeCensus())
		}
		for pid, p := range descendants() {
			if p.ppid == os.Getpid() && p.state != 'Z' {
				_ = unix.Kill(pid, unix.SIGKILL) // it may have exited since; the next round looks
			}
		}
		time.Sleep(pollEvery)
	}
}
