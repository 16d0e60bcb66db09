package report

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func text(t testing.TB, format string, s Style, d *diagnose.Diagnosis) string {
	t.Helper()
	return string(variant{"", format, s, false}.render(t, d))
}

func TestTreeHasEveryProcessOnce(t *testing.T) {
	const n = 50_000
	for name, d := range map[string]*diagnose.Diagnosis{"wide": crowd(n, 10_000, 10), "deep": chain(n)} {
		out := text(t, "tree", Style{All: true}, d)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != n {
			t.Errorf("%s: %d lines for %d processes", name, len(lines), n)
		}
		if size := len(out); size > n*200 {
			t.Errorf("%s: %d bytes", name, size)
		}
	}
}

func TestDeepTreeSaysItsDepth(t *testing.T) {
	out := text(t, "tree", Style{}, chain(1000))
	if !strings.Contains(out, fmt.Sprintf("[depth %d] ", 999)) {
		t.Error(out[len(out)-400:])
	}
	out = text(t, "text", Style{}, chain(50_000))
	if !strings.Contains(out, "more ancestors") || strings.Count(out, "\n") > 40 {
		t.Error(out)
	}
}

// A whole branch under nobody's fault must be found even among many.
func TestSpecialZombiesAreShownFirst(t *testing.T) {
	w := newWorld()
	w.proc(1, 0, "app", facts.Sleeping, "app")
	for pid := 2; pid < 100; pid++ {
		w.proc(pid, 1, "task", facts.Zombie)
	}
	w.snap.Procs[90].NumThreads = 3
	out := text(t, "text", Style{}, w.done(map[int][]string{91: {"Z102"}}))
	if !strings.Contains(out, "├─ 91 task  Z  ?  dead leader, 2 running threads (Z102)\n├─ 2 task   Z  ?\n└─ … 96 more zombies of 1 command\n") {
		t.Error(out)
	}
}

func TestTransientIsMarked(t *testing.T) {
	w := newWorld()
	w.proc(1, 0, "init", facts.Sleeping).proc(2, 1, "brief", facts.Zombie)
	d := w.done(nil)
	d.Zombies, d.Parents = nil, nil
	if out := text(t, "tree", Style{All: true}, d); !strings.Contains(out, "2 brief  Z  transient (Z101)") {
		t.Error(out)
	}
}

func TestReparentedZombie(t *testing.T) {
	d := underTini()
	d.Zombies[0].PPID = 1
	if out := text(t, "text", Style{}, d); !strings.Contains(out, "20 git  Z  ?  now a child of 1") {
		t.Error(out)
	}
}

func TestEnteredFromOutside(t *testing.T) {
	w := newWorld()
	w.proc(1, 0, "app", facts.Sleeping).proc(2, 0, "kthreadd", facts.Sleeping).proc(50, 0, "sh", facts.Sleeping).proc(51, 50, "sleep", facts.Zombie)
	w.snap.Procs[1].Flags = 0x00200000
	out := text(t, "tree", Style{All: true}, w.done(nil))
	if strings.Count(out, "entered from outside") != 1 || !strings.Contains(out, "50 sh  S  entered from outside (PPid 0)") {
		t.Error(out)
	}
}

// An unknown fact must not look like a number.
func TestUnknownIsNotZero(t *testing.T) {
	w := newWorld()
	w.snap.Host = facts.Host{}
	w.proc(1, 0, "app", facts.Sleeping).proc(2, 1, "x", facts.Zombie)
	w.snap.Procs[1].Deep = nil
	d := w.done(nil)
	if out := text(t, "wide", Style{}, d); !strings.Contains(out, "\n    2     1  x     Z      unknown  ?     ?         ?          ?\n") {
		t.Error(out)
	}
	out := text(t, "json", Style{}, d)
	for _, null := range []string{`"startTime": null`, `"cpuSeconds": null`, `"uid": null`, `"cpus": null`, `"limits": null`, `"exit": null`, `"atLeast": null`, `"perDay": null`} {
		if !strings.Contains(out, null) {
			t.Errorf("%s is missing", null)
		}
	}
}

// Nothing that a report is made of keeps state for the whole process.
func TestConcurrentReports(t *testing.T) {
	want := everything()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if !bytes.Equal(everything(), want) {
				t.Error("reports made at the same time differ")
			}
		})
	}
	wg.Wait()
}

func TestNoPipeInPluginOutput(t *testing.T) {
	d := incident()
	d.Sentence, d.Findings[0].Facts = "a|b", said{message: "c|d"}
	out := string(variant{"", "text", Style{}, true}.render(t, d))
	if strings.Count(out, "|") != 1 {
		t.Error(out)
	}
}

func TestManyReasons(t *testing.T) {
	v := failed
	v.Reasons = nil
	for i := range 500 {
		v.Reasons = append(v.Reasons, verdict.Reason{Rule: "Z201", Text: fmt.Sprintf("app (PID %d) never waits.", i)})
	}
	var out bytes.Buffer
	if err := Write(&out, "text", Check(incident(), v), Style{}); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	if !strings.Contains(first, " And 497 more. | zombies=") || strings.Count(rest, "\n") > 40 {
		t.Errorf("%s\n%s", first, rest)
	}
}
