package pslist

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hunts are lines of those who look for zombies, and what looks like one: none of
// them makes the list of a machine doubtful.
var hunts = []string{
	"grep <defunct>", "grep --color=auto <defunct>", "grep defunct <defunct>", "/bin/grep <defunct>",
	`sh -c ps -ef | grep "<defunct>" | wc -l`, "xmllint a<defunct>", "x <defunct> y",
	"[ -f x ]", "[ x", "[lxc monitor] /var x",
}

// TestPSHunters: a mark among arguments does not make a zombie.
func TestPSHunters(t *testing.T) {
	for _, parent := range []int{1, 100} {
		for _, c := range hunts {
			host := fullHeader + full(1, 0, "/sbin/init") + full(2, 0, "[kthreadd]") + full(100, 1, "sh")
			busybox := "PID   USER     TIME  COMMAND\n1 root 0:00 /sbin/init\n2 root 0:00 [kthreadd]\n100 root 0:00 sh\n"
			for how, text := range map[string]string{
				"-ef":     host + full(700, parent, c),
				"busybox": busybox + "700 root 0:00 " + c + "\n",
			} {
				s := parsed(t, text)
				if len(s.Listing.Doubtful)+len(s.Listing.Broken)+len(zombiesOf(s)) > 0 {
					t.Errorf("%s, %s of %d: zombies %v, %+v", how, c, parent, zombiesOf(s), s.Listing)
				}
			}
		}
	}
	// Of a mark among arguments the name is not a part.
	s := parsed(t, fullHeader+full(1, 0, "init")+full(7, 1, "grep -F <defunct>"))
	if p := s.Find(7); p.Comm != "grep" || p.Listed.Command != "grep -F <defunct>" {
		t.Errorf("%q, %q", p.Comm, p.Listed.Command)
	}
}

// TestPSDamagedName: a line that may be the rest of a zombie is doubtful.
func TestPSDamagedName(t *testing.T) {
	for _, c := range []string{
		"x] <defunct>", "x]<defunct>", "<defunct>", "x <defunct>", "x <defunct", "[x <defunct>", `x] \<defunct\>`, "[ x]", "[x] (defunct)",
	} {
		s := parsed(t, fullHeader+full(1, 0, "./app")+full(7, 1, c))
		if !slices.Equal(s.Listing.Doubtful, []int{7}) {
			t.Errorf("%q: zombies %v, doubtful %v", c, zombiesOf(s), s.Listing.Doubtful)
		}
	}
	// Where names are shown, as far as a slash shows that, all of it may be a
	// name.
	s := parsed(t, "  PID  PPID COMMAND\n1 0 /usr/bin/perl\n7 1 Web Content <defunct>\n")
	if !slices.Equal(s.Listing.Doubtful, []int{7}) {
		t.Errorf("doubtful %v", s.Listing.Doubtful)
	}
}

// TestPSWithoutArguments: a process in brackets is running where zombies would
// have kept their marks, or would have been reaped.
func TestPSWithoutArguments(t *testing.T) {
	host := fullHeader + full(1, 0, "/sbin/init") + full(2, 0, "[kthreadd]") + full(3, 2, "[kworker/0:1]")
	app := fullHeader + full(1, 0, "./app --with some arguments")
	manager := full(7, 1, "[manager]")
	for name, c := range map[string]struct {
		text     string
		doubtful bool
	}{
		"of the init of a machine":     {host + manager, false},
		"of another parent":            {host + full(7, 3, "[manager]"), true},
		"of a PID 1 that is no init":   {app + manager, true},
		"no machine":                   {fullHeader + full(1, 0, "/sbin/init") + manager, true},
		"cut at the edge":              {host + strings.TrimSuffix(manager, "]\n") + "\n", true},
		"another has its mark":         {app + manager + full(8, 1, "[x] <defunct>"), false},
		"an argument has it":           {app + manager + full(8, 1, "grep -c <defunct>"), false},
		"as wide as the widest":        {"UID PID PPID C STIME TTY TIME CMD\n" + full(1, 0, "./app") + full(7, 1, "[fifteen_letters]") + full(8, 1, "[x] <defunct>"), true},
		"its own mark is not whole":    {app + full(7, 1, "[x] (defunct)") + full(8, 1, "[y] <defunct>"), true},
		"a mark that is whole nowhere": {app + manager + full(8, 1, "[xyz] <def"), true},
	} {
		s := parsed(t, c.text)
		if got := slices.Contains(s.Listing.Doubtful, 7); got != c.doubtful {
			t.Errorf("%s: doubtful %v", name, s.Listing.Doubtful)
		}
	}
	s := parsed(t, strings.ReplaceAll(incident(t, "uf-backend.ps-ef.txt"), " <defunct>", ""))
	if n := len(s.Listing.Doubtful); n != 21 {
		t.Errorf("the incident without its marks: %d are doubtful", n)
	}
}

// A mark in a line that does not speak for its process: of a thread, or of an
// earlier list.
func TestPSMarkBeside(t *testing.T) {
	const header = "UID PID PPID LWP C NLWP STIME TTY TIME CMD\nroot 1 0 1 0 1 23:36 ? 00:00:00 ./app --with some arguments\n"
	row := func(lwp int, cmd string) string {
		return fmt.Sprintf("root 7 1 %d 0 2 23:36 ? 00:00:00 %s\n", lwp, cmd)
	}
	names := "PID TTY TIME CMD\n1 ? 00:00:00 app\n"
	list := fullHeader + full(1, 0, "./app --with some arguments")
	for name, c := range map[string]struct {
		text   string
		broken []int
	}{
		"a thread's":                   {header + row(7, "./b -x") + row(8, "[b] <defunct>"), []int{4}},
		"a thread's, damaged":          {header + row(7, "./b -x") + row(8, "b<defunct"), []int{4}},
		"a thread's, above":            {header + row(8, "b<defunct") + row(7, "./b -x"), []int{3}},
		"an argument of the process":   {header + row(7, "rg <defunct> .") + row(8, "rg <defunct> ."), nil},
		"none":                         {header + row(7, "./b -x") + row(8, "./b -x"), nil},
		"an earlier list's, damaged":   {list + full(7, 1, "b<defunct") + list + full(7, 1, "./b -x"), []int{3}},
		"an argument in both lists":    {list + full(7, 1, "rg <defunct> .") + list + full(7, 1, "rg <defunct> ."), nil},
		"a name's, which makes it one": {names + "7 ? 00:00:00 b <defunct>\n" + names + "7 ? 00:00:00 b\n", nil},
		"of a zombie by an early list": {list + full(7, 1, "[b] <defunct>") + list + full(7, 1, "[b] <defunct>"), nil},
	} {
		s := parsed(t, c.text)
		var got []int
		for _, l := range s.Listing.Broken {
			got = append(got, l.Number)
		}
		if !slices.Equal(got, c.broken) || len(s.Unread) > 0 {
			t.Errorf("%s: lines %v are doubted, want %v, and %v", name, got, c.broken, s.Unread)
		}
	}
}
