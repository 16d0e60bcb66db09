package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z901", Name: "blind", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findBlind,
	Title: "Not every process could be seen",
})

// blindness is a way in which processes may be hidden.
type blindness int

const (
	// In a look at /proc or a recording of one.
	hidden       blindness = iota // name: the value of hidepid
	pidsOnly                      // subset=pid
	unseen                        // list: stat files that were not read
	unreadable                    // list: other files
	unattributed                  // n zombies, of the filter
	recordedOnly                  // n processes
	mountUnknown                  // its options
	inLoops                       // n of them
	orphaned                      // n processes without their parents
	// In a list of processes.
	noPID1
	noParents   // n processes
	fewerTasks  // n that top counted, of m in the list
	cutOut      // something
	notRead     // n lines
	cannotBe    // list
	namesOnly   // and no states
	namesButFor // likewise, and zombies that <defunct> shows all the same
	misplaced   // <defunct> behind the processes
	bracketed   // processes, in a list of busybox
	unbracketed // processes, in a list that marks zombies by <defunct>
)

// What to do about the ways.
const (
	asRoot     = "To see all processes, look as root with CAP_SYS_PTRACE"
	wholeList  = "For a verdict on all processes the whole list is needed: ps -eo pid,ppid,stat,args"
	withStates = "A list with states is needed: ps -eo pid,ppid,stat,args; with busybox: ps -o pid,ppid,stat,args"
)

// blindnesses are the words for the ways: the message, the noun for COUNT in it,
// singular and plural, and the advice; "": it has none.
var blindnesses = [...]struct{ message, one, many, advice string }{
	hidden:       {"/proc is mounted with hidepid=NAME: processes of other users are not shown, and give no error", "", "", asRoot + "."},
	pidsOnly:     {"/proc is mounted with subset=pid: everything about the machine as a whole is hidden (boot time, limits)", "", "", "Look through a /proc that is mounted without subset=pid."},
	unseen:       {"COUNT could not be seen: FILES", "process", "processes", asRoot + "; a recording has to be made anew."},
	unreadable:   {"COUNT could not be read: FILES", "file", "files", ""},
	unattributed: {"It is unknown whether COUNT in FILTER", "zombie is", "zombies are", "Look from the node, at its root directory: names of containers are in files there. An ID can be given instead of a name."},
	recordedOnly: {"Only COUNT recorded, on purpose (capture --only)", "process was", "processes were", "For a verdict on all, record all."},
	mountUnknown: {"It is unknown how /proc is mounted, so processes of other users may be hidden", "", "", asRoot + "."},
	inLoops:      {"The parents of processes form COUNT, which no kernel shows: the data is damaged", "loop", "loops", "Record it anew."},
	orphaned:     {"The parent of COUNT could not be seen, so there are more processes than were seen", "process", "processes", asRoot + "; in a recording, record all."},
	noPID1:       {"PID 1 is not in the list, so the list is only a part, or shows one user only", "", "", wholeList},
	noParents:    {"The parent of COUNT is not in the list, so the list is only a part", "process", "processes", wholeList},
	fewerTasks:   {"top counted COUNT, but OTHERS in the list", "tasks", "tasks", wholeList},
	cutOut:       {"Something was left out of the list", "", "", wholeList},
	notRead:      {"COUNT among the processes could not be understood", "line", "lines", wholeList},
	cannotBe:     {"COUNT of the list cannot be true: LINES", "line", "lines", ""},
	namesOnly:    {"The list shows names only, and no states, so it does not show which processes are zombies", "", "", withStates},
	namesButFor:  {"The list shows names only, and no states, so it shows only the zombies that have <defunct> behind their names", "", "", withStates},
	misplaced:    {"COUNT PIDS: the line has <defunct>, but not where ps writes it behind the name of a zombie", "process may be a zombie", "processes may be zombies", withStates},
	bracketed:    {"COUNT PIDS: busybox writes kernel threads in brackets too", "process in brackets may be a zombie", "processes in brackets may be zombies", withStates},
	unbracketed: {"COUNT PIDS: ps writes <defunct> behind a zombie, which may have been lost on the way, and brackets alone around a process without arguments",
		"process in brackets may be a zombie", "processes in brackets may be zombies", withStates},
}

// blind is what Z901 found: some of the processes could not be seen.
type blind struct {
	aboutNone
	how    blindness
	n, m   int
	name   string
	list   []facts.Unread
	pids   []int // the processes that it is about
	filter observe.Filter
}

// blinds are findings of Z901.
type blinds []*Finding

// add adds a way, where it is one.
func (l *blinds) add(is bool, c observe.Certainty, b blind, ev ...observe.Evidence) {
	if b.list != nil {
		b.n = len(b.list)
	}
	if is {
		*l = append(*l, &Finding{Certainty: c, Facts: b, Evidence: ev, Missing: b.list})
	}
}

// HidesProcesses reports whether by a finding processes may not have been seen:
// it is of Z901, and not only about which container zombies are in.
func HidesProcesses(f *Finding) bool {
	b, ok := f.Facts.(blind)
	return ok && b.how != unattributed
}

