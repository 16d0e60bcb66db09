package reap

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan"
)

type actor struct {
	ctx  context.Context
	root *scan.Root
	plan *Plan
	how  How
	mu   sync.Mutex // guards how.Log
}

const pollEvery = time.Millisecond

// ours makes sure that the PIDs that were read are those that we would signal.
func (a *actor) ours() error {
	if !a.root.Live() {
		return errors.New("a recording cannot be acted on")
	}
	st, err := a.root.SelfStatus()
	pids, _ := st.NSpid.Get()
	if err != nil || len(pids) != 1 || pids[0] != unix.Getpid() {
		return errors.New("/proc is not that of this program's PID namespace: the PIDs in it are others")
	}
	return nil
}

func (a *actor) log(x Action) {
	if a.how.Log == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.how.Log(x)
}

func (a *actor) pause(d time.Duration) {
	select {
	case <-a.ctx.Done():
	case <-time.After(d):
	}
}
