package facts

import (
	"strings"
	"testing"
)

// TestPodOfHostname: only the kubelet's first line shows that a hostname is a
// pod's.
func TestPodOfHostname(t *testing.T) {
	const managed = "# Kubernetes-managed hosts file."
	for name, c := range map[string]struct{ hostname, hosts, want string }{
		"a pod":            {"web-5d9c\n", managed, "web-5d9c"},
		"of the node":      {"node-1\n", "# Kubernetes-managed hosts file (host network).", ""},
		"no kubelet":       {"web-5d9c\n", "127.0.0.1 localhost", ""},
		"maybe cut":        {strings.Repeat("a", 63), managed, ""},
		"none":             {"\n", managed, ""},
		"no name of a pod": {"web;reboot\n", managed, ""},
	} {
		if got := PodOfHostname(c.hostname, c.hosts); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for text, want := range map[string]string{"shop": "shop", "shop\n": "shop", "": "", "$(reboot)": ""} {
		if got := NamespaceOfFile(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
