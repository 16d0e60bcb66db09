package pid1_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAsTini runs the real tini and zombiectl under its name with the same
// command lines: the same exit codes, and the same words on standard error and,
// but for the license and what comes after the version, on standard output.
func TestAsTini(t *testing.T) {
	needs(t, "tini")
	ours := filepath.Join(filepath.Dir(program(t)), "tini")
	if out, err := exec.Command("tini", "--version").Output(); err != nil || string(out) != "tini version 0.19.0\n" {
		t.Skipf("another tini: %s, %v", out, err)
	}
	theirs, err := exec.LookPath("tini")
	if err != nil {
		t.Fatal(err)
	}
	const orphan = `(sh -c "exit 3" &) | cat; sleep 0.3` // the pipe closes when it exits
	for _, c := range []struct {
		env  string // one variable; "": none
		args []string
	}{
		{"", nil},
		{"", []string{"--"}},
		{"", []string{"-s"}},
		{"", []string{"-h"}},
		{"", []string{"-vvv", "-h"}},
		{"", []string{"-sh", "--", "x"}},
		{"", []string{"-hz"}},
		{"", []string{"-z"}},
		{"", []string{"-vz", "--", "true"}},
		{"", []string{"--help"}},
		{"", []string{"--foo"}},
		{"", []string{"-s", "--version"}},
		{"", []string{"--version", "true"}},
		{"", []string{"true"}},
		{"", []string{"--", "true"}},
		{"", []string{"-v", "--", "true"}},
		{"", []string{"-vv", "--", "sh", "-c", "sleep 0.1"}},
		{"", []string{"-vvv", "--", "sh", "-c", "sleep 0.1"}},
		{"", []string{"-v", "-v", "-v", "-v", "-s", "--", "sh", "-c", "sleep 0.1; exit 3"}},
		{"", []string{"-svv", "--", "sh", "-c", "sleep 0.1; kill -KILL $$"}},
		{"", []string{"-svv", "--", "sh", "-c", "sleep 0.1; kill -35 $$"}},
		{"", []string{"-svvv", "--", "sh", "-c", orphan}},
		{"", []string{"-sw", "--", "sh", "-c", orphan}},
		{"", []string{"-s", "--", "sh", "-c", orphan}},
		{"", []string{"-s", "--", "/nonexistent"}},
		{"", []string{"-s", "--", "nonexistent"}},
		{"", []string{"-s", "--", ""}},
		{"", []string{"-s", "--", "--", "true"}},
		{"", []string{"-s", "--", "/etc/passwd"}},
		{"", []string{"-s", "--", "/tmp"}},
		{"", []string{"-s", "--", "/etc/passwd/x"}},
		{"", []string{"-s", "--", strings.Repeat("a", 300)}},
		{"", []string{"-s", "-p", "SIGKILL", "--", "true"}},
		{"", []string{"-s", "-pSIGRTMIN", "--", "true"}},
		{"", []string{"-s", "-p", "KILL", "--", "true"}},
		{"", []string{"-s", "-p", "9", "--", "true"}},
		{"", []string{"-s", "-p", "sigterm", "--", "true"}},
		{"", []string{"-s", "-p", "", "--", "true"}},
		{"", []string{"-s", "-p"}},
		{"", []string{"-p", "BAD", "-z"}},
		{"", []string{"-e"}},
		{"", []string{"-s", "-e", "256", "--", "true"}},
		{"", []string{"-s", "-e", "-1", "--", "true"}},
		{"", []string{"-s", "-e", "abc", "--", "true"}},
		{"", []string{"-s", "-e", "1x", "--", "true"}},
		{"", []string{"-s", "-e", "0x1", "--", "true"}},
		{"", []string{"-s", "-e", "", "--", "true"}},
		{"", []string{"-s", "-e", " 01", "--", "false"}},
		{"", []string{"-s", "-e", "+1", "--", "false"}},
		{"", []string{"-se1", "--", "false"}},
		{"", []string{"-s", "-e", "1", "-e", "2", "--", "sh", "-c", "exit 2"}},
		{"", []string{"-s", "-e", "143", "--", "sh", "-c", "kill -TERM $$"}},
		{"", []string{"-s", "echo", "--", "a", "b"}},
		{"", []string{"-s", "--", "echo", "--", "a"}},
		{"", []string{"-s", "--", "sh", "-c", `echo "$0" "$@"`, "a", "-s", "--"}},
		{"TINI_SUBREAPER=", []string{"--", "true"}},
		{"TINI_SUBREAPER=0", []string{"--", "true"}},
		{"TINI_VERBOSITY=0", []string{"--", "true"}},
		{"TINI_VERBOSITY=0", []string{"--", "/nonexistent"}},
		{"TINI_VERBOSITY=0", []string{"-z"}},
		{"TINI_VERBOSITY=0", []string{"-sw", "--", "sh", "-c", orphan}},
		{"TINI_VERBOSITY=", []string{"--", "true"}},
		{"TINI_VERBOSITY=x", []string{"--", "true"}},
		{"TINI_VERBOSITY=2", []string{"-vv", "--", "sh", "-c", "sleep 0.1"}},
		{"TINI_VERBOSITY=3x", []string{"--", "sh", "-c", "sleep 0.1"}},
		{"TINI_VERBOSITY=-1", []string{"-s", "--", "sh", "-c", "sleep 0.1"}},
		{"TINI_KILL_PROCESS_GROUP=", []string{"-s", "--", "true"}},
		{"PATH=/etc", []string{"-s", "--", "passwd"}},
		{"PATH=", []string{"-s", "--", "true"}},
		{"PATH=/nonexistent:/etc/passwd", []string{"-s", "--", "true"}},
	} {
		try := func(path string) result {
			cmd := exec.Command(path)
			cmd.Args = append([]string{"tini"}, c.args...)
			if c.env != "" {
				cmd.Env = append(os.Environ(), c.env)
			}
			r := run(t, cmd)
			r.stdout, r.stderr = withoutPIDs(r.stdout), withoutPIDs(r.stderr)
			return r
		}
		want, got := try(theirs), try(ours)
		if got != want {
			t.Errorf("%s tini %q\nzombiectl %+v\ntini      %+v", c.env, c.args, got, want)
		}
	}
	for flag, begins := range map[string]string{"--version": "tini version 0.19.0 (zombiectl ", "-l": "zombiectl is licensed under the Apache License"} {
		if r := run(t, exec.Command(ours, flag)); r.code != 0 || r.stderr != "" || !strings.HasPrefix(r.stdout, begins) {
			t.Errorf("tini %s: %+v", flag, r)
		}
	}
	// The options end at the program: so in every tini that is not linked with
	// the C library of GNU, which looks for more of them.
	if r := run(t, exec.Command(ours, "-s", "sh", "-c", "exit 4")); r.code != 4 {
		t.Errorf("tini -s sh -c: %+v", r)
	}
	// Docker's name for it.
	r := run(t, exec.Command(filepath.Join(filepath.Dir(ours), "docker-init"), "-s", "--", "sh", "-c", "exit 6"))
	if r.code != 6 {
		t.Errorf("docker-init: %+v", r)
	}
}

