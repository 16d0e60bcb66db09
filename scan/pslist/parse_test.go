package pslist

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/zombiectl/zombiectl/scan/facts"
)

func incident(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("../testdata/ps/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parsed(t testing.TB, text string) *facts.Snapshot {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v, of:\n%s", err, text)
	}
	return s
}

// brief is a list, a line a process: PID, parent, state, name.
func brief(s *facts.Snapshot) string {
	var b strings.Builder
	for i := range s.Procs {
		p := &s.Procs[i]
		fmt.Fprintf(&b, "%d %d %s %s\n", p.PID, p.PPID, p.State, p.Comm)
	}
	return b.String()
}

func zombiesOf(s *facts.Snapshot) (pids []int) {
	for i := range s.Procs {
		if s.Procs[i].State == facts.Zombie {
			pids = append(pids, s.Procs[i].PID)
		}
	}
	return pids
}

// TestPSFormats has the same six processes in each format: what procps 4, 3
// and busybox print of them.
func TestPSFormats(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		mark       facts.ZombieMark
	}{
		"-ef": {`UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  2 23:36 ?        00:00:00 ./app --port 80
root          42       1  0 23:36 ?        00:00:00 [a b) c] <defunct>
root          48       1  0 23:36 ?        00:00:00 ps -ef
`, "1 0 ? app\n42 1 Z a b) c\n48 1 ? ps\n", facts.ByDefunct},
		"aux": {`USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  2.5  0.0  16564 13508 ?        Ss   23:36   0:00 ./app --port 80
root          42  0.0  0.0      0     0 ?        Z    23:36   0:00 [python3] <defunct>
root          48  0.0  0.0      0     0 ?        Zl   Nov 13   0:00 [java] <defunct>
`, "1 -1 S app\n42 -1 Z python3\n48 -1 Z java\n", facts.ByState},
		"auxf": {`USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           2  0.0  0.0      0     0 ?        S    23:36   0:00 [kthreadd]
root           3  0.0  0.0      0     0 ?        I<   23:36   0:00  \_ [rcu_gp]
root           1  2.5  0.0  16564 13508 ?        S    23:36   0:00 /sbin/init
root          42  0.0  0.0      0     0 ?        Z    23:36   0:00 [python3] <defunct>
root          51  0.0  0.0   2592  1644 ?        S    23:36   0:00 sh -c x
longusername  52  0.0  0.0 18116000000 4300 ?    R    23:36   0:00  \_ x
root          53  0.0  0.0   8116  4300 ?        R    23:36   0:00  |   \_ y
root          54  0.0  0.0   8116  4300 ?        R    23:36   0:00  \_ z
`, "1 -1 S init\n2 -1 S kthreadd\n3 2 I rcu_gp\n42 1 Z python3\n51 1 S sh\n52 51 R x\n53 52 R y\n54 51 R z\n", facts.ByState},
		"axjf": {`   PPID     PID    PGID     SID TTY        TPGID STAT   UID   TIME COMMAND
      0       1       1       1 ?             -1 S        0   0:00 ./app
      1      42      40      40 ?             -1 Z        0   0:00 [python3] <defunct>
      1      53       1       1 ?             -1 S        0   0:00 sh
     53      54       1       1 ?             -1 R        0   0:00  \_ ps axjf
`, "1 0 S app\n42 1 Z python3\n53 1 S sh\n54 53 R ps\n", facts.ByState},
		"names without states": {`    PID TTY          TIME CMD
      1 ?        00:00:00 python3
     42 ?        00:00:00 python3
`, "1 -1 ? python3\n42 -1 ? python3\n", facts.Unmarked},
		"-e of procps 3": {`  PID TTY          TIME CMD
    1 ?        00:00:00 python3
   42 ?        00:00:00 python3 <defunct>
`, "1 -1 ? python3\n42 -1 Z python3\n", facts.Unmarked},
		"-eo": {`  PID STAT  PPID COMMAND
    1 Ss       0 python3
   42 Z        1 python3 <defunct>
`, "1 0 S python3\n42 1 Z python3\n", facts.ByState},
		"name first": {`COMMAND             PID                  STARTED COMMAND
tmux: server          1 Tue Nov 24 23:36:20 2026 tmux new -s x
a b c                42 二 11月 24 23:36:20 2026 [a b c] <defunct>
`, "1 -1 ? tmux\n42 -1 Z a b c\n", facts.ByDefunct},
		"label and start": {`    PID  STARTED LABEL                           CMD
      1   Nov 13 docker-default (enforce)        ./app
     42 23:36:20 -                               [app] <defunct>
`, "1 -1 ? app\n42 -1 Z app\n", facts.ByDefunct},
		"-el": {`F S   UID     PID    PPID  C PRI  NI ADDR SZ WCHAN  TTY          TIME CMD
4 S     0       1       0  2  80   0 -  4141 do_wai ?        00:00:00 python3
1 Z     0      42       1  0  80   0 -     0 -      ?        00:00:00 python3
`, "1 0 S python3\n42 1 Z python3\n", facts.ByState},
		"threads": {`UID          PID    PPID     LWP  C NLWP STIME TTY          TIME CMD
root           1       0       1  2    1 23:36 ?        00:00:00 ./app
root          42       1      42  0    3 23:36 ?        00:00:00 [app] <defunct>
root          42       1      43  0    3 23:36 ?        00:00:00 ./app
root          42       1      44  0    3 23:36 ?        00:00:00 ./app
`, "1 0 ? app\n42 1 Z app\n", facts.ByDefunct},
		"top": {`top - 23:36:22 up 29 min,  0 user,  load average: 5.50, 3.65, 1.98
Tasks:   2 total,   1 running,   3 sleeping,   0 stopped,   1 zombie
%Cpu(s):  0.0 us, 50.0 sy, 50.0 ni,  0.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st 
MiB Mem :  24105.6 total,  19921.4 free,    895.3 used,   3605.6 buff/cache     
MiB Swap:      0.0 total,      0.0 free,      0.0 used.  23210.2 avail Mem 

    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
      1 root      20   0   16.5g  13508   6612 S   0,0   0.1   0:00.03 python3
     42 root      rt   0       0      0      0 Z   0.0   0.0 123:00.00 python3
`, "1 -1 S python3\n42 -1 Z python3\n", facts.ByState},
		"top of busybox": {`Mem: 4008344K used, 20675796K free, 1220K shrd, 228K buff, 3081K cached
CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq
Load average: 0.50 0.65 0.98 1/181 43
  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND
    1     0 root     S    16564   0%   1   0% python3 x.py
   42     1 root     Z        0   0%   0   0% [python3]
`, "1 0 S python3\n42 1 Z python3\n", facts.ByState},
		"busybox": {`PID   USER     TIME  COMMAND
    1 root      0:00 ./app
   42 root      1h23 [python3]
   43 root     10d05 {app} /bin/sh ./app
`, "1 -1 ? app\n42 -1 ? python3\n43 -1 ? {app}\n", facts.ByBrackets},
		"busybox of Debian": {`PID   USER     COMMAND
    1 root     {app} /bin/sh ./app
   42 101      [python3]
   43 root     ps
`, "1 -1 ? {app}\n42 -1 ? python3\n43 -1 ? ps\n", facts.ByBrackets},
		"busybox, full": {`  PID USER       VSZ STAT COMMAND
    1 root      1234 S    ./app
   42 root         0 Z    [python3]
   43 root      124m SN   sh
`, "1 -1 S app\n42 -1 Z python3\n43 -1 S sh\n", facts.ByState},
		"times in seconds": {`   PPID     PID STAT     TIME COMMAND
      0       1 S           0 ./app
      1      42 Z        3600 [x] <defunct>
`, "1 0 S app\n42 1 Z x\n", facts.ByState},
		"months of two words": {`USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
root 1 0 0 1 1 ? Ss de nov.13 1:25 ./app
root 42 0 0 0 0 ? Z Thg 1113 0:00 [x] <defunct>
root 43 0 0 0 0 ? Z تشرين الثاني24 0:00 [y] <defunct>
root 44 0 0 0 0 ? Z Thg 124 0:00 [z] <defunct>
`, "1 -1 S app\n42 -1 Z x\n43 -1 Z y\n44 -1 Z z\n", facts.ByState},
		"months of two words, and more": {`  PID  STARTED TT       STAT CMD
    1 de nov. 13 ?      Ss ./app
   42 Thg 11 13 pts/0   Z [x] <defunct>
   43 nov. 13 ?         Z [y] <defunct>
   44 dt. de nov. 13 23:36:20 2026 ? Z [z] <defunct>
`, "1 -1 S app\n42 -1 Z x\n43 -1 Z y\n44 -1 Z z\n", facts.ByState},
		"a number behind the date": {`  STARTED  PPID   PID STAT CMD
   Nov 13     7     1 Ss   ./app
   Nov 13     7    42 Z    [x] <defunct>
`, "1 7 S app\n42 7 Z x\n", facts.ByState},
		"podman top": {`USER        PID         PPID        %CPU        ELAPSED           TTY         TIME        COMMAND
root        1           0           0.000       1h2m3.456789012s  ?           1m2.5s      ./app 
root        7           1           0.000       3.456789012s      pts/0       0s          [sleep] 
`, "1 0 ? app\n7 1 ? sleep\n", facts.ByBrackets},
		"filtered": {`  PID  PPID STAT COMMAND
 2711    14 Zs   [python3] <defunct>
  421   302 Z    python3
`, "421 302 Z python3\n2711 14 Z python3\n", facts.ByState},
		"filtered, the other way round": {`STAT  PPID   PID CMD
Zs      14  2711 [python3] <defunct>
Z      302   421 python3
`, "421 302 Z python3\n2711 14 Z python3\n", facts.ByState},
		"toybox": {`USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME
root             1     0   10632   1864 0                   0 S init
shell          421   302       0      0 0                   0 Z sh
`, "1 0 S init\n421 302 Z sh\n", facts.ByState},
		"French top": {`    PID UTIL.     PR  NI    VIRT    RES    SHR S  %CPU  %MEM    TEMPS+ COM.
      1 root      20   0   16,5g  13508   6612 S   0,0   0,1   0:00.03 python3
     42 root      20   0       0      0      0 Z   0,0   0,0   0:00.00 python3
`, "1 -1 S python3\n42 -1 Z python3\n", facts.ByState},
	} {
		s := parsed(t, c.text)
		if got := brief(s); got != c.want || s.Listing.Zombies != c.mark {
			t.Errorf("%s: mark %q\n%swant %q\n%s", name, s.Listing.Zombies, got, c.mark, c.want)
		}
		if s.Listing.Junk > 0 || len(s.Unread)+len(s.Listing.Broken) > 0 {
			t.Errorf("%s: junk %+v, unread %v", name, s.Listing, s.Unread)
		}
		// The same without its header, where it is a standard one.
		lines := strings.SplitAfter(c.text, "\n")
		header := slices.IndexFunc(lines, func(l string) bool { _, ok := headerOf(l); return ok })
		if !slices.ContainsFunc(standard, func(l layout) bool {
			return slices.EqualFunc(l, layoutOf(lines[header]), func(a, b column) bool { return a.kind == b.kind })
		}) {
			continue
		}
		if got := brief(parsed(t, strings.Join(slices.Delete(lines, 0, header+1), ""))); got != c.want {
			t.Errorf("%s, without its header:\n%swant\n%s", name, got, c.want)
		}
	}
}

