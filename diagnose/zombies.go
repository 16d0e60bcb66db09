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
	alive := 0
	example := ""
	if p.Deep != nil {
		threads, _ := p.Deep.Threads.Get()
		for _, t := range threads {
			st, ok := t.Stat.Get()
			if !ok || st.State == scan.Zombie || st.State == scan.Dead {
				continue
			}
			if alive++; alive > 1 {
				continue
			}
			f.Certainty = Certain
			example = fmt.Sprintf("thread %d is in state %s", t.TID, st.State)
			file := fmt.Sprintf("/proc/%d/task/%d/", p.PID, t.TID)
			f.Evidence = append(f.Evidence, Evidence{file + "stat", "field 3 (state)", st.State.String()})
			if wchan, ok := t.Wchan.Get(); ok && wchan != "0" && wchan != "" {
				example += ", in " + wchan
				f.Evidence = append(f.Evidence, Evidence{file + "wchan", "", wchan})
			}
		}
	}
	f.Message = "its leader has ended, other threads live: nobody can reap it yet"
	if example != "" {
		f.Message += " (" + example + ")"
	}
	f.Advice = []string{"Its parent is not to blame. Look at the thread that lives: the zombie goes when that ends."}
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
	return f
}

func aboutProcess(p *scan.Process) *Finding {
	return &Finding{Subject: p.ID(), Comm: p.Comm}
}

func statFile(pid int) string { return fmt.Sprintf("/proc/%d/stat", pid) }
