package pslist

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

const fullHeader = "UID          PID    PPID  C STIME TTY          TIME CMD\n"

func full(pid, ppid int, command string) string {
	return fmt.Sprintf("root %d %d  0 23:36 ?        00:00:00 %s\n", pid, ppid, command)
}

// listOf makes one of commands, with PIDs from 1.
func listOf(header string, line func(pid int, command string) string, commands ...string) string {
	for i, c := range commands {
		header += line(i+1, c)
	}
	return header
}

// TestPSMarks: which processes are zombies, and which may be, in lists without
// states.
func TestPSMarks(t *testing.T) {
	e := func(pid int, c string) string { return fmt.Sprintf("%5d ?        00:00:00 %s\n", pid, c) }
	const eHeader = "  PID TTY          TIME CMD\n"
	o := func(pid int, c string) string { return fmt.Sprintf("%5d     1 %s\n", pid, c) }
	const oHeader = "  PID  PPID COMMAND\n"
	ef := func(pid int, c string) string { return full(pid, 1, c) }
	one := func(pid int, c string) string { return fmt.Sprintf("%5d root      0:00 %s\n", pid, c) }
	const busybox = "PID   USER     TIME  COMMAND\n"
	host := []string{"systemd", "kthreadd", "UVM deferred release queue", "kworker/0:1", "kworker/u16:3-events_unbound"}
	for name, c := range map[string]struct {
		text              string
		mark              facts.ZombieMark
		zombies, doubtful []int
	}{
		"-e":                           {listOf(eHeader, e, "systemd", "kworker/0:1", "a b", "x"), facts.Unmarked, nil, []int{1, 2, 3, 4}},
		"-e, names like command lines": {listOf(eHeader, e, "tini", "/usr/bin/perl w", "./x", "[x]"), facts.Unmarked, nil, []int{1, 2, 3, 4}},
		"-ej":                          {"  PID  PGID   SID TTY          TIME CMD\n    1     1     1 ?        00:00:00 a b\n", facts.Unmarked, nil, []int{1}},
		"-eM":                          {"LABEL    PID TTY          TIME CMD\n-    1 ?        00:00:00 a b\n", facts.Unmarked, nil, []int{1}},
		"-eo comm":                     {listOf(oHeader, o, "init", "kworker/0:1", "tmux: server"), facts.Unmarked, nil, []int{1, 2, 3}},
		"-eo comm of a host":           {listOf(oHeader, o, host...), facts.Unmarked, nil, []int{1, 2, 3, 4, 5}},
		"-eo comm, with ps":            {listOf(oHeader, o, "/usr/bin/perl w", "dead", "ps"), facts.Unmarked, nil, []int{1, 2, 3}},
		"a name and a prompt":          {listOf(oHeader, o, "init", "x_of_15_letters") + "root@host:~# exit\n", facts.Unmarked, nil, []int{1, 2}},
		// The controls: these show command lines.
		"-eo cmd":          {listOf(eHeader, e, "sh", "ps -eo pid,tty,time,cmd"), facts.ByDefunct, nil, nil},
		"-eo args":         {listOf(oHeader, o, "/sbin/init", "sh"), facts.ByBrackets, nil, nil},
		"-eo args, itself": {listOf(oHeader, o, "sh", "ps -A"), facts.ByBrackets, nil, nil},
		"-ef of few":       {listOf(fullHeader, ef, "sh"), facts.ByDefunct, nil, nil},
		"busybox":          {listOf(busybox, one, "/pause", "ps"), facts.ByBrackets, nil, nil},

		"-e of procps 3":        {listOf(eHeader, e, "systemd", "tmux: server <defunct>", "Web Content <defunct>", "fifteen_letters <defunct>", "x"), facts.Unmarked, []int{2, 3, 4}, []int{1, 5}},
		"-e of procps 3, host":  {listOf(eHeader, e, append(slices.Clone(host), "a b <defunct>")...), facts.Unmarked, []int{6}, []int{1, 2, 3, 4, 5}},
		"too long for a name":   {listOf(eHeader, e, "init", "sixteen_letters_ <defunct>"), facts.ByDefunct, nil, []int{2}},
		"an argument":           {listOf(fullHeader, ef, "sh", "grep -F <defunct>", "[x] <defunct>"), facts.ByDefunct, []int{3}, nil},
		"name before":           {"  PID COMMAND  COMMAND\n    1 par ent  perl z.pl\n    2 a b      [a b] <defunct>\n    3 web) con [web) con [t] <defunct>\n    4 kworker/ [kworker/0:1] <defunct>\n", facts.ByDefunct, []int{2, 3, 4}, nil},
		"without its header":    {"      1       0 02:56:23   0:00 perl z.pl\n      2       1 02:56:23   0:00 [a b] <defunct>\n      3       1 02:56:23   0:00 [x] <defunct>\n", facts.ByDefunct, []int{2, 3}, nil},
		"marks cut":             {listOf(fullHeader, ef, "sh", "[x] <", "[y] <def", "[z]", "[fifteen_letter", "[a b", "["), facts.ByDefunct, []int{2, 3}, []int{4, 5, 6, 7}},
		"all cut":               {listOf(fullHeader, ef, "sh", "[fifteen_lett"), facts.ByDefunct, nil, []int{2}},
		"brackets of another":   {listOf(fullHeader, ef, "[celeryd: celery@host:Worker-1]", "[ -f x", "[lxc monitor] /var x"), facts.ByDefunct, nil, nil},
		"marks lost":            {listOf(fullHeader, ef, "sh", "[x]", "[y]"), facts.ByDefunct, nil, []int{2, 3}},
		"marks spoilt":          {listOf(fullHeader, ef, "sh", "[x] (defunct)", "[y] <defunct>\u200b"), facts.ByDefunct, nil, []int{2, 3}},
		"marks escaped":         {listOf(fullHeader, ef, "sh", "[x] &lt;defunct&gt;"), facts.ByDefunct, []int{2}, nil},
		"kernel threads":        {fullHeader + full(1, 0, "init") + full(2, 0, "[kthreadd]") + full(3, 2, "[kworker/0:1]") + full(9, 3, "[x]"), facts.ByDefunct, nil, []int{9}},
		"kernel threads, -eo":   {"  PID     TIME CMD\n    1 00:00:00 /init\n    2 00:00:00 [kthreadd]\n    3 00:00:00 [rcu_gp]\n", facts.ByDefunct, nil, nil},
		"marks lost, no parent": {"  PID     TIME CMD\n    1 00:00:00 /init\n    3 00:00:00 [x]\n", facts.ByDefunct, nil, []int{3}},
	} {
		for how, text := range map[string]string{"": c.text, ", CRLF": strings.ReplaceAll(c.text, "\n", "\r\n")} {
			s := parsed(t, text)
			if got := zombiesOf(s); s.Listing.Zombies != c.mark || !slices.Equal(got, c.zombies) || !slices.Equal(s.Listing.Doubtful, c.doubtful) {
				t.Errorf("%s%s: mark %q, zombies %v, doubtful %v; want %q, %v, %v", name, how, s.Listing.Zombies, got, s.Listing.Doubtful, c.mark, c.zombies, c.doubtful)
			}
		}
	}
}

