package record

import (
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// written returns the names of the files in a directory, sorted.
func written(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// moving is a source of which files fail.
type moving struct{ look.Source }

func (m moving) ReadSlow(string, int) ([]byte, error) { return nil, syscall.ETIMEDOUT }

func (m moving) Second(time.Time, time.Duration, func() []int) *look.Second {
	return &look.Second{Source: m, Asked: []int{7}, After: time.Second}
}

// TestTee: a recording has all that was read, by whatever method, and nothing
// that was read aside.
func TestTee(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"proc/1/stat": statOf(1, 0, "init", facts.Sleeping), "proc/7/stat": statOf(7, 1, "parent", facts.Sleeping), "proc/8/stat": statOf(8, 7, "child", facts.Zombie),
		"proc/7/cmdline": "x\x00--secret\x00y\x00", "proc/7/fdinfo/3": "Pid:\t8\n", "proc/7/exe": "/bin/x", "proc/7/status": "State:\tS (sleeping)\n", "proc/7/mountinfo": "a\nb\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	inner, err := OpenFS(files, "it")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "recording")
	to, err := NewDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	src := &tee{Source: moving{inner}, to: newRecorder(to), only: []int{1, 7}}
	var pids []int
	if _, err := src.PIDs(func(p []int) { pids = append(pids, p...) }); err != nil || !slices.Equal(pids, []int{1, 7}) {
		t.Errorf("restricted to %v, %v", pids, err)
	}
	stats := src.Stats()
	for _, pid := range []int{1, 7, 9} { // 9 is not there, and that is not recorded
		_, _ = stats.Read(pid)
	}
	_, _ = src.Aside().Read("proc/8/stat", look.MaxStat)
	_, _ = src.Readlink("proc/7/exe")
	_, _ = src.Read("proc/7/limits", look.MaxFile)
	_, _ = src.ReadSlow("proc/7/cmdline", facts.MaxCmdline)
	_, _ = src.List("proc/1/task")
	_, _ = src.Descriptors(7)
	src.Keep("proc/7/mountinfo", []byte("b\n"), nil)
	src.Keep("proc/7/task/7/syscall", []byte("running\n"), nil)
	src.Keep("proc/7/task/7/wchan", nil, syscall.EAGAIN)
	second := src.Second(time.Now(), 0, nil)
	_, _ = second.Source.Read("proc/7/stat", look.MaxStat)
	_, _ = second.Source.Aside().Read("proc/7/status", look.MaxFile)
	if err := to.close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"again/proc/7/stat", "proc/1/stat", "proc/7/exe", "proc/7/mountinfo", "proc/7/stat", "proc/7/task/7/syscall"}
	if got := written(t, dir); !slices.Equal(got, want) {
		t.Errorf("written %v\nwant    %v", got, want)
	}
	errors := map[string]string{"proc/7/limits": "file does not exist", "proc/7/cmdline": "ETIMEDOUT", "proc/7/task/7/wchan": "EAGAIN", "proc/1/task": "file does not exist"}
	if !reflect.DeepEqual(src.to.errors, errors) {
		t.Errorf("errors %v\nwant   %v", src.to.errors, errors)
	}
	if got := src.to.empty(); !slices.Equal(got, []string{"proc/7/fdinfo"}) {
		t.Errorf("empty %v", got)
	}
}

// TestCaptureOfARecording is refused.
func TestCaptureOfARecording(t *testing.T) {
	r, err := OpenFS(fstest.MapFS{"proc/1/stat": {Data: []byte(statOf(1, 0, "init", facts.Sleeping))}}, "it")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CaptureArchive(nil, "x", false, r, look.Options{}, "test"); err == nil || !strings.Contains(err.Error(), "it is a recording already") {
		t.Errorf("error %v", err)
	}
}
