package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/simulate"
)

// actors is the user that the actors of a scene run as, and stranger another.
const (
	actorsUID   = 1234
	strangerUID = 65534
)

// cause is a scene, and the findings that each observer has to have in it: rule,
// name of the subject, certainty. Z902, which lists the missing facts, is
// checked apart.
type cause struct {
	scene string
	// root is what root finds, and the user whose the processes are; other is
	// what anybody else does.
	root, other []string
	// asRoot: the actors need root, so that nobody else can be of their user.
	asRoot bool
}

var causes = []cause{
	{scene: "traced", root: []string{"Z103 traced-child certain"}, other: []string{"Z103 traced-child certain"}},
	{scene: "clone-child", root: []string{"Z104 clone-child certain"}, other: []string{"Z104 clone-child certain"}},
	{scene: "waits-for-one", root: []string{"Z202 job-server certain"}, other: []string{"Z201 job-server likely"}},
	{scene: "waits-for-one-pidfd", root: []string{"Z202 job-server certain"}, other: []string{"Z201 job-server likely"}},
	{scene: "missed-sigchld", root: []string{"Z203 handler likely"}},
	{scene: "sigchld-blocked", root: []string{"Z204 blocker certain"}},
	{scene: "parent-stopped", root: []string{"Z205 suspended certain"}, other: []string{"Z205 suspended certain"}},
	{scene: "parent-traced", root: []string{"Z206 debugged certain"}, other: []string{"Z206 debugged certain"}},
	{scene: "parent-frozen", root: []string{"Z207 frozen-app certain"}, other: []string{"Z207 frozen-app certain"}, asRoot: true},
	{scene: "parent-uninterruptible", root: []string{"Z208 stuck-app certain"}, other: []string{"Z208 stuck-app likely"}, asRoot: true},
	{scene: "inherited-by-exec", root: []string{"Z201 server likely", "Z209 server likely"}, other: []string{"Z201 server likely", "Z209 server likely"}},
	{scene: "reaper-too-slow", root: []string{"Z210 slow-reaper certain"}, other: []string{"Z210 slow-reaper certain"}},
	{scene: "namespace-teardown", root: []string{"Z201 shim certain", "Z308 container certain"}, other: []string{"Z201 shim likely"}, asRoot: true},
	{scene: "subreaper-not-reaping", root: []string{"Z310 supervisor likely"}, other: []string{"Z310 supervisor likely"}},

	{scene: "init-not-first", root: []string{"Z301 entrypoint likely", "Z303 entrypoint certain", "Z304 dumb-init likely"}, other: []string{"Z301 entrypoint likely", "Z304 dumb-init likely"}},
	{scene: "hazardous-reaper", root: []string{"Z302 postgres likely", "Z309 postgres likely"}, other: []string{"Z302 postgres likely", "Z309 postgres likely"}},
	{scene: "container-main-dead", root: []string{"Z201 containerd-shim certain", "Z311 container-app certain"}, other: []string{"Z201 containerd-shim likely", "Z311 container-app certain"}, asRoot: true},
	{scene: "live-orphans", root: []string{"Z302 app-server likely", "Z303 app-server certain", "Z312 app-server likely"}},

	// What comes close, and is something else.
	{scene: "in-system", root: []string{"Z202 blocker certain"}},
	{scene: "handler-never-waits", root: []string{"Z201 handler certain"}, other: []string{"Z201 handler likely"}},
	{scene: "vfork-parent", root: []string{"Z202 stuck-app certain"}},
	{scene: "parent-seized", root: []string{"Z201 debugged certain"}, other: []string{"Z201 debugged likely"}},
	{scene: "parent-thawed", root: []string{"Z201 frozen-app certain"}, other: []string{"Z201 frozen-app likely"}, asRoot: true},
	{scene: "idle-go-program", root: []string{"Z201 go-server certain"}, other: []string{"Z201 go-server likely"}},
	{scene: "uncollected-popen", root: []string{"Z201 app.py likely"}},
	{scene: "foreground-job"},
	{scene: "sigtimedwait-loop"},
	{scene: "signalfd-loop"},
}

// TestCauses makes every cause with real processes and looks at it as root, as
// the user of the processes, and as another one: each has to find the cause, or
// to be silent and list the missing facts. A capture by the same observer has to
// mean the same.
func TestCauses(t *testing.T) {
	requireRoot(t)
	t.Parallel()
	exe := program(t)
	for _, c := range causes {
		t.Run(c.scene, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			start := func() (*simulate.Stage, error) { return simulate.StartAs(ctx, c.scene, actorsUID) }
			if c.asRoot {
				start = func() (*simulate.Stage, error) { return simulate.Start(ctx, c.scene) }
			}
			stage, err := start()
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := stage.Close(); err != nil {
					t.Error(err)
				}
			}()
			settled(ctx, t, stage, exe, c)
			for _, o := range []struct {
				name string
				as   func(...string) []string
				want []string
			}{
				{"root", func(command ...string) []string { return command }, c.root},
				{"same uid", user(actorsUID), c.root},
				{"other uid", user(strangerUID), c.other},
			} {
				if o.name == "same uid" && c.asRoot {
					continue
				}
				out, _ := in(ctx, t, stage, o.as(exe, "scan", "-o", "json")...)
				d := parse(t, out)
				if got := steady(c.scene, d.found()); !slices.Equal(got, o.want) {
					t.Errorf("%s: found %q, want %q\n%s", o.name, got, o.want, d.Summary.Sentence)
				}
				if o.name == "other uid" && d.Summary.Zombies > 0 && !d.missing("/syscall") {
					t.Errorf("%s: what was missing is not said: %+v", o.name, d.Findings)
				}
				if got := steady(c.scene, captured(ctx, t, stage, o.as, exe)); !slices.Equal(got, o.want) {
					t.Errorf("%s, captured: found %q, want %q", o.name, got, o.want)
				}
			}
		})
	}
}

