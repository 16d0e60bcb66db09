package look

import (
	"reflect"
	"strings"
	"testing"
)

func TestCgroupChain(t *testing.T) {
	for _, c := range []struct {
		root, name string
		want       []cgroupDir // nil: out of sight
	}{
		{"/", "/", []cgroupDir{{"m", "/"}}},
		{"/", "/docker/8f", []cgroupDir{{"m", "/"}, {"m/docker", "/docker"}, {"m/docker/8f", "/docker/8f"}}},
		{"/docker/8f", "/docker/8f", []cgroupDir{{"m", "/docker/8f"}}},
		{"/docker/8f", "/docker/8f/x", []cgroupDir{{"m", "/docker/8f"}, {"m/x", "/docker/8f/x"}}},
		{"/docker/8f", "/docker/8fa", nil},
		{"/docker/8f", "/", nil},
		{"/docker/8f", "/docker", nil},
		{"/", "/..", nil},
		{"/", "/../other", nil},
		{"/", "/a/../b", nil},
		{"/", "/a//b", nil},
		{"/", "/a/./b", nil},
		{"/", strings.Repeat("/x", 1<<20), nil},
		{"/..", "/", nil},
		{"/..", "/../other", []cgroupDir{{"m", "/.."}, {"m/other", "/../other"}}},
	} {
		if got := cgroupChain(c.root, "m", c.name); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s in a mount of %s: got %v, want %v", c.name, c.root, got, c.want)
		}
	}
}

func FuzzCgroupChain(f *testing.F) {
	f.Add("/a/b")
	f.Fuzz(func(t *testing.T, name string) {
		for _, d := range cgroupChain("/a", "m", name) {
			if !strings.HasPrefix(d.dir, "m") {
				t.Errorf("%q leads to %q", name, d.dir)
			}
		}
	})
}
