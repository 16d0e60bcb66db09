package diagnose

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/pslist"
)

// passedOver reports whether a text has the mark of a zombie while its diagnosis
// says neither that there is a zombie nor that this is unknown.
func passedOver(text []byte, d *Diagnosis) bool {
	const mark = "<defunct"
	if !bytes.Contains(text, []byte(mark)) || len(d.Zombies) > 0 || d.Blind {
		return false
	}
	if l := d.Snapshot.Listing; l.Zombies == facts.ByState && l.HasColumn("LWP", "SPID", "TID") {
		return false // a thread that has exited, of a running process
	}
	// Where the line shows the state of that process, or has a command line, the
	// mark is an argument.
	return !slices.ContainsFunc(d.Snapshot.Procs, func(p facts.Process) bool {
		return p.State != 0 && strings.Contains(p.Listed.Text, mark) ||
			d.Snapshot.Listing.Zombies != facts.Unmarked && strings.Contains(p.Listed.Command, mark)
	})
}

func incident(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("../scan/testdata/ps/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// FuzzDefunct: unknown is never zero.
func FuzzDefunct(f *testing.F) {
	for _, text := range []string{
		"  PID TTY          TIME CMD\n    1 ?        00:00:01 systemd\n  123 ?        00:00:00 tmux: server <defunct>\n",
		"  PID  PPID STAT COMMAND\n    1     0 Ss   init\n   7 1 Z? [c] <defunct>\n",
		"PID USER TIME COMMAND\n1 root 0:00 /pause\n7 root 0:00 [x] <defunct>\n",
		"UID PID PPID LWP C NLWP STIME TTY TIME CMD\nroot 1 0 1 0 1 23:36 ? 00:00:00 ./app\nroot 42 1 43 0 2 23:36 ? 00:00:00 [a b] <defunct>\n",
		incident(f, "uf-backend.ps-ef.txt")[:300],
		incident(f, "uf-backend.ps-auxf.txt")[:300],
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := pslist.Parse(b)
		if err != nil {
			return
		}
		if d := Diagnose(s, Options{MinAge: DefaultMinAge}); passedOver(b, d) {
			t.Fatalf("%s\n%s", d.Sentence, b)
		}
	})
}
