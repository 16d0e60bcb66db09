package look

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Bounds for hostile recordings: a hierarchy is seldom deeper than ten, and a
// node has some hundreds of containers.
const (
	maxCgroupDepth = 64
	maxCgroupDirs  = 1024
	// maxZombieCgroups bounds the zombies whose own cgroup is read: it takes a
	// lock that all cgroups share. The others count where their parent does.
	maxZombieCgroups = 4096
)

// hierarchy is the cgroup of a process in the one hierarchy that has some
// controller.
type hierarchy struct {
	path string
	v2   bool
}

// hierarchyOf picks the line of /proc/PID/cgroup that is about a controller: a
// v1 hierarchy that has it, else v2.
func hierarchyOf(paths []facts.CgroupPath, controller string) (h hierarchy, ok bool) {
	for _, c := range paths {
		if slices.Contains(strings.Split(c.Controllers, ","), controller) {
			return hierarchy{path: c.Path}, true
		}
		if c.Controllers == "" {
			h, ok = hierarchy{c.Path, true}, true
		}
	}
	return h, ok
}

// cgroupDir is a cgroup by its directory below our root and by its name.
type cgroupDir struct{ dir, path string }

// cgroupOf finds the cgroup in which a controller counts a process, with the
// visible ones above it, from the top down. None: it is not visible.
func (r *reading) cgroupOf(paths []facts.CgroupPath, controller string) (hierarchy, []cgroupDir) {
	h, ok := hierarchyOf(paths, controller)
	if !ok {
		return h, nil
	}
	// The kernel appends this to the name of a cgroup that was removed. Those
	// above it count on.
	name, removed := strings.CutSuffix(h.path, " (deleted)")
	var best []cgroupDir
	for _, m := range r.mounts {
		if !m.HasController(controller, h.v2) {
			continue
		}
		point, ok := r.belowRoot(facts.UnescapeMount(m.Point))
		if !ok {
			continue
		}
		if chain := cgroupChain(facts.UnescapeMount(m.Root), point, name); len(chain) > len(best) {
			best = chain
		}
	}
	if removed && len(best) > 0 {
		best = best[:len(best)-1]
	}
	return h, best[max(0, len(best)-maxCgroupDepth):]
}

// cgroupChain returns the cgroups from the root of a mount to the one with that
// name. A mount may show a part of the hierarchy only: its root is then not "/".
// Names and roots are relative to our cgroup namespace, so one outside it begins
// with "/.." (cgroup_namespaces(7)), and the way there is unknown.
func cgroupChain(root, point, name string) []cgroupDir {
	if len(root)+len(name) > 2*facts.MaxPath {
		return nil
	}
	rest := name
	if root != "/" {
		var ok bool
		if rest, ok = strings.CutPrefix(name, root); !ok || rest != "" && rest[0] != '/' {
			return nil
		}
	}
	chain := []cgroupDir{{point, root}}
	rest = strings.TrimPrefix(rest, "/")
	if rest == "" {
		return chain
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part == "." || part == ".." {
			return nil
		}
		last := chain[len(chain)-1]
		chain = append(chain, cgroupDir{last.dir + "/" + part, strings.TrimSuffix(last.path, "/") + "/" + part})
	}
	return chain
}

// belowRoot makes an absolute path one that is relative to our root.
func (r *reading) belowRoot(abs string) (string, bool) {
	if !path.IsAbs(abs) || path.Clean(abs) != abs {
		return "", false
	}
	if root := r.src.Dir(); root != "/" {
		var ok bool
		if abs, ok = strings.CutPrefix(abs, root); !ok {
			return "", false
		}
	}
	rel, ok := strings.CutPrefix(abs, "/")
	return rel, ok && rel != ""
}

func (r *reading) readCgroups(v2 bool, chain []cgroupDir) {
	parent := ""
	for _, d := range chain {
		if _, ok := r.snap.Cgroups[d.dir]; !ok {
			if len(r.snap.Cgroups) == maxCgroupDirs {
				r.unread(0, d.dir, fmt.Errorf("only %d cgroups were looked at", maxCgroupDirs))
				return
			}
			c := r.readCgroup(v2, d)
			c.Parent = parent
			r.snap.Cgroups[d.dir] = c
		}
		parent = d.dir
	}
}

func (r *reading) readCgroup(v2 bool, d cgroupDir) facts.Cgroup {
	c := facts.Cgroup{Path: d.path, V2: v2}
	c.PidsMax = machineFact(r, d.dir+"/pids.max", facts.ParsePidsMax)
	if !c.PidsMax.Known() {
		return c
	}
	c.PidsCurrent = machineFact(r, d.dir+"/pids.current", facts.ParseNumber)
	names := []string{"pids.events"}
	if v2 {
		names = []string{"pids.events.local", "pids.events"}
	}
	for _, name := range names {
		if c.Refusals = machineFact(r, d.dir+"/"+name, facts.ParsePidsEvents); c.Refusals.Known() {
			c.RefusalsFile = name
			break
		}
	}
	return c
}

// readFreezers reads whether a process is frozen. With both versions mounted,
// either may do it.
func (r *reading) readFreezers(p *facts.Process, paths []facts.CgroupPath) {
	v1 := slices.DeleteFunc(slices.Clone(paths), func(c facts.CgroupPath) bool { return c.Controllers == "" })
	v2 := slices.DeleteFunc(slices.Clone(paths), func(c facts.CgroupPath) bool { return c.Controllers != "" })
	for _, f := range []struct {
		paths                []facts.CgroupPath
		file, field, by, set string
		parse                func([]byte) (string, error)
	}{
		{v1, "freezer.state", "", "freezer.self_freezing", "FROZEN", facts.ParseFreezerState},
		{v2, "cgroup.events", "frozen", "cgroup.freeze", "1", facts.ParseFrozen},
	} {
		_, chain := r.cgroupOf(f.paths, "freezer")
		if len(chain) == 0 {
			continue
		}
		// The root of a hierarchy has none of these files.
		value, ok := machineFact(r, chain[len(chain)-1].dir+"/"+f.file, f.parse).Get()
		if !ok {
			continue
		}
		found := facts.Freezer{File: chain[len(chain)-1].dir + "/" + f.file, Field: f.field, Value: value, Frozen: value == f.set}
		for _, c := range chain {
			if !found.Frozen || found.By != "" {
				break
			}
			if by, ok := machineFact(r, c.dir+"/"+f.by, facts.ParseWord).Get(); ok && by == "1" {
				found.By = c.dir + "/" + f.by
			}
		}
		p.Deep.Freezers = append(p.Deep.Freezers, found)
	}
}
