package doc

import "github.com/zombiectl/zombiectl/diagnose"

// PodContainer is a container of a pod, as it was looked at from far away.
type PodContainer struct {
	Namespace, Pod string
	// Container is where the look was made; Shared: the pod's containers share a
	// PID namespace, so that it was of all of them.
	Container string
	Shared    bool
	How       string              // it was looked at: "zombiectl", "shell"
	Diagnosis *diagnose.Diagnosis // nil: it could not be looked at
	Err       string              // why not
}

// Scene is something that can be simulated.
type Scene struct {
	Name, Title string
	Rules       []string
	Zombies     int
	Sized       bool // any number of zombies can be had
}
