package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z306", Name: "shared-pid-namespace", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findSharedPIDNamespace,
	Title:  "The containers of this pod share a PID namespace",
	Advice: []Advice{advise(Developer, Cure, "Give each container its own init where the containers must not see each other.").by(Step{Text: "Where PID 1 of the pod is an init, it reaps the orphans of all its containers."})},
})

type sharedPIDNamespace struct {
	aboutPID1
	sandbox bool      // PID 1 is the pod's, and no container's
	exposed *exposure // what we see of the others; nil: we are not in that namespace
}

// findSharedPIDNamespace: PID 1 is a pod's sandbox process, which has no program
// of its own, or another container's, so that everything else belongs to other
// containers than one.
func findSharedPIDNamespace(x *observe.Observation) []*Finding {
	p := x.Find(1)
	if p == nil || x.OnHost {
		return nil
	}
	shared, ev := observe.SharedPID(x.Looks, x.Containers, x.Viewpoint.Container)
	if !shared {
		return nil
	}
	self, _ := x.Self.Get()
	others := 0
	for i := range x.Procs {
		// The main process of every other container has no parent in here. Where the
		// parents are unknown they all count: it has no child.
		if q := &x.Procs[i]; (q.PPID == 0 || q.PPID == facts.NoPID) && q.PID != 1 && q.PID != self.PID {
			if others++; others <= observe.MaxListed {
				ev = append(ev, observe.Stat(q.PID, q.Comm+" 0", "comm, ppid", 2, 4))
			}
		}
	}
	known := observe.ProgramOf(p)
	found := sharedPIDNamespace{sandbox: known != nil && known.Kind == observe.Infra}
	if found.sandbox && others == 0 {
		return nil // it may be all that there is
	}
	if x.Viewpoint.Place == observe.InSharedPID {
		seen, more := exposed(x)
		found.exposed, ev = &seen, append(ev, more...)
	}
	return []*Finding{about(p, observe.Likely, 0, found, ev...)}
}

func (s sharedPIDNamespace) Message() string {
	message := "belongs to another container, and shares its PID namespace with this one. "
	if s.sandbox {
		message = "is the sandbox process of a pod whose containers share a PID namespace. "
	}
	if s.exposed == nil {
		return message + "Each sees the processes and command lines of the others"
	}
	return message + s.exposed.text("other containers")
}
