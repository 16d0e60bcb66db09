package diagnose

import (
	"regexp"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

const (
	shortID = "4a6a1ee8f2c0"
	podUID  = "0d5f3c1e-2f4b-4c6e-9a1b-7d8e9f0a1b2c"
	podPath = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0d5f3c1e_2f4b_4c6e_9a1b_7d8e9f0a1b2c.slice/"
	staticP = "/kubepods/burstable/pod9ac68c2a8dd4e23b0a8dbd1ab5b6b3c7/"
	ofUser  = "/user.slice/user-1000.slice/user@1000.service/"
)

// nows are settings as a look from the machine shows them, and the command that
// clears the zombies of a parent there, with what the command ends.
var nows = map[string]struct {
	cgroup        string
	name          facts.ContainerName
	pid1          bool // the parent is PID 1 of its namespace
	depth         int  // of PID namespaces below the machine's
	command, ends string
}{
	"docker, PID 1":             {"/system.slice/docker-" + someID + ".scope", facts.ContainerName{Name: "web"}, true, 1, "docker restart web", "web"},
	"docker":                    {"/docker/" + someID, facts.ContainerName{Name: "web"}, false, 1, "docker restart web", "web"},
	"docker, without a name":    {"/docker/" + someID, facts.ContainerName{}, true, 1, "docker restart " + shortID, "the container " + shortID},
	"docker of a user":          {ofUser + "user.slice/docker-" + someID + ".scope", facts.ContainerName{Name: "web"}, true, 1, "DOCKER_HOST=unix:///run/user/1000/docker.sock docker restart web", "web"},
	"podman":                    {"/machine.slice/libpod-" + someID + ".scope/container", facts.ContainerName{Name: "web"}, true, 1, "podman restart web", "web"},
	"podman of a user":          {ofUser + "user.slice/libpod-" + someID + ".scope/container", facts.ContainerName{}, true, 1, "systemd-run --user -M 1000@ --wait podman restart " + shortID, "the container " + shortID},
	"podman in a service":       {"/system.slice/web.service/libpod-payload-" + someID, facts.ContainerName{Name: "web"}, true, 1, "systemctl restart web.service", "the service web.service"},
	"nerdctl":                   {"/system.slice/nerdctl-" + someID + ".scope", facts.ContainerName{}, true, 1, "nerdctl restart " + shortID, "the container " + shortID},
	"containerd below kubelet":  {podPath + "cri-containerd-" + someID + ".scope", facts.ContainerName{}, false, 1, "crictl stop " + shortID, "the container " + shortID},
	"cri-o":                     {podPath + "crio-" + someID + ".scope", facts.ContainerName{}, true, 1, "crictl stop " + shortID, "the container " + shortID},
	"a pod with a name":         {podPath + "cri-containerd-" + someID + ".scope", facts.ContainerName{Name: "nginx", Pod: "web-1", Namespace: "shop", PodUID: podUID}, true, 1, "kubectl -n shop delete pod web-1", "the pod shop/web-1"},
	"a static pod":              {staticP + "crio-" + someID, facts.ContainerName{Name: "etcd", Pod: "etcd-node", Namespace: "kube-system"}, true, 1, "crictl stop " + shortID, "etcd"},
	"lxc":                       {"/lxc.payload.a-container-1/init.scope", facts.ContainerName{}, true, 1, "lxc restart a-container-1", "the container a-container-1"},
	"a service":                 {"/system.slice/app.service", facts.ContainerName{}, false, 0, "systemctl restart app.service", "the service app.service"},
	"a service of a user":       {ofUser + "app.slice/app.service", facts.ContainerName{}, false, 0, "systemctl --user -M 1000@ restart app.service", "the service app.service"},
	"a machine":                 {"/machine.slice/machine-box.scope/payload/init.scope", facts.ContainerName{}, true, 1, "machinectl reboot box", "the machine box"},
	"a service in a machine":    {"/machine.slice/systemd-nspawn@box.service/payload/system.slice/app.service", facts.ContainerName{}, false, 1, "systemctl -M box restart app.service", "the service app.service in the machine box"},
	"a session":                 {"/user.slice/user-1000.slice/session-3.scope", facts.ContainerName{}, false, 0, "zombiectl reap --parent 5 --terminate-parent --force", "app (PID 5)"},
	"a namespace of nobody":     {"/", facts.ContainerName{}, true, 1, "kill -KILL 5", "all processes of its PID namespace"},
	"a unit with an odd name":   {`/system.slice/a\x2db.service`, facts.ContainerName{}, false, 0, "zombiectl reap --parent 5 --terminate-parent --force", "app (PID 5)"},
	"a hostile name":            {"/docker/" + someID, facts.ContainerName{Name: "web; reboot"}, true, 1, "docker restart " + shortID, "web; reboot"},
	"a hostile unit":            {"/system.slice/$(reboot).service", facts.ContainerName{}, false, 0, "zombiectl reap --parent 5 --terminate-parent --force", "app (PID 5)"},
	"an option for a unit":      {"/system.slice/--now.service", facts.ContainerName{}, false, 0, "zombiectl reap --parent 5 --terminate-parent --force", "app (PID 5)"},
	"a hostile user":            {"/user.slice/user@1 000.service/app.slice/app.service", facts.ContainerName{}, false, 0, "systemctl restart app.service", "the service app.service"},
	"a hostile pod":             {podPath + "crio-" + someID + ".scope", facts.ContainerName{Name: "x", Pod: "a b", Namespace: "shop"}, true, 1, "crictl stop " + shortID, "x"},
	"a hostile machine's scope": {"/machine.slice/machine-a b.scope/payload/init.scope", facts.ContainerName{}, true, 1, "kill -KILL 5", "all processes of its PID namespace"},
}

// pasted is what a command for now may consist of.
var pasted = regexp.MustCompile(`^[A-Za-z0-9 ._@:/>=-]+$`)

// TestNow: the command is whole and real, in the words of the engine or
// supervisor that was found.
func TestNow(t *testing.T) {
	for name, c := range nows {
		parent := proc{PID: 5, PPID: 1, Comm: "app", NS: initNS}
		child := proc{PID: 9, PPID: 5, Comm: "child", State: facts.Zombie, NS: initNS}
		all := []proc{{PID: 1, Comm: "systemd", NS: initNS, Reaped: true}, {PID: 2, Comm: "kthreadd", Kernel: true}}
		switch {
		case c.pid1:
			parent.NS, parent.NSpid, child.NS, child.NSpid = 8, []int{5, 1}, 8, []int{9, 4}
			child.SID, child.PGRP = 8, 8
		case c.depth > 0:
			all = append(all, proc{PID: 4, PPID: 1, Comm: "tini", NS: 8, NSpid: []int{4, 1}, Reaped: true})
			parent.PPID, parent.NS, parent.NSpid, child.NS, child.NSpid = 4, 8, []int{5, 2}, 8, []int{9, 4}
		}
		s := look(append(all, parent, child)...) // without ages, so that reap wants --force
		inCgroup(s, c.cgroup, 5)
		s.ContainerNames = map[string]facts.ContainerName{someID: c.name}
		d := Diagnose(s, Options{})
		if len(d.Parents) != 1 {
			t.Fatalf("%s: %+v", name, d.Parents)
		}
		a, ok := d.Now(5, d.Parents[0].Rules...)
		if !ok || a.Steps[0].Command != c.command || a.Steps[0].Ends != c.ends {
			t.Errorf("%s: %+v, want %q, which ends %q", name, a, c.command, c.ends)
		}
		for _, step := range a.Steps {
			if step.Command != "" && !pasted.MatchString(step.Command) {
				t.Errorf("%s: %q cannot be pasted", name, step.Command)
			}
		}
	}
}

// TestNowFromInside: a parent that is not PID 1 is ended where an init reaps its
// orphans; PID 1 is restarted from outside, by the name that is known.
func TestNowFromInside(t *testing.T) {
	pod := facts.Container{Engine: facts.Kubernetes, PodUID: podUID}
	for name, c := range map[string]struct {
		pid1          string
		parent        int
		in            facts.Container
		pod           facts.ContainerName
		command, ends string
		text          string
	}{
		"below tini":           {"tini", 5, facts.Container{Engine: facts.Docker, ID: someID}, facts.ContainerName{}, "zombiectl reap --parent 5 --terminate-parent --force", "app (PID 5)", "the container ends too: PID 1 (tini) waits for it"},
		"below sleep":          {"sleep", 5, facts.Container{Engine: facts.Docker, ID: someID}, facts.ContainerName{}, "docker restart " + shortID, "the container " + shortID, ""},
		"PID 1 in docker":      {"app", 1, facts.Container{Engine: facts.Docker, ID: someID}, facts.ContainerName{}, "docker restart " + shortID, "the container " + shortID, ""},
		"PID 1 in podman":      {"app", 1, facts.Container{Engine: facts.Podman, ID: someID}, facts.ContainerName{}, "podman restart " + shortID, "the container " + shortID, ""},
		"PID 1 of a pod":       {"app", 1, pod, facts.ContainerName{Pod: "web-1", Namespace: "shop", PodUID: podUID}, "kubectl -n shop delete pod web-1", "the pod shop/web-1", "taken from its hostname"},
		"without an account":   {"app", 1, pod, facts.ContainerName{Pod: "web-1", PodUID: podUID}, "kubectl -n NAMESPACE delete pod web-1", "the pod web-1", "shows NAMESPACE"},
		"a pod without a name": {"app", 1, pod, facts.ContainerName{}, "kubectl -n NAMESPACE delete pod POD", "the pod", "shows NAMESPACE and POD"},
		"nobody knows where":   {"app", 1, facts.Container{}, facts.ContainerName{}, "docker restart CONTAINER", "the container", "CONTAINER is its name or ID"},
	} {
		init := proc{PID: 1, Comm: c.pid1, NS: 8}
		child := proc{PID: 9, PPID: c.parent, Comm: "child", State: facts.Zombie, NS: 8}
		if c.parent == 1 {
			child.SID, child.PGRP = 8, 8
		}
		s := look(init, proc{PID: 5, PPID: 1, Comm: "app", NS: 8}, child)
		s.Self = facts.Some(facts.Self{PID: 20, PIDNS: facts.Some(uint64(8))})
		if c.in != (facts.Container{}) {
			s.Self = facts.Some(facts.Self{PID: 20, PIDNS: facts.Some(uint64(8)), In: facts.Some(c.in), Container: facts.Some(facts.Witness{Value: "/kubelet/pods/"})})
		}
		inCgroup(s, "/", 1, 5)
		s.PodNames = map[string]facts.ContainerName{podUID: c.pod}
		d := Diagnose(s, Options{})
		a, ok := d.Now(c.parent, d.Parents[0].Rules...)
		if !ok || a.Steps[0].Command != c.command || a.Steps[0].Ends != c.ends || !strings.Contains(a.Steps[0].Text, c.text) {
			t.Errorf("%s: %+v, want %q, which ends %q: %q", name, a, c.command, c.ends, c.text)
		}
	}
}

// TestAdviceForm: advice for now begins with a command; a cure is one short
// sentence.
func TestAdviceForm(t *testing.T) {
	full := limited(3, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 10 10 5") })
	for _, s := range []*facts.Snapshot{node(), crowd(), full, hidden(crowd()), look(app, zombie(8, 1)), look(app)} {
		for _, f := range Diagnose(s, Options{}).Findings {
			for _, a := range f.Advice() {
				const most = 110 // with a name in it
				switch {
				case a.When == rule.Now && (len(a.Steps) == 0 || a.Steps[0].Command == ""):
					t.Errorf("%s: no command for now: %+v", f.Rule, a)
				case a.When == rule.Cure && f.Severity > Info && len(a.Text) > most:
					t.Errorf("%s: a cure of %d bytes: %q", f.Rule, len(a.Text), a.Text)
				}
				for _, step := range a.Steps {
					if strings.Contains(step.Command, "    ") || strings.Contains(step.Ends, "PID 1 (PID 1)") {
						t.Errorf("%s: %+v", f.Rule, step)
					}
				}
			}
		}
	}
}
