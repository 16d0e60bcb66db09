package diagnose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// transient is Z101, one finding a parent.
func transient(x *exam) []*Finding {
	var out []*Finding
	for _, pid := range slices.Sorted(maps.Keys(x.passing)) {
		of := x.passing[pid]
		zombies := slices.Concat(of.gone, of.young)
		f := &Finding{Certainty: Certain, Zombies: len(zombies)}
		var parts []string
		if n := len(of.gone); n > 0 {
			parts = append(parts, count(n, "zombie was", "zombies were")+" gone a moment later")
		}
		if n := len(of.young); n > 0 {
			parts = append(parts, count(n, "zombie has", "zombies have")+" been dead for less than "+duration(x.opts.MinAge))
		}
		f.Message = strings.Join(parts, ", ")
		if parent := x.Find(pid); parent != nil {
			f.Subject, f.Comm = parent.ID(), parent.Comm
		}
		for _, z := range zombies[:min(len(zombies), maxListed)] {
			f.Evidence = append(f.Evidence, Evidence{statFile(z.PID), "field 3 (state), first look", z.State.String()})
		}
		out = append(out, f)
	}
	return out
}

// liveThreads is Z102: the leader has ended, other threads have not. The
// kernel tells the parent only when the last of them ends
// (delay_group_leader).
func liveThreads(_ *exam, z *Zombie) *Finding {
	p := z.Process
	if p.NumThreads <= 1 {
		return nil
	}
	f := aboutProcess(p)
	f.Certainty, f.Zombies = Likely, 1
	f.Evidence = []Evidence{
		{statFile(p.PID), "field 3 (state)", p.State.String()},
		{statFile(p.PID), "field 20 (num_threads)", fmt.Sprint(p.NumThreads)},
	}
	f.Message = "its leader has ended, other threads live: nobody can reap it yet"
	f.Advice = []string{"Its parent is not to blame. Look at the thread that lives: the zombie goes when that ends."}
	alive := livingThreads(p)
	if len(alive) == 0 {
		return f
	}
	f.Certainty = Certain
	var names []string
	for i, t := range alive {
		if i == maxListed {
			names = append(names, fmt.Sprintf("and %d more", len(alive)-i))
			break
		}
		st, _ := t.Stat.Get()
		name := fmt.Sprintf("thread %d is in state %s", t.TID, st.State)
		file := fmt.Sprintf("/proc/%d/task/%d/", p.PID, t.TID)
		ev := []Evidence{{file + "stat", "field 3 (state)", st.State.String()}}
		if wchan, ok := t.Wchan.Get(); ok && wchan != "0" && wchan != "" {
			name += ", in " + wchan
			ev = append(ev, Evidence{file + "wchan", "", wchan})
		}
		if i == 0 {
			f.Evidence = append(f.Evidence, ev...)
		}
		names = append(names, name)
	}
	f.Message += " (" + strings.Join(names, "; ") + ")"
	st, _ := alive[0].Stat.Get()
	switch st.State {
	case scan.Uninterruptible:
		f.Advice = append(f.Advice, "It is in uninterruptible sleep: no signal ends it. Repair the device or file system that it waits for.")
	case scan.Stopped, scan.Traced:
		f.Advice = append(f.Advice, fmt.Sprintf("It is stopped: kill -CONT %d, or let the debugger go on.", p.PID))
	default:
		f.Advice = append(f.Advice, fmt.Sprintf("kill -9 %d reaches all of its threads, and ends it.", p.PID))
	}
	return f
}

// livingThreads returns the threads that have not ended, those first that no
// signal reaches.
func livingThreads(p *scan.Process) []scan.Thread {
	if p.Deep == nil {
		return nil
	}
	var alive []scan.Thread
	threads, _ := p.Deep.Threads.Get()
	for _, t := range threads {
		if st, ok := t.Stat.Get(); ok && st.State != scan.Zombie && st.State != scan.Dead {
			alive = append(alive, t)
		}
	}
	slices.SortStableFunc(alive, func(a, b scan.Thread) int {
		return threadRank(a) - threadRank(b)
	})
	return alive
}

