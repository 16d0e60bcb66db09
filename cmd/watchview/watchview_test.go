package watchview

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/screen"
)

// evil is a name of the worst kind.
const evil = "\x1b[2J\x1b]0;x\x07\r\n\u202e\xff猫\u0300\u0301"

// watch is a watch of a few looks at parents, of which PID 2 leaks, and what shows it.
type watch struct {
	t     *testing.T
	looks []*facts.Snapshot
	doc.Watch
	*View
}

func newWatch(t *testing.T, rename string) *watch {
	t.Helper()
	w := &watch{t: t, looks: looktest.Growing(), View: New("net")}
	for _, s := range w.looks {
		for i := range s.Procs {
			if p := &s.Procs[i]; rename != "" && p.PID != 1 {
				p.Comm = rename
			}
		}
	}
	w.Interval = 2 * time.Second
	w.look()
	return w
}

// look takes the next look; false: it was the last.
func (w *watch) look() bool {
	w.t.Helper()
	if len(w.looks) == 0 {
		return false
	}
	d := diagnose.Diagnose(w.looks[0], diagnose.Options{})
	w.looks = w.looks[1:]
	if w.Tally == nil {
		w.Tally = diagnose.NewTally(d)
	} else {
		var err error
		if w.Step, err = w.Tally.Add(d); err != nil {
			w.t.Fatal(err)
		}
	}
	w.View.Look(&w.Watch, nil)
	return true
}

func (w *watch) all() *watch {
	for w.look() {
	}
	return w
}

func (w *watch) lines(width, height int) []string {
	w.t.Helper()
	lines, err := w.Lines(page.Style{Width: width}, height)
	if err != nil {
		w.t.Fatal(err)
	}
	return lines
}

func (w *watch) text() string { return strings.Join(w.lines(120, 40), "\n") }

// selected is the row that is marked.
func (w *watch) selected() string {
	for _, l := range w.lines(120, 40) {
		if strings.HasPrefix(l, "\x1b[7m") {
			return l
		}
	}
	return ""
}

func (w *watch) press(keys ...screen.Key) {
	for _, k := range keys {
		w.Key(k)
	}
}

// Whatever the size of the terminal, each page fills it and no more, and no name gets
// anything but characters onto it.
func TestEverySize(t *testing.T) {
	for _, name := range []string{"", evil, strings.Repeat("long ", 100)} {
		w := newWatch(t, name).all()
		for _, keys := range [][]screen.Key{nil, {"?"}, {"?", "/", "x", "long"}, {screen.Escape, "p"}, {screen.Enter}} {
			w.press(keys...)
			for _, width := range []int{1, 10, 40, 59, 80, 100, 200} {
				for _, height := range []int{1, 2, 5, 10, 24, 60} {
					for _, ascii := range []bool{false, true} {
						lines, err := w.Lines(page.Style{Width: width, Color: true, ASCII: ascii}, height)
						if err != nil {
							t.Fatal(err)
						}
						if len(lines) != height {
							t.Errorf("%d lines on a terminal of %d", len(lines), height)
						}
						for _, l := range lines {
							clean(t, l, width, ascii)
						}
					}
				}
			}
		}
	}
}

func clean(t *testing.T, line string, width int, ascii bool) {
	t.Helper()
	if page.Width(line) > width {
		t.Errorf("%d columns of %d: %q", page.Width(line), width, line)
	}
	for _, look := range []string{"1", "22", "7", "27", "31", "0", "0;22", "22;0"} {
		line = strings.ReplaceAll(line, "\x1b["+look+"m", "")
	}
	if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' || ascii && r >= 0x80 }); i >= 0 {
		t.Errorf("%q has %q", line, line[i:])
	}
}

