package record

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

const drawn = "0f8fad5b-d9cb-469f-a165-70867728950e"

// printed is the output of the script, section by section: "PATH" and its
// content, or a mark.
func printed(sections ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", scriptMagic, drawn)
	for _, s := range append(sections, ".") {
		fmt.Fprintf(&b, "%s %s\n", drawn, s)
	}
	return b.String()
}

// statOf is the stat of a process, with a name that it chose.
func statOf(pid, ppid int, comm string, state facts.State) string {
	return fmt.Sprintf("%d (%s) %s %d 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0", pid, comm, state, ppid, 100+pid)
}

func lookAtScript(t *testing.T, text string) (*facts.Snapshot, error) {
	t.Helper()
	if !IsScript([]byte(text[:min(len(text), SniffLen)])) {
		t.Errorf("not recognized: %.80q", text)
	}
	r, err := OpenScript(bufio.NewReader(strings.NewReader(text)), "x")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return look.Look(r, look.Options{})
}

func TestScriptParser(t *testing.T) {
	evil := "a\n" + strings.Replace(drawn, "0", "1", 1) + " ."
	first, second := "proc/1/stat\n"+statOf(1, 0, "sh", facts.Sleeping), "proc/7/stat\n"+statOf(7, 1, "x", facts.Zombie)
	whole := printed("proc/uptime\n100.25 3.00", first, second,
		"proc/stat\ncpu  1 2\ncpu0 1 2\ncpu1 1 2\nbtime 1800000000", "proc/sys/kernel/random/boot_id\n"+drawn, "number/proc/sys/kernel/pid_max\nsh: 1: /proc/sys/kernel/pid_max: 32768: not found")
	for name, c := range map[string]struct {
		text string
		want string // names of the processes, or the error after "error: "
	}{
		"all":                  {whole, "sh x"},
		"after a greeting":     {"Welcome\nto this host\n" + whole, "sh x"},
		"through a terminal":   {strings.ReplaceAll(whole, "\n", "\r\n"), "sh x"},
		"something behind it":  {whole + "Connection closed.\n", "sh x"},
		"a name on two lines":  {printed(first, "proc/7/stat\n"+statOf(7, 1, "a\nb", facts.Zombie)), "sh a\nb"},
		"a made-up end":        {printed("proc/7/stat\n"+statOf(7, 1, evil[:15], facts.Zombie), first), "sh " + evil[:15]},
		"a made-up first line": {printed(first, "proc/7/stat\n"+statOf(7, 1, "\n"+scriptMagic[:14], facts.Zombie)), "sh \n" + scriptMagic[:14]},
		"the later one counts": {printed(first, second, "proc/7/stat\n"+statOf(7, 1, "y", facts.Zombie)), "sh y"},
		"forgotten":            {printed(first, second, "- proc/7/stat"), "sh"},
		"cut short":            {whole[:len(whole)-40], "error: it ends early"},
		"cut within a line":    {whole[:len(whole)/2], "error: it ends early"},
		"no section":           {printed(), "error: there is no process in it"},
		"could not look":       {scriptMagic + "! cannot read it\n", "error: the script could not look: cannot read it"},
		"a bad word":           {scriptMagic + "x\n", `error: bad word "x"`},
		"an absolute path":     {printed("/etc/passwd\nx"), `error: bad section "/etc/passwd"`},
		"a path that leads up": {printed(first, "proc/../../x\n"), "error: "},
		"of our own":           {printed("capture.json\n{}"), `error: bad section "capture.json"`},
		"a long path":          {printed(strings.Repeat("x", 600) + "\n"), "error: bad section"},
		"a file and more":      {printed(first, "proc/1/stat/x\n1"), "error: "},
		"a file without end":   {printed(first, "proc/7/stat\n"+strings.Repeat("x", look.MaxFile)), "error: "},
		"denied":               {printed(first, "! proc/7/stat EACCES"), "sh; unread proc/7/stat permission denied"},
		"damaged":              {printed(first, "proc/7/stat\n"), "sh; unread proc/7/stat no name in parentheses"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := lookAtScript(t, c.text)
			got := ""
			if err != nil {
				got = "error: " + strings.TrimPrefix(err.Error(), "x: ")
			} else {
				var names []string
				for i := range s.Procs {
					names = append(names, s.Procs[i].Comm)
				}
				got = strings.Join(names, " ")
				for _, u := range s.Unread {
					got += fmt.Sprintf("; unread %s %s", u.File, u.Reason)
				}
			}
			if isError := strings.HasPrefix(c.want, "error: "); isError && !strings.HasPrefix(got, c.want) || !isError && got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	s, err := lookAtScript(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	boot, _ := s.Host.BootID.Get()
	up, _ := s.Boottime.Get()
	taken, _ := s.Taken.Get()
	cpus, _ := s.Host.CPUs.Get()
	most, _ := s.Host.PidMax.Get()
	if boot != drawn || up.Seconds() != 100.25 || taken.Unix() != 1_800_000_100 || cpus != 2 || most != 32768 || s.Source.Kind != facts.Recorded {
		t.Errorf("boot %q, up %v, taken %v, %d CPUs, pid_max %d, %+v", boot, up, taken, cpus, most, s.Source)
	}
}

// TestScriptClocks: a clock counts only where the shell stayed on its CPU.
func TestScriptClocks(t *testing.T) {
	sched := func(exec, migrations string) string {
		return "sh (9, #threads: 1)\n-----\nse.exec_start : " + exec + "\nse.nr_migrations : " + migrations
	}
	stat := func(cpu string) string {
		return statOf(9, 0, "sh", facts.Running) + strings.Repeat(" 0", 14) + " " + cpu
	}
	sample := func(i, exec, cpu, uptime, before, after string) []string {
		dir := "clock/" + i + "/"
		return []string{dir + "sched\n" + sched(exec, before), dir + "stat\n" + stat(cpu), dir + "uptime\n" + uptime + " 0.00", dir + "again\n" + sched(exec, after)}
	}
	var sections []string
	for _, s := range [][]string{
		sample("1", "1000.5", "1", "2.00", "3", "3"), sample("2", "2000.5", "1", "3.00", "3", "3"),
		sample("3", "3000.5", "2", "4.00", "4", "5"), sample("4", "4000.5", "0", "5.00", "6", "6"),
	} {
		sections = append(sections, s...)
	}
	r, err := OpenScript(bufio.NewReader(strings.NewReader(printed(append(sections, "proc/1/stat\n"+statOf(1, 0, "sh", facts.Sleeping))...))), "x")
	if err != nil {
		t.Fatal(err)
	}
	want := []facts.CPUClock{{CPU: 0, ExecStartMs: 4000.5, BoottimeNs: 5_010_000_000}, {CPU: 1, ExecStartMs: 2000.5, BoottimeNs: 3_010_000_000}}
	if got, _ := r.Clocks(nil); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScriptAgain(t *testing.T) {
	first := "proc/1/stat\n" + statOf(1, 0, "sh", facts.Sleeping)
	zombies := []string{"proc/7/stat\n" + statOf(7, 1, "x", facts.Zombie), "proc/8/stat\n" + statOf(8, 1, "y", facts.Zombie)}
	again := []string{"clock/2/uptime\n100.00 0.00", "again/uptime\n100.12 0.00", "again/proc/7/stat\n" + statOf(7, 1, "x", facts.Zombie), "! again/proc/8/stat ENOENT"}
	s, err := lookAtScript(t, printed(append(append(zombies, again...), first)...))
	if err != nil {
		t.Fatal(err)
	}
	if s.Again == nil || s.Again.After.Milliseconds() != 120 || !reflect.DeepEqual(s.Again.Asked, []int{7, 8}) || len(s.Again.Procs) != 1 || s.Again.Procs[7].State != facts.Zombie || len(s.Unread) != 0 {
		t.Errorf("%+v, unread %v", s.Again, s.Unread)
	}
	if s, err := lookAtScript(t, printed(append(zombies, first)...)); err != nil || s.Again != nil { // the control
		t.Errorf("%+v, %v", s.Again, err)
	}
}

// TestScriptText: it is one argument of a shell, and every shell can parse it.
func TestScriptText(t *testing.T) {
	if n := len(Script()); n > 32<<10 { // one argument may have 128 KiB (MAX_ARG_STRLEN)
		t.Errorf("%d bytes", n)
	}
	if strings.ContainsRune(Script(), 0) || IsScript([]byte(Script())) {
		t.Error("holds what it should not")
	}
	for _, forks := range []string{"`", "$(", " | ", "<<", "( ", " &\n"} {
		for i, line := range strings.Split(Script(), "\n") {
			code, _, _ := strings.Cut(line, "#") // comments, and parts of ${x#y}
			if strings.Contains(strings.ReplaceAll(code, "$((", ""), forks) && !strings.Contains(line, "case ") && !strings.Contains(line, ") ") {
				t.Errorf("line %d: %q forks: %s", i+1, forks, line)
			}
		}
	}
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
		path, err := exec.LookPath(shell[0])
		if err != nil {
			if runtime.GOOS == "linux" && os.Getenv("CI") == "true" {
				t.Error(err)
			}
			continue
		}
		check := exec.CommandContext(t.Context(), path, append(shell[1:], "-n")...)
		check.Stdin = strings.NewReader(Script())
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %v %s", shell, err, out)
		}
	}
}

func TestScriptIsClean(t *testing.T) {
	lint, err := exec.LookPath("shellcheck")
	if err != nil {
		if os.Getenv("CI") == "true" && runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	check := exec.CommandContext(t.Context(), lint, "--shell=sh", "-")
	check.Stdin = strings.NewReader(Script())
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func FuzzScript(f *testing.F) {
	f.Add([]byte(""))
	full := printed("proc/uptime\n100.25 3.00", "proc/1/stat\n"+statOf(1, 0, "sh", facts.Sleeping), "proc/7/stat\n"+statOf(7, 1, "a\nb", facts.Zombie),
		"proc/7/status\nName:\tx\nThreads:\t1", "proc/7/ns/pid\npid:[4026531836]", "! proc/7/sched ENOENT", "0 proc/1/fdinfo", "- proc/8/stat", "proc/stat\ncpu0 1 2\nbtime 1800000000",
		"clock/1/sched\nse.nr_migrations : 1", "clock/1/stat\n"+statOf(9, 0, "sh", facts.Running), "clock/1/uptime\n1.00 1", "clock/1/again\nse.nr_migrations : 1",
		"self\n9", "mount\nmnt_id:\t7", "number/proc/sys/kernel/pid_max\nsh: 1: 32768: not found", "again/uptime\n100.30 0.00", "again/proc/7/stat\n"+statOf(7, 1, "a\nb", facts.Zombie))
	f.Add([]byte(full))
	f.Add(bytes.ReplaceAll([]byte(full), []byte("\n"), []byte("\r\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if !IsScript(b[:min(len(b), SniffLen)]) {
			return
		}
		r, err := OpenScript(bufio.NewReader(bytes.NewReader(b)), "x")
		if err != nil {
			return
		}
		defer r.Close()
		if s, err := look.Look(r, look.Options{}); err == nil && len(s.Procs) == 0 && len(s.Unread) == 0 {
			t.Error("nothing was seen, and that is no error")
		}
	})
}
