package plain

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// exempt are files whose words have yet to be rewritten; one that is plain by now
// has to leave the list.
var exempt = []string{}

// TestControl: what has to be caught is, and good English is not.
func TestControl(t *testing.T) {
	for _, bad := range []string{
		"Whether an init would help cannot be told.",
		"PID 1 is no init: it keeps orphans",
		"No zombies among the 2 processes in view.",
		"the parent lives, and only it can reap it",
		"a process that lives", "3 living orphans", "2 live threads", "it still lives",
		"No lasting zombies (3 passing ones)", "a passing zombie",
		"reaps orphans; its price: it restarts",
		"keeps some, and why cannot be said",
		"What is marked unknown, root may see.",
		"a stop waits out its grace period", "SIGTERM does not get through PID 1",
		"An init as PID 1 would fix it.", "Nothing can be done about 3.", "one that is a zombie still",
		"says until when the limits last", "its parent is outside of this PID namespace",
		"PID 1 keeps 21 zombies", "perl (PID 3) has not reaped 1 zombie",
		"the leader has ended", "a zombie when it ends", "adopted when their parents ended", "until a thread ends",
		"server was executed over sh",
		"tini (PID 1): PID 1 keeps orphans", "PID 1 (x): PID 1 keeps orphans", "perl (PID 3): perl (PID 3) has left them",
		"1 zombies", "(1 processes)", "2 zombie left", "17,571 process.", "0 orphan", "1 zombie have left", "1 zombie, or 1 zombie that is one of these", "12 zombies is left",
	} {
		if len(check(bad)) == 0 {
			t.Errorf("not caught: %q", bad)
		}
	}
	for _, good := range []string{
		"It is unknown whether an init would help.",
		"There is no zombie.", "it is no longer there", "PID 1 is postgres, not an init.",
		"The live page is drawn again.", "a live look at /proc", "zombiectl simulate live-orphans",
		"perl (PID 3) has left 3 zombies, and has never waited for a child.",
		"1 zombie that it adopted when its parent exited", "1 of the 22", "21 zombies of 7 commands",
		"restarts the container: web is down meanwhile", "A PID namespace cannot end: its PID 1 waits for the rest of it.",
		"ends: web", "the watch ends after a minute", "container PID 1 (tini)", "perl (PID 3): cc (PID 4) has left them",
		"2026-11-27 21:1 zombie", "a line of 2 process-wide limits", "0.1 zombies/s",
	} {
		if got := check(good); len(got) > 0 {
			t.Errorf("caught: %q: %v", good, got)
		}
	}
}

// TestPlain: the docs and all golden files are plain.
func TestPlain(t *testing.T) {
	for name, text := range files(t) {
		got := check(text)
		switch listed := slices.Contains(exempt, name); {
		case listed && len(got) == 0:
			t.Errorf("%s is plain: take it off the list", name)
		case !listed:
			for _, line := range got {
				t.Errorf("%s %s", name, line)
			}
		}
	}
}

// files are the texts to read, by the path below the root of the repository.
func files(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := filepath.Join("..", "..")
	for _, dir := range []string{"README.md", "CONTRIBUTING.md", "docs", "diagnose/rule", "diagnose/topics", "report/testdata", "fixtures", "cmd/testdata"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			if e.IsDir() && (e.Name() == "root" || name == "cmd/testdata/grown") {
				return fs.SkipDir // recordings
			}
			if e.IsDir() || !slices.Contains([]string{".md", ".txt", ".json", ".yaml", ".html", ".xml", ".prom", ".text", ".wide", ".tree", ".txtar"}, filepath.Ext(path)) || strings.HasPrefix(name, "docs/schema/") {
				return nil
			}
			text, err := os.ReadFile(path)
			out[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 200 {
		t.Errorf("%d files", len(out))
	}
	return out
}

// TestCatalogue: so are the titles of the rules, and what they say of many looks.
func TestCatalogue(t *testing.T) {
	say := func(what, text string) {
		for _, line := range check(text) {
			t.Errorf("%s: %q: %s", what, text, line)
		}
	}
	for _, r := range rule.All() {
		say(r.ID, r.Title)
		say(r.ID, r.Nudge.Why)
		for _, line := range rule.Lines(r.Advice) {
			say(r.ID, line)
		}
	}
	for _, topic := range diagnose.Topics() {
		say(topic.Name, topic.Title)
	}
	full := looktest.Limited(3, func(s *facts.Snapshot, p *facts.Process) { looktest.Within(s, p, "a 10 10 5") })
	snaps := []*facts.Snapshot{
		looktest.Node(), looktest.Crowd(), full, looktest.Hidden(looktest.Crowd()), looktest.Leaking("timeout", looktest.Every(10*time.Second, 30, time.Second)...),
		looktest.Look(looktest.App, looktest.Zombie(8, 1)), looktest.Look(looktest.App),
	}
	for _, s := range append(snaps, slices.Collect(maps.Values(looktest.Passing()))...) {
		d := diagnose.Diagnose(s, diagnose.Options{Horizon: diagnose.DefaultHorizon})
		say("sentence", d.Sentence)
		say("initWhy", d.InitWhy)
		for i := range d.Parents {
			say("why", d.Parents[i].Why)
			say("initWhy", d.Parents[i].InitWhy)
		}
		for i := range d.Findings {
			f := &d.Findings[i]
			say(f.Rule, f.Message())
			say(f.Rule, f.Cause())
			for _, line := range rule.Lines(f.Advice()) {
				say(f.Rule, line)
			}
		}
	}
}
