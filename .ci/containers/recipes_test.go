package containers

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestRights: what each right shows, as docs/kubernetes says.
func TestRights(t *testing.T) {
	c := start(t, "rights", []string{"--init"}, neverWaits...)
	zombiesIn(t, c, 1)
	names := "/var/lib/containers/storage/overlay-containers"
	inside := []string{"--pid", "container:" + c.name}
	host := []string{"--pid", "host"}
	root, ptrace := []string{"--user", "0"}, []string{"--user", "0", "--cap-add", "sys_ptrace"}
	for name, right := range map[string]struct {
		options []string
		exit    bool   // the report says how it died
		owner   string // "", "id" or "name"
		place   string
	}{
		"inside":                       {inside, false, "", "shared-pid"},
		"inside, ptrace":               {slices.Concat(inside, ptrace), true, "", "shared-pid"},
		"hostPID":                      {host, false, "id", "host-pid"},
		"hostPID, root":                {slices.Concat(host, root), false, "id", "host-pid"},
		"hostPID, root, ptrace":        {slices.Concat(host, ptrace), true, "id", "host-pid"},
		"hostPID, root, ptrace, names": {slices.Concat(host, ptrace, []string{"-v", names + ":" + names + ":ro"}), true, "name", "host-pid"},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := runImage(t, right.options, "scan", "-o", "json", "--min-age", "0")
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, out)
			}
			d := parse(t, out)
			if d.Observer.Place != right.place {
				t.Errorf("from %s", d.Observer.Place)
			}
			var mine []zombie
			for _, z := range d.Zombies {
				o := z.Container
				if right.place == "shared-pid" || o != nil && o.ID != nil && *o.ID == c.id {
					mine = append(mine, z)
				}
			}
			if len(mine) != 1 {
				t.Fatalf("%d zombies: %s", len(mine), d.Summary.Sentence)
			}
			if z := mine[0]; (z.Exit != nil) != right.exit || z.Age.AtLeast == nil || (right.owner == "name") != (z.Container.named() == c.name) {
				t.Errorf("got %+v %+v, container %+v", z.Exit, z.Age, z.Container)
			}
		})
	}
}

// TestRightsOnNode: the same without a container around it, by setpriv(1): names
// are in files that belong to root.
func TestRightsOnNode(t *testing.T) {
	c := start(t, "node", []string{"--init"}, neverWaits...)
	zombiesIn(t, c, 1)
	for name, right := range map[string]struct {
		rights      []string
		exit, named bool
	}{
		"nobody":       {[]string{"--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"}, false, false},
		"root, none":   {[]string{"--bounding-set=-all", "--inh-caps=-all"}, false, true},
		"root, ptrace": {[]string{"--bounding-set=-all,+sys_ptrace", "--inh-caps=-all"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			args := slices.Concat(right.rights, []string{"--no-new-privs", zombiectl, "scan", "-o", "json", "--min-age", "0", "--container", c.id[:12]})
			out, code := try(t, "setpriv", args...)
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, out)
			}
			d := parse(t, out)
			if len(d.Zombies) != 1 || (d.Zombies[0].Exit != nil) != right.exit || (d.Zombies[0].Container.named() == c.name) != right.named {
				t.Fatalf("got %+v: %s", d.Zombies, d.Summary.Sentence)
			}
			if !right.exit && !d.has("Z902") || d.Observer.Place != "host" {
				t.Errorf("%s, from %s", d.rules(), d.Observer.Place)
			}
		})
	}
}

type yamlObject = map[string]any

// recipe is a manifest of docs/kubernetes, as the real kubectl reads it: a field
// that it does not know is gone.
func recipe(t *testing.T, name string) yamlObject {
	t.Helper()
	file := filepath.Join(top, "docs/kubernetes", name)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var written yamlObject
	if err := yaml.Unmarshal(text, &written); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("kubectl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI has no kubectl: ", err)
		}
		t.Log("not held to the types of Kubernetes: ", err)
		return written
	}
	out, code := try(t, "kubectl", "label", "--local", "--dry-run=client", "-o", "json", "-f", file, "tested=yes")
	if code != 0 {
		t.Fatalf("%s: %s", name, out)
	}
	var read yamlObject
	if err := json.Unmarshal([]byte(out), &read); err != nil {
		t.Fatal(err)
	}
	for _, lost := range lostFields("", written, read) {
		// Newer than what Debian's kubectl knows.
		if help, _ := try(t, "kubectl", "version", "--client"); strings.Contains(lost, "appArmorProfile") && strings.Contains(help, "v1.20") {
			continue
		}
		t.Errorf("%s: kubectl knows no %s", name, lost)
	}
	return written
}

