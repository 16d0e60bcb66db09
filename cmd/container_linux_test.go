package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestContainerNames: a parent in the cgroup of a pod's container, in a v1
// hierarchy with a controller and in the v2 hierarchy beside it; and links as
// the kubelet makes them, below a root of our own.
func TestContainerNames(t *testing.T) {
	requireRoot(t)
	exe := program(t)
	const uid = "57e67067-89e4-4001-bdd4-8632d39ea02b"
	id := fmt.Sprintf("%064x", os.Getpid())
	root := t.TempDir()
	links := filepath.Join(root, "var/log/containers")
	for _, dir := range []string{"proc", "var/log/containers"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	proc := filepath.Join(root, "proc")
	if err := unix.Mount("/proc", proc, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		t.Skip("cannot mount:", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(proc, unix.MNT_DETACH) })
	link := filepath.Join(links, "web-5d9c_shop_nginx-"+id+".log")
	if err := os.Symlink("/var/log/pods/shop_web-5d9c_"+uid+"/nginx/0.log", link); err != nil {
		t.Fatal(err)
	}
	slice := "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + strings.ReplaceAll(uid, "-", "_") + ".slice"
	for name, c := range map[string]struct{ top, path, kind string }{
		"v1":        {"/sys/fs/cgroup/pids", "kubepods/burstable/pod" + uid + "/" + id, "kubernetes"},
		"v1 nested": {"/sys/fs/cgroup/pids", "kubepods/burstable/pod" + uid + "/" + id + "/init.scope", "kubernetes"},
		"v2":        {v2Top(), slice + "/cri-containerd-" + id + ".scope", "containerd"},
		"control":   {"/sys/fs/cgroup/pids", "kubepods/burstable/pod" + uid + "/" + id[:63], ""},
	} {
		t.Run(name, func(t *testing.T) {
			pid := leakIn(t, c.top, c.path)
			recorded := filepath.Join(t.TempDir(), "recorded")
			if out, errs, code := zombiectlAs(t, exe, "capture", "--from", root, "--all-namespaces", recorded); code != 0 {
				t.Fatalf("capture: exit code %d: %s%s", code, out, errs)
			}
			for _, from := range []string{root, recorded} {
				out, errs, code := zombiectlAs(t, exe, "scan", "--from", from, "-o", "json", "--min-age", "0",
					"--namespace", "shop", "--pod", "web-5d9c", "--container", "nginx")
				if c.kind == "" {
					if code != 3 || !strings.Contains(errs, "no process here is known to be in namespace shop, pod web-5d9c, container nginx") {
						t.Errorf("%s: exit code %d: %s", from, code, errs)
					}
					continue
				}
				if code != 0 {
					t.Fatalf("%s: exit code %d: %s", from, code, errs)
				}
				var d struct {
					Parents, Zombies []struct {
						PID, PPID int
						Container *struct{ Kind, ID, Name, Pod, Namespace, PodUID string }
					}
				}
				if err := json.Unmarshal([]byte(out), &d); err != nil {
					t.Fatal(err)
				}
				if len(d.Parents) != 1 || d.Parents[0].PID != pid || len(d.Zombies) != 1 || d.Zombies[0].PPID != pid {
					t.Fatalf("%s: got %+v, want the one zombie of %d", from, d, pid)
				}
				for _, c2 := range []any{d.Parents[0].Container, d.Zombies[0].Container} {
					if got, want := fmt.Sprintf("%+v", c2), fmt.Sprintf("&{Kind:%s ID:%s Name:nginx Pod:web-5d9c Namespace:shop PodUID:%s}", c.kind, id, uid); got != want {
						t.Errorf("%s: got %s\nwant %s", from, got, want)
					}
				}
			}
		})
	}
}

// v2Top is where the v2 hierarchy is mounted, beside v1 or alone.
func v2Top() string {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return "/sys/fs/cgroup"
	}
	return "/sys/fs/cgroup/unified"
}

// leakIn starts a parent that never waits, with one zombie, in a cgroup that it
// makes, and returns its PID.
func leakIn(t *testing.T, top, path string) int {
	t.Helper()
	if _, err := os.Stat(top + "/cgroup.procs"); err != nil {
		t.Skip("no such hierarchy here:", err)
	}
	dir := filepath.Join(top, path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Skip("the hierarchy cannot be written to:", err)
	}
	t.Cleanup(func() {
		for d := dir; d != top; d = filepath.Dir(d) {
			deadline := time.Now().Add(10 * time.Second)
			for os.Remove(d) != nil && d == dir && time.Now().Before(deadline) {
				time.Sleep(10 * time.Millisecond) // until its processes are gone
			}
		}
	})
	joined := joining(dir, "sh", "-c", "true & exec sleep 600")
	cmd := exec.Command(joined[0], joined[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	deadline := time.Now().Add(10 * time.Second)
	for comm := ""; comm != "sleep\n" || zombiesOf(cmd.Process.Pid) != 1; {
		if time.Now().After(deadline) {
			t.Fatalf("%s has %d zombies", comm, zombiesOf(cmd.Process.Pid))
		}
		time.Sleep(10 * time.Millisecond)
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
		comm = string(b)
	}
	return cmd.Process.Pid
}