// TestWaitsForOneFromOutside looks at a parent from a PID namespace above its
// own: the child that it waits for has another PID there, and its own number may
// be anybody's.
func TestWaitsForOneFromOutside(t *testing.T) {
	requireRoot(t)
	t.Parallel()
	for _, scene := range []string{"waits-for-one", "waits-for-one-pidfd"} {
		t.Run(scene, func(t *testing.T) {
			_, stage := set(t, scene)
			r, err := scan.OpenLive("/")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			s, err := scan.Look(r, scan.Options{Settle: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			var job *facts.Process
			for i := range s.Procs {
				if p := &s.Procs[i]; p.PPID == stage.Parent() && p.State != facts.Zombie {
					job = p
				}
			}
			if job == nil {
				t.Fatalf("PID %d has no child that lives", stage.Parent())
			}
			found := false
			for _, f := range diagnose.Diagnose(s, diagnose.Options{}).Findings {
				if f.Rule != "Z202" || f.Subject.PID != stage.Parent() {
					continue
				}
				found = true
				if want := fmt.Sprintf("is blocked waiting for another child, %s (PID %d), and", job.Comm, job.PID); !strings.Contains(f.Message(), want) {
					t.Errorf("says %q, want %q", f.Message(), want)
				}
			}
			if !found {
				t.Errorf("no Z202 of PID %d", stage.Parent())
			}
		})
	}
}

// settled waits until the scene is old enough to be judged: its zombies have
// been dead for a second, and the end of a namespace has taken ten.
func settled(ctx context.Context, t *testing.T, stage *simulate.Stage, exe string, c cause) {
	t.Helper()
	slow := slices.ContainsFunc(c.root, func(s string) bool { return strings.HasPrefix(s, "Z308 ") })
	for first := true; ; first = false {
		out, _ := in(ctx, t, stage, exe, "scan", "-o", "json")
		d := parse(t, out)
		if first && slow && slices.Contains(d.rules(), "Z308") {
			t.Error("Z308 within less than ten seconds")
		}
		if d.Summary.Transient == 0 && (!slow || slices.Contains(d.rules(), "Z308")) || moving(c.scene) && d.Summary.Zombies > 0 {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("never settled: %s", out)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// moving: children of the scene come and go.
func moving(scene string) bool { return scene == "reaper-too-slow" }

// steady leaves out the findings that depend on the moment: it is unknown
// whether SIGTERM gets through to a PID 1 that is on a CPU just then.
func steady(scene string, found []string) []string {
	return slices.DeleteFunc(found, func(s string) bool { return scene == "signalfd-loop" && strings.HasPrefix(s, "Z303 ") })
}

// user runs a command as somebody without any capability.
func user(uid int) func(...string) []string {
	return func(command ...string) []string {
		return append([]string{"setpriv", fmt.Sprintf("--reuid=%d", uid), fmt.Sprintf("--regid=%d", uid), "--clear-groups", "--no-new-privs"}, command...)
	}
}

// captured records the scene, and returns what the recording shows.
func captured(ctx context.Context, t *testing.T, stage *simulate.Stage, as func(...string) []string, exe string) []string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(exe), "capture-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	command := as(exe, "capture", dir+"/out")
	cmd := stage.Command(ctx, command[0], command[1:]...)
	cmd.Env = append(cmd.Environ(), runVariable+"=1")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, b)
	}
	r, err := scan.Open(dir + "/out")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scan.Look(r, scan.Options{})
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range diagnose.Diagnose(s, diagnose.Options{MinAge: diagnose.DefaultMinAge}).Findings {
		if counts(f.Rule) {
			got = append(got, fmt.Sprintf("%s %s %s", f.Rule, f.Comm, f.Certainty))
		}
	}
	slices.Sort(got)
	return slices.Compact(got)
}

// counts: the rest depends on how fast the scene is, or on the observer alone.
func counts(rule string) bool { return rule != "Z101" && rule != "Z902" }

// found lists the findings as "rule subject certainty".
func (d *document) found() []string {
	var got []string
	for _, f := range d.Findings {
		if !counts(f.Rule) {
			continue
		}
		comm := ""
		if f.Subject != nil {
			comm = f.Subject.Comm
		}
		got = append(got, fmt.Sprintf("%s %s %s", f.Rule, comm, f.Certainty))
	}
	slices.Sort(got)
	return slices.Compact(got)
}

// missing reports whether Z902 names a file that could not be read.
func (d *document) missing(suffix string) bool {
	for _, f := range d.Findings {
		for _, u := range f.Missing {
			if f.Rule == "Z902" && strings.HasSuffix(u.File, suffix) {
				return true
			}
		}
	}
	return false
}