// lostFields lists the fields that only one of two objects has.
func lostFields(path string, a, b any) (lost []string) {
	switch a := a.(type) {
	case yamlObject:
		b, _ := b.(yamlObject)
		for key, v := range a {
			if w, ok := b[key]; !ok {
				lost = append(lost, path+"."+key)
			} else {
				lost = append(lost, lostFields(path+"."+key, v, w)...)
			}
		}
	case []any:
		b, _ := b.([]any)
		for i, v := range a {
			if i >= len(b) {
				lost = append(lost, fmt.Sprintf("%s[%d]", path, i))
				continue
			}
			lost = append(lost, lostFields(fmt.Sprintf("%s[%d]", path, i), v, b[i])...)
		}
	}
	return lost
}

// field follows keys into an object.
func field(o any, keys ...string) any {
	for _, k := range keys {
		m, _ := o.(yamlObject)
		o = m[k]
	}
	return o
}

// options are those of podman run that give a container the settings of the
// first container of its pod in a recipe. ("podman kube play" knows no hostPID.)
// An unknown setting fails: it would go untested.
func options(t *testing.T, spec yamlObject) (options, args []string) {
	t.Helper()
	c := spec["containers"].([]any)[0].(yamlObject)
	known := func(where string, o yamlObject, fields ...string) {
		for key := range o {
			if !slices.Contains(fields, key) {
				t.Errorf("%s.%s is not tested", where, key)
			}
		}
	}
	known("spec", spec, "hostPID", "automountServiceAccountToken", "tolerations", "restartPolicy", "containers", "volumes")
	known("container", c, "name", "image", "args", "securityContext", "resources", "volumeMounts")
	if spec["hostPID"] == true {
		options = append(options, "--pid", "host")
	}
	security, _ := c["securityContext"].(yamlObject)
	known("securityContext", security, "runAsUser", "runAsNonRoot", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities", "appArmorProfile", "seccompProfile")
	if user, ok := security["runAsUser"]; ok {
		options = append(options, "--user", fmt.Sprint(user))
	}
	if security["allowPrivilegeEscalation"] == false {
		options = append(options, "--security-opt", "no-new-privileges")
	}
	if security["readOnlyRootFilesystem"] == true {
		options = append(options, "--read-only", "--read-only-tmpfs=false")
	}
	for key, option := range map[string]string{"drop": "--cap-drop", "add": "--cap-add"} {
		list, _ := field(security, "capabilities", key).([]any)
		for _, c := range list {
			options = append(options, option, strings.ToLower(c.(string)))
		}
	}
	mounts, _ := c["volumeMounts"].([]any)
	for _, m := range mounts { // of the node's, which this machine need not have
		options = append(options, "-v", t.TempDir()+":"+field(m, "mountPath").(string)+":ro")
	}
	list, _ := c["args"].([]any)
	for _, a := range list {
		args = append(args, a.(string))
	}
	return options, args
}

// play runs the pod of a recipe with our images.
func play(t *testing.T, name string, spec yamlObject, images map[string]string) {
	t.Helper()
	for _, list := range []string{"initContainers", "containers"} {
		containers, _ := spec[list].([]any)
		for _, c := range containers {
			c := c.(yamlObject)
			c["image"] = images[c["image"].(string)]
			c["imagePullPolicy"] = "Never"
			delete(c, "readinessProbe") // Podman knows none
		}
	}
	// By the default, Always, Podman 4 starts an init container again when it has
	// exited well, and again, until it happens to look in between.
	spec["restartPolicy"] = "Never"
	file := filepath.Join(t.TempDir(), "pod.yaml")
	b, err := yaml.Marshal(yamlObject{"apiVersion": "v1", "kind": "Pod", "metadata": yamlObject{
		// Otherwise Podman removes it at once, and may find it running still.
		"name": name, "annotations": yamlObject{"io.podman.annotations.init.container.type": "always"},
	}, "spec": spec})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = try(t, "podman", "pod", "rm", "-f", "-t", "0", name) })
	podman(t, "kube", "play", "--network", "none", file)
}

