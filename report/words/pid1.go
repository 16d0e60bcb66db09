package words

import "github.com/zombiectl/zombiectl/diagnose"

// PID1Of names the PID 1 of a namespace.
func PID1Of(n *diagnose.Namespace) string {
	if n.Ours {
		return "PID 1"
	}
	return "PID 1 of namespace " + OrUnknown(Pointer(n.ID))
}
