package cmd

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/fixtures"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// lookFor takes the look that the command would take; nil: it takes too long, or
// is impossible. A look that is still waiting is left behind: this program
// exits.
func lookFor(c *cobra.Command, everywhere bool) *facts.Snapshot {
	from := "/"
	if f := c.Flag("from"); f != nil {
		from = f.Value.String()
	}
	demo := c.Flag("demo")
	done := make(chan *facts.Snapshot, 1)
	go func() {
		defer close(done)
		var r *scan.Root
		var err error
		switch {
		case demo != nil && demo.Changed:
			r, err = scan.OpenFS(fixtures.Demo(), "")
		case from == "-": // it is for the command itself to read
			return
		default:
			r, err = scan.Open(from)
		}
		if err != nil {
			return
		}
		if s, err := scan.Look(sparing(r), scan.Options{AllNamespaces: everywhere}); err == nil {
			done <- s
		}
	}()
	select {
	case s := <-done:
		return s
	case <-time.After(completionTime):
		return nil
	}
}

// kthreadd is the parent of kernel threads, where they are visible.
const kthreadd = 2

// crowd is who there is: zombies, and the others, parents of zombies first.
func crowd(c *cobra.Command) (parents, others, zombies []string) {
	s := lookFor(c, false)
	if s == nil {
		return nil, nil, nil
	}
	below := map[int]int{}
	for i := range s.Procs {
		if p := &s.Procs[i]; p.State == facts.Zombie {
			below[p.PPID]++
			zombies = append(zombies, described(p, "zombie"))
		}
	}
	var with []*facts.Process
	for i := range s.Procs {
		switch p := &s.Procs[i]; {
		case p.State == facts.Zombie:
		case below[p.PID] > 0:
			with = append(with, p)
		case p.PID != kthreadd && p.PPID != kthreadd:
			others = append(others, described(p, ""))
		}
	}
	slices.SortStableFunc(with, func(a, b *facts.Process) int { return below[b.PID] - below[a.PID] })
	for _, p := range with {
		parents = append(parents, described(p, english.Count(below[p.PID], "zombie", "zombies")))
	}
	return parents, others, zombies
}

// described is a PID, with what a shell shows beside it.
func described(p *facts.Process, what string) string {
	text := sanitize.Clean(p.Comm)
	if what != "" {
		text += ", " + what
	}
	return fmt.Sprintf("%d\t%s", p.PID, text)
}

func parents(c *cobra.Command) []string {
	list, _, _ := crowd(c)
	return list
}

func parentsAndZombies(c *cobra.Command) []string {
	list, _, zombies := crowd(c)
	return append(list, zombies...)
}

func allProcesses(c *cobra.Command) []string {
	list, others, zombies := crowd(c)
	return slices.Concat(list, zombies, []string{""}, others)
}

func running(c *cobra.Command) []string {
	list, others, _ := crowd(c)
	return slices.Concat(list, []string{""}, others)
}

// containerChoices are names of the containers that are found, with how many zombies
// are in each.
func containerChoices(name func(*diagnose.Container) string) choices {
	return func(c *cobra.Command) []string {
		s := lookFor(c, true)
		if s == nil {
			return nil
		}
		var list []string
		for _, g := range diagnose.Diagnose(s, diagnose.Options{AllNamespaces: true}).Containers {
			if g.Container == nil {
				continue
			}
			word := name(g.Container)
			if !pasted.MatchString(word) || slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, word+"\t") }) {
				continue
			}
			list = append(list, word+"\t"+sanitize.Clean(g.Container.Label())+", "+english.Count(g.Zombies, "zombie", "zombies"))
		}
		return list
	}
}

// kubectlChoices are what kubectl prints, a word a line.
func kubectlChoices(args ...string) choices {
	return func(c *cobra.Command) []string {
		ctx, cancel := context.WithTimeout(context.Background(), completionTime)
		defer cancel()
		args := slices.Clone(args)
		for _, name := range []string{"context", "kubeconfig", "cluster", "user", "namespace", "selector"} {
			if f := c.Flag(name); f != nil && f.Changed && (args[0] != "config" || name == "kubeconfig") && (name != "selector" || args[1] == "pods") {
				args = append(args, "--"+name+"="+f.Value.String())
			}
		}
		cmd := exec.CommandContext(ctx, c.Flag("kubectl").Value.String(), args...)
		cmd.WaitDelay = 100 * time.Millisecond
		out := bounded{left: 1 << 20}
		cmd.Stdout = &out
		if cmd.Run() != nil {
			return nil
		}
		var list []string
		for line := range bytes.Lines(out.Bytes()) {
			word := strings.TrimSpace(string(line))
			if i := strings.IndexByte(word, '/'); i >= 0 && args[0] == "get" {
				word = word[i+1:] // pod/NAME
			}
			if pasted.MatchString(word) && word != "NAME" && !slices.Contains(list, word) {
				list = append(list, word)
			}
		}
		return list
	}
}
