package scan

import (
	"strings"
	"testing"
)

// TestPSControls: a name with control characters, as busybox writes it, does not
// make the list binary.
func TestPSControls(t *testing.T) {
	const text = "PID   USER     TIME  COMMAND\n    1 root      0:00 /pause\n    7 root      0:00 [a\x01\x7fb]\n"
	r, err := OpenReader(strings.NewReader(text), "it")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Look(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Find(7); p == nil || p.Comm != "a\x01\x7fb" {
		t.Errorf("PID 7: %+v", p)
	}
	for _, binary := range []string{"\x7fELF\x02\x01\x01\x00\x00", strings.ReplaceAll(text, " ", "\x02"), text + "\x00"} {
		if _, err := OpenReader(strings.NewReader(binary), "it"); err == nil || !strings.Contains(err.Error(), "it is a binary file") {
			t.Errorf("%q: %v", binary, err)
		}
	}
}
