package containers

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ours builds the image of zombiectl, once.
var ours = sync.OnceValues(func() (string, error) {
	name := "localhost/" + run + "/zombiectl:1"
	cmd := exec.Command(filepath.Join(top, "image/build"), name)
	cmd.Env = append(os.Environ(), "VERSION=v0.0.0-test")
	return name, explain(cmd, nil)
})

func ourImage(t *testing.T) string {
	t.Helper()
	name, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// least are the options of a container that may do nothing.
var least = []string{"--rm", "--network", "none", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"}

func runImage(t *testing.T, options []string, args ...string) (string, int) {
	t.Helper()
	return try(t, "podman", slices.Concat([]string{"run"}, least, options, []string{ourImage(t)}, args)...)
}

// TestImage: the contents of the image, and that it runs without any privilege.
func TestImage(t *testing.T) {
	name := ourImage(t)
	var list struct {
		Manifests []struct {
			Platform struct{ Architecture, OS string }
		}
	}
	if err := json.Unmarshal([]byte(podman(t, "manifest", "inspect", name)), &list); err != nil {
		t.Fatal(err)
	}
	var arches []string
	for _, m := range list.Manifests {
		arches = append(arches, m.Platform.OS+"/"+m.Platform.Architecture)
	}
	if slices.Sort(arches); !slices.Equal(arches, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("for %v", arches)
	}
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		f, err := elf.Open(filepath.Join(top, "dist/image", arch, "bin/zombiectl"))
		if err != nil {
			t.Fatal(err)
		}
		if f.Machine != machine {
			t.Errorf("the program for %s is for %s", arch, f.Machine)
		}
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Errorf("the program for %s is not static", arch)
			}
		}
		_ = f.Close()
	}

	if out, code := runImage(t, nil, "scan", "-o", "wide"); code != 0 || !strings.Contains(out, "No zombies among 1 process") || !strings.Contains(out, "as user 65532 without CAP_SYS_PTRACE") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if out, code := runImage(t, nil, "version"); code != 0 || !strings.HasPrefix(out, "zombiectl v0.0.0-test ") {
		t.Errorf("exit code %d: %s", code, out)
	}
	// kubectl debug --image … -- scan makes a command of it, not arguments.
	for command, want := range map[string]string{"scan": "No zombies", "check": "ZOMBIES OK", "explain": "Z301", "capture": "read-only file system"} {
		out, code := runImage(t, []string{"--entrypoint", `["` + command + `"]`})
		if !strings.Contains(out, want) || code != 0 && command != "capture" {
			t.Errorf("%s: exit code %d: %s", command, code, out)
		}
	}

	id := podman(t, "create", "--network", "none", name)
	t.Cleanup(func() { _, _ = try(t, "podman", "rm", id) })
	labels := podman(t, "inspect", "-f", "{{json .Config.Labels}}", id)
	for _, must := range []string{"title", "description", "licenses", "source", "version", "revision"} {
		if !strings.Contains(labels, `"org.opencontainers.image.`+must+`":"`) {
			t.Errorf("no label %s: %s", must, labels)
		}
	}
	files, _ := try(t, "sh", "-c", `podman export "$1" | tar -t | grep -v '/$' | sort`, "sh", id)
	for _, name := range []string{"bin/zombiectl", "bin/scan", "sbom.spdx.json"} {
		if !slices.Contains(strings.Fields(files), name) {
			t.Errorf("no %s in\n%s", name, files)
		}
	}
	for _, name := range strings.Fields(files) { // what engines put there is in these
		if !slices.ContainsFunc([]string{"bin/", "sbom.spdx.json", "dev/", "etc/", "proc/", "sys/", "run/", ".dockerenv"}, func(p string) bool { return strings.HasPrefix(name, p) }) {
			t.Errorf("%s is in the image", name)
		}
	}
	sbom, _ := try(t, "sh", "-c", `podman cp "$1:/sbom.spdx.json" -  | tar -xO`, "sh", id)
	var doc struct {
		Files []struct {
			Checksums []struct{ ChecksumValue string }
		}
		Packages []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(sbom), &doc); err != nil {
		t.Fatalf("%v: %.300s", err, sbom)
	}
	sum, _ := try(t, "sh", "-c", `podman cp "$1:/bin/zombiectl" - | tar -xO | sha256sum`, "sh", id)
	if len(doc.Packages) < 5 || len(doc.Files) != 1 || !strings.HasPrefix(sum, doc.Files[0].Checksums[0].ChecksumValue) {
		t.Errorf("%d packages; %+v, the program has %s", len(doc.Packages), doc.Files, sum)
	}
}

// TestDebugContainer: as kubectl debug --target puts it: a container of our
// image in the PID namespace of another.
func TestDebugContainer(t *testing.T) {
	c := start(t, "target", nil, leavesOrphans...)
	zombiesIn(t, c, 2)
	out, code := runImage(t, []string{"--pid", "container:" + c.name, "--entrypoint", `["scan"]`}, "-o", "json", "--min-age", "0")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	d := parse(t, out)
	if len(d.Zombies) != 2 || !d.has("Z301") || !d.has("Z306") || d.Observer.Place != "shared-pid" || d.Observer.Ptrace != "no" {
		t.Errorf("%d zombies, %s, from %s: %s", len(d.Zombies), d.rules(), d.Observer.Place, d.Summary.Sentence)
	}
}

// TestInitContainer: the image hands the program to another container in a
// volume, which has nothing of ours.
func TestInitContainer(t *testing.T) {
	volume := run + "-tools"
	podman(t, "volume", "create", volume)
	t.Cleanup(func() { _, _ = try(t, "podman", "volume", "rm", "-f", volume) })
	if out, code := runImage(t, []string{"-v", volume + ":/tools:U"}, "install", "/tools"); code != 0 || strings.TrimSpace(out) != "/tools/zombiectl" {
		t.Fatalf("exit code %d: %s", code, out)
	}
	c := start(t, "tools", []string{"-v", volume + ":/tools:ro"}, leavesOrphans...)
	zombiesIn(t, c, 2)
	if d := parse(t, podman(t, "exec", c.name, "/tools/zombiectl", "scan", "-o", "json", "--min-age", "0")); !d.has("Z301") {
		t.Errorf("%s", d.Summary.Sentence)
	}
	// Into what cannot be written to it installs nothing, and says so.
	if out, code := runImage(t, []string{"-v", volume + ":/tools:ro"}, "install", "/tools"); code != 3 || !strings.Contains(out, "read-only") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestCopyFrom: another image takes the program out of ours.
func TestCopyFrom(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "Dockerfile")
	text := "FROM " + image + "\nCOPY --from=" + ourImage(t) + " /bin/zombiectl /opt/zombiectl\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	name := "localhost/" + run + "/copied:1"
	podman(t, "build", "--quiet", "--network", "none", "--pull=never", "-t", name, dir)
	t.Cleanup(func() { _, _ = try(t, "podman", "rmi", "-f", name) })
	out := podman(t, "run", "--rm", "--network", "none", name, "/opt/zombiectl", "check")
	if !bytes.HasPrefix([]byte(out), []byte("ZOMBIES OK")) {
		t.Error(out)
	}
}