func findBlind(x *observe.Observation) []*Finding {
	if x.Listing != nil {
		return findBlindList(x)
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
	m, mounted := x.Mount.Get()
	mount := observe.Evidence{File: "/proc/self/mountinfo", Fields: observe.Fields{Name: "options of /proc"}, Value: m.Options}
	hide, hides := x.HidePID()
	loops := inLoop(x)
	var out blinds
	out.add(hides, observe.Certain, blind{how: hidden, name: hide}, mount)
	out.add(mounted && m.PIDOnly, observe.Certain, blind{how: pidsOnly}, mount)
	out.add(len(stats) > 0, observe.Certain, blind{how: unseen, list: stats})
	out.add(len(others) > 0, observe.Certain, blind{how: unreadable, list: others})
	out.add(x.Scope.Unattributed > 0, observe.Certain, blind{how: unattributed, n: x.Scope.Unattributed, filter: x.Options.Filter})
	out.add(len(x.Only) > 0, observe.Certain, blind{how: recordedOnly, n: len(x.Only)})
	out.add(x.MountUnknown(), observe.Likely, blind{how: mountUnknown})
	out.add(len(loops) > 0, observe.Certain, blind{how: inLoops, n: len(loops)}, parentsOf(loops)...)
	out.add(len(x.Lost) > 0 && len(x.Only) == 0, observe.Certain, blind{how: orphaned, n: len(x.Lost)}, parentsOf(x.Lost)...)
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

// inLoop finds processes whose parents form a loop. No kernel shows that: files or
// a list that do are damaged, or of more than one moment.
func inLoop(x *observe.Observation) []*facts.Process {
	if x.Source.Kind == facts.Live {
		return nil
	}
	var in []*facts.Process
	for _, root := range x.Tree().Roots {
		if root.Root == facts.InLoop {
			in = append(in, root.Process)
		}
	}
	return in
}

func findBlindList(x *observe.Observation) []*Finding {
	l := x.Listing
	var marked, others []*facts.Process // that may be zombies
	for _, pid := range l.Doubtful {
		if p := x.Find(pid); strings.Contains(p.Listed.Text, "<defunct") {
			marked = append(marked, p)
		} else {
			others = append(others, p)
		}
	}
	tasks, counted := l.Tasks.Get()
	loops := inLoop(x)
	var out blinds
	switch {
	case x.Find(1) == nil:
		out.add(true, observe.Certain, blind{how: noPID1})
	case len(x.Lost) > 0:
		out.add(true, observe.Certain, blind{how: noParents, n: len(x.Lost)}, observe.Line(x.Snapshot, x.Lost[0].Listed.Line))
	}
	out.add(counted && tasks > len(x.Procs), observe.Likely, blind{how: fewerTasks, n: tasks, m: len(x.Procs)})
	out.add(len(l.Cut) > 0, observe.Likely, blind{how: cutOut}, linesOf(x, l.Cut)...)
	out.add(len(l.Broken) > 0, observe.Likely, blind{how: notRead, n: len(l.Broken)}, linesOf(x, l.Broken)...)
	out.add(len(x.Unread) > 0, observe.Certain, blind{how: cannotBe, list: x.Unread})
	out.add(len(loops) > 0, observe.Certain, blind{how: inLoops, n: len(loops)}, parentsOf(loops)...)
	switch {
	case l.Zombies == facts.Unmarked && len(x.Scope.Zombies) > 0:
		out.doubt(x, namesButFor, slices.Concat(marked, others))
	case l.Zombies == facts.Unmarked:
		out.doubt(x, namesOnly, slices.Concat(marked, others))
	case l.Zombies == facts.ByDefunct:
		out.doubt(x, misplaced, marked)
		out.doubt(x, unbracketed, others)
	default:
		out.doubt(x, misplaced, marked)
		out.doubt(x, bracketed, others)
	}
	return out
}

// doubt adds processes of a list that may be zombies, where there are any.
func (l *blinds) doubt(x *observe.Observation, how blindness, of []*facts.Process) {
	b := blind{how: how, n: len(of)}
	var lines []facts.Line
	for _, p := range of {
		b.pids, lines = append(b.pids, p.PID), append(lines, p.Listed.Line)
	}
	l.add(b.n > 0, observe.Certain, b, linesOf(x, lines)...)
}

func linesOf(x *observe.Observation, list []facts.Line) []observe.Evidence {
	var ev []observe.Evidence
	for _, line := range list[:min(len(list), observe.MaxListed)] {
		ev = append(ev, observe.Line(x.Snapshot, line))
	}
	return ev
}

func (b blind) Message() string {
	words := blindnesses[b.how]
	var lines []string
	for _, u := range b.list[:min(len(b.list), observe.MaxListed)] {
		lines = append(lines, u.File+": "+u.Reason)
	}
	return strings.NewReplacer(
		"COUNT", english.Count(b.n, words.one, words.many), "OTHERS", english.Count(b.m, "is", "are"),
		"NAME", b.name, "FILES", phrase.Unread(b.list), "LINES", strings.Join(lines, "; "), "PIDS", b.first(), "FILTER", phrase.Filter(b.filter),
	).Replace(words.message)
}

// first names some of the processes: "(PID 7, 9, 12, …)".
func (b blind) first() string {
	const most = 5
	var pids []string
	for _, pid := range b.pids[:min(len(b.pids), most)] {
		pids = append(pids, fmt.Sprint(pid))
	}
	if len(b.pids) > most {
		pids = append(pids, "…")
	}
	return "(PID " + strings.Join(pids, ", ") + ")"
}

func (b blind) Advice() []Advice { return confirm(blindnesses[b.how].advice) }

// confirm is advice that is the same for all: how to find out more; "": none.
func confirm(text string) []Advice {
	if text == "" {
		return nil
	}
	return []Advice{{Text: text, Shape: text, For: Operator, When: Confirm}}
}
