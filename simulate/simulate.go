// Package simulate sets scenes: arrangements of real processes, with real zombies in real PID namespaces, held until
// they are told to end. Tests, recordings and drills use them.
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
// The stage ends when the caller ends, for whatever reason, and everything else ends with the stage.
package simulate

import (
	"fmt"
	"slices"
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
	// It does not count the passing ones of scenes that are never still.
	Zombies int

	pid1    []string          // argv of PID 1: a role as "./role", or the program of Needs; none: no namespace of its own
	roles   map[string]script // what each program plays, by the base name of its argv[0]; each is started once
	entered []string          // roles that come into the namespace from outside, as `kubectl exec` does
	outside []string          // roles that stay in the namespace of the caller
	parent  string            // comm of the parent that does not reap
	cgroup  bool              // a cgroup (v2) of its own, as the root of /sys/fs/cgroup
	want    census            // what is there when the scene is set, and nothing else
}

// Scenes lists every scene, in the order in which documentation should show them. The slice is the caller's.
func Scenes() []Scene { return slices.Clone(scenes) }

func sceneNamed(name string) (Scene, error) {
	for _, s := range scenes {
		if s.Name == name {
			return s, nil
		}
	}
	return Scene{}, fmt.Errorf("simulate: no scene %q", name)
}

// bond is a process by its parent's name and its own, as the kernel cuts them. The parent is "" for one that comes from outside.
type bond struct{ parent, comm string }

// count says how many of a bond sleep, are zombies, or are in any other state; any: it varies, and is not looked at.
type count struct {
	live, zombies, moving int
	any                   bool
}

type census map[bond]count
