package observe

import (
	"slices"
	"testing"
)

func TestSparedTable(t *testing.T) {
	var names []string
	for _, e := range sparedPrograms() {
		if e.name == "" || e.why == "" {
			t.Errorf("%+v", e)
		}
		names = append(names, e.name)
	}
	for _, must := range []string{"containerd", "containerd-shim*", "conmon", "dockerd", "crio", "kubelet", "systemd"} {
		if !slices.Contains(names, must) {
			t.Errorf("%s is missing", must)
		}
	}
}
