package cmd

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd/watchview"
	"github.com/zombiectl/zombiectl/diagnose"
)

// completionTime is how long somebody who pressed the tab key waits for a look.
const completionTime = time.Second

// flagChoices are those of flags, by name. A flag that is not here, and does not
// take the name of a file, has none.
var flagChoices = map[string]choices{
	"args":      fixed(argsChoices...),
	"color":     fixed(colorChoices...),
	"container": containerChoices(func(c *diagnose.Container) string { return c.Name }),
	"fail-on":   ruleChoices,
	"ignore":    ruleChoices,
	"namespace": containerChoices(func(c *diagnose.Container) string { return c.Namespace }),
	"only":      allProcesses,
	"parent":    parents,
	"pid":       parentsAndZombies,
	"pod":       containerChoices(func(c *diagnose.Container) string { return c.Pod }),
	"signal":    signalChoices,
	"sort":      fixed(watchview.Sorts()...),
	"until":     fixed(untils...),
}

// podsChoices are those of the flags of pods: kubectl knows them.
var podsChoices = map[string]choices{
	"cluster":   kubectlChoices("config", "get-clusters"),
	"container": kubectlChoices("get", "pods", "-o", `jsonpath={range .items[*].spec.containers[*]}{.name}{"\n"}{end}`),
	"context":   kubectlChoices("config", "get-contexts", "-o", "name"),
	"namespace": kubectlChoices("get", "namespaces", "-o", "name"),
	"user":      kubectlChoices("config", "get-users"),
}

// argumentChoices are those of the first argument, by command.
var argumentChoices = map[string]choices{
	"explain":  explainChoices,
	"help":     helpChoices,
	"reap":     parentsAndZombies,
	"scan":     allProcesses,
	"simulate": sceneChoices,
	"trace":    running,
}

// files are the flags whose value is the name of a file or a directory, which the
// shell completes.
var files = []string{"baseline", "from", "kubeconfig", "kubectl", "report", "since"}

// settleCompletion lets a shell complete every argument and the value of every flag.
func settleCompletion(c *cobra.Command) {
	for _, sub := range c.Commands() {
		settleCompletion(sub)
	}
	switch list := argumentChoices[c.Name()]; {
	case list != nil:
		c.ValidArgsFunction = answer(list, 1)
	case c.Name() == "pods":
		c.ValidArgsFunction = answer(kubectlChoices("get", "pods", "-o", "name"), 0)
	case c.Name() == "install":
		c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
	case c.Name() != "capture" && c.Name() != "check" && c.Name() != "init":
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, m := range valueLine.FindAllStringSubmatch(c.LocalFlags().FlagUsages(), -1) {
		name, kind := m[1], m[2]
		list := flagChoices[name]
		if c.Name() == "pods" && podsChoices[name] != nil {
			list = podsChoices[name]
		}
		complete := cobra.CompletionFunc(cobra.NoFileCompletions)
		switch {
		case list != nil && strings.HasSuffix(kind, "s"):
			complete = listed(answer(list, 0))
		case list != nil:
			complete = answer(list, 0)
		case slices.Contains(files, name):
			continue
		}
		_ = c.RegisterFlagCompletionFunc(name, complete) // but for those that have one
	}
}

// valueLine is flagLine of a flag that has a value, with its kind; one of several
// values ends in s.
var valueLine = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+) (string|strings|int|ints|duration)\b`)

func explainChoices(c *cobra.Command) []string {
	list := ruleChoices(c)
	for _, t := range diagnose.Topics() {
		list = append(list, t.Name+"\t"+t.Title)
	}
	return list
}

func helpChoices(c *cobra.Command) []string {
	var list []string
	for _, sub := range c.Root().Commands() {
		if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			list = append(list, sub.Name()+"\t"+sub.Short)
		}
	}
	return list
}
