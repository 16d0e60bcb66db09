package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan"
)

// pluginName is what kubectl looks for in PATH when it is asked for "zombies":
// a link to this program.
const pluginName = "kubectl-zombies"

// pluginCompletion is what kubectl looks for in PATH when a shell is to complete
// the arguments of "kubectl zombies": another link to this program.
const pluginCompletion = "kubectl_complete-zombies"

func newPods(s Streams) *cobra.Command {
	var p pods
	var out outputFlags
	c := &cobra.Command{
		Use:   "pods [POD...]",
		Short: "Look into the containers of pods, through kubectl: kubectl zombies",
		Long: `Look into the containers of pods, through kubectl.

A link to this program called kubectl-zombies, in a directory of PATH, makes it a
plugin: kubectl zombies.

It looks into each running container: with the zombiectl in that container, or else
with a script that the container's shell runs. Both are judged here, into one report.
Of a pod whose containers share a PID namespace it looks into one.

Clusters, contexts and credentials are left to kubectl.`,
		Example: `  kubectl zombies                        # all pods of the namespace
  kubectl zombies web-0 web-1            # these pods
  kubectl zombies -l app=web -A          # the pods of a selector, in all namespaces
  zombiectl pods --context prod -o json`,
		RunE: func(c *cobra.Command, args []string) error {
			style, err := out.style(s)
			if err != nil {
				return err
			}
			for _, name := range args {
				if strings.HasPrefix(name, "-") {
					return fmt.Errorf("%q is not the name of a pod", name)
				}
			}
			list, err := p.look(c.Context(), args)
			if err != nil {
				return err
			}
			if err := report.Write(s.Out, out.format, report.Pods(list), style); err != nil {
				return err
			}
			if slices.ContainsFunc(list, func(c doc.PodContainer) bool { return c.Diagnosis == nil }) {
				return exitCode(exitNoAnswer)
			}
			return nil
		},
	}
	p.add(c)
	out.add(c, report.Pods(nil))
	versionFlag(c, s)
	return c
}

type pods struct {
	kubectl    string
	connection []string // flags of kubectl that every call of it gets
	namespace  string
	all        bool
	selector   string
	container  string
	program    string
	timeout    time.Duration
	minAge     time.Duration
	command    *cobra.Command
}

// passedFlags are flags of kubectl that say which cluster and as whom.
var passedFlags = []struct{ name, usage string }{
	{"context", "kubectl's: the context to use"},
	{"kubeconfig", "kubectl's: its configuration file"},
	{"cluster", "kubectl's: the cluster to use"},
	{"user", "kubectl's: the user of its configuration"},
	{"as", "kubectl's: whom to impersonate"},
	{"server", "kubectl's: the address of the API server"},
	{"token", "kubectl's: the bearer token"},
	{"request-timeout", "kubectl's: how long to wait for a request"},
}

func (p *pods) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVarP(&p.namespace, "namespace", "n", "", "the namespace; without it kubectl's own")
	fl.BoolVarP(&p.all, "all-namespaces", "A", false, "pods of all namespaces")
	fl.StringVarP(&p.selector, "selector", "l", "", "only pods with these labels")
	fl.StringVarP(&p.container, "container", "c", "", "only the container of this name")
	fl.StringVar(&p.program, "program", "zombiectl", "the name or path of zombiectl in the containers")
	fl.DurationVar(&p.timeout, "timeout", time.Minute, "how long to wait for one container")
	fl.DurationVar(&p.minAge, "min-age", diagnose.DefaultMinAge, "zombies known to be younger do not count: their parent may be about to reap them")
	fl.StringVar(&p.kubectl, "kubectl", "kubectl", "the kubectl to use")
	for _, f := range passedFlags {
		fl.String(f.name, "", f.usage)
	}
	p.command = c
}

// atOnce is how many containers are looked into at the same time.
const atOnce = 4

func (p *pods) look(ctx context.Context, names []string) ([]doc.PodContainer, error) {
	for _, f := range passedFlags { // in this order
		if v := p.command.Flag(f.name).Value.String(); v != "" {
			p.connection = append(p.connection, "--"+f.name+"="+v)
		}
	}
	list, err := p.find(ctx, names)
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			p.lookInto(ctx, &list[i])
		})
	}
	wg.Wait()
	return list, nil
}

// podList is what kubectl get pods -o json prints, of which this is used: a
// list, or the one pod that was asked for.
type podList struct {
	Kind  string
	Items []podItem
	podItem
}

type podItem struct {
	Metadata struct{ Name, Namespace string }
	Spec     struct {
		ShareProcessNamespace bool
		Containers            []struct{ Name string }
	}
	Status struct {
		ContainerStatuses []struct {
			Name  string
			State struct{ Running *struct{} }
		}
	}
}

// maxAnswer bounds an answer of kubectl: a list of pods, a recording.
const maxAnswer = 256 << 20

