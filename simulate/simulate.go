// Package simulate sets scenes: arrangements of real processes, with real zombies in real PID namespaces, held until
// they are ended. Tests, recordings and drills use them.
//
// A program that uses the package calls [Main] first of all, because the processes of a scene are this same program,
// executed again. The actors then look like single-threaded C programs: one thread, no signal handler, no ignored
// signal, a name of their own.
//
//	func main() {
//		simulate.Main() // returns at once, except in the processes of a scene
//		...
//		stage, err := simulate.Start(ctx, "uf-backend")
//		if err != nil { ... }
//		defer stage.Close()
//		out, err := stage.Command(ctx, "ps", "-ef").Output() // as `kubectl exec` would run it
//	}
//
// How a scene hangs together:
//
//	caller ── stage ──┬── PID 1 of the scene ── actors      clone(2) with CLONE_NEWPID | CLONE_NEWNS
//	                  ├── doorman ── entered actor          setns(2); PPid 0 inside
//	                  └── outside actor                     in the namespace of the caller
//
// The stage exits when the caller exits, for whatever reason, and all other processes exit with the stage.
package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Scene is one arrangement of processes that can be set with [Start].
type Scene struct {
	// Name is what [Start] takes. Names are stable.
	Name string
	// Title says in one line what the scene shows.
	Title string
	// Needs names the one program the scene cannot do without, looked up in PATH; empty when it needs none.
	Needs string
	// Zombies is how many zombies stand when Start has returned, and for as long as the scene is held.
	// It does not count the transient ones of scenes that are never still.
	Zombies int
	// Rules are the findings that the scene is a drill for, as package diagnose numbers them; none: it comes close to one,
	// or shows a healthy state.
	Rules []string

	pid1    []string          // argv of PID 1: a role as "./role", or the program of Needs; none: no namespace of its own
	roles   map[string]script // what each program plays, by the base name of its argv[0]; each is started once
	entered []string          // roles that come into the namespace from outside, as `kubectl exec` does
	outside []string          // roles that stay in the namespace of the caller
	role    string            // that the scene is about
	parent  string            // comm of the parent that does not reap: role, where it keeps zombies
	cgroup  bool              // a cgroup (v2) of its own, as the root of /sys/fs/cgroup
	want    census            // the processes of the scene when it is set, and nothing else
}

// Scenes lists every scene, in the order in which documentation should show them. The slice is the caller's.
func Scenes() []Scene { return slices.Clone(scenes()) }

// maxSized bounds the zombies of a sized scene: the steps that make them are written out beforehand.
const maxSized = 1 << 20

// Sized is what [Start] takes to set the scene with that many zombies. Most scenes can be; a scene that cannot is only
// had with the number it has.
func (s Scene) Sized(zombies int) (string, error) {
	switch {
	case zombies == s.Zombies:
		return s.Name, nil
	case zombies < 1 || zombies > maxSized:
		return "", fmt.Errorf("simulate: a scene can have 1 to %[2]d zombies, not %[1]d", zombies, maxSized)
	}
	name := fmt.Sprintf("%s*%d", s.Name, zombies)
	_, err := sceneNamed(name)
	return name, err
}

func sceneNamed(name string) (Scene, error) {
	name, size, sized := strings.Cut(name, "*")
	i := slices.IndexFunc(scenes(), func(s Scene) bool { return s.Name == name })
	if i < 0 {
		return Scene{}, fmt.Errorf("simulate: there is no scene %q", name)
	}
	s, more := scenes()[i], 0
	if sized {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > maxSized {
			return Scene{}, fmt.Errorf("simulate: scene %s: bad number of zombies %q", name, size)
		}
		if s, more, err = s.sized(n); err != nil {
			return Scene{}, err
		}
	}
	roles := map[string]script{}
	for role, played := range s.roles {
		roles[role] = played.expanded(more)
	}
	s.roles = roles
	return s, nil
}

// sized returns the scene with n zombies, and how many more times its one step for each has to be played.
func (s Scene) sized(n int) (Scene, int, error) {
	var at []bond
	for b, c := range s.want {
		if c.zombies > 0 {
			at = append(at, b)
		}
	}
	var steps []int
	for _, played := range s.roles {
		steps = append(steps, played.counts()...)
	}
	more := n - s.Zombies
	if len(at) != 1 || len(steps) != 1 || steps[0]+more < 1 {
		return Scene{}, 0, fmt.Errorf("simulate: scene %s cannot have %d zombies: it has %d", s.Name, n, s.Zombies)
	}
	s.want = maps.Clone(s.want)
	c := s.want[at[0]]
	c.zombies += more
	s.want[at[0]] = c
	s.Zombies = n
	s.Name = fmt.Sprintf("%s*%d", s.Name, n) // so that its processes know, too
	return s, more, nil
}

// bond is a process by its parent's name and its own, as the kernel cuts them. The parent is "" for one that comes from outside.
type bond struct{ parent, comm string }

// count says how many of a bond sleep, are zombies, or are in any other state; any: it varies, and is not looked at.
type count struct {
	live, zombies, moving int
	any                   bool
}

type census map[bond]count
