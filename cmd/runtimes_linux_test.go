//go:build runtimes

package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The programs that containers are made of, as PID 1 and as parents, as Debian
// has them. Each is measured without zombiectl: does it reap? Then zombiectl is
// asked: who reaps must not be accused, who does not has to be named.
//
// Run by .ci/runtimes, which installs the programs.

// asPID1 is a program as PID 1 of a PID namespace.
type asPID1 struct {
	name string
	// command runs in a shell, in a directory of its own.
	command string
	comm    string // of PID 1 when it is there
	user    string // "": root
	// reaps is the measured answer; the test fails when that changes.
	reaps bool
}

var runtimesAsPID1 = []asPID1{
	{name: "tini", command: "exec tini -- sleep 1000", comm: "tini", reaps: true},
	{name: "dumb-init", command: "exec dumb-init -- sleep 1000", comm: "dumb-init", reaps: true},
	{name: "catatonit", command: "exec catatonit -- sleep 1000", comm: "catatonit", reaps: true},
	{name: "s6-svscan", command: "mkdir services; exec s6-svscan services", comm: "s6-svscan", reaps: true},
	{name: "supervisord", command: "printf '[supervisord]\\nuser=root\\nlogfile=/dev/null\\nlogfile_maxbytes=0\\npidfile=%s/pid\\n' $PWD >conf; exec supervisord -n -c conf", comm: "supervisord", reaps: true},
	{name: "zombiectl init", command: `exec "$ZOMBIECTL" init -- sleep 1000`, comm: "zombiectl", reaps: true},
	{name: "bash, a foreground job", command: "exec bash -c 'sleep 1000; :'", comm: "bash", reaps: true},
	{name: "bash, in wait", command: "exec bash -c 'sleep 1000 & wait; :'", comm: "bash", reaps: true},
	{name: "bash, executes its last command", command: "exec bash -c 'sleep 1000'", comm: "sleep", reaps: false},
	{name: "dash, a foreground job", command: "exec dash -c 'sleep 1000; :'", comm: "dash", reaps: true},
	{name: "busybox sh, a foreground job", command: "exec busybox sh -c 'sleep 1000; :'", comm: "busybox", reaps: true},
	{name: "sleep", command: "exec sleep 1000", comm: "sleep", reaps: false},
	{name: "tail", command: "exec tail -f /dev/null", comm: "tail", reaps: false},
	{name: "cat", command: "mkfifo fifo; exec cat fifo", comm: "cat", reaps: false},
	{name: "python3", command: "exec /usr/bin/python3 -c 'import time; time.sleep(1000)'", comm: "python3", reaps: false},
	{name: "node", command: "exec node -e 'setInterval(() => {}, 1000)'", comm: "node", reaps: false},
	{name: "perl", command: "exec perl -e 'sleep 1000'", comm: "perl", reaps: false},
	{name: "java", command: "exec java -m java.rmi/sun.rmi.registry.RegistryImpl 0", comm: "java", reaps: false},
	{name: "nginx", command: "printf 'daemon off; user root; pid %s/pid; error_log stderr; events {} http { access_log off; server { listen unix:%s/sock; } }' $PWD $PWD >conf; exec nginx -p $PWD -c $PWD/conf", comm: "nginx", reaps: true},
	{name: "redis-server", command: "exec redis-server --port 0 --unixsocket $PWD/sock --save ''", comm: "redis-server", reaps: false},
	{name: "postgres", command: "initdb=$(ls /usr/lib/postgresql/*/bin/initdb | tail -1); $initdb -D data -N >/dev/null && exec ${initdb%initdb}postgres -D data -c listen_addresses='' -c unix_socket_directories=$PWD", comm: "postgres", user: "postgres", reaps: true},
}

// needed are the programs that have to be there: a runtime that is left out in
// silence shows nothing.
var needed = []string{"tini", "dumb-init", "catatonit", "s6-svscan", "supervisord", "bash", "dash", "busybox", "perl", "node", "java", "nginx",
	"redis-server", "/usr/bin/python3", "unshare", "nsenter", "setpriv"}

func requirePrograms(t *testing.T) {
	t.Helper()
	for _, name := range needed {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%v: .ci/run says which packages have these", err)
		}
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); len(found) == 0 {
		t.Fatal("postgres is not there: .ci/run says which packages have these")
	}
}

// child is a program below tini that starts children of its own.
type child struct {
	name, command string
	comm          string // who keeps a zombie; "": nobody does
}

