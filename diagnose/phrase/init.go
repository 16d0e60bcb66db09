package phrase

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

// InitWould answers in a sentence whether an init as PID 1 would help with the
// zombies of a parent, and for how many of them.
func InitWould(p *observe.Parent, h observe.InitHelp) string {
	n := p.Zombies
	switch h.Answer {
	case observe.Yes:
		return InitWouldClear(h.Cleared(p), n)
	case observe.No:
		return "An init would not help."
	default:
		return "It is unknown whether an init would help."
	}
}

// InitWouldClear says of how many zombies an init would clear the first number.
// Of the others it is unknown, or it is known that it would not.
func InitWouldClear(cleared observe.InitCounts, all int) string {
	switch yes := cleared.Yes; {
	case yes == all:
		return "An init would clear " + english.Agree(all, "it", "all "+english.Number(all)) + "."
	case cleared.Unknown > 0:
		return fmt.Sprintf("An init would clear at least %s of the %s.", english.Number(yes), english.Number(all))
	default:
		return fmt.Sprintf("An init would clear %s of the %s.", english.Number(yes), english.Number(all))
	}
}

// InitWhy is the same answer with its grounds.
func InitWhy(p *observe.Parent, h observe.InitHelp) string {
	if h.Reason == observe.NoReason {
		return ""
	}
	why := initReason(p, h)
	switch h.Answer {
	case observe.Yes:
		return why
	case observe.No:
		return "An init would not help: " + why + "."
	default:
		return "It is unknown whether an init would help: " + why + "."
	}
}

// initReason is a clause, or where the answer is yes the whole sentence.
func initReason(p *observe.Parent, h observe.InitHelp) string {
	who := "the parent"
	if p.Process != nil {
		who = observe.ShortCommand(p.Process)
	}
	only := "only " + who + " can reap its children"
	these := english.Agree(p.Zombies, "it", "them")
	switch h.Reason {
	case observe.ParentNotSeen:
		return "the parent was not seen"
	case observe.KernelsChild:
		return "the parent is a kernel thread"
	case observe.PID1NotSeen:
		return "nothing shows whether the parent is PID 1 of its namespace"
	case observe.InitIsThere:
		if h.There != nil {
			return fmt.Sprintf("PID 1 (%s) is one already, and %s", h.There.Process.Comm, only)
		}
		return "PID 1 is one already, and " + only
	case observe.BySubreaper:
		return who + " is a subreaper, which adopts orphans before PID 1 can"
	case observe.InitHalted:
		return "PID 1 is one already, and it " + Halt(h.Halt)
	case observe.InitTooSlow:
		return "PID 1 is one already, and it reaps, but cannot keep up"
	case observe.InitFails:
		return "PID 1 is one already, but does not reap"
	case observe.ReapsLate:
		return "PID 1 reaps already, but late"
	case observe.PID1StartedAll:
		return fmt.Sprintf("PID 1 started %s itself, and only it can reap %s", english.Agree(p.Zombies, "the zombie", "the zombies"), these)
	case observe.PID1Halted:
		return "PID 1 " + Halt(h.Halt) + ", and nothing shows whether it reaps"
	case observe.AllAdopted:
		return fmt.Sprintf("An init would clear %s: PID 1 adopted %s, and an init reaps what it adopts.",
			english.Agree(p.Zombies, "it", "all "+english.Number(p.Zombies)), these)
	case observe.SomeAdopted:
		return someAdopted(p, h)
	case observe.OriginUnknown:
		return fmt.Sprintf("it would if PID 1 adopted %s, and would not if PID 1 started %s itself", these, these)
	case observe.ListedPlain:
		return who + " is not PID 1 of a container, and " + only
	case observe.ListedMaybe:
		if h.Answer == observe.Yes {
			return "An init would help if " + who + " is PID 1 of a container, which the list does not show."
		}
		return "the list does not show whether " + who + " is PID 1 of a container, which adopts orphans"
	default: // ParentLives, ListedOwn
		return only
	}
}

// someAdopted is the sentence of a PID 1 that adopted some of its zombies only, as far as is known.
func someAdopted(p *observe.Parent, h observe.InitHelp) string {
	c := h.Cleared(p)
	least := ""
	if c.Unknown > 0 {
		least = "at least "
	}
	said := fmt.Sprintf("An init would clear %s%s of the %s, which PID 1 adopted", least, english.Number(c.Yes), english.Number(p.Zombies))
	if c.No > 0 {
		said += fmt.Sprintf("; PID 1 started %s itself, and only it can reap %s", english.Number(c.No), Them(c.No))
	}
	if c.Unknown > 0 {
		said += "; for the other " + english.Number(c.Unknown) + " it is unknown"
	}
	return said + "."
}
