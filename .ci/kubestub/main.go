// Command kubestub is an API server of Kubernetes for tests, as much of one as
// kubectl needs to list pods, to exec in them, to add an ephemeral container and
// to read its log. Its pods are containers of Podman with these labels:
//
//	kube.namespace, kube.pod, kube.container, kube.app; kube.shared for a pod
//	with shareProcessNamespace
//
// A namespace that is called "forbidden" is. It prints its address, and serves
// until it is ended.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

type object = map[string]any

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubestub: error:", err)
		os.Exit(1)
	}
	mux := http.NewServeMux()
	answer := func(pattern string, o object) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, o) })
	}
	answer("/version", object{"major": "1", "minor": "32", "gitVersion": "v1.32.0"})
	answer("/api", object{"kind": "APIVersions", "versions": []string{"v1"}})
	answer("/apis", object{"kind": "APIGroupList", "apiVersion": "v1", "groups": []any{}})
	resource := func(name string, verbs ...string) object {
		return object{"name": name, "singularName": "pod", "namespaced": true, "kind": "Pod", "shortNames": []string{"po"}, "verbs": verbs}
	}
	answer("/api/v1", object{"kind": "APIResourceList", "groupVersion": "v1", "resources": []object{
		resource("pods", "get", "list", "watch"), resource("pods/exec", "create", "get"), resource("pods/log", "get"), resource("pods/ephemeralcontainers", "get", "patch"),
	}})
	mux.HandleFunc("GET /api/v1/pods", list)
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/pods", list)
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/pods/{pod}", get)
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/pods/{pod}/log", log)
	mux.HandleFunc("PATCH /api/v1/namespaces/{namespace}/pods/{pod}/ephemeralcontainers", debug)
	mux.HandleFunc("/api/v1/namespaces/{namespace}/pods/{pod}/exec", execute)
	fmt.Println("http://" + l.Addr().String())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, "kubestub: error:", server.Serve(l))
	os.Exit(1)
}

func reply(w http.ResponseWriter, code int, o object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(o)
}

func refuse(w http.ResponseWriter, code int, reason, message string) {
	reply(w, code, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code,
		"details": object{"kind": "pods"}})
}

// member is a container that is part of a pod here.
type member struct {
	ID     string `json:"Id"`
	Labels map[string]string
	State  string
}

func members(namespace, pod string) ([]member, error) {
	out, err := exec.Command("podman", "ps", "-a", "--filter", "label=kube.pod", "--format", "json").Output()
	if err != nil {
		return nil, err
	}
	var all []member
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(m member) bool {
		return namespace != "" && m.Labels["kube.namespace"] != namespace || pod != "" && m.Labels["kube.pod"] != pod
	})
	slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.Labels["kube.container"], b.Labels["kube.container"]) })
	return all, nil
}

// pods builds the objects.
func pods(namespace, pod string) ([]object, error) {
	all, err := members(namespace, pod)
	if err != nil {
		return nil, err
	}
	byName := map[string]object{}
	var names []string
	for _, m := range all {
		name := m.Labels["kube.namespace"] + "/" + m.Labels["kube.pod"]
		p := byName[name]
		if p == nil {
			names = append(names, name)
			p = object{
				"kind": "Pod", "apiVersion": "v1",
				"metadata": object{"name": m.Labels["kube.pod"], "namespace": m.Labels["kube.namespace"], "labels": object{"app": m.Labels["kube.app"]}, "uid": m.ID[:32]},
				"spec":     object{"containers": []any{}, "ephemeralContainers": []any{}, "shareProcessNamespace": m.Labels["kube.shared"] != ""},
				"status":   object{"phase": "Running", "containerStatuses": []any{}, "ephemeralContainerStatuses": []any{}},
			}
			byName[name] = p
		}
		spec, status := p["spec"].(object), p["status"].(object)
		state := object{"terminated": object{"exitCode": 0}}
		if m.State == "running" {
			state = object{"running": object{}}
		}
		st := object{"name": m.Labels["kube.container"], "state": state, "ready": true, "image": "x", "imageID": "x", "containerID": "podman://" + m.ID}
		containers, statuses := "containers", "containerStatuses"
		if m.Labels["kube.ephemeral"] != "" {
			containers, statuses = "ephemeralContainers", "ephemeralContainerStatuses"
		}
		spec[containers] = append(spec[containers].([]any), object{"name": m.Labels["kube.container"], "image": "x"})
		status[statuses] = append(status[statuses].([]any), st)
	}
	slices.Sort(names)
	var out []object
	for _, n := range names {
		out = append(out, byName[n])
	}
	return out, nil
}

