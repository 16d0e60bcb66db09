package facts

import "testing"

func TestUnescapeMount(t *testing.T) {
	for in, want := range map[string]string{
		"/sys/fs/cgroup": "/sys/fs/cgroup", `/a\040b\134c`: `/a b\c`, `\`: `\`, `\04`: `\04`, `\999x`: `\999x`, `/\011`: "/\t", `\777`: `\777`,
	} {
		if got := UnescapeMount(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestParseMount(t *testing.T) {
	m, ok := ParseMount("63 45 0:39 / /proc rw,nosuid shared:7 - proc proc rw,gid=27,hidepid=invisible,subset=pid\n")
	if !ok || m.Point != "/proc" || m.FSType != "proc" {
		t.Fatalf("got %+v, %v", m, ok)
	}
	pm := m.ProcMount()
	if pm.HidePID != "invisible" || pm.GID != Some(27) || !pm.PIDOnly {
		t.Errorf("got %+v", pm)
	}
	for _, bad := range []string{"", "a - b", "63 45 0:39 / /proc rw - proc"} {
		if m, ok := ParseMount(bad); ok {
			t.Errorf("%q: got %+v, want none", bad, m)
		}
	}
}
