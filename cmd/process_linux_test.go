package cmd_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// processDocument is the part of an answer about one process that these tests
// look at.
type processDocument struct {
	Answer struct {
		Question, Sentence, Reaps, InitWouldHelp string
		AdopterPID                               *int
	}
	Chain []struct {
		PID               int
		Comm, Role        string
		Sigchld, WaitsFor *string
		HasReaped         *bool
	}
	Findings []struct{ Rule string }
}

// TestProcess asks about processes that are really there. Without a zombie in
// sight all that there is to know of the one asked about is read for it alone.
func TestProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scene, comm     string
		question        string
		reaps, init     string
		waits, sigchld  string // of the last link, or of the parent where that is a zombie
		rules           []string
		adopter, length int
	}{
		{"uf-backend", "uf_fafid_daily_", "why-still-here", "no", "yes", "nothing", "default", []string{"Z301", "Z312"}, 0, 2},
		{"never-waits-under-init", "leaky-child", "why-still-here", "no", "no", "nothing", "default", []string{"Z201", "Z305"}, 1, 3},
		{"never-waits-under-init", "leaky-parent", "does-it-reap", "no", "no", "nothing", "default", []string{"Z201", "Z305"}, 1, 2},
		{"never-waits-under-init", "tini", "does-it-reap", "yes", "unknown", "signal", "default", nil, 0, 1},
		{"app-pid1", "app-server", "does-it-reap", "no", "unknown", "nothing", "default", []string{"Z302"}, 0, 1},
		{"app-pid1", "app-worker", "does-it-reap", "unknown", "unknown", "nothing", "default", nil, 1, 2},
		{"uf-backend-shell", "sh", "does-it-reap", "yes", "unknown", "any-child", "", []string{"Z302"}, 0, 1},
		{"subreaper-not-reaping", "orphan", "why-still-here", "no", "no", "nothing", "default", []string{"Z310"}, 1, 3},
		{"subreaper-not-reaping", "helper", "does-it-reap", "unknown", "unknown", "nothing", "default", nil, -1, 3},
		{"zombie-ppid0", "exec-probe", "why-still-here", "unknown", "no", "", "", []string{"Z105"}, 0, 1},
	} {
		t.Run(c.scene+"/"+c.comm, func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, c.scene)
			exe := program(t)
			out, _ := in(ctx, t, stage, exe, "scan", "-o", "tree", "--all")
			pid := 0
			for line := range strings.Lines(out) {
				at, name, _ := strings.Cut(strings.TrimLeft(line, "│├└─ "), " ")
				if pid == 0 && strings.HasPrefix(strings.TrimPrefix(name, "./"), c.comm) {
					pid, _ = strconv.Atoi(at)
				}
			}
			if pid == 0 {
				t.Fatalf("no %s in\n%s", c.comm, out)
			}
			out, code := in(ctx, t, stage, exe, "scan", fmt.Sprint(pid), "-o", "json", "--min-age", "0")
			var d processDocument
			if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
				t.Fatalf("exit code %d, %v\n%s", code, err, out)
			}
			if d.Answer.Question != c.question || d.Answer.Reaps != c.reaps || d.Answer.InitWouldHelp != c.init {
				t.Errorf("%+v, want %s, reaps %s, an init would help %s", d.Answer, c.question, c.reaps, c.init)
			}
			adopter := c.adopter
			if adopter < 0 { // its parent, which is a subreaper
				adopter = d.Chain[len(d.Chain)-2].PID
			}
			if got := d.Answer.AdopterPID; (got != nil) != (adopter != 0) || got != nil && *got != adopter {
				t.Errorf("adopter %v, want %d", got, adopter)
			}
			var rules []string
			for _, f := range d.Findings {
				rules = append(rules, f.Rule)
			}
			slices.Sort(rules)
			if !slices.Equal(rules, c.rules) {
				t.Errorf("rules %v, want %v", rules, c.rules)
			}
			if len(d.Chain) != c.length || d.Chain[c.length-1].PID != pid {
				t.Fatalf("chain %+v, want %d links to %d", d.Chain, c.length, pid)
			}
			last := d.Chain[c.length-1]
			if c.question == "why-still-here" && c.length > 1 {
				last = d.Chain[c.length-2]
			}
			if c.waits != "" && (last.WaitsFor == nil || *last.WaitsFor != c.waits) {
				t.Errorf("%s waits for %v, want %s", last.Comm, deref(last.WaitsFor), c.waits)
			}
			if c.sigchld != "" && (last.Sigchld == nil || *last.Sigchld != c.sigchld) {
				t.Errorf("SIGCHLD of %s: %v, want %s", last.Comm, deref(last.Sigchld), c.sigchld)
			}
		})
	}
}

func deref(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}