func list(w http.ResponseWriter, r *http.Request) {
	namespace := r.PathValue("namespace")
	if namespace == "forbidden" {
		refuse(w, 403, "Forbidden", `pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "forbidden"`)
		return
	}
	all, err := pods(namespace, "")
	if err != nil {
		refuse(w, 500, "InternalError", err.Error())
		return
	}
	if key, value, ok := strings.Cut(r.URL.Query().Get("labelSelector"), "="); ok {
		all = slices.DeleteFunc(all, func(p object) bool { return p["metadata"].(object)["labels"].(object)[key] != value })
	}
	if all == nil {
		all = []object{}
	}
	reply(w, 200, object{"kind": "PodList", "apiVersion": "v1", "metadata": object{"resourceVersion": "1"}, "items": all})
}

func get(w http.ResponseWriter, r *http.Request) {
	all, err := pods(r.PathValue("namespace"), r.PathValue("pod"))
	if err != nil || len(all) == 0 {
		refuse(w, 404, "NotFound", fmt.Sprintf("pods %q not found", r.PathValue("pod")))
		return
	}
	reply(w, 200, all[0])
}

// target finds the container that a request is about.
func target(r *http.Request, container string) (member, bool) {
	all, err := members(r.PathValue("namespace"), r.PathValue("pod"))
	if err != nil || len(all) == 0 {
		return member{}, false
	}
	i := slices.IndexFunc(all, func(m member) bool { return container == "" || m.Labels["kube.container"] == container })
	if i < 0 {
		return member{}, false
	}
	return all[i], true
}

// execute runs a command in a container, and speaks SPDY, which every kubectl
// does: newer ones try a WebSocket first, and are refused.
func execute(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	m, ok := target(r, q.Get("container"))
	switch {
	case !ok:
		refuse(w, 404, "NotFound", "no such container")
		return
	case !strings.EqualFold(r.Header.Get("Upgrade"), "SPDY/3.1"):
		refuse(w, 400, "BadRequest", "unable to upgrade: SPDY/3.1 only")
		return
	}
	args := []string{"exec"}
	streams := []string{"error"}
	for _, name := range []string{"stdin", "stdout", "stderr"} {
		if on := q.Get(name); on == "true" || on == "1" {
			streams = append(streams, name)
		}
	}
	if slices.Contains(streams, "stdin") {
		args = append(args, "-i")
	}
	cmd := exec.Command("podman", append(append(args, m.ID), q["command"]...)...)

	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "SPDY/3.1")
	w.Header().Set("X-Stream-Protocol-Version", "v4.channel.k8s.io")
	w.WriteHeader(http.StatusSwitchingProtocols)
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	spdy, err := spdystream.NewConnection(bufferedConn{conn, buffered}, true)
	if err != nil {
		return
	}
	defer spdy.Close()
	opened := make(chan *spdystream.Stream, len(streams))
	go spdy.Serve(func(s *spdystream.Stream) {
		if s.SendReply(http.Header{}, false) == nil {
			opened <- s
		}
	})
	got := map[string]*spdystream.Stream{}
	for len(got) < len(streams) {
		select {
		case s := <-opened:
			got[s.Headers().Get("streamtype")] = s
		case <-time.After(10 * time.Second):
			return
		}
	}
	run(cmd, got)
}

