package rule

import (
	"fmt"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z902", Name: "unknown-facts", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findUnknownFacts,
	Title: "Some facts about the processes are hidden",
})

// unknownFacts is what Z902 found of all processes: facts that could not be read, of
// so many processes.
type unknownFacts struct {
	aboutNone
	list      []facts.Unread
	processes int
	denied    bool // root would see some of them
}

// unknownDeaths is what Z902 found of zombies: so many of which it is unknown how
// long they have been dead, or how they died.
type unknownDeaths struct {
	aboutNone
	ages, exits int // one of them is 0
}

// noCauseFound is what Z902 found of a parent whose zombies no rule explains.
type noCauseFound struct {
	pid, zombies int
	missing      []facts.Unread
	uid          facts.Opt[int] // of the parent
	place        place
}

func findUnknownFacts(x *observe.Observation) []*Finding {
	if x.Listing != nil {
		return findUnknownList(x)
	}
	var out []*Finding
	hidden := unknownFacts{}
	pids := map[int]bool{}
	for _, u := range x.Unread {
		if (u.Denied || u.Skipped) && !observe.IsStat(u) {
			hidden.list = append(hidden.list, u)
			pids[u.PID] = true
			hidden.denied = hidden.denied || u.Denied
		}
	}
	if hidden.processes = len(pids); len(hidden.list) > 0 {
		out = append(out, &Finding{Certainty: observe.Certain, Facts: hidden, Missing: hidden.list})
	}
	var ages, exits unknownDeaths
	for i := range x.Scope.Zombies {
		z := &x.Scope.Zombies[i]
		if !z.Age.AtLeast.Known() {
			ages.ages++
		}
		if !z.Exit.Known() && z.Process.NumThreads <= 1 {
			exits.exits++
		}
	}
	for _, u := range []unknownDeaths{ages, exits} {
		if n := u.ages + u.exits; n > 0 {
			out = append(out, &Finding{Certainty: observe.Certain, Zombies: n, Facts: u})
		}
	}
	return out
}

// Undetermined returns, for a parent whose zombies no rule explains, the facts
// that would have explained them, and what clears them all the same. It runs
// when the causes that the rules found are known; nil: it has nothing to add.
func Undetermined(x *observe.Observation, p *observe.Parent) *Finding {
	if x.Listing != nil || p.Zombies == 0 || p.Process == nil || p.Process.KernelThread() {
		return nil
	}
	found := noCauseFound{pid: p.PID, zombies: p.Zombies, place: placeOf(x, p.Process)}
	for _, u := range observe.UnreadOf(x.Snapshot, p.PID) {
		if u.Denied || u.Skipped {
			found.missing = append(found.missing, u)
		}
	}
	// First the fact that explains most often why a process does not reap: what
	// its threads wait for.
	sort.SliceStable(found.missing, func(i, j int) bool { return tells(found.missing[i]) < tells(found.missing[j]) })
	st, _ := observe.Deep(p.Process).Status.Get()
	found.uid = st.UID
	f := about(p.Process, observe.Certain, p.Zombies, found)
	f.Rule, f.Name, f.Severity, f.Missing = "Z902", "unknown-facts", Info, found.missing
	return f
}

func tells(u facts.Unread) int {
	if strings.HasSuffix(u.File, "/syscall") {
		return 0
	}
	return 1
}

func (u unknownFacts) Message() string {
	return fmt.Sprintf("%s about %s could not be read: %s", english.Count(len(u.list), "fact", "facts"),
		english.Count(u.processes, "process", "processes"), phrase.Unread(u.list))
}

// askRoot is who may see more.
const askRoot = "Run as root with CAP_SYS_PTRACE to fill in what is unknown."

func (u unknownFacts) Advice() []Advice {
	if !u.denied {
		return nil
	}
	return confirm(askRoot)
}

func (u unknownDeaths) Message() string {
	if u.ages > 0 {
		return fmt.Sprintf("It is unknown how long %s dead: %s /proc/PID/sched was not read (a kernel without CONFIG_SCHED_DEBUG has none)",
			english.Count(u.ages, "zombie has been", "zombies have been"), english.Agree(u.ages, "its", "their"))
	}
	return fmt.Sprintf("It is unknown how %s: the kernel shows the exit status only with ptrace permission", english.Count(u.exits, "zombie died", "zombies died"))
}

func (u unknownDeaths) Advice() []Advice {
	if u.ages > 0 {
		return nil
	}
	return confirm(askRoot)
}

func (n noCauseFound) Message() string {
	message := "has left " + phrase.Zombies(n.zombies) + "; the cause is unknown"
	if len(n.missing) > 0 {
		message += ". Facts that may show it could not be read: " + phrase.Unread(n.missing)
	}
	return message
}

func (n noCauseFound) Advice() []Advice {
	again := Step{Command: fmt.Sprintf("zombiectl scan %d", n.pid)}
	look := advise(Operator, Confirm, "Look again in a moment: %s may be about to reap them.", n.place).by(again)
	if len(n.missing) > 0 {
		who := "its user"
		if uid, ok := n.uid.Get(); ok {
			who = fmt.Sprintf("its user (uid %d)", uid)
		}
		again.Text = "what it waits for is not shown to others"
		look = advise(Operator, Confirm, "Look as root with CAP_SYS_PTRACE, or as %s.", who).by(again)
	}
	return append([]Advice{look.naming(n.pid)}, n.place.clear()...)
}

// unknownList is what Z902 found: the facts that a list of processes does not
// have.
type unknownList struct {
	aboutNone
	zombies bool // there are some
	// Where the list has parents from: none, or the tree that is drawn.
	noParents, fromTree bool
	noStates            bool // zombies would be in brackets, and there is likely none
}

// junk is what Z902 found: lines that do not describe a process.
type junk struct {
	aboutNone
	lines int
}

func findUnknownList(x *observe.Observation) []*Finding {
	l := x.Listing
	n := len(x.Scope.Zombies)
	out := []*Finding{{Certainty: observe.Certain, Zombies: n, Facts: unknownList{
		zombies: n > 0, noParents: !l.Parents && !l.ParentsByTree, fromTree: l.ParentsByTree,
		noStates: l.Zombies == facts.ByBrackets && len(l.Doubtful) == 0,
	}}}
	if l.Junk > 0 {
		out = append(out, &Finding{Certainty: observe.Certain, Facts: junk{lines: l.Junk}, Evidence: []observe.Evidence{observe.Line(x.Snapshot, l.Example)}})
	}
	return out
}

func (u unknownList) Message() string {
	var missing []string
	if u.zombies {
		missing = append(missing, "how long zombies have been dead", "how they died")
	}
	missing = append(missing, "what processes wait for")
	message := "A list does not show " + strings.Join(missing, ", ") + " or which signals they handle"
	if u.noParents {
		message += ". This one has no PPID column, so parents are unknown"
	}
	if u.fromTree {
		message += ". Parents are those of the tree that is drawn, which shows children of PID 1 and processes without a parent alike"
	}
	if u.noStates {
		message += ". It has no STAT column, and zombies would be in brackets: there is likely none"
	}
	return message
}

func (u unknownList) Advice() []Advice {
	return confirm("To know more, run \"zombiectl scan\" in there, or the script of \"zombiectl capture --script\", which needs only a shell; where ps is all there is: ps -eo pid,ppid,pgid,sid,stat,lstart,time,args")
}

func (j junk) Message() string {
	return fmt.Sprintf("%s of the text %s not describe a process, and %s ignored", english.Count(j.lines, "line", "lines"), english.Agree(j.lines, "does", "do"), english.Agree(j.lines, "was", "were"))
}
