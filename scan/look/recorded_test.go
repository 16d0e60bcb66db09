package look_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/record"
)

// statLine is a stat file with what matters here.
func statLine(pid, ppid int, comm, state string, threads int) string {
	return fmt.Sprintf("%d (%s) %s %d 0 0 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 %d 0 %d 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, comm, state, ppid, threads, 100+pid)
}

// recordedTree has PID 7 with two zombies below PID 1, a looker (PID 30), and
// the files given on top.
func recordedTree(mountinfo, cgroup string, files map[string]string) fstest.MapFS {
	all := map[string]string{
		"capture.json":                `{"format":"zombiectl-capture/1","self":{"pid":30},"tasksByUID":{"1000":42}}`,
		"proc/1/stat":                 statLine(1, 0, "init", "S", 1),
		"proc/7/stat":                 statLine(7, 1, "leaky", "S", 3),
		"proc/8/stat":                 statLine(8, 7, "child", "Z", 1),
		"proc/9/stat":                 statLine(9, 7, "child", "Z", 1),
		"proc/30/stat":                statLine(30, 1, "looker", "S", 1),
		"proc/7/status":               "State:\tS (sleeping)\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n",
		"proc/8/status":               "State:\tZ (zombie)\nUid:\t1000\t1000\t1000\t1000\n",
		"proc/9/status":               "State:\tZ (zombie)\nUid:\t0\t0\t0\t0\n",
		"proc/1/status":               "State:\tS (sleeping)\nUid:\t0\t0\t0\t0\n",
		"proc/7/cgroup":               cgroup,
		"proc/7/limits":               "Max processes             100                  200                  processes \n",
		"proc/loadavg":                "0.00 0.01 0.05 1/321 99\n",
		"proc/30/mountinfo":           mountinfo,
		"proc/sys/kernel/threads-max": "1000\n",
	}
	maps.Copy(all, files)
	fsys := fstest.MapFS{}
	for name, text := range all {
		fsys[encoded(name)] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// encoded is how a recording writes the name of a file.
func encoded(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if name[i] == '/' || facts.IsPlain(name[i]) {
			b.WriteByte(name[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", name[i])
		}
	}
	return b.String()
}

func lookAt(t *testing.T, fsys fstest.MapFS) *facts.Snapshot {
	t.Helper()
	r, err := record.OpenFS(fsys, "test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := look.Look(r, look.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOwnContainer: what stays the same when a container is restarted, and
// whether the PID namespace may be another than the container's own.
func TestOwnContainer(t *testing.T) {
	const (
		uid   = "0e1b1f9e-9c5c-4f0e-8d5a-3f3f6d9a3c11"
		proc  = "50 40 0:21 / /proc rw - proc proc rw\n"
		hosts = "51 40 8:1 /var/lib/kubelet/pods/" + uid + "/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
		log   = "52 40 8:1 /var/lib/kubelet/pods/" + uid + "/containers/app/1a2b3c4d /dev/termination-log rw - ext4 /dev/sda1 rw\n"
		other = "52 40 8:1 /var/lib/kubelet/pods/11111111-9c5c-4f0e-8d5a-3f3f6d9a3c11/containers/app/1a2b3c4d /dev/termination-log rw - ext4 /dev/sda1 rw\n"
	)
	inPod := facts.Container{Engine: facts.Kubernetes, PodUID: uid}
	for name, c := range map[string]struct {
		mounts string
		want   facts.Container
		name   string
		covers bool
	}{
		"of a pod":            {proc + hosts + log, inPod, "app", false},
		"in another order":    {log + hosts + proc, inPod, "app", false},
		"with CRI-O's files":  {"49 40 8:1 /containers/storage/overlay-containers/" + idA + "/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n" + proc + hosts, inPod, "", false},
		"no log":              {proc + hosts, inPod, "", false},
		"the log of another":  {proc + other + hosts, inPod, "", false},
		"only the log":        {proc + log, facts.Container{}, "", false},
		"a part of procfs":    {proc + hosts + "53 50 0:21 /bus /proc/bus ro - proc proc rw\n", inPod, "", false},
		"one procfs, another": {proc + hosts + "53 50 0:99 / /proc rw - proc proc rw\n", inPod, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			self, _ := lookAt(t, recordedTree(c.mounts, "0::/\n", nil)).Self.Get()
			if in, _ := self.In.Get(); in != c.want || self.NameInPod != c.name || self.ProcCovers != c.covers {
				t.Errorf("in %+v, %q, covers %v, want %+v, %q, %v", in, self.NameInPod, self.ProcCovers, c.want, c.name, c.covers)
			}
		})
	}
}
