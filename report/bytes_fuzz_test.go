package report

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// wholeWay goes from a source to every format. What comes out is harmless and,
// where it has a form, has that form.
func wholeWay(t *testing.T, r *scan.Root, sch *jsonschema.Schema) {
	t.Helper()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		return
	}
	everyFormat(t, diagnose.Diagnose(s, fuzzed), sch)
	for i := range min(3, len(s.Procs)) {
		p := diagnose.Inspect(s, s.Procs[i].PID, fuzzed)
		if p == nil {
			t.Fatal("a process in view cannot be asked about")
		}
		for _, format := range Formats(Process(nil)) {
			var out bytes.Buffer
			if err := Write(&out, format, Process(p), Style{}); err != nil {
				t.Fatal(err)
			}
			unharmful(t, "PID, "+format, out.Bytes())
		}
	}
}

var fuzzed = diagnose.Options{MinAge: diagnose.DefaultMinAge, Horizon: diagnose.DefaultHorizon}

func unharmful(t *testing.T, what string, b []byte) {
	t.Helper()
	if bad, found := harmful(b); found {
		t.Fatalf("%s: %q in:\n%q", what, bad, b)
	}
}

// everyFormat holds what every format makes of a diagnosis to its form.
func everyFormat(t *testing.T, d *diagnose.Diagnosis, sch *jsonschema.Schema) {
	t.Helper()
	v := verdict.Policy{}.Judge(d)
	for _, format := range Formats(Check(nil, verdict.Verdict{})) {
		var out bytes.Buffer
		if err := Write(&out, format, Check(d, v), Style{Width: 80, All: true}); err != nil {
			t.Fatal(err)
		}
		unharmful(t, format, out.Bytes())
		switch format {
		case "json":
			if err := sch.Validate(decodeJSON(t, out.Bytes())); err != nil {
				t.Fatalf("%v in\n%s", err, out.Bytes())
			}
		case "yaml":
			decodeYAML(t, out.Bytes())
		case "junit":
			readJUnit(t, out.Bytes())
		case "prometheus":
			exposed(t, out.Bytes())
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add([]byte("PID PPID STAT COMMAND\n1 0 S \x1b[2Jx\n7 1 Z \u202ey <defunct>\n7 1 Z\n8 8 Z |`x\n....\n"))
	f.Add([]byte("root 42 1 0 Nov13 ? 00:07:30 [a\xff] <defunct>\nroot 1 0 0 Nov13 ? 00:07:30 ./a;b\n"))
	f.Add([]byte("PID USER TIME COMMAND\n1 root 0:00 /pause\n7 root 0:00 [x]\n"))
	sch := schema(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := scan.OpenReader(bytes.NewReader(b), "it"); err == nil {
			wholeWay(t, r, sch)
		}
	})
}

// FuzzRecording fills the files of a recording with whatever comes.
func FuzzRecording(f *testing.F) {
	const rest = " 0 1 1 0 -1 0 0 0 9 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 1792\n"
	f.Add([]byte("1 (a\x1b]0;) S"+rest), []byte("7 (\xe2\x80\xae) Z"+rest), []byte("State:\tZ\nNSpid:\t7\n"), []byte("\u202e\x00\x1b[31m\x00"),
		[]byte(`{"format":"zombiectl-capture/1","self":{"pid":7},"userHZ":100,"boottimeNs":9000000000,"errors":{"proc/8/stat":"EACCES"}}`), []byte("0::/a\x1bb\n"))
	f.Add([]byte("1 (x) S"+rest), []byte("7 (y) Z 1"+rest[2:]), []byte("x (1, #threads: 1)\n-----\nse.exec_start : 12.5\n"), []byte("61 0xffffffff 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n"),
		[]byte(`{"format":"zombiectl-capture/1","clocks":[{"cpu":0,"execStartMs":99,"boottimeNs":100000000}],"again":{"afterMs":100,"pids":[7]}}`),
		[]byte("30 1 0:28 / /proc rw,nosuid - proc proc rw,hidepid=2\n31 1 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"))
	sch := schema(f)
	f.Fuzz(func(t *testing.T, pid1, zombie, status, cmdline, capture, lines []byte) {
		if r, err := scan.OpenFS(recorded(pid1, zombie, status, cmdline, capture, lines), "it"); err == nil {
			wholeWay(t, r, sch)
		}
	})
}

// recorded is a recording of PID 1 and one zombie, whose files are these.
func recorded(pid1, zombie, status, cmdline, capture, lines []byte) fstest.MapFS {
	files := fstest.MapFS{}
	for name, b := range map[string][]byte{
		"proc/1/stat": pid1, "proc/1/status": status, "proc/1/cmdline": cmdline, "proc/1/cgroup": lines, "proc/1/wchan": cmdline,
		"proc/1/exe": cmdline, "proc/1/limits": lines, "proc/1/sched": status, "proc/1/task/1/stat": pid1, "proc/1/task/1/status": status,
		"proc/1/task/1/syscall": cmdline, "proc/1/task/1/children": cmdline, "proc/1/fdinfo/3": status,
		"proc/7/stat": zombie, "proc/7/status": status, "proc/7/sched": status, "proc/7/mountinfo": lines, "proc/7/cgroup": lines,
		"proc/7/ns/pid": cmdline, "proc/stat": lines, "proc/loadavg": lines, "again/proc/7/stat": zombie, "sys/fs/cgroup/a/pids.max": cmdline,
	} {
		files[name] = &fstest.MapFile{Data: b}
	}
	if len(capture) > 0 {
		files["capture.json"] = &fstest.MapFile{Data: capture}
	}
	return files
}

// FuzzSince compares two recordings of one boot, each with files of its own.
func FuzzSince(f *testing.F) {
	const rest = " 0 1 1 0 -1 0 0 0 9 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 1792\n"
	child := strings.Replace(rest, " 0", " 1", 1)
	early, late := `{"format":"zombiectl-capture/1","takenAt":"2026-01-01T00:00:00Z","userHZ":100,"boottimeNs":9000000000,"self":{"pid":7}}`,
		`{"format":"zombiectl-capture/1","userHZ":100,"boottimeNs":99000000000,"errors":{"proc/8/stat":"EACCES"}}`
	for _, seed := range [][2]string{
		{"7 (a\x1b]0;) Z" + child, "7 (\xe2\x80\xae) Z" + child}, // one that is there still
		{"7 (x|`) Z" + child, "7 (y) S" + child},
		{"7 (x) S" + child, "7 (\u202e\x00) Z" + child},
		{"7 (x) Z" + child, "7 (y) Z" + strings.Replace(child, " 1 0 5 ", " 1 0 6 ", 1)}, // another with its PID
	} {
		f.Add([]byte("1 (x) S"+rest), []byte("1 (\x1b[2J) S"+rest), []byte(seed[0]), []byte(seed[1]), []byte("State:\tS\nNSpid:\t7\n"), []byte("x\x00\x1b[31m\x00"), []byte(early), []byte(late))
	}
	sch := schema(f)
	look := func(pid1, zombie, status, cmdline, capture []byte) *diagnose.Diagnosis {
		r, err := scan.OpenFS(recorded(pid1, zombie, status, cmdline, capture, nil), string(cmdline))
		if err != nil {
			return nil
		}
		s, err := scan.Look(r, scan.Options{})
		if err != nil {
			return nil
		}
		s.Host.BootID = facts.Some("one boot")
		return diagnose.Diagnose(s, fuzzed)
	}
	f.Fuzz(func(t *testing.T, pid1Then, pid1Now, then, now, status, cmdline, captureThen, captureNow []byte) {
		before, after := look(pid1Then, then, status, cmdline, captureThen), look(pid1Now, now, status, cmdline, captureNow)
		if before == nil || after == nil {
			return
		}
		var err error
		if after.Since, err = diagnose.Compare(before, after); err != nil {
			return
		}
		everyFormat(t, after, sch)
	})
}
