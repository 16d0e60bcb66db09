package subreaper

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

func look(focus ...int) (*facts.Snapshot, error) {
	root, err := scan.OpenLive("/")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return scan.Look(root, scan.Options{Focus: focus})
}

// below returns the children of a process that stands somewhere in a tree.
func below(tree []*facts.Node, pid int) []*facts.Node {
	for _, n := range tree {
		if n.Process.PID == pid {
			return n.Children
		}
		if found := below(n.Children, pid); found != nil {
			return found
		}
	}
	return nil
}

// orphans looks at the orphans that are still running.
func (r *run) orphans() error {
	const most = 100 // whose command lines are worth reading
	s, err := look()
	if err != nil {
		return err
	}
	var pids []int
	for _, n := range below(s.Tree().Roots, os.Getpid()) {
		if len(pids) < most {
			pids = append(pids, n.Process.PID)
		}
	}
	if s, err = look(pids...); err != nil {
		return err
	}
	before := r.left.OrphanCount + r.left.ZombieCount
	inherited := 0
	var add func(nodes []*facts.Node, parent int)
	add = func(nodes []*facts.Node, parent int) {
		for _, n := range nodes {
			p := n.Process
			if parent == 0 && r.before[p.PID] {
				inherited++
				continue
			}
			left := verdict.LeftProcess{PID: p.PID, Comm: p.Comm, Command: observe.CommandOf(p), State: p.State, Exit: p.Exit(), Parent: parent}
			// While threads are running it has not exited: the leader alone has.
			ended := p.State == facts.Zombie && p.NumThreads <= 1
			r.left.Add(left, ended)
			if ended && parent == 0 {
				_, _ = sys.Waitid(p.PID, unix.WNOHANG) // seen and counted: as collect does
			}
			add(n.Children, p.PID)
		}
	}
	add(below(s.Tree().Roots, os.Getpid()), 0)
	if before == r.left.OrphanCount+r.left.ZombieCount && inherited == 0 {
		living, err := r.drain(time.Now())
		if err != nil {
			return err
		}
		r.left.Unseen = living
	}
	return nil
}
