package simulate

import (
	"os"
	"strconv"
)

// stageEnv gives a process of a scene its role: "stage uf-backend". Parts after a semicolon are for the program that it
// executes in its turn.
const stageEnv = "ZOMBIECTL_SIMULATE_STAGE"

// uidEnv gives the stage, and the processes that it starts, the user to run the actors as.
const uidEnv = "ZOMBIECTL_SIMULATE_UID"

// actorsUID is whom the actors run as; false: as who started the scene.
func actorsUID() (int, bool) {
	uid, err := strconv.Atoi(os.Getenv(uidEnv))
	return uid, err == nil
}

// selfExe is this program, which every process of a scene is.
const selfExe = "/proc/self/exe"

// doorman is the comm of the process that takes a program into the scene.
const doorman = "simulate-door"