// bufferedConn is a connection of which the server has read something ahead.
type bufferedConn struct {
	net.Conn
	ahead io.Reader
}

func (c bufferedConn) Read(b []byte) (int, error) { return c.ahead.Read(b) }

func run(cmd *exec.Cmd, streams map[string]*spdystream.Stream) {
	if s := streams["stdin"]; s != nil {
		cmd.Stdin = s
	}
	var wg sync.WaitGroup
	for name, to := range map[string]*io.Writer{"stdout": &cmd.Stdout, "stderr": &cmd.Stderr} {
		if s := streams[name]; s != nil {
			*to = s
		}
	}
	status := object{"metadata": object{}, "status": "Success"}
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		status = object{"metadata": object{}, "status": "Failure", "reason": "NonZeroExitCode",
			"message": fmt.Sprintf("command terminated with non-zero exit code: exit status %d", ended.ExitCode()),
			"details": object{"causes": []object{{"reason": "ExitCode", "message": fmt.Sprint(ended.ExitCode())}}}}
	} else if err != nil {
		status = object{"status": "Failure", "reason": "InternalError", "message": err.Error()}
	}
	b, _ := json.Marshal(status)
	_, _ = streams["error"].Write(b)
	for _, s := range streams {
		wg.Go(func() { _ = s.Close() })
	}
	wg.Wait()
	time.Sleep(50 * time.Millisecond) // until the other side has read the frames that end the streams
}

// debug adds an ephemeral container: a container in the PID namespace of its
// target, as the kubelet makes it.
func debug(w http.ResponseWriter, r *http.Request) {
	var patch struct {
		Spec struct {
			EphemeralContainers []struct {
				Name, Image, TargetContainerName string
				Command, Args                    []string
				SecurityContext                  struct {
					RunAsUser    *int
					Capabilities struct{ Add, Drop []string }
				}
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&patch); err != nil || len(patch.Spec.EphemeralContainers) != 1 {
		refuse(w, 400, "BadRequest", fmt.Sprintf("one ephemeral container, please (%v)", err))
		return
	}
	c := patch.Spec.EphemeralContainers[0]
	m, ok := target(r, c.TargetContainerName)
	if !ok {
		refuse(w, 404, "NotFound", "no such target")
		return
	}
	args := []string{"run", "-d", "--network", "none", "--pid", "container:" + m.ID,
		"--label", "kube.namespace=" + r.PathValue("namespace"), "--label", "kube.pod=" + r.PathValue("pod"),
		"--label", "kube.container=" + c.Name, "--label", "kube.ephemeral=true"}
	if user := c.SecurityContext.RunAsUser; user != nil {
		args = append(args, "--user", fmt.Sprint(*user))
	}
	for _, drop := range c.SecurityContext.Capabilities.Drop {
		args = append(args, "--cap-drop", strings.ToLower(drop))
	}
	for _, add := range c.SecurityContext.Capabilities.Add {
		args = append(args, "--cap-add", strings.ToLower(add))
	}
	if len(c.Command) > 0 { // a command takes the place of the entrypoint
		b, _ := json.Marshal(c.Command)
		args = append(args, "--entrypoint", string(b))
	}
	if out, err := exec.Command("podman", append(append(args, c.Image), c.Args...)...).CombinedOutput(); err != nil {
		refuse(w, 500, "InternalError", string(out))
		return
	}
	get(w, r)
}

func log(w http.ResponseWriter, r *http.Request) {
	m, ok := target(r, r.URL.Query().Get("container"))
	if !ok {
		refuse(w, 404, "NotFound", "no such container")
		return
	}
	_ = exec.Command("podman", "wait", m.ID).Run()
	out, _ := exec.Command("podman", "logs", m.ID).CombinedOutput()
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(out)
}
