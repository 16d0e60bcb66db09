package words

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan"
)

// Culprits returns the parents with zombies held against them. The others have
// only zombies that they cannot reap.
func Culprits(d *diagnose.Diagnosis) []diagnose.Parent {
	var out []diagnose.Parent
	for _, p := range d.Parents {
		if p.Zombies > 0 {
			out = append(out, p)
		}
	}
	return out
}

// ParentCommand names what a parent runs, or says why that is not known.
func ParentCommand(c diagnose.Parent) string {
	switch {
	case c.Command != "":
		return sanitize.CleanTo(c.Command, MaxCommand)
	case c.PID == scan.NoPID:
		return "? (the list does not tell)"
	case c.PID == 0:
		return "? (outside this PID namespace)"
	case c.Process == nil:
		return "? (not in view)"
	}
	return "?"
}

// MoreParents counts those that are not shown, and their zombies; "" when all are.
func MoreParents(rest []diagnose.Parent) string {
	if len(rest) == 0 {
		return ""
	}
	zombies := 0
	for _, p := range rest {
		zombies += p.Zombies
	}
	return fmt.Sprintf("… %s with %s", english.Count(len(rest), "more parent", "more parents"), english.Count(zombies, "zombie", "zombies"))
}
