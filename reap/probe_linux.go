package reap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// How the experiment goes:
//
//	probe ── go-between ── orphan
//
// The go-between starts the orphan and exits; we wait for it, so it leaves
// nothing. The orphan waits until its parent is another one, says which through
// a pipe, and exits with 0 when we say so: by then we know it by its PID and
// start time. Should we end first, it exits too, because the pipe is closed.
const (
	roleBetween = "go-between"
	roleOrphan  = "orphan"

	reportFD = 3 // the orphan writes who it is and who adopted it
	goFD     = 4 // at its end, the orphan exits
)

// orphanName is the comm of the orphan, which people see should it stay a
// zombie. The kernel keeps 15 bytes of it.
const orphanName = "zombiectl-probe"

var errIsPID1 = errors.New("zombiectl itself is PID 1: it would adopt the orphan, and probe is not an init")

const adoptionTimeout = 10 * time.Second

// RunProbe makes one orphan that exits with 0, and looks whether it is reaped.
// It leaves at most one zombie. The error says why it could not be made.
func RunProbe(ctx context.Context, root *scan.Root, o ProbeOptions) (*Probe, error) {
	a := &actor{ctx: ctx, root: root, how: How{Log: o.Log}}
	if err := a.ours(); err != nil {
		return nil, err
	}
	if os.Getpid() == 1 {
		return nil, errIsPID1
	}
	// We may have been executed in place of a subreaper, and would adopt the
	// orphan ourselves. Nobody else ever needs us to be one.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("prctl(PR_SET_CHILD_SUBREAPER): %w", err)
	}
	report, reportIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer report.Close()
	defer reportIn.Close()
	goOut, goIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer goOut.Close()
	defer goIn.Close()

	ctx, cancel := context.WithTimeout(ctx, adoptionTimeout)
	defer cancel()
	between := exec.CommandContext(ctx, o.Command[0], append(o.Command[1:len(o.Command):len(o.Command)], roleBetween)...)
	between.ExtraFiles = []*os.File{reportIn, goOut} // reportFD, goFD
	// A session of its own: signals from a terminal reach neither, and the orphan
	// can be distinguished from a child of whoever adopts it.
	between.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var said strings.Builder
	between.Stderr = &said
	if err := between.Run(); err != nil {
		if text := strings.TrimSpace(said.String()); text != "" {
			err = fmt.Errorf("%w: %.200s", err, text)
		}
		return nil, fmt.Errorf("the test orphan could not be started: %w", err)
	}
	_ = reportIn.Close() // now only the orphan holds it: its end is the end of the pipe
	_ = goOut.Close()
	deadline, _ := ctx.Deadline()
	if err := report.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(report).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the test orphan did not say who adopted it: %w", err)
	}
	var pid, adopter int
	if _, err := fmt.Sscanf(line, "%d %d", &pid, &adopter); err != nil {
		return nil, fmt.Errorf("the test orphan said %.40q: %w", line, err)
	}
	return a.watchOrphan(goIn, pid, adopter, o.Timeout)
}

// watchOrphan lets the orphan exit, and looks until it is gone. POLLIN of a
// pidfd would only say that it is dead: what counts is that its PID is free, or
// another's.
func (a *actor) watchOrphan(goIn *os.File, pid, adopter int, timeout time.Duration) (*Probe, error) {
	// The pidfd, where one can be had, keeps a PID that is reused at once from
	// being taken for the orphan.
	h, err := openHandle(pid, false)
	if err != nil {
		h = &handle{pid, nil}
	}
	defer h.close()
	st, err := a.root.Stat(pid)
	if err != nil {
		return nil, fmt.Errorf("the test orphan cannot be read: %w", err)
	}
	p := &Probe{Reaps: observe.Unknown, Orphan: facts.ID{PID: pid, Start: facts.Some(st.StartTicks)}, Adopter: facts.ID{PID: adopter}}
	if by, err := a.root.Stat(adopter); err == nil {
		p.Adopter.Start, p.Comm = facts.Some(by.StartTicks), by.Comm
	}
	began := time.Now()
	if err := goIn.Close(); err != nil {
		return nil, err
	}
	a.log(Action{Time: began, Deed: doOrphan, To: p.Orphan, Comm: st.Comm, Result: fmt.Sprintf("adopted by PID %d, told to exit 0", adopter)})
	dead := false
	for {
		p.Took = time.Since(began)
		now, err := a.root.Stat(pid)
		dead = dead || err == nil && now.State == facts.Zombie
		switch {
		case err != nil && scan.Vanished(err), err == nil && now.StartTicks != st.StartTicks, errors.Is(h.signal(0), sys.ErrEnded):
			p.Reaps = observe.Yes
			return p, nil
		case err != nil:
			return nil, fmt.Errorf("the test orphan cannot be read any more: %w", err)
		}
		if p.Took >= timeout || a.ctx.Err() != nil {
			p.Left = dead
			switch {
			case a.ctx.Err() != nil:
				p.Why = "the experiment was interrupted"
			case dead:
				p.Reaps = observe.No
			default:
				p.Why = "the test orphan did not exit in time"
			}
			return p, nil
		}
		a.pause(pollEvery)
	}
}

// Orphan plays a part in a probe: it is called by the program that
// ProbeOptions.Command executes. The error says why it could not.
func Orphan(args []string) error {
	switch {
	case len(args) == 1 && args[0] == roleBetween:
		return goBetween()
	case len(args) == 2 && args[0] == roleOrphan:
		return beOrphan(args[1])
	}
	return errors.New("only \"zombiectl probe\" runs this command")
}

func goBetween() error {
	self := append([]string{os.Args[0]}, os.Args[1:len(os.Args)-1]...)
	self = append(self, roleOrphan, strconv.Itoa(os.Getpid()))
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	files := []*os.File{null, null, null, os.NewFile(reportFD, "report"), os.NewFile(goFD, "go")}
	_, err = os.StartProcess("/proc/self/exe", self, &os.ProcAttr{Files: files, Env: os.Environ()})
	return err
}

// beOrphan waits for a new parent, reports which, and exits on command.
func beOrphan(between string) error {
	was, err := strconv.Atoi(between)
	if err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/comm", []byte(orphanName), 0); err != nil {
		return err
	}
	for deadline := time.Now().Add(adoptionTimeout); os.Getppid() == was; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("nobody adopted it")
		}
	}
	if _, err := fmt.Fprintf(os.NewFile(reportFD, "report"), "%d %d\n", os.Getpid(), os.Getppid()); err != nil {
		return err
	}
	var b [1]byte
	_, _ = os.NewFile(goFD, "go").Read(b[:]) // returns when the other side is closed
	return nil
}