var runtimesAsParents = []child{
	{"python3, an uncollected Popen", "exec /usr/bin/python3 -c 'import subprocess, time; p = subprocess.Popen([\"true\"]); time.sleep(1000)'", "python3"},
	{"python3, subprocess.run", "exec /usr/bin/python3 -c 'import subprocess, time; subprocess.run([\"true\"]); time.sleep(1000)'", ""},
	{"node, spawn", "exec node -e 'require(\"child_process\").spawn(\"true\"); setInterval(() => {}, 1000)'", ""},
	{"perl, fork", "exec perl -e 'fork or exit; sleep 1000'", "perl"},
	{"perl, system", "exec perl -e 'system \"true\"; sleep 1000'", ""},
	{"perl, SIGCHLD ignored", "exec perl -e '$SIG{CHLD} = \"IGNORE\"; fork or exit; sleep 1000'", ""},
	{"bash, then exec", "exec bash -c 'sleep 0.1 & exec sleep 1000'", "sleep"},
	{"bash, then wait", "exec bash -c 'sleep 0.1 & wait; sleep 1000; :'", ""},
	{"dash, then exec", "exec dash -c 'sleep 0.1 & exec sleep 1000'", "sleep"},
	{"dash, a foreground job", "exec dash -c 'sleep 0.1 & sleep 1000; :'", ""},
	{"busybox sh, then exec", "exec busybox sh -c 'sleep 0.1 & exec sleep 1000'", "sleep"},
	{"supervisord, a program that ends", "printf '[supervisord]\\nuser=root\\nlogfile=/dev/null\\nlogfile_maxbytes=0\\npidfile=%s/pid\\n[program:x]\\ncommand=true\\nautorestart=false\\nstartsecs=0\\n' $PWD >conf; exec supervisord -n -c conf", ""},
	{"java below sh, then exec", "exec sh -c 'sleep 0.1 & exec java -m java.rmi/sun.rmi.registry.RegistryImpl 0'", "java"},
}

// aNamespace is a PID namespace with a command as its PID 1.
type aNamespace struct {
	t    *testing.T
	ctx  context.Context
	pid1 int // as we see it
	exe  string
	out  bytes.Buffer
}

// startNamespace takes a copy of the program that all tests share: one that was
// just written could not be executed while another test forks.
func startNamespace(t *testing.T, exe, command, user string) *aNamespace {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
	t.Cleanup(cancel)
	dir, err := os.MkdirTemp("", "zombiectl-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { // for who is not root
		t.Fatal(err)
	}
	n := &aNamespace{t: t, ctx: ctx, exe: exe}
	args := []string{"--pid", "--fork", "--kill-child", "--mount-proc", "--"}
	if user != "" {
		args = append(args, "setpriv", "--reuid="+user, "--regid="+user, "--clear-groups")
	}
	cmd := exec.CommandContext(ctx, "unshare", append(args, "sh", "-c", command)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ZOMBIECTL="+exe, runVariable+"=1")
	cmd.Stdout, cmd.Stderr = &n.out, &n.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = 5 * time.Second
	start(t, cmd)
	n.await("the namespace", func() bool {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
		n.pid1, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		return n.pid1 != 0
	})
	return n
}

func (n *aNamespace) await(what string, holds func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			n.t.Fatalf("not in time: %s; it said %s", what, n.out.String())
		}
	}
}

// enter runs a command inside, as docker exec does.
func (n *aNamespace) enter(args ...string) (string, int) {
	n.t.Helper()
	cmd := exec.CommandContext(n.ctx, "nsenter", append([]string{"-t", strconv.Itoa(n.pid1), "-p", "-m", "--"}, args...)...)
	cmd.Env = append(os.Environ(), runVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		n.t.Fatalf("%v: %v %s", args, err, errs.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// statOf reads name and state of a process, as we see it.
func statOf(pid int) (comm, state string) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", ""
	}
	from, to := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	return string(b[from+1 : to]), strings.Fields(string(b[to+1:]))[0]
}

// zombiesBelow are the children of a process in state Z.
func zombiesBelow(pid int) (pids []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		b, _ := os.ReadFile(file)
		for word := range strings.FieldsSeq(string(b)) {
			c, _ := strconv.Atoi(word)
			if _, state := statOf(c); state == "Z" {
				pids = append(pids, c)
			}
		}
	}
	return pids
}

// patience is how long a program may take to reap: supervisord looks once a
// second.
const patience = 4 * time.Second

// keepsZombie reports whether a process keeps a zombie for longer than that,
// within the time in which one comes.
func keepsZombie(pid int) bool {
	since := map[int]time.Time{}
	for deadline := time.Now().Add(patience + 2*time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		now := map[int]time.Time{}
		for _, z := range zombiesBelow(pid) {
			if now[z] = since[z]; now[z].IsZero() {
				now[z] = time.Now()
			}
			if time.Since(now[z]) > patience {
				return true
			}
		}
		since = now
	}
	return false
}

