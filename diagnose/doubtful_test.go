package diagnose

import (
	"strings"
	"testing"
)

// TestDoubtful: what may be a zombie is said by its reason, and which it is.
func TestDoubtful(t *testing.T) {
	const full = "UID PID PPID C STIME TTY TIME CMD\nroot 1 0 0 23:36 ? 00:00:00 ./app\n"
	const busybox = "PID USER TIME COMMAND\n1 root 0:00 ./app\n"
	for text, want := range map[string][]string{
		full + "root 7 1 0 23:36 ? 00:00:00 [x]\n":                                        {"1 process in brackets may be a zombie (PID 7): ps writes <defunct>"},
		full + "root 7 1 0 23:36 ? 00:00:00 x <defunct>\n":                                {"1 process may be a zombie (PID 7): <defunct> stands there"},
		busybox + "7 root 0:00 [x]\n8 root 0:00 [y]\n":                                    {"2 processes in brackets may be zombies (PID 7, 8): busybox"},
		busybox + "7 root 0:00 [x]\n8 root 0:00 x <defunct>":                              {"1 process may be a zombie (PID 8)", "1 process in brackets may be a zombie (PID 7): busybox"},
		busybox + "7 root 0:00 grep --color=auto <defunct>\n":                             nil,
		"PID TTY TIME CMD\n1 ? 00:00:00 init\n7 ? 00:00:00 x <defunct>\n8 ? 00:00:00 y\n": {"but of those with <defunct>"},
	} {
		d := fromList(t, text)
		var got []string
		for _, f := range d.Findings {
			if f.Rule == "Z901" {
				got = append(got, f.Message)
			}
		}
		ok := len(got) == len(want) && d.Blind == (len(want) > 0)
		for i := range want {
			ok = ok && strings.Contains(got[i], want[i])
		}
		if !ok {
			t.Errorf("%s\ngot %q, want %q", text, got, want)
		}
	}
}
