package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

// exposure is what a container can see of others.
type exposure struct {
	foreign int  // processes in view beside our own
	open    bool // their files as well, as those of PID 1 are to us
}

func exposed(x *observe.Observation) (exposure, []observe.Evidence) {
	e := exposure{foreign: x.Viewpoint.Foreign}
	p := x.Find(1)
	if !observe.OpensRoot(p) {
		return e, nil
	}
	e.open = true
	exe, _ := p.Deep.Exe.Get()
	return e, []observe.Evidence{observe.ProcFile(1, "exe", exe)}
}

// text says it; those in view are "the node"'s, or "other containers"'.
func (e exposure) text(whose string) string {
	text := fmt.Sprintf("%s besides our own %s in view, those of %s among them, with their command lines (/proc/PID/cmdline)",
		english.Count(e.foreign, "process", "processes"), english.Agree(e.foreign, "is", "are"), whose)
	if e.open {
		return text + "; their files are open by /proc/PID/root, as those of PID 1 are to us"
	}
	return text + "; their files, by /proc/PID/root, are open to whoever may trace them, which of PID 1 we may not"
}
