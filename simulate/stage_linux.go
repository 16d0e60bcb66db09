package simulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	setWithin    = 30 * time.Second // how long a scene may take to be set
	closedWithin = 10 * time.Second // how long it may take to end
)

// Stage is a scene that is set. It is held until [Stage.Close], or until the process that started it exits. Its methods
// may be called from several goroutines.
type Stage struct {
	cmd     *exec.Cmd
	control io.WriteCloser // the stage exits when the other side of this pipe is gone
	replies *json.Decoder
	stderr  *bytes.Buffer
	pid1    int
	parent  int

	mu       sync.Mutex
	count    uint64
	closed   bool
	closeErr error
}

// reply is what the stage says: once when the scene is set, once for each request, and once at its end.
type reply struct {
	PID1   int    `json:"pid1,omitempty"`
	Parent int    `json:"parent,omitempty"`
	Count  uint64 `json:"count"`
	Err    string `json:"err,omitempty"`
}

// Start sets the scene of that name and returns when every actor is in its place and every zombie is seen in state Z.
// ctx bounds the setting alone; the scene is held until [Stage.Close]. Without root the scene gets a user namespace too.
// The error satisfies errors.Is(err, exec.ErrNotFound) when the program the scene needs is not in PATH.
func Start(ctx context.Context, name string) (*Stage, error) { return startAs(ctx, name, "") }

// StartAs is Start with every actor as that user, and the group of the same number, so that others than root can be
// shown what a user sees of its own processes. It needs root. Scenes whose actors need root fail.
func StartAs(ctx context.Context, name string, uid int) (*Stage, error) {
	return startAs(ctx, name, uidEnv+"="+strconv.Itoa(uid))
}

func startAs(ctx context.Context, name, env string) (*Stage, error) {
	scene, err := sceneNamed(name)
	if err != nil {
		return nil, err
	}
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" { // sigaction and the arguments of clone differ elsewhere
		return nil, fmt.Errorf("simulate: on %s: %w", runtime.GOARCH, errors.ErrUnsupported)
	}
	if scene.Needs != "" {
		if _, err := exec.LookPath(scene.Needs); err != nil {
			return nil, fmt.Errorf("simulate: scene %s needs %s: %w", name, scene.Needs, err)
		}
	}
	s := &Stage{cmd: exec.Command(selfExe), stderr: new(bytes.Buffer)}
	s.cmd.Args = []string{"simulate-stage"}
	s.cmd.Env = []string{stageEnv + "=stage " + name, "PATH=" + os.Getenv("PATH")}
	if env != "" {
		s.cmd.Env = append(s.cmd.Env, env)
	}
	s.cmd.Stderr = s.stderr
	s.cmd.WaitDelay = closedWithin // should anything outlive the stage and hold its stderr
	// A session of its own: signals from a terminal do not reach it. Not PR_SET_PDEATHSIG, which fires when the thread
	// that started it exits, and a Go program's threads come and go: the stage watches the control pipe instead.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if s.control, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("simulate: scene %s: %w", name, err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("simulate: scene %s: %w", name, err)
	}
	s.replies = json.NewDecoder(bufio.NewReader(out))
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("simulate: scene %s: %w", name, err)
	}

	stop := context.AfterFunc(ctx, func() { _ = s.control.Close() }) // closed already is closed
	r, err := s.receive()
	stop()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = s.Close() // why it failed is said already
		if said := bytes.TrimSpace(s.stderr.Bytes()); len(said) > 0 {
			err = fmt.Errorf("%w; the actors said: %.500s", err, said)
		}
		return nil, fmt.Errorf("simulate: scene %s: %w", name, err)
	}
	s.pid1, s.parent = r.PID1, r.Parent
	return s, nil
}

// PID1 is the scene's PID 1, as a PID in the caller's namespace; 0 when the scene has no namespace of its own.
func (s *Stage) PID1() int { return s.pid1 }

// Parent is the parent that does not reap, as a PID in the caller's namespace; 0 when the scene has none.
func (s *Stage) Parent() int { return s.parent }

// Count is how many children the scenes churn and transient have made and reaped so far; after [Stage.Close] it is final.
// 0 in every other scene.
func (s *Stage) Count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.count
	}
	if _, err := io.WriteString(s.control, "count\n"); err == nil {
		if r, err := s.receive(); err == nil {
			s.count = r.Count
		}
	}
	return s.count
}

// Close ends every actor and returns when none is left, not even as a zombie. Programs that were started with
// [Stage.Command] are killed too; to wait for them is the caller's. Closing again changes nothing and returns the same.
func (s *Stage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.closeErr
	}
	s.closed = true
	_ = s.control.Close()                                                                 // the stage may have exited; receive reports that
	kill := time.AfterFunc(closedWithin+time.Second, func() { _ = s.cmd.Process.Kill() }) // it may have exited already
	defer kill.Stop()
	r, err := s.receive()
	if err == nil {
		s.count = r.Count
	}
	if waitErr := s.cmd.Wait(); err == nil {
		err = waitErr
	}
	if err != nil {
		s.closeErr = fmt.Errorf("simulate: end of the scene: %w", err)
	}
	return s.closeErr
}

func (s *Stage) receive() (reply, error) {
	var r reply
	err := s.replies.Decode(&r)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed):
		return r, errors.New("the stage ended unexpectedly")
	case err != nil:
		return r, err
	case r.Err != "":
		return r, errors.New(r.Err)
	}
	return r, nil
}