// TestPSNotBusybox: nearly any line would fit the shortest list of busybox. A
// list that shows zombies in another way, or has no processes, is not taken for
// it.
func TestPSNotBusybox(t *testing.T) {
	for _, text := range []string{
		"1 root Ss /sbin/init\n7 root Z x\n",
		"1 Ss /sbin/init\n7 Z x\n",
		"1 0 /sbin/init\n7 1 x\n",
		"1 0.0 /sbin/init\n7 0.0 x\n",
		"1 ? /sbin/init\n7 pts/0 x\n",
		"17 files were found\n3 files were lost\nand no more\n",
		"1 root /sbin/init\nand much else\nthat is no list\n",
	} {
		if s, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q is taken for processes:\n%s", text, brief(s))
		}
	}
	// Where another list fits some lines, those of this one do not outvote it.
	s := parsed(t, "    1 ?        Ss     0:00 /sbin/init\n    7 ?        Z      0:00 x\n    8 cut in here\n    9 cut in there\n   10 cut at last\n")
	if got := zombiesOf(s); !slices.Equal(got, []int{7}) || len(s.Listing.Columns) != 5 {
		t.Errorf("zombies %v by %v", got, s.Listing.Columns)
	}
}

// TestPSIncident compares the lists that people pasted with their contents.
func TestPSIncident(t *testing.T) {
	s := parsed(t, incident(t, "uf-backend.ps-ef.txt"))
	starts := map[string]int{}
	for _, pid := range zombiesOf(s) {
		p := s.Find(pid)
		starts[p.Listed.Start]++
		if p.PPID != 1 {
			t.Errorf("the parent of %d is %d", pid, p.PPID)
		}
	}
	if want := map[string]int{"Nov13": 7, "Nov15": 7, "Nov21": 7}; !reflect.DeepEqual(starts, want) {
		t.Errorf("started %v, want %v", starts, want)
	}
	if p := s.Find(57); p.UTime != (1*3600+33*60+34)*facts.UserHZ {
		t.Errorf("CPU time %d ticks", p.UTime)
	}
	s = parsed(t, incident(t, "uf-backend.ps-auxf.txt"))
	zombies := zombiesOf(s)
	for _, pid := range zombies {
		if p := s.Find(pid); p.PPID != 65483 {
			t.Errorf("the parent of %d is %d", pid, p.PPID)
		}
	}
	if len(zombies) != 14 || len(s.Procs) != 22 || !s.Listing.ParentsByTree || len(s.Listing.Cut) != 1 || s.Find(65483).PPID != facts.NoPID {
		t.Errorf("%d zombies of %d, %+v", len(zombies), len(s.Procs), s.Listing)
	}
}

