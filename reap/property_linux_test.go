package reap

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/sys"
)

// tree is a random tree of processes that note down every signal that somebody
// sends them, and at the end the status of each child that lived until then.
type tree struct {
	cmd    *exec.Cmd
	leaves *os.File // closing it makes the leaves exit, each with a code of its own
	nodes  *os.File // closing it makes the nodes wait for them, and exit
	notes  *bufio.Reader
	pids   []int // of nodes and leaves
	codes  map[int]int
	killed int // by the test, before the plan was carried out; 0: nobody
	parent map[int]int
}

// treeScript makes the tree that its arguments describe: each node is its kind,
// the numbers of its zombies and leaves, and of its nodes, which follow.
const treeScript = `use POSIX ":sys_wait_h"; use strict; my @spec = @ARGV; my $leaf = 1;
open my $notes, ">&=", 3; open my $leaves, "<&=", 4; open my $nodes, "<&=", 5;
sub note { syswrite $notes, "@_\n" }
# A handler that comes late may be the one that takes the status of a leaf.
sub take { my $p = waitpid($_[0], $_[1]); note("status", $p, $? >> 8) if $p > 0; $p > 0 }
my %kind = (never => sub {}, one => sub { take(-1, WNOHANG) }, all => sub { 1 while take(-1, WNOHANG) });
sub handle { my $chld = shift;
	for my $s (qw(HUP INT QUIT USR1 USR2 ALRM CONT WINCH URG PIPE)) { $SIG{$s} = sub { note("signal", $$, $s) } }
	$SIG{TERM} = sub { note("signal", $$, "TERM"); POSIX::_exit(0) };
	$SIG{CHLD} = sub { local ($?, $!); note("signal", $$, "CHLD"); $chld->() };
	# The last of these by its number: whoever has noted it has noted all that were sent before.
	$SIG{PWR} = sub { note("barrier", $$) } }
sub eof_of { my $f = shift; my $b; while (1) { my $n = sysread $f, $b, 1; return if defined $n && !$n } }
sub state { open my $f, "<", "/proc/$_[0]/stat" or return ""; (<$f> =~ /.*\) (.)/s)[0] }
sub node { my ($kind, $zombies, $live, $below) = splice @spec, 0, 4; my (@dead, %leaves, @nodes);
	for (1 .. $zombies) { my $p = fork; $p or POSIX::_exit(0); push @dead, $p }
	for my $p (@dead) { select undef, undef, undef, 0.001 while state($p) ne "Z" }
	for (1 .. $live) { my $code = $leaf++; my $p = fork; $p or do { handle($kind{never}); note("leaf", $$, $code, getppid); eof_of($leaves); POSIX::_exit($code) }; $leaves{$p} = $code }
	for (1 .. $below) { pipe my $r, my $w; my $p = fork; if ($p) { close $w; my $rest = <$r>; ($leaf, @spec) = split " ", $rest; push @nodes, $p }
		else { close $r; node_below($w) } }
	(\%leaves, \@nodes, $kind) }
sub node_below { my $w = shift; my @mine = node(); syswrite $w, "$leaf @spec\n"; close $w; be(@mine) }
sub be { my ($leaves, $nodes, $kind) = @_; handle($kind{$kind}); note("node", $$, 0, getppid); eof_of($nodes_fd::f);
	take($_, 0) for sort keys %$leaves;
	waitpid $_, 0 for @$nodes; POSIX::_exit(0) }
$nodes_fd::f = $nodes;
fork and exit; select undef, undef, undef, 0.001 while getppid != 1; be(node());
`

// randomSpec describes a tree, and says how many nodes and leaves are in it.
func randomSpec(r *rand.Rand, depth int) (spec []string, count int) {
	kinds := []string{"never", "one", "all"}
	leaves, below := r.IntN(3), 0
	if depth > 0 {
		below = r.IntN(3)
	}
	spec = []string{kinds[r.IntN(len(kinds))], strconv.Itoa(r.IntN(4)), strconv.Itoa(leaves), strconv.Itoa(below)}
	count = 1 + leaves
	for range below {
		s, n := randomSpec(r, depth-1)
		spec, count = append(spec, s...), count+n
	}
	return spec, count
}

func plant(t testing.TB, r *rand.Rand) *tree {
	t.Helper()
	spec, count := randomSpec(r, 2)
	notes, notesIn := mustPipe(t)
	leavesOut, leaves := mustPipe(t)
	nodesOut, nodes := mustPipe(t)
	x := &tree{leaves: leaves, nodes: nodes, notes: bufio.NewReader(notes), codes: map[int]int{}, parent: map[int]int{}}
	x.cmd = exec.Command("perl", append([]string{"-e", treeScript}, spec...)...)
	x.cmd.ExtraFiles = []*os.File{notesIn, leavesOut, nodesOut}
	x.cmd.Stderr = os.Stderr
	if err := x.cmd.Run(); err != nil { // its first process leaves the tree to PID 1
		t.Fatal(err)
	}
	for _, f := range []*os.File{notesIn, leavesOut, nodesOut} {
		_ = f.Close()
	}
	if err := notes.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for len(x.pids) < count {
		f := x.note(t)
		pid, code, ppid := atoi(t, f[1]), atoi(t, f[2]), atoi(t, f[3])
		if f[0] == "leaf" {
			x.codes[pid] = code
		}
		x.pids, x.parent[pid] = append(x.pids, pid), ppid
	}
	return x
}

func mustPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// note reads a note of a process; nil: all have exited.
func (x *tree) note(t testing.TB) []string {
	t.Helper()
	line, err := x.notes.ReadString('\n')
	if err != nil {
		if line != "" || err.Error() != "EOF" {
			t.Fatalf("reading notes: %q, %v", line, err)
		}
		return nil
	}
	return strings.Fields(line)
}

// randomOptions chooses what to do, of what the command line could ask for.
func randomOptions(r *rand.Rand, x *tree, zombies []int) Options {
	o := Options{Self: os.Getpid(), Force: r.IntN(3) > 0}
	pick := func(from []int) (out []int) {
		for _, pid := range from {
			if r.IntN(2) == 0 {
				out = append(out, pid)
			}
		}
		return out
	}
	switch r.IntN(3) {
	case 0:
		o.All = true
	case 1:
		o.PIDs = pick(zombies)
	default:
		o.Parents = pick(x.pids)
	}
	if len(o.PIDs)+len(o.Parents) == 0 {
		o.All = true
		return o
	}
	switch r.IntN(6) {
	case 0, 1:
		o.Terminate = true
		for pid, ppid := range x.parent {
			if ppid == 1 {
				o.Parents = append(o.Parents, pid) // only this one can be ended: the ancestors of the others do not reap
			}
		}
	case 2:
		o.Signal = []int{1, 10, 12, 18, 23, 28}[r.IntN(6)]
	}
	return o
}

