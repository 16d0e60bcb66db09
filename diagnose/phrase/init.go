package phrase

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// InitWould answers in a sentence whether an init as PID 1 would help.
func InitWould(a observe.Answer) string {
	switch a {
	case observe.Yes:
		return "An init as PID 1 would fix it."
	case observe.No:
		return "An init as PID 1 would not help."
	default:
		return "Whether an init as PID 1 would help cannot be told."
	}
}

// InitReason says what the answer rests on whether an init would help.
func InitReason(h observe.InitHelp) string {
	switch h.Reason {
	case observe.ParentNotSeen:
		return "their parent is not in view"
	case observe.KernelsChild:
		return "their parent is a kernel thread"
	case observe.PID1NotSeen:
		return "whether their parent is PID 1 of its namespace cannot be told"
	case observe.InitIsThere:
		return "there is one already; their parent lives, and only it can reap them"
	case observe.BySubreaper:
		return "their parent is a subreaper, which adopts before PID 1 does"
	case observe.ParentLives:
		return "their parent lives, and only it can reap them"
	case observe.InitHalted:
		return "PID 1 is an init already, and " + Halt(h.Halt)
	case observe.InitTooSlow:
		return "PID 1 is an init already, which reaps, and cannot keep up"
	case observe.InitFails:
		return "PID 1 is an init already; it does not do its work"
	case observe.ReapsLate:
		return "PID 1 reaps already, and late"
	case observe.PID1StartedAll:
		return "PID 1 started these itself, and only it can reap them"
	case observe.PID1Halted:
		return "PID 1 " + Halt(h.Halt) + ": let it go on, and look whether it reaps"
	case observe.AllAdopted:
		return "these are orphans that PID 1 adopted: an init reaps what it adopts"
	case observe.SomeAdopted:
		return fmt.Sprintf("%d of these are orphans that PID 1 adopted, and an init reaps what it adopts; of the others it cannot be told", h.Adopted)
	case observe.OriginUnknown:
		return "an init helps if PID 1 adopted these, and does not if it started them itself"
	case observe.ListedOwn:
		return "their parent lives: only it can reap them, and an init never gets to see them"
	case observe.ListedPlain:
		return "their parent lives, and is PID 1 of no container: only it can reap them"
	case observe.ListedMaybe:
		return "whether this is the PID 1 of a container, and adopted these, a list does not tell: if so an init in there would reap them, and else only their parent can"
	}
	return ""
}
