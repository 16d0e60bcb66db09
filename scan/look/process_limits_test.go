package look_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

const (
	v1Mount = "39 31 0:36 / /sys/fs/cgroup/cpu,pids rw - cgroup cgroup rw,cpu,pids\n40 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	v2Mount = "39 31 0:36 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
)

func TestReadLimits(t *testing.T) {
	for name, c := range map[string]struct {
		mounts, cgroup string
		files          map[string]string
		want           map[string]facts.Cgroup
		own            facts.Opt[string]
	}{
		"v1": {v1Mount, "4:cpu,pids:/docker/8f\n0::/x\n",
			map[string]string{
				"sys/fs/cgroup/cpu,pids/docker/pids.max": "max\n", "sys/fs/cgroup/cpu,pids/docker/pids.current": "12\n", "sys/fs/cgroup/cpu,pids/docker/pids.events": "max 0\n",
				"sys/fs/cgroup/cpu,pids/docker/8f/pids.max": "10\n", "sys/fs/cgroup/cpu,pids/docker/8f/pids.current": "9\n", "sys/fs/cgroup/cpu,pids/docker/8f/pids.events": "max 3\n",
			},
			map[string]facts.Cgroup{
				"sys/fs/cgroup/cpu,pids":           {Path: "/"},
				"sys/fs/cgroup/cpu,pids/docker":    {Path: "/docker", Parent: "sys/fs/cgroup/cpu,pids", PidsMax: facts.Some(uint64(facts.Unlimited)), PidsCurrent: facts.Some(uint64(12)), Refusals: facts.Some(uint64(0)), RefusalsFile: "pids.events"},
				"sys/fs/cgroup/cpu,pids/docker/8f": {Path: "/docker/8f", Parent: "sys/fs/cgroup/cpu,pids/docker", PidsMax: facts.Some(uint64(10)), PidsCurrent: facts.Some(uint64(9)), Refusals: facts.Some(uint64(3)), RefusalsFile: "pids.events"},
			}, facts.Some("sys/fs/cgroup/cpu,pids/docker/8f")},
		"v2, a name that no archive can carry, and local events": {v2Mount, "0::/a.slice/x:y\n",
			map[string]string{
				"sys/fs/cgroup/a.slice/pids.max": "50\n", "sys/fs/cgroup/a.slice/pids.current": "7\n", "sys/fs/cgroup/a.slice/pids.events": "max 9\n", "sys/fs/cgroup/a.slice/pids.events.local": "max 2\n",
			},
			map[string]facts.Cgroup{
				"sys/fs/cgroup":             {Path: "/", V2: true},
				"sys/fs/cgroup/a.slice":     {Path: "/a.slice", V2: true, Parent: "sys/fs/cgroup", PidsMax: facts.Some(uint64(50)), PidsCurrent: facts.Some(uint64(7)), Refusals: facts.Some(uint64(2)), RefusalsFile: "pids.events.local"},
				"sys/fs/cgroup/a.slice/x:y": {Path: "/a.slice/x:y", V2: true, Parent: "sys/fs/cgroup/a.slice"},
			}, facts.Some("sys/fs/cgroup/a.slice/x:y")},
		"a container without a cgroup namespace": {"39 31 0:36 /docker/8f /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", "8:pids:/docker/8f\n",
			map[string]string{"sys/fs/cgroup/pids/pids.max": "10\n", "sys/fs/cgroup/pids/pids.current": "9\n"},
			map[string]facts.Cgroup{"sys/fs/cgroup/pids": {Path: "/docker/8f", PidsMax: facts.Some(uint64(10)), PidsCurrent: facts.Some(uint64(9))}},
			facts.Some("sys/fs/cgroup/pids")},
		"outside of our cgroup namespace":           {v2Mount, "0::/../other\n", map[string]string{"sys/fs/other/pids.max": "1\n"}, map[string]facts.Cgroup{}, facts.Opt[string]{}},
		"a part of the hierarchy, another":          {"39 31 0:36 /docker/8f /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", "8:pids:/docker/9a\n", nil, map[string]facts.Cgroup{}, facts.Opt[string]{}},
		"v1 has the controller, and is not mounted": {v2Mount, "8:pids:/a\n0::/a\n", map[string]string{"sys/fs/cgroup/a/pids.max": "1\n"}, map[string]facts.Cgroup{}, facts.Opt[string]{}},
		"removed": {v2Mount, "0::/a/b (deleted)\n", map[string]string{"sys/fs/cgroup/a/pids.max": "5\n", "sys/fs/cgroup/a/b/pids.max": "1\n"},
			map[string]facts.Cgroup{
				"sys/fs/cgroup":   {Path: "/", V2: true},
				"sys/fs/cgroup/a": {Path: "/a", V2: true, Parent: "sys/fs/cgroup", PidsMax: facts.Some(uint64(5))},
			}, facts.Some("sys/fs/cgroup/a")},
		"no mounts": {"", "0::/a\n", nil, map[string]facts.Cgroup{}, facts.Opt[string]{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := lookAt(t, recordedTree(c.mounts, c.cgroup, c.files))
			if !reflect.DeepEqual(s.Cgroups, c.want) {
				t.Errorf("got  %+v\nwant %+v", s.Cgroups, c.want)
			}
			p := s.Find(7)
			if p.Deep.PidsCgroup != c.own || p.Deep.MaxProcesses != facts.Some(uint64(100)) {
				t.Errorf("cgroup %v, max processes %v", p.Deep.PidsCgroup, p.Deep.MaxProcesses)
			}
			if s.Host.Tasks != facts.Some(uint64(321)) || s.TasksByUID[1000] != 42 || len(s.Unread) != 0 {
				t.Errorf("tasks %v, by user %v, unread %v", s.Host.Tasks, s.TasksByUID, s.Unread)
			}
		})
	}
}

