package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// hiding reports whether processes may be hidden from this look.
func (x *exam) hiding() bool {
	if len(x.Only) > 0 || x.Listing != nil && x.partial() {
		return true
	}
	_, hidden := x.hidePID()
	return hidden || slices.ContainsFunc(x.Unread, isStat) || len(x.lost) > 0
}

// hidePID returns the hidepid option that hides processes from whoever looked.
func (x *exam) hidePID() (string, bool) {
	m, ok := x.Mount.Get()
	if !ok || m.HidePID == "" || m.HidePID == "0" || m.HidePID == "off" {
		return "", false
	}
	self, ok := x.Self.Get()
	if !ok {
		return m.HidePID, true
	}
	if self.MayTrace() {
		return "", false
	}
	// The members of one group are exempt, but not from "ptraceable"; without
	// the gid option it is group 0 (has_pid_permissions).
	exempt, _ := m.GID.Get()
	if m.HidePID != "4" && m.HidePID != "ptraceable" {
		groups, _ := self.Groups.Get()
		if gid, ok := self.GID.Get(); ok && gid == exempt || slices.Contains(groups, exempt) {
			return "", false
		}
	}
	return m.HidePID, true
}

// mountUnknown reports whether hidepid may be in force unseen: the options of
// the mount are not known, and we have no right that makes them irrelevant.
func (x *exam) mountUnknown() bool {
	self, ok := x.Self.Get()
	if !ok || x.Mount.Known() {
		return false // a recording by other means, of which nothing is known
	}
	return !self.MayTrace()
}

func isStat(u scan.Unread) bool {
	return strings.HasPrefix(u.File, "proc/") && strings.HasSuffix(u.File, "/stat") && strings.Count(u.File, "/") == 2
}

// blind is Z901.
func blind(x *exam) []*Finding {
	if x.Listing != nil {
		return blindListed(x)
	}
	var out []*Finding
	add := func(c Certainty, msg string, ev []Evidence, missing []scan.Unread, advice ...string) {
		out = append(out, &Finding{Certainty: c, Message: msg, Evidence: ev, Missing: missing, Advice: advice})
	}
	mount := func() []Evidence {
		m, _ := x.Mount.Get()
		return []Evidence{{"/proc/self/mountinfo", "options of /proc", m.Options}}
	}
	if hide, ok := x.hidePID(); ok {
		add(Certain, "/proc is mounted with hidepid="+hide+": processes of other users are not shown, and give no error",
			mount(), nil, "To see all processes, look as root with CAP_SYS_PTRACE.")
	}
	if m, ok := x.Mount.Get(); ok && m.PIDOnly {
		add(Certain, "/proc is mounted with subset=pid: everything about the machine as a whole is hidden (boot time, limits)",
			mount(), nil, "Look through a /proc that is mounted without subset=pid.")
	}
	var unseen, broken []scan.Unread
	for _, u := range x.Unread {
		switch {
		case isStat(u):
			unseen = append(unseen, u)
		case !u.Denied && !u.Skipped:
			broken = append(broken, u)
		}
	}
	if len(unseen) > 0 {
		add(Certain, fmt.Sprintf("%s could not be seen: %s", count(len(unseen), "process", "processes"), listUnread(unseen)), nil, unseen,
			"To see all processes, look as root with CAP_SYS_PTRACE; a recording has to be made anew.")
	}
	if len(broken) > 0 {
		add(Certain, fmt.Sprintf("%s could not be read: %s", count(len(broken), "file", "files"), listUnread(broken)), nil, broken)
	}
	if n := x.d.Unattributed; n > 0 {
		add(Certain, fmt.Sprintf("of %s it cannot be told whether %s in %s", count(n, "zombie", "zombies"), oneOf(n, "it is", "they are"), x.d.Filter), nil, nil,
			"Look from the node, at its root directory: names of containers are in files there. An ID can be given instead of a name.")
	}
	if len(x.Only) > 0 {
		add(Certain, fmt.Sprintf("only %s were recorded, on purpose (capture --only)", count(len(x.Only), "process", "processes")), nil, nil,
			"For a verdict on all, record all.")
	}
	if x.mountUnknown() {
		add(Likely, "how /proc is mounted cannot be told, so processes of other users may be hidden", nil, nil,
			"To see all processes, look as root with CAP_SYS_PTRACE.")
	}
	out = append(out, loops(x)...)
	if lost := x.lost; len(lost) > 0 && len(x.Only) == 0 {
		ev := make([]Evidence, 0, maxListed)
		for _, p := range lost[:min(len(lost), maxListed)] {
			ev = append(ev, Evidence{fmt.Sprintf("/proc/%d/stat", p.PID), "field 4 (ppid)", fmt.Sprint(p.PPID)})
		}
		add(Certain, fmt.Sprintf("the parent of %s is not in view, so there are more processes than can be seen",
			count(len(lost), "process", "processes")), ev, nil, "To see all processes, look as root with CAP_SYS_PTRACE; in a recording, record all.")
	}
	return out
}