// runRecipe runs the first container of a recipe.
func runRecipe(t *testing.T, name string, spec yamlObject) string {
	t.Helper()
	name = run + "-" + name
	given, args := options(t, spec)
	t.Cleanup(func() { _, _ = try(t, "podman", "rm", "-f", "-t", "0", name) })
	podman(t, slices.Concat([]string{"run", "-d", "--network", "none", "--name", name}, given, []string{ourImage(t)}, args)...)
	return name
}

func TestRecipes(t *testing.T) {
	images := map[string]string{"zombiectl:latest": ourImage(t), "app:latest": image}
	c := start(t, "leaky", []string{"--init"}, neverWaits...)
	zombiesIn(t, c, 1)

	t.Run("daemonset", func(t *testing.T) {
		spec, _ := field(recipe(t, "daemonset.yaml"), "spec", "template", "spec").(yamlObject)
		name := runRecipe(t, "daemonset", spec)
		d := parse(t, podman(t, "exec", name, "zombiectl", "scan", "-o", "json", "--min-age", "0"))
		if d.Observer.Place != "host-pid" || d.Observer.Ptrace != "yes" {
			t.Errorf("from %s, ptrace %s", d.Observer.Place, d.Observer.Ptrace)
		}
		if !slices.ContainsFunc(d.Zombies, func(z zombie) bool {
			return z.Container != nil && z.Container.ID != nil && *z.Container.ID == c.id && z.Exit != nil
		}) {
			t.Errorf("does not see how the zombie of %s died", c.name)
		}
		if caps := podman(t, "inspect", "-f", "{{.EffectiveCaps}} {{.HostConfig.Privileged}} {{.HostConfig.ReadonlyRootfs}}", name); caps != "[CAP_SYS_PTRACE] false true" {
			t.Errorf("it has %s", caps)
		}
		eventually(t, "what it says", func() bool { return strings.TrimSpace(podman(t, "logs", name)) != "" })
		if running := podman(t, "inspect", "-f", "{{.State.Running}}", name); running != "true" {
			t.Errorf("running: %s: %s", running, podman(t, "logs", name))
		}
	})

	t.Run("cronjob", func(t *testing.T) {
		spec, _ := field(recipe(t, "cronjob.yaml"), "spec", "jobTemplate", "spec", "template", "spec").(yamlObject)
		name := runRecipe(t, "cronjob", spec)
		code := podman(t, "wait", name)
		if out := podman(t, "logs", name); !strings.HasPrefix(out, "ZOMBIES ") || code == "3" {
			t.Errorf("exit code %s: %s", code, out)
		}
		if caps := podman(t, "inspect", "-f", "{{.EffectiveCaps}} {{.Config.User}}", name); !strings.HasPrefix(caps, "[] ") || strings.HasSuffix(caps, " 0") {
			t.Errorf("it has %s", caps)
		}
	})

	t.Run("readiness", func(t *testing.T) {
		spec, _ := field(recipe(t, "readiness.yaml"), "spec").(yamlObject)
		app := spec["containers"].([]any)[0].(yamlObject)
		var probe []string
		for _, arg := range field(app, "readinessProbe", "exec", "command").([]any) {
			probe = append(probe, arg.(string))
		}
		app["command"] = []string{"/bin/sh", "-c", "export PATH=/bin; for i in 1 2 3; do sleep 0.1 & done; exec sleep 600"}
		play(t, run+"-readiness", spec, images)
		name := run + "-readiness-app"
		pid := podman(t, "inspect", "-f", "{{.State.Pid}}", name)
		ns, err := os.Readlink("/proc/" + pid + "/ns/pid")
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "its zombies", func() bool { return len(zombiesOf(ns)) == 3 })
		eventually(t, "zombies that last, and are few enough", func() bool {
			out, code := try(t, "podman", append([]string{"exec", name}, probe...)...)
			if code != 0 {
				t.Fatalf("ready: exit code %d: %s", code, out)
			}
			return strings.HasPrefix(out, "ZOMBIES OK - 3 zombies were found, and 100 are allowed.")
		})
		// Its control: fewer are allowed.
		probe[slices.Index(probe, "--max-zombies=100")] = "--max-zombies=2"
		if out, code := try(t, "podman", append([]string{"exec", name}, append(probe, "--min-age=0")...)...); code != 1 {
			t.Errorf("not ready: exit code %d: %s", code, out)
		}
	})

	t.Run("rbac", func(t *testing.T) { recipe(t, "rbac.yaml") })
}