type runtimeDocument struct {
	document
	Namespaces []struct {
		Ours bool
		PID1 struct {
			Command, Program, Init, Reaps, ReapsWhy string
		}
	}
}

func (n *aNamespace) scan() runtimeDocument {
	n.t.Helper()
	out, code := n.enter(n.exe, "scan", "-o", "json")
	var d runtimeDocument
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		n.t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	return d
}

func (d *runtimeDocument) pid1Reaps() string {
	for _, ns := range d.Namespaces {
		if ns.Ours {
			return ns.PID1.Reaps
		}
	}
	return "not in view"
}

// accusing are the rules that say that somebody does not reap.
var accusing = []string{"Z201", "Z202", "Z203", "Z204", "Z205", "Z206", "Z207", "Z208", "Z209", "Z210", "Z301", "Z304", "Z310", "Z312"}

func (d *runtimeDocument) accused() (out []string) {
	for _, f := range d.Findings {
		if slices.Contains(accusing, f.Rule) {
			out = append(out, fmt.Sprintf("%s %s (PID %d)", f.Rule, f.Subject.Comm, f.Subject.PID))
		}
	}
	return out
}

func TestRuntimesAsPID1(t *testing.T) {
	requireRoot(t)
	requirePrograms(t)
	exe := program(t)
	for _, r := range runtimesAsPID1 {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			n := startNamespace(t, exe, r.command, r.user)
			n.await("PID 1 is "+r.comm, func() bool { comm, _ := statOf(n.pid1); return comm == r.comm })
			before := n.scan()
			// An orphan comes from outside, as those of exec probes do.
			if _, code := n.enter("sh", "-c", "sleep 0.1 & exit 0"); code != 0 {
				t.Fatalf("the orphan: exit code %d", code)
			}
			keeps := keepsZombie(n.pid1)
			if keeps == r.reaps {
				t.Fatalf("reaps: %v, and %v was measured; its PID is %d", !keeps, r.reaps, n.pid1)
			}
			after := n.scan()
			for when, d := range map[string]runtimeDocument{"before": before, "after": after} {
				said := d.pid1Reaps()
				t.Logf("%s: reaps %s, accused %v: %s", when, said, d.accused(), d.Summary.Sentence)
				if r.reaps && (said == "no" || len(d.accused()) > 0) {
					t.Errorf("%s: it reaps, and is accused: reaps %s, %v", when, said, d.accused())
				}
				if !r.reaps && said == "yes" {
					t.Errorf("%s: it does not reap, and is said to", when)
				}
			}
			if !r.reaps && (after.Summary.Zombies == 0 || !slices.Contains(after.rules(), "Z301")) {
				t.Errorf("it keeps an orphan, and is not named: %d zombies, rules %v", after.Summary.Zombies, after.rules())
			}
		})
	}
}

func TestRuntimesAsParents(t *testing.T) {
	requireRoot(t)
	requirePrograms(t)
	exe := program(t)
	for _, c := range runtimesAsParents {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := startNamespace(t, exe, "exec tini -- sh -c "+quoted(c.command), "")
			// The program is the only child of tini.
			parent := 0
			n.await("the program runs", func() bool {
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", n.pid1, n.pid1))
				parent, _ = strconv.Atoi(strings.TrimSpace(string(b)))
				comm, _ := statOf(parent)
				return parent != 0 && comm != "sh" && comm != "tini"
			})
			n.await("its child has ended", func() bool {
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", parent))
				if f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])); len(f) > 8 && f[8] != "0" {
					return true // it has reaped: cminflt
				}
				return len(zombiesBelow(parent)) > 0 || strings.Contains(c.name, "ignored")
			})
			keeps := keepsZombie(parent)
			if keeps != (c.comm != "") {
				comm, _ := statOf(parent)
				t.Fatalf("%s keeps a zombie: %v", comm, keeps)
			}
			d := n.scan()
			t.Logf("accused %v: %s", d.accused(), d.Summary.Sentence)
			switch {
			case c.comm == "" && len(d.accused()) > 0:
				t.Errorf("it reaps, and is accused: %v", d.accused())
			case c.comm != "" && (d.Summary.Zombies != 1 || d.Summary.InitWouldHelp != "no" || len(d.Parents) != 1 || d.Parents[0].Comm != c.comm || len(d.Parents[0].Rules) == 0):
				t.Errorf("it keeps a zombie, and is not named: an init would help: %s, %+v", d.Summary.InitWouldHelp, d.Parents)
			}
		})
	}
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