func threadRank(t scan.Thread) int {
	st, _ := t.Stat.Get()
	wchan, _ := t.Wchan.Get()
	switch {
	case st.State == scan.Uninterruptible:
		return 0
	case st.State == scan.Stopped, st.State == scan.Traced:
		return 1
	case st.State == scan.Sleeping && kernelFunction(wchan) != "hrtimer_nanosleep": // that ends by itself
		return 2
	default:
		return 3
	}
}

// traced is Z103: the kernel gives a traced child that has ended to its tracer
// first; its parent's wait does not see it (wait_consider_task).
func traced(x *exam, z *Zombie) *Finding {
	p := z.Process
	by, ev, ok := x.tracer(p)
	if !ok {
		return nil
	}
	st, _ := p.Deep.Status.Get()
	tid, _ := st.TracerPID.Get()
	tracer := x.ownerOf(tid)
	if tid == z.PPID || tracer != nil && tracer.PID == z.PPID {
		return nil // it is its parent that traces it, and ought to wait
	}
	f := aboutProcess(p)
	f.Certainty, f.Zombies = Likely, 1
	if z.lasting {
		f.Certainty = Certain
	}
	f.Message = "is held by its tracer, " + by + ": its parent cannot reap it before that has waited for it, or ends"
	f.Evidence = []Evidence{ev}
	if tracer != nil {
		f.Evidence = append(f.Evidence, Evidence{statFile(tracer.PID), "fields 2, 3 (comm, state)", tracer.Comm + " " + tracer.State.String()})
		switch tracer.State {
		case scan.Stopped, scan.Traced:
			f.Message += "; the tracer is stopped itself"
		case scan.Uninterruptible:
			f.Message += "; the tracer is in uninterruptible sleep"
		}
	}
	f.Advice = []string{"Its parent is not to blame. Let the tracer (strace, gdb, a profiler) detach or go on; ending the tracer gives the zombie back to its parent."}
	return f
}

// cloneChild is Z104: a wait without __WALL or __WCLONE passes over children
// that do not report with SIGCHLD (eligible_child).
func cloneChild(_ *exam, z *Zombie) *Finding {
	sig, ok := z.Process.ExitSignal.Get()
	if !ok || sig == scan.SIGCHLD || sig < 0 {
		return nil
	}
	f := aboutProcess(z.Process)
	f.Certainty, f.Zombies = Likely, 1
	if z.lasting {
		f.Certainty = Certain
	}
	what := fmt.Sprintf("signal %d", sig)
	if sig == 0 {
		what = "no signal at all"
	}
	f.Message = "was made by clone with " + what + " for its end instead of SIGCHLD: a wait without __WALL does not see it"
	f.Evidence = []Evidence{{statFile(z.Process.PID), "field 38 (exit_signal)", fmt.Sprint(sig)}}
	f.Advice = []string{fmt.Sprintf("Its parent (PID %d) made it by clone(2), and has to wait for it with __WALL or __WCLONE: waitpid(-1, &status, __WALL).", z.PPID)}
	return f
}

// parentOutside is Z105: the parent is not in this PID namespace.
func parentOutside(x *exam, z *Zombie) *Finding {
	if z.PPID != 0 {
		return nil
	}
	f := aboutProcess(z.Process)
	f.Certainty, f.Zombies = Likely, 1
	if z.lasting {
		f.Certainty = Certain
	}
	f.Message = "its parent is outside of this PID namespace: nobody in here can reap it"
	f.Evidence = []Evidence{{statFile(z.Process.PID), "field 4 (ppid)", "0"}}
	f.Advice = []string{
		"It was started from outside (kubectl exec, docker exec, nsenter): look from the node, where its parent has a PID. That is the runtime's shim, or conmon.",
	}
	if x.ownSetting() == inKubernetes {
		f.Advice = append(f.Advice, "On the node, or by kubectl debug node/NODE -it --image=IMAGE, or in a pod with hostPID. "+hostPIDCost)
	}
	return f
}

func aboutProcess(p *scan.Process) *Finding {
	return &Finding{Subject: p.ID(), Comm: p.Comm}
}

func statFile(pid int) string { return fmt.Sprintf("/proc/%d/stat", pid) }
