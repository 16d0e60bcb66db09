package look_test

import (
	"reflect"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

func TestReadFreezers(t *testing.T) {
	const (
		v1 = "39 31 0:36 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n"
		v2 = "40 31 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	)
	const d1, d2 = "sys/fs/cgroup/freezer/", "sys/fs/cgroup/unified/"
	for name, c := range map[string]struct {
		mounts, cgroup string
		files          map[string]string
		want           []facts.Freezer
		unread         int
	}{
		"v1, thawed": {v1, "5:freezer:/a\n", map[string]string{d1 + "a/freezer.state": "THAWED\n"},
			[]facts.Freezer{{File: d1 + "a/freezer.state", Value: "THAWED"}}, 0},
		"v1, on its way": {v1, "5:freezer:/a\n", map[string]string{d1 + "a/freezer.state": "FREEZING\n"},
			[]facts.Freezer{{File: d1 + "a/freezer.state", Value: "FREEZING"}}, 0},
		"v1, frozen": {v1, "5:freezer:/a\n", map[string]string{d1 + "a/freezer.state": "FROZEN\n", d1 + "a/freezer.self_freezing": "1\n"},
			[]facts.Freezer{{File: d1 + "a/freezer.state", Value: "FROZEN", Frozen: true, By: d1 + "a/freezer.self_freezing"}}, 0},
		"v1, frozen by the one above": {v1, "5:freezer:/a/b\n",
			map[string]string{d1 + "a/b/freezer.state": "FROZEN\n", d1 + "a/b/freezer.self_freezing": "0\n", d1 + "a/freezer.self_freezing": "1\n"},
			[]facts.Freezer{{File: d1 + "a/b/freezer.state", Value: "FROZEN", Frozen: true, By: d1 + "a/freezer.self_freezing"}}, 0},
		"v2, not frozen": {v2, "0::/a\n", map[string]string{d2 + "a/cgroup.events": "populated 1\nfrozen 0\n"},
			[]facts.Freezer{{File: d2 + "a/cgroup.events", Field: "frozen", Value: "0"}}, 0},
		"v2, frozen by the one above": {v2, "0::/a/b\n",
			map[string]string{d2 + "a/b/cgroup.events": "populated 1\nfrozen 1\n", d2 + "a/b/cgroup.freeze": "0\n", d2 + "a/cgroup.freeze": "1\n"},
			[]facts.Freezer{{File: d2 + "a/b/cgroup.events", Field: "frozen", Value: "1", Frozen: true, By: d2 + "a/cgroup.freeze"}}, 0},
		"v2, frozen from out of sight": {v2, "0::/a\n", map[string]string{d2 + "a/cgroup.events": "frozen 1\n", d2 + "a/cgroup.freeze": "0\n"},
			[]facts.Freezer{{File: d2 + "a/cgroup.events", Field: "frozen", Value: "1", Frozen: true}}, 0},
		"both, frozen by v2": {v1 + v2, "5:freezer:/a\n0::/a\n",
			map[string]string{d1 + "a/freezer.state": "THAWED\n", d2 + "a/cgroup.events": "frozen 1\n", d2 + "a/cgroup.freeze": "1\n"},
			[]facts.Freezer{{File: d1 + "a/freezer.state", Value: "THAWED"}, {File: d2 + "a/cgroup.events", Field: "frozen", Value: "1", Frozen: true, By: d2 + "a/cgroup.freeze"}}, 0},
		"v2 before Linux 5.2":  {v2, "0::/a\n", map[string]string{d2 + "a/cgroup.events": "populated 1\n"}, nil, 0},
		"the root has no file": {v2, "0::/\n", nil, nil, 0},
		"out of sight":         {v2, "0::/../a\n", nil, nil, 0},
		"no mounts":            {"", "5:freezer:/a\n0::/a\n", nil, nil, 0},
		"v1, malformed":        {v1, "5:freezer:/a\n", map[string]string{d1 + "a/freezer.state": "MELTING\n"}, nil, 1},
		"v2, malformed":        {v2, "0::/a\n", map[string]string{d2 + "a/cgroup.events": "frozen 2\n"}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := lookAt(t, recordedTree(c.mounts, c.cgroup, c.files))
			if got := s.Find(7).Deep.Freezers; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if len(s.Unread) != c.unread {
				t.Errorf("unread %+v", s.Unread)
			}
		})
	}
}
