package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/simulate"
)

const scenesHint = "\"zombiectl simulate --list\" lists the rules and the scenes"

func newSimulate(s Streams) *cobra.Command {
	var zombies int
	var length time.Duration
	var list bool
	c := &cobra.Command{
		Use:   "simulate RULE",
		Short: "Make a chosen kind of zombie on purpose: for drills and tests of alerts",
		Long: `Make a chosen kind of zombie on purpose: for drills and tests of alerts.

RULE is a rule or the name of a scene; --list lists both. The processes are real,
most of them in a PID namespace of their own. They stay for as long as --for says, or
until SIGINT or SIGTERM, and all of them end with this program, however it ends. It
takes at most a tenth of the processes that the limits leave.`,
		Example: `  zombiectl simulate --list
  zombiectl simulate Z301                        # until Ctrl-C; scan in another terminal
  zombiectl simulate never-waits --zombies 50 --for 10m`,
		SuggestFor: []string{"drill", "make", "create"},
		Args:       oneArg,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case list && len(args) > 0:
				return errors.New("--list takes no argument")
			case list:
				return report.Write(s.Out, "text", report.Scenes(scenes()), s.plain())
			case len(args) == 0:
				return withHint(errors.New("no rule given"), scenesHint)
			}
			if err := notNegative(c, "for"); err != nil {
				return err
			}
			scene, err := findScene(args[0])
			if err != nil {
				return err
			}
			if !c.Flags().Changed("zombies") {
				zombies = scene.Zombies
			}
			return hold(s, scene, zombies, length)
		},
	}
	c.Flags().IntVar(&zombies, "zombies", 0, "how many zombies to make, where the scene allows it; without it, as many as the scene has")
	c.Flags().DurationVar(&length, "for", 0, "how long to hold them; 0: until SIGINT or SIGTERM")
	c.Flags().BoolVar(&list, "list", false, "list the rules that can be simulated, and all scenes")
	return c
}

// sceneChoices are what a shell completes: the rules that can be simulated, and
// the scenes.
func sceneChoices(*cobra.Command) []string {
	var list []string
	for _, r := range diagnose.Rules() {
		if _, ok := drill(r.ID); ok {
			list = append(list, r.ID+"\t"+r.Title)
		}
	}
	for _, sc := range simulate.Scenes() {
		list = append(list, sc.Name+"\t"+sc.Title)
	}
	return list
}

// sceneNames are what can be simulated, as it is typed.
func sceneNames() []string {
	names := ruleNames()
	for _, sc := range simulate.Scenes() {
		names = append(names, sc.Name)
	}
	return names
}

// scenes are the scenes to simulate, in the words of a report: each with the
// rules that it is set for.
func scenes() []doc.Scene {
	var out []doc.Scene
	for _, sc := range simulate.Scenes() {
		_, err := sc.Sized(sc.Zombies + 1)
		s := doc.Scene{Name: sc.Name, Title: sc.Title, Zombies: sc.Zombies, Sized: sc.Zombies > 0 && err == nil}
		for _, r := range sc.Rules {
			if set, _ := drill(r); set.Name == sc.Name {
				s.Rules = append(s.Rules, r)
			}
		}
		out = append(out, s)
	}
	return out
}

// findScene takes a rule, by its id or its name, or the name of a scene.
func findScene(name string) (simulate.Scene, error) {
	all := simulate.Scenes()
	if i := slices.IndexFunc(all, func(sc simulate.Scene) bool { return sc.Name == name }); i >= 0 {
		return all[i], nil
	}
	ids, err := diagnose.ParseRules([]string{name})
	if err != nil {
		return simulate.Scene{}, suggest(fmt.Errorf("no rule or scene is called %q", name), name, sceneNames(), "zombiectl simulate ", scenesHint)
	}
	if sc, ok := drill(ids[0]); ok {
		return sc, nil
	}
	return simulate.Scene{}, withHint(fmt.Errorf("%s cannot be simulated: there is no scene for it", ids[0]), scenesHint)
}

// drill is the scene for a rule: one that needs no program, where there is one.
func drill(rule string) (best simulate.Scene, found bool) {
	for _, sc := range simulate.Scenes() {
		if slices.Contains(sc.Rules, rule) && (!found || len(sc.Needs) < len(best.Needs)) {
			best, found = sc, true
		}
	}
	return best, found
}

func hold(s Streams, scene simulate.Scene, zombies int, length time.Duration) error {
	name, err := scene.Sized(zombies)
	if err != nil {
		return err
	}
	if err := room(zombies); err != nil {
		return err
	}
	ctx, stop := untilEnd()
	defer stop()
	stage, err := simulate.Start(ctx, name)
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("a signal ended it before the scene was set")
	case errors.Is(err, errors.ErrUnsupported):
		return err
	case err != nil:
		return withHint(err, "namespaces need root, or a kernel that allows user namespaces")
	}
	set := report.Scene(doc.Scene{Name: scene.Name, Title: scene.Title, Rules: scene.Rules, Zombies: zombies}, stage.PID1(), stage.Parent(), length)
	if err := report.Write(s.Out, "text", set, s.plain()); err != nil {
		return errors.Join(err, stage.Close())
	}
	if length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, length)
		defer cancel()
	}
	<-ctx.Done()
	if err := stage.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, "Ended. Nothing of it is left.")
	return err
}

// others is how many processes a scene has besides its zombies, at most.
const others = 50

// room refuses what would take more than a tenth of the processes that the
// limits on this process leave: a drill must not become the incident.
func room(zombies int) error {
	root, err := scan.OpenLive("/")
	if err != nil {
		return err
	}
	defer root.Close()
	snap, err := scan.Look(sparing(root), scan.Options{Focus: []int{os.Getpid()}})
	if err != nil {
		return err
	}
	by, left, ok := observe.TightestFor(snap, os.Getpid())
	switch wanted := uint64(zombies + others); {
	case !ok:
		return errors.New("nothing was started: it is unknown how many more processes the limits allow")
	case wanted > left/10:
		return fmt.Errorf("%s and up to %d other processes are more than a tenth of the %d that %s leaves", english.Count(zombies, "zombie", "zombies"), others, left, phrase.Of(&by))
	}
	return nil
}
