package diagnose

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// shims are the programs that hold the main process of a container: the
// parent of its PID 1, on the node. A trailing * matches any rest.
var shims = []string{"containerd-shim*", "docker-containe*", "conmon", "crio-conmon", "lxc-start"}

func isShim(p *scan.Process) bool {
	if p == nil {
		return false
	}
	for _, name := range shims {
		stem, open := strings.CutSuffix(name, "*")
		if p.Comm == name || open && strings.HasPrefix(p.Comm, stem) {
			return true
		}
	}
	return false
}

// containerMainDead is Z311: PID 1 of a container is a zombie under its shim,
// so the runtime has not learned that the container has ended.
func containerMainDead(x *exam, parent *Parent) *Finding {
	shim := parent.Process
	if !isShim(shim) {
		return nil
	}
	var dead []*scan.Process
	for i := range x.d.Zombies {
		z := &x.d.Zombies[i]
		inside := z.Process.NSpid()
		if z.PPID == shim.PID && z.lasting && x.selects(z.Container) && len(inside) > 1 && inside[len(inside)-1] == 1 {
			dead = append(dead, z.Process)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	p := dead[0]
	f := aboutProcess(p)
	f.Certainty, f.Zombies, f.alsoAbout = Certain, len(dead), []int{shim.PID}
	f.why = "its container's main process is dead, and taken for running"
	f.Message = fmt.Sprintf("is the main process of a container, has ended, and is a zombie under its shim, %s (PID %d): the runtime takes the container for running", shim.Comm, shim.PID)
	f.Evidence = []Evidence{
		{fmt.Sprintf("/proc/%d/status", p.PID), "NSpid", strings.Trim(fmt.Sprint(p.NSpid()), "[]")},
		{statFile(p.PID), "fields 3, 4 (state, ppid)", fmt.Sprintf("%s %d", p.State, shim.PID)},
		{statFile(shim.PID), "field 2 (comm)", shim.Comm},
	}
	if p.NumThreads > 1 {
		f.Certainty = Likely
		f.Message += "; it has live threads, for which the shim has to wait"
		f.Evidence = append(f.Evidence, Evidence{statFile(p.PID), "field 20 (num_threads)", fmt.Sprint(p.NumThreads)})
		f.Advice = append(f.Advice, "Look at its threads first: the runtime is told when the last of them ends.")
	} else {
		f.Advice = append(f.Advice, "The runtime lost its exit event, or its shim is stuck: look at the shim (state, wchan), and at the runtime's log.")
	}
	if rest := len(dead) - 1; rest > 0 { // a shim may hold all containers of a pod
		f.Message += fmt.Sprintf("; so are %d more under the same shim", rest)
	}
	f.Advice = append(f.Advice, fmt.Sprintf("Make the runtime stop and remove the container (crictl stopp, docker rm -f, podman rm -f). Ending the shim (PID %d) by hand is the last resort: what else it holds goes with it.", shim.PID))
	return f
}