// TestPSZombieNames: where a state marks a zombie, a command without brackets is
// a name, blanks and all.
func TestPSZombieNames(t *testing.T) {
	for text, want := range map[string]string{
		"PID PPID STAT COMMAND\n1 0 S sh -c x\n2 1 Z a b\n3 1 Z c d e <defunct>\n4 1 Z [f g] <defunct>\n5 1 Z /h i\n":                                                                                                                           "1 0 S sh\n2 1 Z a b\n3 1 Z c d e\n4 1 Z f g\n5 1 Z /h i\n",
		"F S   UID     PID    PPID  C PRI  NI ADDR SZ WCHAN  TTY          TIME CMD\n4 S     0       1       0  0  80   0 -  2005 do_wai ?        00:00:00 par ent\n1 Z     0       2       1  0  80   0 -     0 -      ?        00:00:00 a b\n": "1 0 S par ent\n2 1 Z a b\n",
	} {
		if got := brief(parsed(t, text)); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

// TestPSDamagedMark: a line with the mark of a zombie that cannot be understood
// is never ignored, wherever it stands.
func TestPSDamagedMark(t *testing.T) {
	lines := []string{"    1     0 Ss   init\n", "    5     1 S    a\n"}
	for i := range 3 {
		for _, damaged := range []string{"   7 1 Z? [c] <defunct>\n", "[c] <defunct>\n"} {
			s := parsed(t, "  PID  PPID STAT COMMAND\n"+strings.Join(slices.Insert(slices.Clone(lines), i, damaged), ""))
			if len(s.Listing.Broken) != 1 || s.Listing.Junk != 0 {
				t.Errorf("%q in place %d: %+v", damaged, i, s.Listing)
			}
		}
	}
	s := parsed(t, "  PID  PPID STAT COMMAND\n    1     0 Ss   init\n\n"+strings.Repeat("$ x <defunct>\n", 3*maxJunk)+lines[1])
	if n := len(s.Listing.Broken); n != maxJunk {
		t.Errorf("%d lines are kept", n)
	}
}
