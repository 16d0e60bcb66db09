package phrase

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// Viewpoint says in a line where a look was taken from.
func Viewpoint(v *observe.Viewpoint) string {
	place := map[observe.Place]string{
		observe.OnHost: "the machine itself", observe.OnHostPID: "a container in the machine's own PID namespace (hostPID)",
		observe.OnHostRoot: "another PID namespace, through the machine's /proc", observe.InSharedPID: "a PID namespace that containers share",
		observe.InContainer: "inside one container", observe.InNamespace: "a PID namespace of its own", observe.Nowhere: "it is not known where",
	}[v.Place]
	switch v.Ptrace {
	case observe.Yes:
		return place + ", with ptrace permission"
	case observe.No:
		if uid, ok := v.UID.Get(); ok {
			return fmt.Sprintf("%s, as user %d without CAP_SYS_PTRACE", place, uid)
		}
	}
	return place
}

// BetterViewpoints says what a better place would show, a sentence each.
func BetterViewpoints(v *observe.Viewpoint) []string {
	var out []string
	if v.NodeWouldTell() {
		out = append(out, "The node shows also parents outside of this PID namespace, limits above this container's, and its name.")
	}
	if v.Ptrace == observe.No {
		out = append(out, "CAP_SYS_PTRACE shows also how other users' processes died, what they wait for, and their namespaces.")
	}
	return out
}
