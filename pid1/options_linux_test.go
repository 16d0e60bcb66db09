//go:build linux && (amd64 || arm64)

package pid1

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

func TestIs(t *testing.T) {
	for line, want := range map[string]bool{
		"zombiectl init":         true,
		"/x/zombiectl init -- a": true,
		"zombiectl":              false,
		"zombiectl scan init":    false,
		"zombiectl initial":      false,
		"tini":                   true,
		"/sbin/docker-init -- a": true,
		"./tini-static":          true,
		"/run/podman-init -- a":  true,
		"/dev/init -- a":         true,
		"tini-":                  false,
		"mytini":                 false,
		"tini/zombiectl scan":    false,
	} {
		if got := Is(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	if Is(nil) || Is([]string{""}) {
		t.Error("no name is the name of an init")
	}
}

func TestSignalNumber(t *testing.T) {
	for s, want := range map[string]int{
		"SIGTERM": 15, "TERM": 15, "sigterm": 15, "15": 15, "SIGRTMIN": 34, "rtmin+3": 37, "SIGRTMAX-1": 63, "RTMAX": 64, "64": 64,
		"": 0, "0": 0, "65": 0, "-1": 0, "SIG": 0, "NONE": 0, "RTMIN-1": 0, "RTMAX+1": 0, "RTMIN+x": 0, "SIGSIGTERM": 0,
	} {
		if got := signalNumber(s); got != want {
			t.Errorf("%q: %d", s, got)
		}
	}
	for n := 1; n <= entry.Signals; n++ {
		if got := signalNumber(signalName(n)); got != n {
			t.Errorf("%d is called %s, which is %d", n, signalName(n), got)
		}
	}
}

func TestParse(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	o, err := parse(strings.Fields("-sgv -v -e3 -e 4 -pTERM --rewrite=15:3 --rewrite INT:0 --setsid --kill-remaining --report=json --report-on USR2 prog -x -- y"), none)
	if err != nil {
		t.Fatal(err)
	}
	if !o.subreaper || !o.group || o.verbosity != levelDebug || !o.toZero[3] || !o.toZero[4] || o.parentDeath != 15 || o.rewrite[15] != 3 || !o.setsid ||
		*o.remaining != defaultGrace || o.report != jsonReport || o.reportOn != 12 || strings.Join(o.argv, " ") != "prog -x -- y" {
		t.Errorf("%+v", o)
	}
	if to, ok := o.rewrite[2]; !ok || to != 0 {
		t.Errorf("SIGINT is not dropped: %+v", o.rewrite)
	}
	if o, err := parse([]string{"--kill-remaining=2s", "--", "-v"}, none); err != nil || *o.remaining != 2*time.Second || o.argv[0] != "-v" {
		t.Errorf("%+v, %v", o, err)
	}
	// A lone dash is a program's name.
	if o, err := parse([]string{"-"}, none); err != nil || o.argv[0] != "-" {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestTally(t *testing.T) {
	y := newTally()
	for range 3 {
		y.add("b", true)
	}
	y.pass = 0
	y.add("a", true)
	y.add("", false)
	y.add("\x1b[2J\n\xff", true)
	if got, want := y.line(textReport), "zombiectl: init: reaped 6 orphans in 0s: b 3, "+`\x1b[2J\n\xff 1, a 1, unknown commands 1; at most 3 at once`+"\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := y.line(jsonReport); strings.ContainsAny(strings.TrimSuffix(got, "\n"), "\x1b\n") || !strings.Contains(got, `"unknownCommand":1`) {
		t.Errorf("%q", got)
	}
	// Names come back as they were, and nothing on the line is more than a letter.
	bad := newTally()
	const name = "\u202e\u009b\x7f\U0001f600é<"
	bad.add(name, true)
	var doc struct{ Commands []commandCount }
	if got := bad.line(jsonReport); strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		t.Errorf("%q", got)
	} else if err := json.Unmarshal([]byte(got), &doc); err != nil || doc.Commands[0].Comm != name {
		t.Errorf("%v: %q from %q", err, doc.Commands[0].Comm, got)
	}
	// However many names there are, it does not grow.
	for n := range 100000 {
		y.add(strings.Repeat("x", n%1000), true)
	}
	if len(y.by) > maxCommands || y.reaped != 100006 || !strings.Contains(y.line(textReport), ", other commands ") {
		t.Errorf("%d commands, %d reaped", len(y.by), y.reaped)
	}
	if got := newTally().line(textReport); got != "zombiectl: init: reaped 0 orphans in 0s\n" {
		t.Errorf("%q", got)
	}
}

func TestCandidates(t *testing.T) {
	path := func(p string) func(string) (string, bool) { return func(string) (string, bool) { return p, true } }
	for _, c := range []struct {
		name, path, want string
	}{{"a", "/x:/y", "/x/a /y/a"}, {"a", ":/y:", "a /y/a a"}, {"./a", "/x", "./a"}, {"/a", "/x", "/a"}, {"a", "", "a"}} {
		if got := strings.Join(candidates(c.name, path(c.path)), " "); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if got := candidates("a", func(string) (string, bool) { return "", false }); strings.Join(got, " ") != "/bin/a /usr/bin/a" {
		t.Errorf("without PATH: %s", got)
	}
}
