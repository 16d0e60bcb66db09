package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

type process struct {
	comm  string
	state byte
	ppid  int
}

// readProcess reads /proc/PID/stat. A process that has vanished is not ok.
func readProcess(pid int) (p process, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, false
	}
	return parseStat(string(stat))
}

// parseStat takes the last parenthesis for the end of comm: comm may hold some itself.
func parseStat(stat string) (process, bool) {
	from, to := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if from < 0 || to < from {
		return process{}, false
	}
	fields := strings.Fields(stat[to+1:])
	if len(fields) < 2 {
		return process{}, false
	}
	ppid, err := strconv.Atoi(fields[1])
	return process{stat[from+1 : to], fields[0][0], ppid}, err == nil
}

// descendants are the processes below this one. They come from /proc/PID/task/TID/children, so that looking costs with
// the scene and not with the machine; on a kernel without it (CONFIG_PROC_CHILDREN) from a look at every process.
func descendants() map[int]process {
	self := os.Getpid()
	found := map[int]process{}
	if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d/children", self)); err != nil {
		return scanDescendants(self)
	}
	todo := []int{self}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", at))
		for _, file := range files {
			list, _ := os.ReadFile(file)
			for word := range strings.FieldsSeq(string(list)) {
				pid, err := strconv.Atoi(word)
				if _, known := found[pid]; err != nil || known {
					continue
				}
				if p, ok := readProcess(pid); ok {
					found[pid] = p
					todo = append(todo, pid)
				}
			}
		}
	}
	return found
}

func scanDescendants(self int) map[int]process {
	all := map[int]process{}
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok {
			all[pid] = p
		}
	}
	found := map[int]process{}
	for pid, p := range all {
		at, ok := p, true
		for range len(all) { // the table is not a snapshot: a reused PID could make a circle
			if at.ppid == self || !ok {
				break
			}
			at, ok = all[at.ppid]
		}
		if ok && at.ppid == self {
			found[pid] = p
		}
	}
	return found
}

// actor is a process of the scene. One that comes from outside has no parent's name.
type actor struct {
	process
	parent string
}

// actors are the processes below this one, without the doormen.
func actors() map[int]actor {
	all := descendants()
	self := os.Getpid()
	found := map[int]actor{}
	for pid, p := range all {
		if p.ppid == self {
			if p.comm != doorman {
				found[pid] = actor{p, ""}
			}
			continue
		}
		parent := all[p.ppid].comm
		if parent == doorman {
			parent = ""
		}
		found[pid] = actor{p, parent}
	}
	return found
}

func takeCensus() census {
	c := census{}
	for _, a := range actors() {
		n := c[bond{a.parent, a.comm}]
		switch a.state {
		case 'Z':
			n.zombies++
		case 'S':
			n.live++
		default:
			n.moving++
		}
		c[bond{a.parent, a.comm}] = n
	}
	return c
}

// settled reports whether exactly the wanted processes are there: every actor either asleep or a zombie, and no other.
func (c census) settled(want census) bool {
	for b, n := range c {
		if w, ok := want[b]; !ok || !w.any && n != w {
			return false
		}
	}
	for b, w := range want {
		if !w.any && c[b] != w {
			return false
		}
	}
	return true
}

func findActor(comm string) (int, error) {
	for pid, a := range actors() {
		if a.comm == comm && a.state != 'Z' {
			return pid, nil
		}
	}
	return 0, fmt.Errorf("there is no running actor %s", comm)
}
