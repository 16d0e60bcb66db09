package containers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cluster is kubectl with an API server of ours, in front of real containers.
type cluster struct {
	dir string
	env []string
}

// startCluster needs a kubectl; where it has one, CI demands it.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	if _, err := exec.LookPath("kubectl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI has no kubectl: ", err)
		}
		t.Skip("needs kubectl: ", err)
	}
	c := &cluster{dir: t.TempDir()}
	stub := filepath.Join(c.dir, "kubestub")
	cmd := exec.Command("go", "build", "-o", stub, ".")
	cmd.Dir = filepath.Join(top, ".ci/kubestub")
	if err := explain(cmd, nil); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(stub)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	time.AfterFunc(10*time.Second, func() { _ = out.Close() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(c.dir, "config")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"here",
"clusters":[{"name":"stub","cluster":{"server":%q}},{"name":"nowhere","cluster":{"server":"http://127.0.0.1:1"}}],
"contexts":[{"name":"here","context":{"cluster":"stub","namespace":"shop"}},{"name":"nowhere","context":{"cluster":"nowhere"}}]}`, strings.TrimSpace(address))
	bin := filepath.Join(c.dir, "bin")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(zombiectl, filepath.Join(bin, "kubectl-zombies")); err != nil {
		t.Fatal(err)
	}
	c.env = append(os.Environ(), "KUBECONFIG="+config, "HOME="+c.dir, "PATH="+bin+":"+os.Getenv("PATH"))
	return c
}

func (c *cluster) kubectl(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("kubectl", args...)
	cmd.Env = c.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	limit := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	_ = cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// pod starts a container that is one of a pod.
func pod(t *testing.T, namespace, name, app string, options []string, script ...string) container {
	t.Helper()
	labels := []string{"--label", "kube.namespace=" + namespace, "--label", "kube.pod=" + name, "--label", "kube.container=main", "--label", "kube.app=" + app}
	return start(t, "pod-"+namespace+"-"+name, append(labels, options...), script...)
}

type podsDocument struct {
	Kind  string
	Items []struct {
		Namespace, Pod, Container string
		How, Error                *string
		Diagnosis                 *document
	}
}

// TestKubectlZombies: one report of all pods of a selector, with the real
// kubectl: by the zombiectl in a container, by its shell, and by neither.
func TestKubectlZombies(t *testing.T) {
	c := startCluster(t)
	bare := filepath.Join(c.dir, "bare") // an image without any of it
	if err := command("sh", "-c", `mkdir -p "$1/bin" && cp -L /bin/busybox "$1/bin/busybox" && ln -s busybox "$1/bin/sh" && ln -s busybox "$1/bin/sleep" && ln -s busybox "$1/bin/setsid" && tar -C "$1" -c . | podman import -q - "$2"`, "sh", bare, "localhost/"+run+"/shell:1"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = try(t, "podman", "rmi", "-f", "localhost/"+run+"/shell:1") })
	web := pod(t, "shop", "web-1", "web", nil, leavesOrphans...)
	tidy := pod(t, "shop", "web-2", "web", []string{"--init"}, leavesOrphans...)
	other := pod(t, "other", "db-0", "db", []string{"--init"}, idle...)
	zombiesIn(t, web, 2)
	_, _ = tidy, other
	withImage := image
	image = "localhost/" + run + "/shell:1"
	shell := pod(t, "shop", "legacy-0", "web", nil, leavesOrphans...)
	image = withImage
	zombiesIn(t, shell, 2)

	out, errs, code := c.kubectl(t, "zombies", "-l", "app=web", "-o", "json", "--min-age", "0")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	var d podsDocument
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		how     string
		zombies int
	}{"legacy-0": {"shell", 2}, "web-1": {"zombiectl", 2}, "web-2": {"zombiectl", 0}}
	if d.Kind != "DiagnosisList" || len(d.Items) != len(want) {
		t.Errorf("%s of %d: %.300s", d.Kind, len(d.Items), out)
	}
	for _, item := range d.Items {
		w, ok := want[item.Pod]
		if !ok || item.Namespace != "shop" || item.Container != "main" || item.Diagnosis == nil || item.How == nil {
			t.Fatalf("got %+v", item)
		}
		if *item.How != w.how || len(item.Diagnosis.Zombies) != w.zombies || item.Diagnosis.has("Z301") != (w.zombies > 0) {
			t.Errorf("%s by %s: %s: %s", item.Pod, *item.How, item.Diagnosis.rules(), item.Diagnosis.Summary.Sentence)
		}
	}

	out, errs, code = c.kubectl(t, "zombies", "--min-age", "0")
	if code != 0 || errs != "" || !strings.HasPrefix(out, "4 zombies in 2 of 3 containers of 3 pods.\n") || !strings.Contains(out, "\nweb-1/main\n") {
		t.Errorf("exit code %d:\n%s%s", code, out, errs)
	}
	out, _, code = c.kubectl(t, "zombies", "-A")
	if code != 0 || !strings.Contains(out, "containers of 4 pods.\n") || !strings.Contains(out, "other/db-0/main ") {
		t.Errorf("all namespaces: exit code %d:\n%s", code, out)
	}

	// A container in which nothing can look, and how else it can be.
	podman(t, "exec", shell.name, "/bin/busybox", "rm", "/bin/sh")
	out, _, code = c.kubectl(t, "zombies", "legacy-0", "web-2")
	if code != 3 || !strings.Contains(out, "1 could not be looked at") || !strings.Contains(out, "kubectl debug --namespace shop legacy-0 --image IMAGE --target main") {
		t.Errorf("without a shell: exit code %d:\n%s", code, out)
	}
}

// TestKubectlItself: its exit codes, its words, its contexts.
func TestKubectlItself(t *testing.T) {
	c := startCluster(t)
	pod(t, "shop", "web-1", "web", []string{"--init"}, idle...)
	for name, args := range map[string][]string{
		"no such pod": {"nope"},
		"forbidden":   {"-n", "forbidden"},
		"context":     {"--context", "nowhere"},
		"no context":  {"--context", "unheard-of"},
		"no server":   {"--server", "http://127.0.0.1:1"},
	} {
		_, wantErrs, want := c.kubectl(t, append([]string{"get", "pods", "-o", "json"}, args...)...)
		out, errs, code := c.kubectl(t, append([]string{"zombies"}, args...)...)
		lastLine := func(s string) string { lines := strings.Split(strings.TrimSpace(s), "\n"); return lines[len(lines)-1] }
		if code != want || want == 0 || out != "" || lastLine(errs) != lastLine(wantErrs) {
			t.Errorf("%s: exit code %d, kubectl's %d: %s%s\nkubectl says: %s", name, code, want, out, errs, wantErrs)
		}
	}
	if out, errs, code := c.kubectl(t, "zombies", "-n", "empty"); code != 3 || out != "" || !strings.Contains(errs, "no container of these pods is running") {
		t.Errorf("no pods: exit code %d: %s%s", code, out, errs)
	}
	if out, _, code := c.kubectl(t, "zombies", "--context", "here", "-c", "main"); code != 0 || !strings.HasPrefix(out, "No zombies in 1 container of 1 pod.\n") {
		t.Errorf("by the context: exit code %d: %s", code, out)
	}
}

// TestKubectlDebug: what follows -- is a program there, and is one in our image.
func TestKubectlDebug(t *testing.T) {
	c := startCluster(t)
	if help, _, _ := c.kubectl(t, "debug", "--help"); !strings.Contains(help, "--target") || !strings.Contains(help, "--profile") {
		t.Skip("this kubectl adds ephemeral containers through an API that no server has any more (before 1.25)")
	}
	target := pod(t, "shop", "web-1", "web", nil, leavesOrphans...)
	zombiesIn(t, target, 2)
	t.Cleanup(func() {
		_, _ = try(t, "sh", "-c", `podman ps -aq --filter label=kube.ephemeral | xargs -r podman rm -f -t 0`)
	})
	out, errs, code := c.kubectl(t, "debug", "web-1", "--image="+ourImage(t), "--image-pull-policy=Never", "--target=main", "-c", "look", "--attach=false", "--", "scan", "-o", "wide", "--min-age", "0")
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	out, errs, code = c.kubectl(t, "logs", "web-1", "-c", "look")
	if code != 0 || !strings.Contains(out, "has left 2 zombies") || !strings.Contains(out, "SEEN FROM  a PID namespace that containers share, as user 65532 without CAP_SYS_PTRACE") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}

	// With more rights, as docs/kubernetes says.
	if help, _, _ := c.kubectl(t, "debug", "--help"); !strings.Contains(help, "--custom") {
		t.Skip("this kubectl cannot give an ephemeral container rights of one's own (before 1.31)")
	}
	out, errs, code = c.kubectl(t, "debug", "web-1", "--image="+ourImage(t), "--image-pull-policy=Never", "--target=main", "-c", "more", "--attach=false",
		"--custom="+filepath.Join(top, "docs/kubernetes/debug.json"), "--", "scan", "-o", "wide", "--min-age", "0")
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	out, errs, code = c.kubectl(t, "logs", "web-1", "-c", "more")
	if code != 0 || !strings.Contains(out, "SEEN FROM  a PID namespace that containers share, with ptrace permission") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}