// The headline is the leak that grows, or else the finding of the look.
func TestHeadline(t *testing.T) {
	w := newWatch(t, "")
	if got := w.shown.headline(); got != w.Tally.Last.Sentence {
		t.Errorf("nothing has grown yet: %q", got)
	}
	w.all()
	const leaks = "(PID 2) is leaking at 24.0/min: it has 9 zombies, 8 more than at the start."
	if got := w.shown.headline(); !strings.Contains(got, leaks) || strings.Contains(got, "full") {
		t.Errorf("%q", got)
	}
	f := w.shown
	limited := func(name string, used uint64, in time.Duration, pids ...int) diagnose.Limit {
		l := &observe.Limit{Name: name, Used: facts.Some(used), Max: 100, FullIn: facts.Some(in)}
		for _, pid := range pids {
			l.Parents = append(l.Parents, &observe.Parent{PID: pid})
		}
		return diagnose.Limit{Limit: l}
	}
	f.d.Limits = []diagnose.Limit{limited("of-another", 90, time.Second, 3), limited("late", 80, time.Hour, 2), limited("soon", 45, 12*time.Minute, 2, 3)}
	if got := f.headline(); !strings.Contains(got, leaks+" soon (45 of 100 used) will be full in about 12m.") {
		t.Errorf("%q", got)
	}
	if got := f.limit(); !strings.HasPrefix(got, "of-another") {
		t.Errorf("the tightest limit is %q", got)
	}
	f.d.Limits = []diagnose.Limit{limited("over", 100, 0, 2)}
	if got := f.headline(); !strings.Contains(got, " over (100 of 100 used) is full.") || f.limit() != "" {
		t.Errorf("%q, %q", got, f.limit())
	}
	// What fills a limit first comes before what grows faster.
	slow, fast := f.leading, &row{Track: f.leading.Track, perDay: facts.Some(1e9)}
	if fast.PID = 77; moreUrgent(slow, fast, f.d) >= 0 {
		t.Error("a leak that fills a limit does not come first")
	}
	f.d.Limits = nil
	if moreUrgent(slow, fast, f.d) <= 0 {
		t.Error("the faster leak does not come first")
	}
}

func TestSelection(t *testing.T) {
	w := newWatch(t, "").all()
	pids := func() (pids []int) {
		rows, _ := w.rows()
		for _, r := range rows {
			pids = append(pids, r.PID)
		}
		return pids
	}
	if got := pids(); !slices.Equal(got, []int{2, 4, 3}) {
		t.Fatalf("the parents are %v", got)
	}
	at := func(keys string, pid string) {
		t.Helper()
		if !strings.Contains(w.selected(), " "+pid+"  ") {
			t.Errorf("after %s: %q is selected, want PID %s", keys, w.selected(), pid)
		}
	}
	at("nothing", "2")
	w.press(screen.Down)
	at("down", "4")
	w.press("j", "j", "j")
	at("j", "3")
	w.press(screen.Home)
	at("home", "2")
	w.press(screen.End)
	at("end", "3")
	w.press("k", screen.PageUp)
	at("page up", "2")
	w.press(screen.PageDown, screen.Up)
	at("page down, up", "4")

	// It stays with its parent when others come before it.
	w.press("S")
	if got := pids(); !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("by PID: %v", got)
	}
	at("S", "4")
	if !strings.Contains(w.text(), "PID▲") || strings.Contains(w.text(), "▼") {
		t.Errorf("the mark is not at PID:\n%s", w.text())
	}
	w.press("s")
	if !strings.Contains(w.text(), "NET▼") || strings.Contains(w.text(), "▲") {
		t.Errorf("the mark is not at NET:\n%s", w.text())
	}
	at("s", "4")

	// The filter: by text, by PID, and by nothing that is there.
	w.press("/", "3")
	if got := pids(); !slices.Equal(got, []int{3}) {
		t.Errorf("/3: %v", got)
	}
	w.press(screen.Backspace, "x", "y", screen.Enter)
	if got := w.text(); len(pids()) != 0 || !strings.Contains(got, "filter: xy (0 of 3 parents)") || !strings.Contains(got, "No parent has this text") {
		t.Errorf("/xy: %v\n%s", pids(), got)
	}
	if w.Key(screen.Enter) != Nothing || w.Key(screen.Down) != Nothing {
		t.Error("there is nobody to choose")
	}
	if w.press(screen.Escape); len(pids()) != 3 {
		t.Errorf("without a filter: %v", pids())
	}

	if w.Key(screen.Enter) != Page {
		t.Error("Enter asks for no page")
	}
	if pid, open := w.Asked(); pid != 4 || !open || !strings.Contains(w.text(), "zombiectl scan 4") {
		t.Errorf("the page of %d, %t:\n%s", pid, open, w.text())
	}
	if w.Key("q") != Page {
		t.Error("q does not go back")
	}
	if _, open := w.Asked(); open || w.Key("q") != Quit {
		t.Error("q does not quit")
	}
}

