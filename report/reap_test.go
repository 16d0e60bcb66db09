package report

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/fixtures/golden"
	"github.com/zombiectl/zombiectl/reap/deed"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// telling is a report of a reap, in any format.
type telling struct {
	name, schema string
	write        func(*bytes.Buffer, string, Style) error
}

func deeds(t testing.TB) []telling {
	t.Helper()
	var list []telling
	add := func(name string, r *doc.Reap) {
		list = append(list, telling{name, "reap-v1.schema.json", func(out *bytes.Buffer, format string, s Style) error { return Write(out, format, Reap(r), s) }})
	}
	addProbe := func(name string, p *doc.Probe) {
		list = append(list, telling{name, "probe-v1.schema.json", func(out *bytes.Buffer, format string, s Style) error { return Write(out, format, Probe(p), s) }})
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	by := doc.Doer{PID: 99, UID: 1000}

	plan := func() *doc.Reap {
		d := diagnosed(t, "never-waits-under-init")
		r := &doc.Reap{Diagnosis: d, DryRun: true, By: by, ExitCode: 1}
		for i := range d.Parents {
			s := &deed.Step{Parent: &d.Parents[i], Deed: "nudge", Signal: facts.SIGCHLD}
			for j := range d.Zombies {
				s.Zombies = append(s.Zombies, &deed.Zombie{Zombie: &d.Zombies[j], Fate: "planned"})
			}
			r.Steps = append(r.Steps, s)
		}
		return r
	}
	add("planned", plan())

	done := plan()
	done.DryRun = false
	s := done.Steps[0]
	s.Sent = 2
	s.Zombies[0].Fate, s.Zombies[0].Status = "reaped", facts.Some(facts.Exit{Signal: 11, CoreDumped: true})
	s.Zombies[1].Fate, s.Zombies[1].Rule, s.Zombies[1].Why = "left", "Z102", "other threads of it are still running"
	s.Zombies[2].Fate, s.Zombies[2].Why = "left", "the parent was sent SIGCHLD and did not wait for it"
	done.Actions = []deed.Action{
		{Time: at, Deed: "nudge", Signal: facts.SIGCHLD, To: s.Parent.Process.ID(), Comm: s.Parent.Process.Comm, Result: "sent"},
		{Time: at, Deed: "wait", To: s.Zombies[0].Process.ID(), Comm: "x", Result: "SIGSEGV, core dumped"},
	}
	add("done", done)

	refused := plan()
	refused.DryRun, refused.ExitCode = false, 3
	s = refused.Steps[0]
	s.Deed, s.Refused, s.Why = "nothing", true, "it is conmon: its container ends with it"
	pid1 := refused.Diagnosis.Snapshot.Find(1)
	s.Heirs = []diagnose.Heir{{Process: pid1, Command: "tini", PID1: true, Reaps: diagnose.Yes, Basis: observe.Basis{Kind: observe.KnownProgram, Program: &observe.Program{Name: "tini"}}}}
	for i := range s.Zombies {
		s.Zombies[i].Fate, s.Zombies[i].Why = "left", s.Why
	}
	s.Instead = rule.Step{Command: "docker restart web", Ends: "web"}
	add("refused", refused)

	terminated := plan()
	terminated.DryRun, terminated.ExitCode = false, 0
	s = terminated.Steps[0]
	s.Deed, s.Signal, s.Sent, s.Ended, s.Adopter, s.Heirs = "terminate", 15, 1, true, 1, refused.Steps[0].Heirs
	for i := range s.Zombies {
		s.Zombies[i].Fate, s.Zombies[i].Adopter = "reaped", 1
	}
	add("terminated", terminated)

	outside := &doc.Reap{Diagnosis: diagnosed(t, "zombie-ppid0"), By: by, ExitCode: 3, Unchosen: "zombies of more than one user were found (0, 1000)"}
	outside.Steps = []*deed.Step{{Parent: &diagnose.Parent{Parent: &observe.Parent{}}, Deed: "nothing", Rule: "Z105", Why: "its parent is outside this PID namespace",
		Zombies: []*deed.Zombie{{Zombie: &outside.Diagnosis.Zombies[0], Fate: "planned", Rule: "Z105", Why: "its parent is outside this PID namespace"}}}}
	add("outside", outside)
	add("none", &doc.Reap{Diagnosis: diagnosed(t, "app-pid1"), By: by})

	d := diagnosed(t, "app-pid1")
	addProbe("probe-no", &doc.Probe{
		Diagnosis: d, By: by, ExitCode: 1, Timeout: 2 * time.Second, Reaps: diagnose.No, Orphan: facts.ID{PID: 23, Start: facts.Some(uint64(4711))},
		Adopter: facts.ID{PID: 1, Start: facts.Some(uint64(12))}, Comm: "app-server", Left: true, Took: 2 * time.Second, PID1: d.Namespaces[0].PID1,
		Actions: []deed.Action{{Time: at, Deed: "orphan", To: facts.ID{PID: 23}, Comm: "zombiectl-probe", Result: "adopted by PID 1, told to exit 0"}},
	})
	addProbe("probe-yes", &doc.Probe{Diagnosis: d, By: by, Timeout: time.Second, Reaps: diagnose.Yes, Orphan: facts.ID{PID: 23}, Adopter: facts.ID{PID: 7}, Comm: "systemd", Subreaper: true, Took: 1234567})
	addProbe("probe-unknown", &doc.Probe{Diagnosis: d, By: by, ExitCode: 3, Timeout: time.Second, Why: "interrupted"})

	hostileOne := plan()
	s = hostileOne.Steps[0]
	s.Parent.Command, s.Why, s.Err, s.Parent.Process.Comm = evil, evil, evil, evil
	s.Heirs = []diagnose.Heir{{Process: s.Parent.Process, Command: evil, Reaps: diagnose.No, Basis: observe.Basis{Kind: observe.KnownProgram, Program: &observe.Program{Name: evil, Note: evil}}}}
	s.Zombies[0].Why, s.Zombies[1].Process.Comm = evil, evil
	hostileOne.Actions = []deed.Action{{Time: at, Deed: "wait", Comm: evil, Result: evil, Err: evil, To: facts.ID{PID: 1}}}
	add("hostile", hostileOne)
	addProbe("probe-hostile", &doc.Probe{Diagnosis: d, By: by, Timeout: time.Second, Reaps: diagnose.No, Why: evil, Orphan: facts.ID{PID: 23}, Adopter: facts.ID{PID: 1}, Comm: evil,
		PID1: &diagnose.PID1{PID1: observe.PID1{Command: evil}, ForwardsSigtermWhy: evil, ReapsWhy: evil}})
	return list
}

// many is the report on 2,000 zombies of one parent, of three kinds, and on two
// each of 30 parents alike.
func many(t testing.TB) *doc.Reap {
	t.Helper()
	d := diagnosed(t, "never-waits-under-init")
	r := &doc.Reap{Diagnosis: d, ExitCode: 1}
	add := func(pid, zombies int, command string) {
		p := &diagnose.Parent{Parent: &observe.Parent{PID: pid, Command: command}}
		s := &deed.Step{
			Parent: p, Deed: "nothing", Rule: "Z201", Why: "it has no handler for SIGCHLD",
			Instead: rule.Step{Command: fmt.Sprintf("zombiectl reap --parent %d --terminate-parent", pid), Ends: fmt.Sprintf("%s (PID %d)", command, pid)},
		}
		for i := range zombies {
			process := *d.Zombies[i%len(d.Zombies)].Process
			process.PID = pid + 1 + i
			z := &diagnose.Zombie{Zombie: &observe.Zombie{Process: &process, PPID: pid, Exit: d.Zombies[i%len(d.Zombies)].Exit}}
			s.Zombies = append(s.Zombies, &deed.Zombie{Zombie: z, Fate: "left", Rule: s.Rule, Why: s.Why})
		}
		r.Steps = append(r.Steps, s)
	}
	add(100, 2000, "/app/queue")
	for i := range 30 {
		add(10000+10*i, 2, "/app/crawler")
	}
	return r
}

func diagnosed(t testing.TB, fixture string) *diagnose.Diagnosis {
	t.Helper()
	r, err := scan.Open(filepath.Join("../fixtures", fixture, "root"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Source.Path = fixture
	return diagnose.Diagnose(s, diagnose.Options{})
}

func (d telling) render(t testing.TB, format string, s Style) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := d.write(&out, format, s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDeedDocuments(t *testing.T) {
	for _, d := range deeds(t) {
		s := derivedSchema(t, d.schema)
		doc := decodeJSON(t, d.render(t, "json", Style{}))
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", d.name, err)
		}
		if y := decodeYAML(t, d.render(t, "yaml", Style{})); !reflect.DeepEqual(y, doc) {
			t.Errorf("%s: the YAML says something else:\n%v\n%v", d.name, y, doc)
		}
	}
}

func TestDeedSchemasRefuse(t *testing.T) {
	for _, d := range deeds(t) {
		edits := map[string][][2]string{
			"done":     {{`"kind": "Reap"`, `"kind": "Probe"`}, {`"result": "reaped"`, `"result": "gone"`}, {`"deed": "nudge"`, `"deed": "kill"`}, {`"sent": 2`, `"sent": -1`}, {`"exitCode": 1`, `"exitCode": 2`}},
			"probe-no": {{`"kind": "Probe"`, `"kind": "Reap"`}, {`"reaps": "no"`, `"reaps": false`}, {`"left": true`, `"left": true, "extra": 1`}},
		}[d.name]
		s := derivedSchema(t, d.schema)
		good := d.render(t, "json", Style{})
		for _, edit := range edits {
			bad := bytes.Replace(good, []byte(edit[0]), []byte(edit[1]), 1)
			if bytes.Equal(bad, good) {
				t.Fatalf("%s is not in the document\n%s", edit[0], good)
			}
			if s.Validate(decodeJSON(t, bad)) == nil {
				t.Errorf("accepted %s", edit[1])
			}
		}
	}
}

// Every property has its description, and no object allows other properties.
func TestDeedSchemasDescribe(t *testing.T) {
	for _, file := range []string{"reap-v1.schema.json", "probe-v1.schema.json"} {
		var walk func(path string, s *jsonschema.Schema)
		walk = func(path string, s *jsonschema.Schema) {
			if s == nil || strings.Count(path, ".") > 8 {
				return
			}
			for name, p := range s.Properties {
				if p.Description == "" {
					t.Errorf("%s: %s.%s has no description", file, path, name)
				}
				walk(path+"."+name, p)
			}
			if len(s.Properties) > 0 && s.AdditionalProperties != false {
				t.Errorf("%s: %s allows any property", file, path)
			}
			for _, a := range s.AnyOf {
				walk(path, a)
			}
			walk(path+"[]", s.Items2020)
		}
		walk("", derivedSchema(t, file))
	}
}

func TestDeedGolden(t *testing.T) {
	for _, d := range deeds(t) {
		if strings.HasSuffix(d.name, "hostile") {
			continue
		}
		for _, v := range []struct {
			format string
			style  Style
		}{{"text", Style{Width: 100}}, {"json", Style{}}} {
			file := filepath.Join("testdata", "deed-"+d.name+"."+v.format)
			t.Run(filepath.Base(file), func(t *testing.T) {
				got := d.render(t, v.format, v.style)
				golden.File(t, file, got)
			})
		}
	}
}

// TestReapFolds: 2,000 zombies of one parent, and 30 parents alike, are one page.
func TestReapFolds(t *testing.T) {
	many := many(t)
	var out bytes.Buffer
	if err := Write(&out, "text", Reap(many), Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden.File(t, "testdata/deed-many.text", out.Bytes())
	if lines := strings.Count(out.String(), "\n"); lines > 24 || !strings.Contains(out.String(), "2,060 zombies") {
		t.Errorf("%d lines", lines)
	}
	// Its control: what differs is not folded.
	many.Steps = many.Steps[:1]
	zombies := many.Steps[0].Zombies[:3]
	many.Steps[0].Zombies = zombies
	for i, z := range zombies {
		z.Process.Comm = fmt.Sprint("job-", i)
	}
	out.Reset()
	if err := Write(&out, "text", Reap(many), Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for i := range zombies {
		if !strings.Contains(out.String(), fmt.Sprint("job-", i)) {
			t.Errorf("job-%d is not in\n%s", i, out.String())
		}
	}
}

// A process may call itself anything, also here and in the log.
func TestDeedIsSanitized(t *testing.T) {
	for _, d := range deeds(t) {
		for _, format := range Formats(Reap(nil)) {
			if what, bad := harmful(d.render(t, format, Style{Width: 80})); bad {
				t.Errorf("%s as %s: %q", d.name, format, what)
			}
		}
	}
	line := doc.Doer{}.Line(deed.Action{Deed: "wait", Comm: evil, Result: evil, Err: evil, To: facts.ID{PID: 1}}, nil)
	if what, bad := harmful([]byte(line)); bad || strings.Contains(line, "\n") {
		t.Errorf("log: %q", what)
	}
}

func TestActionLine(t *testing.T) {
	d := diagnosed(t, "never-waits-under-init")
	p := d.Parents[0].Process
	got := doc.Doer{PID: 7, UID: 8}.Line(deed.Action{Deed: "nudge", Signal: facts.SIGCHLD, To: p.ID(), Comm: p.Comm, Result: "not sent", Err: "it has ended"}, d)
	start, ok := d.StartTime(p)
	if want := "PID 7 (uid 8): SIGCHLD to PID 6 (leaky-parent, started " + start.UTC().Format(time.RFC3339) + "): not sent: it has ended"; !ok || got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	unknown := doc.Doer{PID: 7}.Line(deed.Action{Deed: "wait", To: facts.ID{PID: 5, Start: facts.Some(uint64(77))}, Comm: "x", Result: "exit 3"}, nil)
	if want := "PID 7 (uid 0): waited for PID 5 (x, started 77 ticks after boot): exit 3"; unknown != want {
		t.Errorf("got  %s\nwant %s", unknown, want)
	}
}
