package pslist

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// mayBeZombie reports whether a process without a state or a mark may be a
// zombie: one in brackets, where zombies have no mark, or have lost it on their
// way through a web page; and one with a mark that is not where it should be.
func (t *psText) mayBeZombie(p *psProcess) bool {
	switch {
	case strings.Contains(p.Listed.Text, cutDefunct):
		return !t.isArgument(p)
	case !p.brackets || p.KernelThread() || width(p.Comm) > taskComm: // "[celeryd: celery@host:Worker-1]"
		return false
	case t.list.Zombies == facts.ByBrackets:
		return true
	case p.PPID == facts.NoPID && t.kernel:
		return false
	default:
		return !t.withoutArguments(p)
	}
}

// doubtBeside takes the lines with a mark that do not speak for their process,
// which is running by the line that does. Were the mark an argument, that line
// would have it too.
func (t *psText) doubtBeside() {
	for i := range t.beside {
		p := &t.beside[i]
		j, ok := t.seen[p.PID]
		if ok && p.State == 0 && t.procs[j].State != facts.Zombie && !strings.Contains(t.procs[j].Listed.Text, cutDefunct) && len(t.list.Broken) < maxJunk {
			t.list.Broken = append(t.list.Broken, p.Listed.Line)
		}
	}
}

// lostBracket is a mark behind a name whose first bracket is gone.
var lostBracket = regexp.MustCompile(`\]\W{0,3}` + cutDefunct)

// searchers are the programs that have a mark for their only argument: without
// brackets any other word before it may be the name of a zombie.
var searchers = []string{"grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "pgrep", "pkill", "less", "more"}

// isArgument reports whether the mark in a line is an argument, as in the line
// of the grep that looks for zombies. Those are in brackets among command lines.
func (t *psText) isArgument(p *psProcess) bool {
	c := p.command
	if !t.shown || p.wrapped || strings.HasPrefix(c, "[") || lostBracket.MatchString(c) ||
		strings.Count(c, cutDefunct) < strings.Count(p.Listed.Text, cutDefunct) {
		return false
	}
	before, ok := strings.CutSuffix(strings.TrimSuffix(c, ">"), " "+cutDefunct)
	if !ok {
		return !strings.HasPrefix(c, cutDefunct)
	}
	first, _, more := strings.Cut(before, " ")
	return more && len(before) > taskComm || t.sure && (more || strings.Contains(first, "/") || slices.Contains(searchers, first))
}

// withoutArguments reports whether a process in brackets is running, as far as
// the list shows, and only has no arguments. Zombies would have their marks: not
// all were lost on the way, and this line was not cut before its own. Or its
// parent is the init of a whole machine, which reaps at once.
func (t *psText) withoutArguments(p *psProcess) bool {
	if p.wrapped || !strings.HasSuffix(p.command, "]") {
		return false
	}
	room := width(p.Listed.Text)+len(" <") <= t.width
	return t.marks && room || t.kernel && p.PPID == 1 && t.initReaps()
}

// initReaps reports whether PID 1 is the init of a machine by its name.
func (t *psText) initReaps() bool {
	i, ok := t.seen[1]
	if !ok || t.procs[i].brackets {
		return false
	}
	first, _, _ := strings.Cut(t.procs[i].command, " ")
	name := path.Base(first)
	return name == "init" || name == "systemd"
}