// TestPSPastes does to lists what happens to them on their way.
func TestPSPastes(t *testing.T) {
	for _, name := range []string{"uf-backend.ps-ef.txt", "uf-backend.ps-auxf.txt", "make-zombie.ps-ef.txt", "k8s-shared-pid-namespace.ps.txt"} {
		text := incident(t, name)
		plain := parsed(t, text)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		each := func(f func(string) string) string {
			out := make([]string, len(lines))
			for i, l := range lines {
				out[i] = f(l)
			}
			return strings.Join(out, "\n")
		}
		for how, paste := range map[string]string{
			"indented":        each(func(l string) string { return "        " + l }),
			"quoted":          each(func(l string) string { return "> " + l }),
			"fenced":          "$ ps -ef\n```\n" + text + "```\n\nroot@host:~# \n",
			"CRLF":            strings.ReplaceAll(text, "\n", "\r\n"),
			"blank lines":     strings.ReplaceAll(text, "\n", "\n\n"),
			"trailing blanks": each(func(l string) string { return l + "   " }),
			"no-break spaces": strings.ReplaceAll(text, " ", "\u00a0"),
			"coloured":        strings.ReplaceAll(text, "defunct", "\x1b[01;31m\x1b[Kdefunct\x1b[m\x1b[K"),
			"UTF-16":          inUTF16(text),
			"BOM":             "\ufeff" + text,
			"wrapped":         each(func(l string) string { return hardWrap(l, 90) }),
			"wrapped by mail": each(func(l string) string { return softWrap(l, 72) }),
			"twice":           text + "\n" + text,
		} {
			if how == "twice" && strings.Contains(name, "auxf") {
				continue // without a header it is one list with each process twice
			}
			s, err := Parse([]byte(paste))
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
				continue
			}
			if got, want := brief(s), brief(plain); got != want {
				t.Errorf("%s, %s:\n%swant\n%s", name, how, got, want)
			}
			if how == "fenced" && s.Listing.Junk != 4 || len(s.Unread)+len(s.Listing.Broken) > 0 {
				t.Errorf("%s, %s: %+v %v", name, how, s.Listing, s.Unread)
			}
		}
	}
}