// On v2 a zombie keeps its cgroup, on v1 it is shown in the root.
func TestZombieCgroup(t *testing.T) {
	zombies := map[string]string{"proc/8/cgroup": "0::/a/gone (deleted)\n", "proc/9/cgroup": "0::/\n"}
	s := lookAt(t, recordedTree(v2Mount, "0::/a/b\n", zombies))
	if got := s.Find(8).Deep.PidsCgroup; got != facts.Some("sys/fs/cgroup/a") {
		t.Errorf("got %v", got)
	}
	if got := s.Find(9).Deep.PidsCgroup; got.Known() {
		t.Errorf("an old kernel's /: got %v", got)
	}
	s = lookAt(t, recordedTree(v1Mount, "4:pids:/a/b\n", zombies))
	if got := s.Find(8).Deep.PidsCgroup; got.Known() {
		t.Errorf("v1: got %v", got)
	}
}

// What cannot be made sense of is unknown, and said to be.
func TestLimitsMalformed(t *testing.T) {
	deep := strings.Repeat("/x", 2000)
	for name, c := range map[string]struct {
		cgroup string
		files  map[string]string
		unread []string
	}{
		"pids.max":       {"0::/a\n", map[string]string{"sys/fs/cgroup/a/pids.max": "lots\n"}, []string{"sys/fs/cgroup/a/pids.max"}},
		"pids.current":   {"0::/a\n", map[string]string{"sys/fs/cgroup/a/pids.max": "1\n", "sys/fs/cgroup/a/pids.current": "-1\n"}, []string{"sys/fs/cgroup/a/pids.current"}},
		"loadavg":        {"0::/a\n", map[string]string{"proc/loadavg": "x"}, []string{"proc/loadavg"}},
		"limits":         {"0::/a\n", map[string]string{"proc/7/limits": "Max processes x\n"}, []string{"proc/7/limits"}},
		"a deep one":     {"0::" + deep + "\n", nil, nil},
		"NUL and spaces": {"0::/a\x00b/ c\n", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := lookAt(t, recordedTree(v2Mount, c.cgroup, c.files))
			var unread []string
			for _, u := range s.Unread {
				unread = append(unread, u.File)
			}
			if !slices.Equal(unread, c.unread) {
				t.Errorf("unread %v, want %v", unread, c.unread)
			}
			if len(s.Cgroups) > look.MaxCgroupDepth {
				t.Errorf("%d cgroups", len(s.Cgroups))
			}
		})
	}
}

// Without a zombie nothing is read.
func TestNoZombiesNoLimits(t *testing.T) {
	fsys := recordedTree(v2Mount, "0::/a\n", nil)
	delete(fsys, "proc/8/stat")
	delete(fsys, "proc/9/stat")
	if s := lookAt(t, fsys); s.Cgroups != nil || s.Host.Tasks.Known() {
		t.Errorf("got %v, %v", s.Cgroups, s.Host.Tasks)
	}
}
