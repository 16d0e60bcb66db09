package cmd

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// placeholder is a word that stands in the commands of a page for what differs from
// one process to the next.
var placeholder = regexp.MustCompile(`\b(PARENT|ZOMBIE|PID|CHILD|TRACER|CGROUP|CONTAINER|POD|FD)\b`)

// pasted are names that a shell takes as they are. What else a process or a cgroup
// is called is not put into a command.
var pasted = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./:@-]*$`)

// fillIn puts the known facts about a process into the commands of a page, and
// names the process above them. On a page about zombies PID stands for one of
// them, otherwise for the process itself.
func fillIn(page string, aboutZombies bool, x *observe.Observation, p *facts.Process) string {
	known := placeholders(x, p)
	if known["ZOMBIE"] != "" && aboutZombies {
		known["PID"] = known["ZOMBIE"]
	}
	var left []string
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		code := len(line)
		if at := strings.Index(line, " # "); at > 0 {
			code = at
		}
		fill := func(text string, inCode bool) string {
			return placeholder.ReplaceAllStringFunc(text, func(word string) string {
				name := word
				switch {
				case word == "PID" && !inCode:
					return word
				case word == "CGROUP" && strings.Contains(line, "freezer"):
					name = "CGROUP of v1"
				}
				if known[name] != "" {
					return known[name]
				}
				if !slices.Contains(left, word) {
					left = append(left, word)
				}
				return word
			})
		}
		indented := strings.HasPrefix(line, "    ")
		lines[i] = fill(line[:code], indented) + fill(line[code:], false)
	}
	about := fmt.Sprintf("The commands are those for PID %d (%s).", p.PID, sanitize.Clean(p.Comm))
	if len(left) > 0 {
		about += " Unknown, and left for you to fill in: " + strings.Join(left, ", ") + "."
	}
	title, rest, _ := strings.Cut(strings.Join(lines, "\n"), "\n\n")
	return title + "\n\n" + about + "\n\n" + rest
}

// placeholders returns the known values: the process is a zombie, or a parent.
func placeholders(x *observe.Observation, p *facts.Process) map[string]string {
	known := map[string]string{"PID": strconv.Itoa(p.PID)}
	parent, zombie := p, (*facts.Process)(nil)
	if p.State == facts.Zombie {
		parent, zombie = x.Find(p.PPID), p
	}
	for i := range x.Procs {
		switch q := &x.Procs[i]; {
		case parent == nil || q.PPID != parent.PID:
		case q.State != facts.Zombie:
			known["CHILD"] = strconv.Itoa(q.PID)
		case zombie == nil:
			zombie = q
		}
	}
	if parent != nil {
		known["PARENT"] = strconv.Itoa(parent.PID)
	}
	if zombie != nil {
		known["ZOMBIE"] = strconv.Itoa(zombie.PID)
		if tid := tracerOf(zombie); tid != 0 {
			known["TRACER"] = strconv.Itoa(tid)
		}
	}
	if parent == nil || parent.Deep == nil {
		return known
	}
	put := func(name, value string) {
		if value = strings.Trim(value, "/"); pasted.MatchString(value) {
			known[name] = value
		}
	}
	paths, _ := parent.Deep.Cgroups.Get()
	for _, c := range paths {
		switch {
		case c.Controllers == "":
			put("CGROUP", c.Path)
		case slices.Contains(strings.Split(c.Controllers, ","), "freezer"):
			put("CGROUP of v1", c.Path)
		}
	}
	if c := x.Containers.Of(parent); c != nil {
		put("CONTAINER", c.ID)
		put("POD", c.Pod)
	}
	return known
}

// tracerOf returns the thread that traces a process; 0: none, or it is unknown.
func tracerOf(p *facts.Process) int {
	if p.Deep == nil {
		return 0
	}
	status, _ := p.Deep.Status.Get()
	tid, _ := status.TracerPID.Get()
	return tid
}
