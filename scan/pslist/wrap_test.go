package pslist

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// fold breaks lines as fold -s does, behind a blank; trimmed: as mail does, where
// blanks at the end of a line are gone.
func fold(l string, at int, trimmed bool) string {
	var out []string
	for r := []rune(l); len(r) > 0; {
		n := min(at, len(r))
		for k := n; n < len(r) && k > 0; k-- {
			if r[k-1] == ' ' {
				n = k
				break
			}
		}
		line := string(r[:n])
		if trimmed {
			line = strings.TrimRight(line, " ")
		}
		out, r = append(out, line), r[n:]
	}
	return strings.Join(out, "\n")
}

// TestPSNever: the parser gives up at once on a text that no further lines would
// make a process.
func TestPSNever(t *testing.T) {
	for header, lines := range map[string]map[string]bool{
		"UID PID PPID C STIME TTY TIME CMD": {"x x x": true, "x x": false, "root 1 0": false, "root": false, "": false, " x\tx\tx": true, "1 - x": true},
		"PID PPID STAT COMMAND":             {"x x": true, "x": false, "7 x": false},
		"STARTED PID COMMAND":               {"x x x x": false},
		"LABEL PID COMMAND":                 {"x x x x": false},
		"USER COMMAND":                      {"x x x x": false},
	} {
		s := splitter{layout: layoutOf(header)}
		for l, want := range lines {
			if s.never(l) != want {
				t.Errorf("%s: %q: %v", header, l, !want)
			}
			if _, ok := s.split(l + " 1 1 1 1:1 ? 1:1 x"); ok && want {
				t.Errorf("%s: %q may begin a process", header, l)
			}
		}
	}
}

// TestPSWrapped: a list has the same facts at whatever width it was wrapped.
// Facts that depend on lost blanks are unknown, and never something else.
func TestPSWrapped(t *testing.T) {
	for _, name := range []string{"uf-backend.ps-ef.txt", "uf-backend.ps-auxf.txt"} {
		text := incident(t, name)
		plain := parsed(t, text)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for at := 20; at <= 120; at++ {
			for how, wrap := range map[string]func(string) string{
				"cut":             func(l string) string { return hardWrap(l, at) },
				"folded":          func(l string) string { return fold(l, at, false) },
				"folded by mail":  func(l string) string { return fold(l, at, true) },
				"indented, by 77": func(l string) string { return hardWrap(strings.Repeat(" ", at)+l, 77+at) },
			} {
				out := make([]string, len(lines))
				for i, l := range lines {
					out[i] = wrap(l)
				}
				s, err := Parse([]byte(strings.Join(out, "\n")))
				mail := how == "folded by mail"
				if err != nil {
					if mail && at < 72 {
						continue
					}
					t.Errorf("%s, %s at %d: %v", name, how, at, err)
					continue
				}
				lost := mail && !s.Listing.Parents && !s.Listing.ParentsByTree
				if mail && at < 72 && len(s.Listing.Broken)+len(s.Listing.Doubtful) > 0 {
					continue // as good as an error
				}
				for i := range s.Procs {
					p := &s.Procs[i]
					q := plain.Find(p.PID)
					if q == nil || p.State != q.State || p.Comm != q.Comm || p.PPID != q.PPID && (!lost || p.PPID != facts.NoPID) {
						t.Errorf("%s, %s at %d: %+v", name, how, at, p.Listed)
					}
				}
				if len(s.Procs) != len(plain.Procs) || len(s.Listing.Broken) > 0 {
					t.Errorf("%s, %s at %d: %d processes, want %d; broken: %v", name, how, at, len(s.Procs), len(plain.Procs), s.Listing.Broken)
				}
			}
		}
	}
}
