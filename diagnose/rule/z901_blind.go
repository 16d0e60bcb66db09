package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z901", Name: "blind", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findBlind,
	Title: "Not every process could be seen",
	Means: `Part of what there is was hidden or could not be made sense of: /proc is mounted with hidepid or subset=pid, a file
was malformed or not readable, or a parent is missing from view. Of the text that ps printed: it is a part only, or
does not show which are zombies. The rest was judged; but "no zombies" cannot be
said. A check that would otherwise pass exits 3; --allow-partial waives that.`,
	Confirm: "    grep ' /proc ' /proc/self/mountinfo         # hidepid=, subset=\n    ls -ld /proc/[0-9]* | wc -l",
	Fix:     "Look as root with CAP_SYS_PTRACE, or as a member of the group in the gid= option of the mount. Record a broken recording anew.",
})

// blindness is a way in which processes may be out of sight.
type blindness string

// The ways, in a look at /proc or a recording of one.
const (
	hidden       blindness = "hidepid"      // name: its value
	pidsOnly     blindness = "subset"       //
	unseen       blindness = "unseen"       // list: stat files that were not read
	unreadable   blindness = "unreadable"   // list: other files
	unattributed blindness = "unattributed" // n zombies, of the filter
	recordedOnly blindness = "only"         // n processes
	mountUnknown blindness = "mount"        //
	inLoops      blindness = "loops"        // n of them
	orphaned     blindness = "orphaned"     // n processes without their parents
)

// blind is what Z901 found: a part of what there is was out of sight.
type blind struct {
	noCause
	how    blindness
	n      int
	name   string
	list   []facts.Unread
	filter observe.Filter
}

func findBlind(x *observe.Observation) []*Finding {
	if x.Listing != nil {
		return findBlindList(x)
	}
	var out []*Finding
	add := func(c observe.Certainty, b blind, ev ...observe.Evidence) {
		out = append(out, &Finding{Certainty: c, Facts: b, Evidence: ev, Missing: b.list})
	}
	m, mounted := x.Mount.Get()
	mount := observe.Evidence{File: "/proc/self/mountinfo", Fields: observe.Fields{Name: "options of /proc"}, Value: m.Options}
	if hide, ok := x.HidePID(); ok {
		add(observe.Certain, blind{how: hidden, name: hide}, mount)
	}
	if mounted && m.PIDOnly {
		add(observe.Certain, blind{how: pidsOnly}, mount)
	}
	var stats, others []facts.Unread
	for _, u := range x.Unread {
		switch {
		case observe.IsStat(u):
			stats = append(stats, u)
		case !u.Denied && !u.Skipped:
			others = append(others, u)
		}
	}
	if len(stats) > 0 {
		add(observe.Certain, blind{how: unseen, list: stats})
	}
	if len(others) > 0 {
		add(observe.Certain, blind{how: unreadable, list: others})
	}
	if n := x.Scope.Unattributed; n > 0 {
		add(observe.Certain, blind{how: unattributed, n: n, filter: x.Options.Filter})
	}
	if len(x.Only) > 0 {
		add(observe.Certain, blind{how: recordedOnly, n: len(x.Only)})
	}
	if x.MountUnknown() {
		add(observe.Likely, blind{how: mountUnknown})
	}
	out = append(out, findLoops(x)...)
	if n := len(x.Lost); n > 0 && len(x.Only) == 0 {
		add(observe.Certain, blind{how: orphaned, n: n}, parentsOf(x.Lost)...)
	}
	return out
}

// parentsOf points at the parents of some processes.
func parentsOf(of []*facts.Process) []observe.Evidence {
	var ev []observe.Evidence
	for _, p := range of[:min(len(of), observe.MaxListed)] {
		ev = append(ev, observe.Stat(p.PID, fmt.Sprint(p.PPID), "ppid", 4))
	}
	return ev
}

// findLoops finds parents that form a loop. No kernel shows that: files or a list
// that do are damaged, or of more than one moment.
func findLoops(x *observe.Observation) []*Finding {
	if x.Source.Kind == facts.Live {
		return nil
	}
	var in []*facts.Process
	for _, root := range x.Tree().Roots {
		if root.Root == facts.InLoop {
			in = append(in, root.Process)
		}
	}
	if len(in) == 0 {
		return nil
	}
	return []*Finding{{Certainty: observe.Certain, Facts: blind{how: inLoops, n: len(in)}, Evidence: parentsOf(in)}}
}

func (b blind) Message() string {
	switch b.how {
	case hidden:
		return "/proc is mounted with hidepid=" + b.name + ": processes of other users are not shown, and give no error"
	case pidsOnly:
		return "/proc is mounted with subset=pid: everything about the machine as a whole is hidden (boot time, limits)"
	case unseen:
		return fmt.Sprintf("%s could not be seen: %s", english.Count(len(b.list), "process", "processes"), phrase.Unread(b.list))
	case unreadable:
		return fmt.Sprintf("%s could not be read: %s", english.Count(len(b.list), "file", "files"), phrase.Unread(b.list))
	case unattributed:
		return fmt.Sprintf("of %s it cannot be told whether %s in %s", phrase.Zombies(b.n), english.Agree(b.n, "it is", "they are"), phrase.Filter(b.filter))
	case recordedOnly:
		return fmt.Sprintf("only %s were recorded, on purpose (capture --only)", english.Count(b.n, "process", "processes"))
	case mountUnknown:
		return "how /proc is mounted cannot be told, so processes of other users may be hidden"
	case inLoops:
		return fmt.Sprintf("the parents of processes form %s, which no kernel shows: what was recorded is damaged", english.Count(b.n, "loop", "loops"))
	default:
		return fmt.Sprintf("the parent of %s is not in view, so there are more processes than can be seen", english.Count(b.n, "process", "processes"))
	}
}

func (b blind) Advice() []Advice {
	text := ""
	switch b.how {
	case hidden, mountUnknown:
		text = "To see all processes, look as root with CAP_SYS_PTRACE."
	case pidsOnly:
		text = "Look through a /proc that is mounted without subset=pid."
	case unseen:
		text = "To see all processes, look as root with CAP_SYS_PTRACE; a recording has to be made anew."
	case unattributed:
		text = "Look from the node, at its root directory: names of containers are in files there. An ID can be given instead of a name."
	case recordedOnly:
		text = "For a verdict on all, record all."
	case inLoops:
		text = "Record it anew."
	case orphaned:
		text = "To see all processes, look as root with CAP_SYS_PTRACE; in a recording, record all."
	default:
		return nil
	}
	return []Advice{confirm(text)}
}

// confirm is advice that is the same for all: how to find out more.
func confirm(text string) Advice {
	a := advise(Operator, Confirm, "%s", text)
	a.Shape = text
	return a
}