func inUTF16(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func hardWrap(l string, at int) string {
	var out []string
	for r := []rune(l); ; r = r[at:] {
		if len(r) <= at {
			return strings.Join(append(out, string(r)), "\n")
		}
		out = append(out, string(r[:at]))
	}
}

func softWrap(l string, at int) string {
	var out []string
	for r := []rune(l); ; {
		if len(r) <= at {
			return strings.Join(append(out, string(r)), "\n")
		}
		cut := at
		for cut > 0 && r[cut] != ' ' {
			cut--
		}
		out, r = append(out, string(r[:cut])), r[cut+1:]
	}
}

// TestPSDamage has lists that cannot be true: each is said, none is fatal.
func TestPSDamage(t *testing.T) {
	const head = "UID        PID  PPID  C STIME TTY          TIME CMD\nroot           1       0  2 23:36 ?        00:00:00 ./app\n"
	row := func(pid, ppid string) string {
		return fmt.Sprintf("root  %s  %s  0 23:36 ?  00:00:00 [x] <defunct>\n", pid, ppid)
	}
	for name, c := range map[string]struct{ text, want string }{
		"PID 0":    {row("0", "1"), `no process has the PID "0"`},
		"PID 2^63": {row("9223372036854775808", "1"), `no process has the PID "9223372036854775808"`},
		"PPID":     {row("7", "99999999999"), `no process has the parent "99999999999"`},
		"twice":    {row("7", "1") + row("7", "1"), "PID 7 stands in line 3 already"},
	} {
		s := parsed(t, head+c.text)
		if len(s.Unread) != 1 || s.Unread[0].Reason != c.want || s.Find(1) == nil {
			t.Errorf("%s: %+v, want %q", name, s.Unread, c.want)
		}
	}
	const threads = "UID PID PPID LWP C NLWP STIME TTY TIME CMD\nroot 1 0 1 0 1 23:36 ? 00:00:00 ./app\n"
	s := parsed(t, threads+"root 7 1 9 0 2 23:36 ? 00:00:00 [x] <defunct>\n")
	if len(s.Unread) != 1 || s.Unread[0].PID != 7 || s.Unread[0].File != "line 3" {
		t.Errorf("a thread without its process: %+v", s.Unread)
	}
	s = parsed(t, threads+"root 7 1 9 0 2 23:36 ? 00:00:00 [x] <defunct>\nroot 7 1 7 0 2 23:36 ? 00:00:00 ./x\n")
	if p := s.Find(7); len(s.Unread) > 0 || p == nil || p.NumThreads != 2 || len(s.Listing.Broken) != 1 {
		t.Errorf("a thread before its process: %+v, %v, %+v", p, s.Unread, s.Listing)
	}
	s = parsed(t, head+"root 7 mangled in the middle\n"+row("8", "1"))
	if len(s.Listing.Broken) != 1 || s.Listing.Broken[0].Number != 3 {
		t.Errorf("a mangled line: %+v", s.Listing)
	}
	for _, l := range []string{"....", "[...]", "…", "[snip]", "  ...  "} {
		if s := parsed(t, head+l+"\n"+row("8", "1")); len(s.Listing.Cut) != 1 || s.Listing.Junk > 0 {
			t.Errorf("%q: %+v", l, s.Listing)
		}
	}
	for text, want := range map[string]string{
		"":                              "it is empty",
		"hello\n":                       "the only line does not describe a process",
		head[:51]:                       "a header, but no process below it",
		"USER CGROUP COMMAND\nroot / x": "no PID column",
		"2026-11-24 23:36:20 started worker 17\n2026-11-24 23:36:21 stopped worker 17\n": "none of the 2 lines",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Parse(bytes.Repeat([]byte("x y z\n"), MaxText/6+1)); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("too much text: %v", err)
	}
}

// TestPSMany: the lines that are kept though they are not processes are bounded.
func TestPSMany(t *testing.T) {
	// The first is taken for the rest of the line above, which is as wide.
	text := "  PID  PPID STAT COMMAND\n    1     0 S    init\n" + strings.Repeat("once upon a time\n", 5000) +
		strings.Repeat("7 dwarfs and more\n", 5000) + "    2     1 S    sh\n" + strings.Repeat("...\n", 5000)
	s := parsed(t, text)
	if l := s.Listing; len(l.Broken) > maxJunk || len(l.Broken) == 0 || len(l.Cut) != maxJunk || l.Junk+len(l.Broken) != 9999 || l.Example.Text != "once upon a time" {
		t.Errorf("%d broken, %d cut, %d junk, %v", len(l.Broken), len(l.Cut), l.Junk, l.Example)
	}
	if _, err := Parse([]byte(strings.Repeat("\n", maxLines+1))); err == nil || !strings.Contains(err.Error(), "more than 524288 lines") {
		t.Errorf("too many lines: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"uf-backend.ps-ef.txt", "uf-backend.ps-auxf.txt", "busybox-no-init.ps.txt", "make-zombie.ps-ef.txt"} {
		text := incident(f, name)
		f.Add([]byte(text[:min(len(text), 300)])) // larger ones take the fuzzer's time to make smaller
	}
	f.Add([]byte("COMMAND PID LABEL STARTED COMMAND\na b 1 c d Nov 13 x\n"))
	f.Add([]byte("PID LABEL A B C D E F G CMD\n1 " + strings.Repeat("x ", 600) + "\n"))
	f.Add([]byte("top - \nTasks: 9 total\n\n PID S COMMAND\n1 Z x\n...\n"))
	f.Add([]byte(inUTF16("PID PPID STAT CMD\n1 1 Z x\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		last := 0
		for i := range s.Procs {
			p := &s.Procs[i]
			if p.PID <= last || p.PPID < facts.NoPID || p.Listed == nil {
				t.Fatalf("process %+v after %d", p, last)
			}
			last = p.PID
		}
		s.Tree()
	})
}
