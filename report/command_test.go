package report

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/fixtures/golden"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func leaky() *verdict.Left {
	l := &verdict.Left{Command: []string{"make", "test"}, Started: facts.Some(boot), Took: facts.Some(90 * time.Second)}
	for i := range 12 {
		l.Add(verdict.LeftProcess{PID: 100 + i, Comm: "git", State: facts.Zombie, Exit: facts.Some(facts.Exit{Code: i % 3})}, true)
	}
	l.Add(verdict.LeftProcess{PID: 300, Comm: "server", Command: "./server --port 0", State: facts.Sleeping}, false)
	l.Add(verdict.LeftProcess{PID: 301, Comm: "helper", State: facts.Zombie, Parent: 300}, true)
	l.Add(verdict.LeftProcess{PID: 302, State: facts.Zombie, Exit: facts.Some(facts.Exit{Signal: 11, CoreDumped: true})}, true)
	l.Sort()
	return l
}

var leftCases = []struct {
	name string
	make func() *verdict.Left
}{
	{"nothing", func() *verdict.Left { return &verdict.Left{Command: []string{"true"}} }},
	{"failed", func() *verdict.Left {
		return &verdict.Left{Command: []string{"sh", "-c", "kill -9 $$"}, Exit: facts.Exit{Signal: 9}}
	}},
	{"leaky", leaky},
	{"unseen", func() *verdict.Left { return &verdict.Left{Command: []string{"true"}, Unseen: true} }},
	{"many", func() *verdict.Left {
		l := &verdict.Left{Command: []string{"./fork-bomb"}}
		for i := range 5000 {
			l.Add(verdict.LeftProcess{PID: i + 2, Comm: "bomb-" + strings.Repeat("x", i%20), State: facts.Zombie, Exit: facts.Some(facts.Exit{Code: i % 256})}, true)
			l.Add(verdict.LeftProcess{PID: i + 10000, Comm: "bomb", Command: "./bomb", State: facts.Running}, false)
		}
		l.Sort()
		return l
	}},
}

func renderLeft(t testing.TB, format string, l *verdict.Left, s Style) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, Left(l, verdict.Policy{}.JudgeLeft(l)), s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLeft(t *testing.T) {
	s := derivedSchema(t, "command-v1.schema.json")
	for _, c := range leftCases {
		doc := decodeJSON(t, renderLeft(t, "json", c.make(), Style{}))
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if y := decodeYAML(t, renderLeft(t, "yaml", c.make(), Style{})); !reflect.DeepEqual(y, doc) {
			t.Errorf("%s: the YAML says something else", c.name)
		}
		junit := renderLeft(t, "junit", c.make(), Style{})
		verdict := verdict.Policy{}.JudgeLeft(c.make())
		if j := readJUnit(t, junit); j.Suites[0].Failures != min(len(verdict.Reasons), 1) {
			t.Errorf("%s: %d failures in\n%s", c.name, j.Suites[0].Failures, junit)
		}
		if n := bytes.Count(renderLeft(t, "github", c.make(), Style{}), []byte("\n::warning title=zombiectl%3A ")); n != len(verdict.Reasons) {
			t.Errorf("%s: %d annotations", c.name, n)
		}
		got := renderLeft(t, "text", c.make(), Style{})
		file := filepath.Join("testdata", "left-"+c.name+".txt")
		golden.File(t, file, got)
	}
}

func TestLeftSchemaRefuses(t *testing.T) {
	s := derivedSchema(t, "command-v1.schema.json")
	good := renderLeft(t, "json", leaky(), Style{})
	for _, edit := range [][2]string{
		{`"kind": "Command"`, `"kind": "Diagnosis"`},
		{`"what": "orphan"`, `"what": "child"`},
		{`"exitCode": 1`, `"exitCode": 256`},
		{`"unseen": false`, `"unseen": null`},
	} {
		bad := bytes.Replace(good, []byte(edit[0]), []byte(edit[1]), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("%s is not in the document\n%s", edit[0], good)
		}
		if s.Validate(decodeJSON(t, bad)) == nil {
			t.Errorf("accepted %s", edit[1])
		}
	}
}

func TestLeftJUnitIsValid(t *testing.T) {
	for _, c := range leftCases {
		l := c.make() // the schema wants a time
		l.Started, l.Took = facts.Some(boot), facts.Some(1500*time.Millisecond)
		if complaint := xmllint(t, renderLeft(t, "junit", l, Style{})); complaint != "" {
			t.Errorf("%s: %s", c.name, complaint)
		}
	}
}

// A hundred ways to call oneself: nothing of it reaches the terminal, and the
// report stays one page.
func TestLeftIsSanitized(t *testing.T) {
	l := &verdict.Left{Command: []string{evil, evil}}
	for i := range 100 {
		l.Add(verdict.LeftProcess{PID: i + 1, Comm: evil + string(rune('a'+i%26)), Command: evil, State: facts.State(evil[0]), Exit: facts.Some(facts.Exit{Signal: i})}, i%2 == 0)
	}
	for _, format := range Formats(Left(nil, verdict.Verdict{})) {
		out := renderLeft(t, format, l, Style{})
		if what, bad := harmful(out); bad {
			t.Errorf("%s: %q", format, what)
		}
		if n := bytes.Count(out, []byte("\n")); format == "text" && n > 40 {
			t.Errorf("%d lines", n)
		}
	}
}
