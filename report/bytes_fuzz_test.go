package report

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// wholeWay goes from a source to every format. What comes out is harmless and,
// where it has a form, has that form.
func wholeWay(t *testing.T, r *scan.Root, sch *jsonschema.Schema) {
	t.Helper()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		return
	}
	opts := diagnose.Options{MinAge: diagnose.DefaultMinAge, Horizon: diagnose.DefaultHorizon}
	d := diagnose.Diagnose(s, opts)
	v := Verdict(diagnose.Policy{}.Judge(d))
	check := func(what string, b []byte) {
		if bad, found := harmful(b); found {
			t.Fatalf("%s: %q in:\n%q", what, bad, b)
		}
	}
	for _, format := range CheckFormats() {
		var out bytes.Buffer
		if err := WriteCheck(&out, format, d, v, Style{Width: 80, All: true}); err != nil {
			t.Fatal(err)
		}
		check(format, out.Bytes())
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
	for i := range min(3, len(s.Procs)) {
		p := diagnose.Inspect(s, s.Procs[i].PID, opts)
		if p == nil {
			t.Fatal("a process in view cannot be asked about")
		}
		for _, format := range ProcessFormats() {
			var out bytes.Buffer
			if err := WriteProcess(&out, format, p, Style{}); err != nil {
				t.Fatal(err)
			}
			check("PID, "+format, out.Bytes())
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
		if r, err := scan.OpenFS(files, "it"); err == nil {
			wholeWay(t, r, sch)
		}
	})
}
