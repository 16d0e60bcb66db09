package diagnose

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/pslist"
)

func fromList(t *testing.T, text string) *Diagnosis {
	t.Helper()
	s, err := pslist.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Diagnose(s, Options{MinAge: DefaultMinAge})
}

const whole = `   PPID     PID    PGID     SID TTY        TPGID STAT   UID   TIME COMMAND
      0       1       1       1 ?             -1 Ss       0   0:00 ./app
      1      10      10      10 ?             -1 T        0   0:00 stopped
     10      11      10      10 ?             -1 Z        0   0:00 [kid] <defunct>
      1      30      29      29 ?             -1 Z        0   0:00 [orphan] <defunct>
      1      31      31      31 ?             -1 Z        0   0:00 [either] <defunct>
      1      40      40      40 ?             -1 Zl       0   0:00 [leader] <defunct>
      0      60      60      60 ?             -1 Z        0   0:00 [outside] <defunct>
      1      80      80      80 ?             -1 S        0   0:00 shell
     80      81      80      80 ?             -1 Z        0   0:00 [kid] <defunct>
     80      82      80      80 ?             -1 Z        0   0:00 [shell] <defunct>
      1      90      90      90 ?             -1 S        0   0:00 /usr/bin/containerd-shim-runc-v2 -id x
     90      91      91      91 ?             -1 S        0   0:00 main
     91      92      92      92 ?             -1 Z        0   0:00 [kid] <defunct>
`

// TestList: what a list shows is judged, and nothing of it is certain.
func TestList(t *testing.T) {
	d := fromList(t, whole)
	origins := map[int]observe.Descent{}
	for _, z := range d.Zombies {
		origins[z.Process.PID] = z.Origin.Descent
	}
	for pid, want := range map[int]observe.Descent{11: observe.UnknownDescent, 30: observe.Adopted, 31: observe.UnknownDescent, 82: observe.Own} {
		if origins[pid] != want {
			t.Errorf("zombie %d: origin %q, want %q", pid, origins[pid], want)
		}
	}
	type verdict struct {
		rule string
		init Answer
	}
	for pid, want := range map[int]verdict{1: {"Z301", Yes}, 10: {"Z205", ""}, 80: {"Z201", No}, 91: {"Z201", Unknown}} {
		for i := range d.Parents {
			p := &d.Parents[i]
			if p.PID != pid {
				continue
			}
			if len(p.Rules) == 0 || p.Rules[0] != want.rule || p.Certainty == Certain || want.init != "" && p.InitWouldHelp != want.init {
				t.Errorf("parent %d: %v %s, an init would help: %s; want %v", pid, p.Rules, p.Certainty, p.InitWouldHelp, want)
			}
		}
	}
	for _, f := range d.Findings {
		if f.Subject.PID != 0 && f.Certainty == Certain {
			t.Errorf("%s of %d is certain", f.Rule, f.Subject.PID)
		}
		for _, e := range f.Evidence {
			if strings.HasPrefix(e.File, "/proc/") {
				t.Errorf("%s rests on %s, which nobody has read", f.Rule, e.File)
			}
		}
		if f.Subject.Start.Known() {
			t.Errorf("%s knows a start time", f.Rule)
		}
		for _, never := range []string{"never waited", "has waited"} {
			if strings.Contains(message(f), never) {
				t.Errorf("%s: %s", f.Rule, message(f))
			}
		}
	}
	if d.Blind {
		t.Error("the whole list is called a part")
	}
	// Without the line of PID 1 the list is a part, and who is gone is unknown.
	lines := strings.SplitAfter(whole, "\n")
	part := fromList(t, lines[0]+strings.Join(lines[2:], ""))
	if !part.Blind {
		t.Error("a part of the list is called the whole")
	}
	for _, z := range part.Zombies {
		if z.Origin.Descent == observe.Adopted {
			t.Errorf("zombie %d is called adopted", z.Process.PID)
		}
	}
	for _, pid := range []int{1, 80, 81} {
		for _, l := range Inspect(d.Snapshot, pid, Options{}).Chain {
			if len(l.Evidence) > 1 || len(l.Evidence) == 1 && !strings.HasPrefix(l.Evidence[0].Fields.String(), "line ") {
				t.Errorf("PID %d: evidence %v", pid, l.Evidence)
			}
		}
	}
	// The same list always gives the same diagnosis.
	if again := fromList(t, whole); again.Sentence != d.Sentence {
		t.Errorf("%q, and then %q", d.Sentence, again.Sentence)
	}
}

// TestListCut: a list with zombies, whose lines were cut or lost a word each, has
// zombies or is blind.
func TestListCut(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(incident(t, "uf-backend.ps-ef.txt"), "\n"), "\n")
	for how, change := range map[string]func(l string, n int) string{
		"cut behind":  func(l string, n int) string { return l[:min(len(l), n)] },
		"cut before":  func(l string, n int) string { return l[min(len(l), n):] },
		"without one": func(l string, n int) string { return l[:min(len(l), n)] + l[min(len(l), n+1):] },
	} {
		for n := range 80 {
			out := make([]string, len(lines))
			for i, l := range lines {
				out[i] = change(l, n)
			}
			s, err := pslist.Parse([]byte(strings.Join(out, "\n")))
			if err != nil {
				continue
			}
			if d := Diagnose(s, Options{MinAge: DefaultMinAge}); len(d.Zombies) == 0 && !d.Blind {
				t.Errorf("%s %d: %s\n%s", how, n, d.Sentence, out[2])
			}
		}
	}
}

// TestDoubtful: what may be a zombie is said by its reason, and which it is.
func TestDoubtful(t *testing.T) {
	const full = "UID PID PPID C STIME TTY TIME CMD\nroot 1 0 0 23:36 ? 00:00:00 ./app\n"
	const busybox = "PID USER TIME COMMAND\n1 root 0:00 ./app\n"
	for text, want := range map[string][]string{
		full + "root 7 1 0 23:36 ? 00:00:00 [x]\n":                                        {"1 process in brackets may be a zombie (PID 7): ps writes <defunct>"},
		full + "root 7 1 0 23:36 ? 00:00:00 x <defunct>\n":                                {"1 process may be a zombie (PID 7): the line has <defunct>, but not where ps writes it"},
		busybox + "7 root 0:00 [x]\n8 root 0:00 [y]\n":                                    {"2 processes in brackets may be zombies (PID 7, 8): busybox"},
		busybox + "7 root 0:00 [x]\n8 root 0:00 x <defunct>":                              {"1 process may be a zombie (PID 8)", "1 process in brackets may be a zombie (PID 7): busybox"},
		busybox + "7 root 0:00 grep --color=auto <defunct>\n":                             nil,
		"PID TTY TIME CMD\n1 ? 00:00:00 init\n7 ? 00:00:00 x <defunct>\n8 ? 00:00:00 y\n": {"so it shows only the zombies that have <defunct> behind their names"},
	} {
		d := fromList(t, text)
		var got []string
		for _, f := range d.Findings {
			if f.Rule == "Z901" {
				got = append(got, message(f))
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
