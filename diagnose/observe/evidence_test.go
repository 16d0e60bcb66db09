package observe

import "testing"

func TestPlainWord(t *testing.T) {
	for s, want := range map[string]bool{
		"app-7d9f.x_y@1:2": true, "": false, "-x": false, "a b": false, "a;b": false, "$(id)": false, "a\n": false, "é": false, "a/b": false,
	} {
		if PlainWord(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