// A table that is longer than the screen shows the parent that is selected.
func TestPaging(t *testing.T) {
	var procs []looktest.Proc
	procs = append(procs, looktest.Tini)
	for i := range 100 {
		procs = append(procs, looktest.Proc{PID: 100 + i, PPID: 1, Comm: "many"})
	}
	for i := range 100 {
		procs = append(procs, looktest.Zombie(1000+i, 100+i))
	}
	v := New("pid")
	v.Look(&doc.Watch{Tally: diagnose.NewTally(diagnose.Diagnose(looktest.Look(procs...), diagnose.Options{})), Interval: time.Second}, nil)
	shows := func(pid string) {
		t.Helper()
		lines, err := v.Lines(page.Style{Width: 80}, 24)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "\x1b[7m> ") && strings.Contains(l, " "+pid+" ") }) {
			t.Errorf("%s is not selected on\n%s", pid, strings.Join(lines, "\n"))
		}
	}
	shows("100")
	v.Key(screen.End)
	shows("199")
	v.Key(screen.Home)
	shows("100")
	v.Key(screen.PageDown)
	rows, i := v.rows()
	if i != v.room || v.room < 5 {
		t.Errorf("a page down leads to row %d of a page of %d", i, v.room)
	}
	v.Key(screen.PageUp)
	if _, i = v.rows(); i != 0 || len(rows) != 100 {
		t.Errorf("a page up leads to row %d of %d", i, len(rows))
	}
}

// A pause keeps the picture; the control: without one it changes.
func TestPause(t *testing.T) {
	for _, paused := range []bool{true, false} {
		w := newWatch(t, "")
		w.look()
		before := w.text()
		if paused {
			w.press(" ")
		}
		w.all()
		after := w.text()
		if paused != strings.Contains(after, "PAUSED at") || paused == strings.Contains(after, "9 zombies") || strings.Contains(before, "9 zombies") {
			t.Errorf("paused %t:\n%s\n\n%s", paused, before, after)
		}
		last, err := w.View.Verdict(page.Style{})
		if err != nil || !strings.Contains(last[0], "9 zombies") || last[len(last)-1] != "more  zombiectl scan 2" {
			t.Errorf("%v: %q is left", err, last)
		}
		if w.press("p"); !paused {
			continue
		}
		if !strings.Contains(w.text(), "9 zombies") {
			t.Errorf("it goes on with\n%s", w.text())
		}
	}
}

// The page of a process is of the look after the key, also in a pause, which then
// keeps it.
func TestPage(t *testing.T) {
	w := newWatch(t, "")
	w.look()
	process := func() *diagnose.Process { return diagnose.Inspect(w.Tally.Last.Snapshot, 2, diagnose.Options{}) }
	w.press(" ", screen.Enter)
	w.View.Look(&w.Watch, process())
	before := w.text()
	if !strings.Contains(before, "zombiectl scan 2") || !strings.Contains(before, process().Sentence[:40]) {
		t.Errorf("the page is\n%s", before)
	}
	w.all()
	if got := w.text(); got != before {
		t.Errorf("the pause does not keep it:\n%s", got)
	}
	if w.press("p"); process() == nil {
		t.Fatal("it is gone")
	}
	w.View.Look(&w.Watch, nil)
	if got := w.text(); !strings.Contains(got, "Process 2 is not there any more.") {
		t.Errorf("it is gone, and the page is\n%s", got)
	}
}

// The page of the documentation has every key.
func TestKeysAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/watch.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Help {
		if !strings.Contains(string(b), "\n| "+k[0]+" | ") {
			t.Errorf("%q is missing", k[0])
		}
	}
}

func TestSparkline(t *testing.T) {
	for want, c := range map[string]struct {
		history []int
		width   int
	}{
		"":         {nil, 5},
		"▁▁▁":      {[]int{7, 7, 7}, 5},
		"·▄█":      {[]int{0, 5, 10}, 5},
		"▁▂▃▄▅▆▇█": {[]int{9, 1, 2, 3, 4, 5, 6, 7, 8}, 8},
		"█▁":       {[]int{101, 100}, 2},
	} {
		if got := sparkline(c.history, c.width); got != want {
			t.Errorf("%v in %d columns: %q, want %q", c.history, c.width, got, want)
		}
	}
}
