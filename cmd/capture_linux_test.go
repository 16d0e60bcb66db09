package cmd_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// TestCaptureAnywhere records scenes as root inside of them, in each form and
// with and without arguments; as nobody, outside, each means the same.
func TestCaptureAnywhere(t *testing.T) {
	t.Parallel()
	exe := program(t)
	for _, scene := range []string{"uf-backend", "never-waits-under-init", "uf-backend-tini", "dead-leader"} {
		t.Run(scene, func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, scene)
			settled(ctx, t, stage, exe, cause{scene: scene}) // younger zombies do not count; they age while nothing changes
			out, _ := in(ctx, t, stage, exe, "scan", "-o", "json")
			want := findings(parse(t, out))
			dir, err := os.MkdirTemp(filepath.Dir(exe), "")
			if err := errors.Join(err, os.Chmod(dir, 0o755)); err != nil {
				t.Fatal(err)
			}
			for _, form := range []string{"directory", "archive.tar", "archive.tar.gz", "archive.tgz", "-"} {
				for _, args := range []string{"redact", "keep"} {
					dest := filepath.Join(dir, args+"-"+form)
					capture := stage.Command(ctx, exe, "capture", "--args", args, dest)
					if form == "-" {
						capture.Args[len(capture.Args)-1] = "-"
					}
					capture.Env = append(capture.Environ(), runVariable+"=1")
					var out, errs bytes.Buffer
					capture.Stdout, capture.Stderr = &out, &errs
					if err := capture.Run(); err != nil {
						t.Fatalf("%s: %v: %s", dest, err, errs.String())
					}
					if form == "-" {
						if err := os.WriteFile(dest, out.Bytes(), 0o644); err != nil {
							t.Fatal(err)
						}
					} else if strings.TrimSpace(out.String()) != dest {
						t.Errorf("printed %q, want the name", out.String())
					}
					if says := strings.Contains(errs.String(), "the values of arguments"); says != (args == "redact") || !strings.Contains(errs.String(), "left out") {
						t.Errorf("--args %s: said %q", args, errs.String())
					}
					read := exec.CommandContext(ctx, exe, "scan", "--from", dest, "-o", "json")
					read.Env = append(os.Environ(), runVariable+"=1", "TMPDIR="+dir)
					read.Dir = "/"
					read.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
					text, err := read.Output()
					if err != nil {
						t.Fatalf("%s: %v", dest, err)
					}
					if got := findings(parse(t, string(text))); !slices.Equal(got, want) {
						t.Errorf("%s:\n%q\nlive\n%q", dest, got, want)
					}
				}
			}
		})
	}
}

// findings are rules, subjects, severities and certainties, and the zombies.
func findings(d document) []string {
	var out []string
	for _, f := range d.Findings {
		line := f.Rule + " " + f.Severity + " " + f.Certainty
		if f.Subject != nil {
			line += " " + f.Subject.Comm
		}
		out = append(out, line)
	}
	out = append(out, zombieLines(d, true)...)
	return append(out, d.Summary.InitWouldHelp)
}

// TestCaptureSecrets looks for arguments in all that a recording holds.
func TestCaptureSecrets(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	// A parent with a zombie, so that it is looked at closely.
	parent := exec.Command("perl", "-e", `if (!fork) { exit } $0 = $ARGV[0] if $ARGV[1]; sleep 60`, "secret-word", "")
	parent.Env = append(os.Environ(), "SECRET=secret-environment")
	title := exec.Command("perl", "-e", `if (!fork) { exit } $0 = $ARGV[0] if $ARGV[1]; sleep 60`, "titled-app: secret-title", "1")
	// By names that no process of another test has, it is seen that they were recorded.
	parent.Args[0] = "secretive-app"
	for _, cmd := range []*exec.Cmd{parent, title} {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		start(t, cmd)
	}
	for args, secrets := range map[string]bool{"redact": false, "keep": true} {
		var b []byte
		for deadline := time.Now().Add(20 * time.Second); ; {
			dest := filepath.Join(dir, args+time.Now().Format("150405.000000")+".tar")
			c := exec.Command(os.Args[0], "capture", "--settle", "0", "--args", args, dest)
			c.Env = append(os.Environ(), runVariable+"=1")
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var err error
			if b, err = os.ReadFile(dest); err != nil {
				t.Fatal(err)
			}
			// Until both have a zombie and the title is written.
			if bytes.Contains(b, []byte("titled-app: ")) && bytes.Contains(b, []byte("secretive-app\x00")) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the processes were not recorded closely")
			}
		}
		for _, secret := range []string{"secret-word", "secret-title"} {
			if bytes.Contains(b, []byte(secret)) != secrets {
				t.Errorf("--args %s: %s in the recording: %t", args, secret, !secrets)
			}
		}
		if bytes.Contains(b, []byte("secret-environment")) {
			t.Errorf("--args %s: the environment is in the recording", args)
		}
	}
}

