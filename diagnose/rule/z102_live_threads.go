package rule

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z102", Name: "live-threads", Severity: Warning,
	Rank: NoCause, Nudge: useless("other threads of it are still running: the kernel tells its parent when the last one has exited"), Zombie: findLiveThreads,
	Title: "The thread-group leader has exited, but other threads are still running",
})

type liveThreads struct {
	pid     int
	name    string
	threads []facts.Thread // that have not exited, those first that no signal reaches
}

func findLiveThreads(_ *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.LiveThreads) {
		return nil
	}
	p := z.Process
	found := liveThreads{pid: p.PID, name: p.Comm, threads: runningThreads(p)}
	f := about(p, observe.Likely, 1, found,
		observe.Stat(p.PID, p.State.String(), "state", 3), observe.Stat(p.PID, fmt.Sprint(p.NumThreads), "num_threads", 20))
	if len(found.threads) == 0 {
		return f
	}
	f.Certainty = observe.Certain
	t := found.threads[0]
	st, _ := t.Stat.Get()
	f.Evidence = append(f.Evidence, observe.Evidence{
		PID: p.PID, File: fmt.Sprintf("/proc/%d/task/%d/stat", p.PID, t.TID), Fields: observe.Fields{Numbers: []int{3}, Name: "state"}, Value: st.State.String(),
	})
	if wchan, ok := observe.Told(t.Wchan); ok {
		f.Evidence = append(f.Evidence, observe.ProcFile(p.PID, fmt.Sprintf("task/%d/wchan", t.TID), wchan))
	}
	return f
}

// runningThreads returns the threads that have not exited, those first that no signal reaches.
func runningThreads(p *facts.Process) []facts.Thread {
	var alive []facts.Thread
	threads, _ := observe.Deep(p).Threads.Get()
	for _, t := range threads {
		if st, ok := t.Stat.Get(); ok && st.State != facts.Zombie && st.State != facts.Dead {
			alive = append(alive, t)
		}
	}
	sort.SliceStable(alive, func(i, j int) bool { return reachability(alive[i]) < reachability(alive[j]) })
	return alive
}

// reachability is less where less can be done to a thread from outside.
func reachability(t facts.Thread) int {
	st, _ := t.Stat.Get()
	wchan, _ := t.Wchan.Get()
	switch {
	case st.State == facts.Uninterruptible:
		return 0
	case st.State == facts.Stopped, st.State == facts.Traced:
		return 1
	case st.State == facts.Sleeping && observe.KernelFunction(wchan) != "hrtimer_nanosleep": // a sleep runs out by itself
		return 2
	default:
		return 3
	}
}

func (l liveThreads) Message() string {
	const message = "is a thread-group leader that has exited while other threads are still running: nobody can reap it before the last of them has exited"
	var names []string
	for i, t := range l.threads {
		if i == observe.MaxListed {
			names = append(names, fmt.Sprintf("and %d more", len(l.threads)-i))
			break
		}
		st, _ := t.Stat.Get()
		name := fmt.Sprintf("thread %d is in state %s", t.TID, st.State)
		if wchan, ok := observe.Told(t.Wchan); ok {
			name += ", in " + wchan
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return message
	}
	return message + " (" + strings.Join(names, "; ") + ")"
}

// Cause is that of this zombie.
func (liveThreads) Cause() string { return "other threads of it are still running" }

func (l liveThreads) Advice() []Advice {
	look := advise(Operator, Confirm, "Look at its other threads: its parent can reap it when the last of them has exited.").naming(l.pid)
	if len(l.threads) == 0 {
		return []Advice{look.by(Step{Command: fmt.Sprintf("ls /proc/%d/task", l.pid)})}
	}
	t := l.threads[0]
	look = look.by(Step{Command: fmt.Sprintf("cat /proc/%d/task/%d/stack", l.pid, t.TID), Text: "as root: what the thread waits for"})
	st, _ := t.Stat.Get()
	switch st.State {
	case facts.Uninterruptible:
		return []Advice{look, repair()}
	case facts.Stopped, facts.Traced:
		cont := Step{Command: fmt.Sprintf("kill -CONT %d", l.pid), Text: "where a debugger holds it, let that go on"}
		return []Advice{look, advise(Operator, Now, "Let its threads go on: they are stopped.").naming(l.pid).by(cont)}
	default:
		kill := Step{Command: fmt.Sprintf("kill -KILL %d", l.pid), Ends: phrase.Process(l.name, l.pid), Text: "it reaches all of its threads"}
		return []Advice{look, advise(Operator, Now, "End its other threads: its parent can reap it then.").naming(l.pid).by(kill)}
	}
}