// randomPlans is the property: no process outside the plan gets a signal, no
// signal is sent that is not in the log, and no running child loses its status.
func randomPlans(t *testing.T, rounds int) {
	if !inside(t) {
		return
	}
	root := live(t)
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("ZOMBIECTL_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("ZOMBIECTL_TEST_SEED=%d", seed)
	var sent, spared, refused, reaped, statuses, ended int
	for round := range rounds {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		x := plant(t, r)
		var zombies []int
		d := diagnosisAfter(t, root, 10*time.Millisecond)
		for i := range d.Scope.Zombies {
			zombies = append(zombies, d.Scope.Zombies[i].Process.PID)
		}
		o := randomOptions(r, x, zombies)
		plan, err := Make(d, o)
		if err != nil {
			t.Fatalf("round %d: %+v: %v", round, o, err)
		}
		// Now and then somebody is gone by the time.
		killed := 0
		if r.IntN(4) == 0 {
			killed = x.pids[r.IntN(len(x.pids))]
			if err := unix.Kill(killed, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		log := carryOut(t, root, plan, How{Wait: 10 * time.Millisecond})
		planned := map[int]string{}
		for _, s := range plan.Steps {
			if s.Sent > 0 {
				planned[s.Parent.PID] = strings.TrimPrefix(sys.SignalName(s.Signal), "SIG")
				sent += s.Sent
			}
			if s.Refused {
				refused++
			}
			if s.Ended {
				ended++
			}
			if n := signals(log, s.Parent.PID); n != s.Sent {
				t.Errorf("round %d: PID %d: %d signals logged, %d counted", round, s.Parent.PID, n, s.Sent)
			}
			for _, z := range s.Zombies {
				if z.Fate == fateReaped {
					reaped++
				}
			}
		}
		x.killed = killed
		heard := x.harvest(t, round, planned, &statuses)
		for pid := range planned {
			// SIGCHLD of a child that was killed that moment absorbs another one; and
			// tini, which may hold a zombie for a moment, takes no notes.
			if slices.Contains(x.pids, pid) && pid != killed && !x.bereaved(pid, planned) && !heard[pid] {
				t.Errorf("round %d: PID %d was sent SIG%s by the log, and has not heard it", round, pid, planned[pid])
			}
		}
		spared += len(x.pids) - len(planned)
		if t.Failed() {
			t.Fatalf("round %d: %+v", round, o)
		}
	}
	t.Logf("%d rounds: %d signals sent, %d processes spared, %d refusals, %d zombies reaped, %d parents ended, %d statuses of live children whole",
		rounds, sent, spared, refused, reaped, ended, statuses)
	if sent == 0 || refused == 0 || reaped == 0 || statuses == 0 || ended == 0 && rounds >= 1000 {
		t.Error("not everything happened: the test shows little")
	}
}

// bereaved reports whether a child of a process was killed or ended, so that the
// kernel sent the process SIGCHLD.
func (x *tree) bereaved(pid int, planned map[int]string) bool {
	if pid == x.parent[x.killed] {
		return true
	}
	for child, signal := range planned {
		if signal == "TERM" && x.parent[child] == pid {
			return true
		}
	}
	return false
}

// harvest ends the tree and compares its notes with the plan.
func (x *tree) harvest(t *testing.T, round int, planned map[int]string, statuses *int) (heard map[int]bool) {
	t.Helper()
	heard = map[int]bool{}
	got := map[int]int{}
	waiting := map[int]bool{}
	for _, pid := range x.pids {
		if pid != x.killed && planned[pid] != "TERM" {
			waiting[pid] = true
		}
	}
	calls := callAgain(waiting)
	defer calls.stop()
	natural := false // from here on children end, and SIGCHLD says nothing
	for {
		if len(waiting) == 0 && !natural {
			natural = true
			_ = x.leaves.Close()
			_ = x.nodes.Close()
		}
		f := x.note(t)
		if f == nil {
			break
		}
		pid := atoi(t, f[1])
		switch f[0] {
		case "barrier":
			if delete(waiting, pid); len(waiting) > 0 {
				calls.only(waiting)
			} else {
				calls.stop()
			}
		case "signal":
			if f[2] == "CHLD" && (natural || x.bereaved(pid, planned)) {
				continue
			}
			if planned[pid] != f[2] {
				t.Errorf("round %d: PID %d got SIG%s, planned was %q", round, pid, f[2], planned[pid])
			}
			heard[pid] = true
		case "status":
			got[pid] = atoi(t, f[2])
		}
	}
	for pid, code := range x.codes {
		parent := x.parent[pid]
		if pid == x.killed || parent == x.killed || planned[parent] == "TERM" {
			continue // its parent, or it, died before it could see it
		}
		if status, ok := got[pid]; !ok || status != code {
			t.Errorf("round %d: the child %d that lived ended with %d, its parent %d was told %d (%v)", round, pid, code, parent, status, ok)
			continue
		}
		*statuses++
	}
	return heard
}

// calls sends SIGPWR to processes until each has noted it: perl runs a handler
// between two steps, so one that comes right before a read waits for its end.
type calls struct {
	mu    sync.Mutex
	pids  map[int]bool
	done  chan struct{}
	ended sync.WaitGroup
}

func callAgain(pids map[int]bool) *calls {
	c := &calls{pids: maps.Clone(pids), done: make(chan struct{})}
	c.ended.Go(func() {
		for {
			c.mu.Lock()
			for pid := range c.pids {
				_ = unix.Kill(pid, unix.SIGPWR) // one that is gone is missed by who reads the notes
			}
			c.mu.Unlock()
			select {
			case <-c.done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return c
}

func (c *calls) only(pids map[int]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pids = maps.Clone(pids)
}

// stop returns when no more of them are sent.
func (c *calls) stop() {
	select {
	case <-c.done:
	default:
		close(c.done)
	}
	c.ended.Wait()
}

// TestRandomOwn is the same for our own children: zombies and running ones
// mixed.
func TestRandomOwn(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 10 {
		var live, dead []*os.Process
		for i := range 10 + r.IntN(20) {
			script, file := fmt.Sprintf("exit %d", i), []*os.File{nil}
			if alive := r.IntN(2) == 0; alive {
				script, file = "read x; "+script, []*os.File{pipe(t)}
			}
			p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", script}, &os.ProcAttr{Files: file})
			if err != nil {
				t.Fatal(err)
			}
			if file[0] != nil {
				live = append(live, p)
			} else {
				dead = append(dead, p)
			}
		}
		awaitZombies(t, root, os.Getpid(), len(dead))
		plan, _ := act(t, root, Options{}, time.Second)
		if plan.Zombies() != len(dead) || plan.Left() != 0 {
			t.Fatalf("round %d: %d zombies, %d left, of %d", round, plan.Zombies(), plan.Left(), len(dead))
		}
		releasePipes()
		for _, p := range live {
			if _, err := p.Wait(); err != nil {
				t.Fatalf("round %d: the status of the live child %d is lost: %v", round, p.Pid, err)
			}
		}
	}
}

// TestInterrupted: a plan that is interrupted sends nothing more, and says what
// is left.
func TestInterrupted(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	p := perl(t, `leave(2); $SIG{CHLD} = sub { }; print "ready\n"; answer`)
	p.says(t, "ready")
	plan, err := Make(diagnosis(t, root), Options{Self: os.Getpid(), Parents: []int{p.pid()}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Do(ctx, root, plan, How{Wait: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if s := step(t, plan); s.Sent != 0 || plan.Left() != 2 || slices.ContainsFunc(s.Zombies, func(z *Zombie) bool { return z.Fate != fateLeft || z.Why == "" }) {
		t.Errorf("sent %d, left %d", s.Sent, plan.Left())
	}
}