// TestPipeInterrupted: who waits for somebody to write can be stopped.
func TestPipeInterrupted(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0], "scan", "--from", pipe)
	c.Env = append(os.Environ(), runVariable+"=1")
	start(t, c)
	late := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	// A thread is in wait_for_partner (fs/pipe.c) then.
	waits := func() bool {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/wchan", c.Process.Pid))
		return slices.ContainsFunc(threads, func(name string) bool {
			at, _ := os.ReadFile(name)
			return bytes.HasPrefix(at, []byte("wait_for_partner"))
		})
	}
	for deadline := time.Now().Add(10 * time.Second); !waits(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not wait")
		}
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	if status, _ := c.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v", err)
	}
}

// TestCaptureInterrupted leaves nothing that is not whole: no archive, no
// directory, and one that was there before is as empty as it was.
func TestCaptureInterrupted(t *testing.T) {
	parent := exec.Command("perl", "-e", `$| = 1; while (1) { if (!fork) { exit } print "x"; select(undef, undef, undef, 0.05) }`)
	forked, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, parent)
	if _, err := io.ReadFull(forked, make([]byte, 2)); err != nil { // there is a zombie, and a young one
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ dest, begun, left string }{
		"archive":          {"x.tar.gz", "x.tar.gz", ""},
		"directory":        {"x", "x/README.txt", ""},
		"below another":    {"there/x", "there/x/README.txt", "there"},
		"one that existed": {"there", "there/README.txt", "there"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.left != "" {
				if err := os.Mkdir(filepath.Join(dir, c.left), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			interruptCapture(t, dir, c.dest, c.begun)
			var left []string
			err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
				if name != dir {
					left = append(left, name[len(dir)+1:])
				}
				return err
			})
			if got := strings.Join(left, " "); err != nil || got != c.left {
				t.Errorf("left is %q, want %q, %v", got, c.left, err)
			}
		})
	}
}

// interruptCapture interrupts a capture once a file of it is there.
func interruptCapture(t *testing.T, dir, dest, begun string) {
	// The second look is far off: it is interrupted while it waits for that.
	c := exec.Command(os.Args[0], "capture", "--settle", "60s", filepath.Join(dir, dest))
	c.Env = append(os.Environ(), runVariable+"=1")
	start(t, c)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if st, err := os.Stat(filepath.Join(dir, begun)); err == nil && st.Mode().IsRegular() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no file was begun")
		}
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	status, _ := c.ProcessState.Sys().(syscall.WaitStatus)
	if err == nil || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v", err)
	}
}

// TestCaptureFailed: what fails leaves nothing either.
func TestCaptureFailed(t *testing.T) {
	for _, name := range []string{"dir", "x.tar", "X.TAR.GZ"} {
		dest := filepath.Join(t.TempDir(), name)
		for only, fails := range map[string]bool{"2147483646": true, strconv.Itoa(os.Getpid()): false} {
			c := exec.Command(os.Args[0], "capture", "--settle", "0", "--only", only, dest)
			c.Env = append(os.Environ(), runVariable+"=1")
			out, err := c.CombinedOutput()
			st, statErr := os.Stat(dest)
			switch {
			case fails && (err == nil || !errors.Is(statErr, fs.ErrNotExist)):
				t.Errorf("%s: ended with %v, and is there: %v\n%s", name, err, statErr, out)
			case !fails && (err != nil || statErr != nil || st.IsDir() != (name == "dir")):
				t.Errorf("%s: ended with %v, and is there: %v, of the other kind, or not\n%s", name, err, statErr, out)
			}
			_ = os.RemoveAll(dest)
		}
	}
}

// TestCaptureCutShort: an incomplete recording says so, in each form.
func TestCaptureCutShort(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) (string, int) {
		c := exec.Command(os.Args[0], args...)
		c.Env = append(os.Environ(), runVariable+"=1")
		out, _ := c.CombinedOutput()
		return string(out), c.ProcessState.ExitCode()
	}
	whole := filepath.Join(dir, "whole.tar.gz")
	if out, code := run("capture", "--settle", "0", whole); code != 0 {
		t.Fatal(out)
	}
	if out, code := run("capture", "--settle", "0", whole); code != 3 || !strings.Contains(out, "file exists") {
		t.Errorf("over another: exit code %d, %s", code, out)
	}
	packed, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	// At the end of an entry, where an archive looks whole.
	last := bytes.LastIndex(plain, []byte("capture.json\x00"))
	for name, b := range map[string][]byte{"packed": packed[:len(packed)/2], "plain": plain[:last], "odd": plain[:last-100]} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, code := run("scan", "--from", file); code != 3 || !strings.Contains(out, "cut short") {
			t.Errorf("%s: exit code %d, %s", name, code, out)
		}
	}
	if out, code := run("scan", "--from", whole); code != 0 {
		t.Errorf("the whole: exit code %d, %s", code, out)
	}
}
