package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// xmllint validates a document against the schema; "" when it is valid.
func xmllint(t *testing.T, doc []byte) string {
	t.Helper()
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no xmllint: package libxml2-utils")
		}
		t.Skip("no xmllint: package libxml2-utils")
	}
	c := exec.CommandContext(t.Context(), tool, "--noout", "--nonet", "--schema", "testdata/junit.xsd", "-")
	c.Stdin = bytes.NewReader(doc)
	if out, err := c.CombinedOutput(); err != nil {
		return string(out)
	}
	return ""
}

func TestJUnitSchema(t *testing.T) {
	for _, c := range cases {
		d := c.make()
		if !d.Snapshot.Taken.Known() {
			d.Snapshot.Taken = facts.Some(boot) // see TestJUnitWithoutTime
		}
		doc := variant{"", "junit", Style{}, true}.render(t, d)
		if complaint := xmllint(t, doc); complaint != "" {
			t.Errorf("%s: %s\n%s", c.name, complaint, doc)
		}
	}
}

// The schema must be able to fail.
func TestJUnitSchemaRefuses(t *testing.T) {
	good := string(variant{"", "junit", Style{}, true}.render(t, incident()))
	for _, edit := range [][2]string{
		{` tests="`, ` test="`},
		{` timestamp="2025-12-03T00:00:00"`, ` timestamp="2025-12-03T00:00:00Z"`},
		{`<testsuites>`, `<testsuites name="x">`},
		{`<system-err/>`, ``},
		{`</properties>`, `</properties><properties/>`},
		{`<failure type="warning"`, `<failure`},
		{`</failure>`, `</failure><failure type="x"/>`},
		{` classname="zombiectl.check"`, ``},
	} {
		bad := strings.ReplaceAll(good, edit[0], edit[1])
		if bad == good {
			t.Fatalf("%s is not in the document", edit[0])
		}
		if xmllint(t, []byte(bad)) == "" {
			t.Errorf("accepted %s", edit[1])
		}
	}
}

// Where the time of the look is not known the document has that of the check,
// since the schema wants one; and none where that is not known either.
func TestJUnitWithoutTime(t *testing.T) {
	d := incident()
	d.Snapshot.Taken = facts.Opt[time.Time]{}
	now := Style{Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	doc := (variant{"", "junit", now, true}).render(t, d)
	if !bytes.Contains(doc, []byte(` timestamp="2026-01-02T03:04:05"`)) {
		t.Errorf("no timestamp in\n%s", doc)
	}
	if text := xmllint(t, doc); text != "" {
		t.Error(text)
	}
	if doc := (variant{"", "junit", Style{}, true}).render(t, d); bytes.Contains(doc, []byte("timestamp")) {
		t.Errorf("a timestamp in\n%s", doc)
	}
}

// testSuites is what a reader of the document sees.
type testSuites struct {
	Suites []struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name    string    `xml:"name,attr"`
			Failure *problem  `xml:"failure"`
			Error   *problem  `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type problem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func readJUnit(t testing.TB, doc []byte) testSuites {
	t.Helper()
	var j testSuites
	if err := xml.Unmarshal(doc, &j); err != nil {
		t.Fatalf("%v in:\n%s", err, doc)
	}
	s := j.Suites[0]
	failures, errs, skipped := 0, 0, 0
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			failures++
		case c.Error != nil:
			errs++
		case c.Skipped != nil:
			skipped++
		}
	}
	if s.Tests != len(s.Cases) || s.Failures != failures || s.Errors != errs || s.Skipped != skipped {
		t.Errorf("counts %d %d %d %d, there are %d %d %d %d", s.Tests, s.Failures, s.Errors, s.Skipped, len(s.Cases), failures, errs, skipped)
	}
	return j
}

// A suite is green exactly when the check is.
func TestJUnitVerdicts(t *testing.T) {
	for _, c := range []struct {
		name   string
		d      *diagnose.Diagnosis
		policy verdict.Policy
		want   string // of the cases that did not pass
	}{
		{"breach", incident(), verdict.Policy{}, "zombies:failure Z301 pid1-not-reaping:failure"},
		{"allowed", incident(), verdict.Policy{MaxZombies: 21}, ""},
		{"ignored", incident(), verdict.Policy{Ignore: []string{"Z301", "Z303"}}, "Z301 pid1-not-reaping:skipped Z303 pid1-drops-sigterm:skipped"},
		{"named", incident(), verdict.Policy{MaxZombies: 21, FailOn: []string{"Z303"}}, "Z303 pid1-drops-sigterm:failure"},
		{"blind", blind(), verdict.Policy{}, "Z901 blind:error"},
		{"clean", noZombies(), verdict.Policy{}, ""},
	} {
		v := c.policy.Judge(c.d)
		var out bytes.Buffer
		if err := Write(&out, "junit", Check(c.d, v), Style{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		green := true
		for _, tc := range readJUnit(t, out.Bytes()).Suites[0].Cases {
			switch {
			case tc.Failure != nil:
				got, green = append(got, tc.Name+":failure"), false
			case tc.Error != nil:
				got, green = append(got, tc.Name+":error"), false
			case tc.Skipped != nil:
				got = append(got, tc.Name+":skipped")
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		if green != (v.ExitCode == 0) {
			t.Errorf("%s: green %v with exit code %d", c.name, green, v.ExitCode)
		}
	}
}

// What a process chose can neither end an element nor become a command.
func TestGitHubCommands(t *testing.T) {
	d := incident()
	name := "x\n::error::y##[stop-commands]%0A::debug::"
	d.Findings[0].Comm, d.Findings[0].Facts = name, said{message: name}
	d.Findings[1].Comm, d.Findings[1].Facts = name, said{message: "2" + name}
	v := verdict.Policy{}.Judge(d)
	v.Summary = name
	var out bytes.Buffer
	if err := Write(&out, "github", Check(d, v), Style{}); err != nil {
		t.Fatal(err)
	}
	commands := 0
	for line := range strings.SplitSeq(out.String(), "\n") {
		if strings.Contains(line, "##[") {
			t.Errorf("a command in %q", line)
		}
		if !strings.HasPrefix(strings.TrimSpace(line), "::") {
			continue
		}
		commands++
		if !strings.HasPrefix(line, "::warning title=zombiectl") && !strings.HasPrefix(line, "::notice title=zombiectl") {
			t.Errorf("not one of ours: %q", line)
		}
		if strings.Contains(line, "%0A") && !strings.Contains(line, "%250A") {
			t.Errorf("an escape of theirs: %q", line)
		}
	}
	if commands != 3 {
		t.Errorf("%d commands in\n%s", commands, out.String())
	}
}

// GitHub shows ten of each kind: the report says how many more there are.
func TestGitHubMany(t *testing.T) {
	v := verdict.Verdict{Status: "WARNING", ExitCode: 1}
	for i := range 25 {
		v.Reasons = append(v.Reasons, verdict.Reason{Rule: "Z201", Severity: diagnose.Warning, Text: fmt.Sprint("Z201 n", i)})
	}
	var out bytes.Buffer
	if err := Write(&out, "github", Check(noZombies(), v), Style{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n::warning"); n != 10 {
		t.Errorf("%d annotations", n)
	}
	if !strings.Contains(out.String(), "\n… 15 more warnings") {
		t.Error(out.String())
	}
}