var pids = regexp.MustCompile(`tini \([0-9]+\)|pid[ :='a-z]*[0-9]+'?`)

func withoutPIDs(s string) string {
	return pids.ReplaceAllStringFunc(s, func(m string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, m)
	})
}

// TestOwnErrors: under its own name, an error is that of every command.
func TestOwnErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "no program given"},
		{[]string{"--"}, "no program given"},
		{[]string{"-z", "true"}, "invalid option -- 'z'"},
		{[]string{"-e"}, "option requires an argument -- 'e'"},
		{[]string{"-e", "256", "true"}, `-e needs an exit code from 0 to 255, not "256"`},
		{[]string{"-p", "NONE", "true"}, `-p needs a signal, such as SIGTERM, not "NONE"`},
		{[]string{"--nonsense", "true"}, `unknown option "--nonsense"`},
		{[]string{"--setsid=1", "true"}, "--setsid does not take an argument"},
		{[]string{"--rewrite", "15", "true"}, `--rewrite needs SIGNAL:SIGNAL or SIGNAL:0, such as 15:3 or SIGTERM:SIGQUIT, not "15"`},
		{[]string{"--rewrite", "15:65", "true"}, `--rewrite needs SIGNAL:SIGNAL or SIGNAL:0, such as 15:3 or SIGTERM:SIGQUIT, not "15:65"`},
		{[]string{"--rewrite", "9:15", "true"}, "--rewrite 9:15: SIGKILL cannot reach an init"},
		{[]string{"--rewrite"}, "--rewrite needs an argument"},
		{[]string{"--kill-remaining=-1s", "true"}, `--kill-remaining needs a duration, such as 5s, not "-1s"`},
		{[]string{"--report=xml", "true"}, `--report needs text or json, not "xml"`},
		{[]string{"--report-on", "SIGCHLD", "true"}, "--report-on SIGCHLD: it cannot reach an init"},
		{[]string{"--report-on", "TTOU", "true"}, "SIGTTOU can reach an init only with --setsid"},
		{[]string{"--rewrite", "TTIN:0", "true"}, "SIGTTIN can reach an init only with --setsid"},
	} {
		r := run(t, exec.Command(program(t), append([]string{"init"}, c.args...)...))
		want := "zombiectl: error: init: " + c.says + "\nzombiectl: hint: zombiectl init --help\n"
		if r.code != 3 || r.stdout != "" || r.stderr != want {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
}