// loops finds parents that form a loop. No kernel shows that: files or a list
// that do are damaged, or of more than one moment.
func loops(x *exam) []*Finding {
	if x.Source.Kind == scan.Live {
		return nil
	}
	var ev []Evidence
	n := 0
	for _, root := range x.Tree().Roots {
		if root.Root == scan.InLoop {
			if n++; n <= maxListed {
				p := root.Process
				ev = append(ev, Evidence{statFile(p.PID), "field 4 (ppid)", fmt.Sprint(p.PPID)})
			}
		}
	}
	if n == 0 {
		return nil
	}
	return []*Finding{{Certainty: Certain, Message: fmt.Sprintf("the parents of processes form %s, which no kernel shows: what was recorded is damaged", count(n, "loop", "loops")),
		Evidence: ev, Advice: []string{"Record it anew."}}}
}

// unknownFacts is Z902: what the kernel refused to tell about processes that
// it did show.
func unknownFacts(x *exam) []*Finding {
	if x.Listing != nil {
		return unknownListed(x)
	}
	var hidden []scan.Unread
	pids := map[int]bool{}
	var advice []string
	for _, u := range x.Unread {
		if (u.Denied || u.Skipped) && !isStat(u) {
			hidden = append(hidden, u)
			pids[u.PID] = true
			if u.Denied {
				advice = []string{"What is marked unknown, root with CAP_SYS_PTRACE may be told."}
			}
		}
	}
	var out []*Finding
	if len(hidden) > 0 {
		out = append(out, &Finding{
			Certainty: Certain,
			Message: fmt.Sprintf("%s about %s could not be read: %s", count(len(hidden), "fact", "facts"),
				count(len(pids), "process", "processes"), listUnread(hidden)),
			Missing: hidden,
			Advice:  advice,
		})
	}
	for _, p := range x.order {
		if f := x.undetermined(p); f != nil {
			out = append(out, f)
		}
	}
	ages, exits := 0, 0
	for i := range x.d.Zombies {
		z := &x.d.Zombies[i]
		if !z.Age.AtLeast.Known() {
			ages++
		}
		if !z.Exit.Known() && z.Process.NumThreads <= 1 {
			exits++
		}
	}
	if ages > 0 {
		out = append(out, &Finding{Certainty: Certain, Zombies: ages,
			Message: fmt.Sprintf("how long %s dead is unknown: their /proc/PID/sched was not read (a kernel without CONFIG_SCHED_DEBUG has none)", count(ages, "zombie has been", "zombies have been"))})
	}
	if exits > 0 {
		out = append(out, &Finding{Certainty: Certain, Zombies: exits,
			Message: fmt.Sprintf("how %s is unknown: the kernel tells the exit status only with ptrace permission", count(exits, "zombie died", "zombies died")),
			Advice:  []string{"What is marked unknown, root with CAP_SYS_PTRACE may be told."}})
	}
	return out
}

// undetermined says of a parent whose zombies no rule explains what would have
// told why, and what clears them all the same.
func (x *exam) undetermined(p *Parent) *Finding {
	explained := slices.ContainsFunc(p.Rules, func(r string) bool { return slices.Contains(primaryOrder, r) })
	if p.Zombies == 0 || p.Process == nil || p.Process.KernelThread() || explained {
		return nil
	}
	f := aboutProcess(p.Process)
	f.Certainty, f.Zombies = Certain, p.Zombies
	f.Message = "keeps " + count(p.Zombies, "zombie", "zombies") + ", and why cannot be told"
	f.Advice = []string{fmt.Sprintf("Look at it again in a moment: zombiectl scan %d. It may be about to reap them.", p.PID)}
	for _, u := range x.unreadOf(p.PID) {
		if u.Denied || u.Skipped {
			f.Missing = append(f.Missing, u)
		}
	}
	if len(f.Missing) > 0 {
		slices.SortStableFunc(f.Missing, func(a, b scan.Unread) int { return tells(a) - tells(b) })
		who := "its user"
		if st, ok := p.Process.Deep.Status.Get(); ok && st.UID.Known() {
			uid, _ := st.UID.Get()
			who = fmt.Sprintf("its user (uid %d)", uid)
		}
		f.Message += " from what could be read: not " + listUnread(f.Missing)
		f.Advice = []string{fmt.Sprintf("Look at it as root with CAP_SYS_PTRACE, or as %s: zombiectl scan %d. What it waits for is not shown to others.", who, p.PID)}
	}
	if p.IsPID1 {
		f.Advice = append(f.Advice, x.restartAdvice(p.Process))
	} else {
		f.Advice = append(f.Advice, x.clearAdvice(p.Process))
	}
	return f
}

// tells ranks what tells most of why a process does not reap: what its threads
// wait for.
func tells(u scan.Unread) int {
	if strings.HasSuffix(u.File, "/syscall") {
		return 0
	}
	return 1
}

// maxListed bounds how many examples a message names.
const maxListed = 3

func listUnread(list []scan.Unread) string {
	var parts []string
	for _, u := range list[:min(len(list), maxListed)] {
		parts = append(parts, fmt.Sprintf("/%s (%s)", u.File, u.Reason))
	}
	if rest := len(list) - len(parts); rest > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(parts, ", ")
}

// count puts a number before its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
