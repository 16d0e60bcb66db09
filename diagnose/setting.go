package diagnose

import (
	"path"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// setting is what runs a process: advice is for that. "": it cannot be told.
type setting string

const (
	inKubernetes setting = "kubernetes"
	inDocker     setting = "docker"
	inPodman     setting = "podman"
	inSystemd    setting = "systemd" // a service, and no container
	inNothing    setting = "plain"   // neither
)

// settingOf tells the setting of a process by its cgroup, and by what shows that
// the observer is in a container too.
func (x *exam) settingOf(p *scan.Process) setting {
	c := x.containerOf(p)
	switch {
	case c == nil:
		return x.ownSetting()
	case c.Engine == NoContainer && unitOf(p) != "":
		return inSystemd
	case c.Engine == NoContainer:
		return inNothing
	case c.Engine == scan.Podman:
		return inPodman
	case c.PodUID != "", c.Engine == scan.CRIO, c.Engine == scan.Kubernetes:
		return inKubernetes
	case c.Engine == scan.Docker:
		return inDocker
	default:
		return ""
	}
}

// ownSetting is that of the observer, who looks from inside.
func (x *exam) ownSetting() setting {
	self, _ := x.Self.Get()
	seen, ok := self.Container.Get()
	switch {
	case !ok || x.onHost():
		return ""
	case strings.Contains(seen.Value, "/kubelet/pods/"), strings.Contains(seen.Value, "kubepods"):
		return inKubernetes
	case strings.Contains(seen.Value, "/docker/"):
		return inDocker
	case strings.Contains(seen.Value, "/overlay-containers/"), strings.Contains(seen.Value, "/libpod-"):
		return inPodman
	default:
		return ""
	}
}

// unitOf is the systemd service that a process belongs to, by its cgroup.
func unitOf(p *scan.Process) string {
	if p == nil || p.Deep == nil {
		return ""
	}
	paths, _ := p.Deep.Cgroups.Get()
	for _, c := range paths {
		for part := range strings.SplitSeq(c.Path, "/") {
			if strings.HasSuffix(part, ".service") && !strings.HasPrefix(part, "user@") && len(part) < 256 {
				return part
			}
		}
	}
	return ""
}

// runtimes are the languages whose way to wait is known, by the names of what
// runs their programs; a trailing * matches any rest.
var runtimes = []struct {
	language string
	names    []string
}{
	{"Python", []string{"python*", "gunicorn", "celery", "uwsgi"}},
	{"Node", []string{"node", "nodejs"}},
	{"Java", []string{"java"}},
	{"Perl", []string{"perl*"}},
	{"Ruby", []string{"ruby*", "puma*"}},
	{"PHP", []string{"php*"}},
	{"shell", []string{"sh", "bash", "dash", "ash", "zsh", "ksh*", "mksh"}},
}

// languageOf tells what a program is written in, "" where that cannot be told:
// a C program looks like nothing in particular.
func (x *exam) languageOf(p *scan.Process) string {
	if p == nil {
		return ""
	}
	names := []string{p.Comm}
	if args := argsOf(p); len(args) > 0 {
		names = append(names, base(args[0]))
	}
	if p.Deep != nil {
		if exe, ok := p.Deep.Exe.Get(); ok {
			names = append(names, path.Base(strings.TrimSuffix(exe, " (deleted)")))
		}
	}
	for _, r := range runtimes {
		for _, want := range r.names {
			stem, open := strings.CutSuffix(want, "*")
			if slices.ContainsFunc(names, func(n string) bool { return n == want || open && strings.HasPrefix(n, stem) }) {
				return r.language
			}
		}
	}
	if x.receives(p, scan.SIGCHLD).isGo {
		return "Go"
	}
	return ""
}