func (p *pods) find(ctx context.Context, names []string) ([]doc.PodContainer, error) {
	args := append([]string{"get", "pods", "-o", "json"}, p.connection...)
	if p.namespace != "" {
		args = append(args, "--namespace="+p.namespace)
	}
	if p.all {
		args = append(args, "--all-namespaces")
	}
	if p.selector != "" {
		args = append(args, "--selector="+p.selector)
	}
	args = append(args, names...)
	answer, errs, err := p.call(ctx, args)
	_, _ = p.command.ErrOrStderr().Write(errs) // its own words
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.ExitCode() > 0 {
		return nil, exitCode(ended.ExitCode())
	}
	if err != nil {
		return nil, withHint(err, "put kubectl into PATH, or name it: --kubectl /path/to/kubectl")
	}
	var got podList
	if err := json.Unmarshal(answer, &got); err != nil {
		return nil, fmt.Errorf("%s get pods printed something unexpected: %w", p.kubectl, err)
	}
	if got.Kind == "Pod" {
		got.Items = []podItem{got.podItem}
	}
	var list []doc.PodContainer
	for _, pod := range got.Items {
		list = append(list, p.containersOf(&pod)...)
	}
	for _, c := range list {
		for _, name := range []string{c.Namespace, c.Pod, c.Container} {
			// They become arguments, and one that begins with a dash an option.
			if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || name[0] == '-' {
				return nil, fmt.Errorf("%s get pods printed something unexpected: %q cannot be a name", p.kubectl, name)
			}
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no container of these pods is running")
	}
	return list, nil
}

// containersOf lists the containers of a pod that run, in the order of its
// spec; of those that share a PID namespace one.
func (p *pods) containersOf(pod *podItem) []doc.PodContainer {
	var list []doc.PodContainer
	for _, c := range pod.Spec.Containers {
		if p.container != "" && c.Name != p.container {
			continue
		}
		for _, st := range pod.Status.ContainerStatuses {
			if st.Name == c.Name && st.State.Running != nil {
				list = append(list, doc.PodContainer{
					Namespace: pod.Metadata.Namespace, Pod: pod.Metadata.Name, Container: c.Name, Shared: pod.Spec.ShareProcessNamespace,
				})
			}
		}
	}
	if pod.Spec.ShareProcessNamespace && len(list) > 1 {
		return list[:1]
	}
	return list
}

// lookInto looks into one container: by its own zombiectl, or else its shell.
func (p *pods) lookInto(ctx context.Context, c *doc.PodContainer) {
	var said []string
	for _, way := range []struct {
		how     string
		command []string
	}{
		{"zombiectl", []string{p.program, "capture", "--args", "keep", "-"}},
		{"shell", []string{"sh", "-c", scan.Script()}},
	} {
		d, err := p.lookBy(ctx, c, way.command)
		if err == nil {
			c.How, c.Diagnosis, c.Err = way.how, d, ""
			return
		}
		said = append(said, way.how+": "+err.Error())
		if ctx.Err() != nil {
			break
		}
	}
	c.Err = strings.Join(said, "; ") + ". An ephemeral container can look instead: kubectl debug --namespace " + c.Namespace + " " + c.Pod + " --image IMAGE --target " + c.Container +
		" -- scan. Where no process can be started any more, look from the node"
}

func (p *pods) lookBy(ctx context.Context, c *doc.PodContainer, command []string) (*diagnose.Diagnosis, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	args := append([]string{"exec"}, p.connection...)
	args = append(args, "--namespace="+c.Namespace, c.Pod, "--container="+c.Container, "--")
	answer, errs, err := p.call(ctx, append(args, command...))
	if err != nil {
		if text := strings.TrimSpace(string(errs)); text != "" && ctx.Err() == nil {
			err = errors.New(strings.Join(strings.Split(text, "\n"), "; "))
		}
		return nil, err
	}
	r, err := scan.OpenReader(bytes.NewReader(answer), "the answer")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		return nil, err
	}
	return diagnose.Diagnose(s, diagnose.Options{MinAge: p.minAge, Horizon: diagnose.DefaultHorizon}), nil
}

func (p *pods) call(ctx context.Context, args []string) (answer, errs []byte, err error) {
	cmd := exec.CommandContext(ctx, p.kubectl, args...)
	// Its children may outlast it, and keep its pipes.
	cmd.WaitDelay = time.Second
	out, diagnostics := bounded{left: maxAnswer}, bounded{left: 1 << 16}
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err = cmd.Run(); ctx.Err() != nil {
		err = fmt.Errorf("there was no answer within %s", p.timeout)
	}
	if err == nil && out.cut {
		err = fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	return out.Bytes(), diagnostics.Bytes(), err
}

// bounded takes so many bytes, and drops what comes after.
type bounded struct {
	bytes.Buffer
	left int
	cut  bool
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.Buffer.Write(p[:n])
	b.left -= n
	b.cut = b.cut || n < len(p)
	return len(p), nil
}
