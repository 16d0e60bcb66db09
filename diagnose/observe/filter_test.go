package observe

import (
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func TestFilterMatches(t *testing.T) {
	named := &Container{Engine: facts.Containerd, ID: looktest.DBID, Name: "pg", Pod: "db-0", Namespace: "shop", PodUID: looktest.PodID}
	unnamed := &Container{Engine: facts.Containerd, ID: looktest.DBID, PodUID: looktest.PodID}
	alone := &Container{Engine: facts.Podman, ID: looktest.WebID, Name: "web"}
	none := &Container{Engine: NoContainer}
	for name, c := range map[string]struct {
		f    Filter
		c    *Container
		want Answer
	}{
		"any":                      {Filter{}, nil, Yes},
		"unknown":                  {Filter{Container: "pg"}, nil, Unknown},
		"the machine":              {Filter{Pod: "db-0"}, none, No},
		"name":                     {Filter{Container: "pg"}, named, Yes},
		"another name":             {Filter{Container: "p"}, named, No},
		"ID":                       {Filter{Container: looktest.DBID[:12]}, named, Yes},
		"ID, without a name":       {Filter{Container: looktest.DBID[:6]}, unnamed, Yes},
		"too short an ID":          {Filter{Container: looktest.DBID[:5]}, unnamed, Unknown},
		"another ID":               {Filter{Container: looktest.WebID[:12]}, unnamed, No},
		"name, not known":          {Filter{Container: "pg"}, unnamed, Unknown},
		"pod":                      {Filter{Pod: "db-0"}, named, Yes},
		"pod by UID":               {Filter{Pod: looktest.PodID[:8]}, unnamed, Yes},
		"pod, not known":           {Filter{Pod: "db-0"}, unnamed, Unknown},
		"pod, of one in none":      {Filter{Pod: "db-0"}, alone, No},
		"namespace":                {Filter{Namespace: "shop"}, named, Yes},
		"another namespace":        {Filter{Namespace: "kube-system"}, named, No},
		"namespace, not known":     {Filter{Namespace: "shop"}, unnamed, Unknown},
		"namespace, not in a pod":  {Filter{Namespace: "shop"}, alone, No},
		"all of them":              {Filter{Container: "pg", Pod: "db-0", Namespace: "shop"}, named, Yes},
		"one is wrong":             {Filter{Container: "pg", Pod: "db-1", Namespace: "shop"}, named, No},
		"one is wrong, one open":   {Filter{Container: "x", Pod: looktest.PodID[:8]}, named, No},
		"container, only pod seen": {Filter{Container: "pg"}, &Container{Engine: facts.Kubernetes, PodUID: looktest.PodID}, Unknown},
	} {
		if got := c.f.Matches(c.c); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
