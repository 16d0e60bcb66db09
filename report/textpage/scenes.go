package textpage

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/doc"
)

// Scenes lists the scenes of simulate: the rules with the scene that is set for
// each, all scenes, and the rules without one.
func Scenes(b *bytes.Buffer, scenes []doc.Scene) {
	var missing []string
	b.WriteString("RULES\n")
	for _, r := range diagnose.Rules() {
		i := slices.IndexFunc(scenes, func(s doc.Scene) bool { return slices.Contains(s.Rules, r.ID) })
		if i < 0 {
			missing = append(missing, r.ID)
			continue
		}
		fmt.Fprintf(b, "  %s  %-23s %s\n", r.ID, r.Name, scenes[i].Name)
	}
	b.WriteString("\nSCENES (zombies; *: any number, with --zombies)\n")
	for _, s := range scenes {
		number := fmt.Sprint(s.Zombies)
		if s.Sized {
			number += "*"
		}
		fmt.Fprintf(b, "  %-24s %4s  %s\n", s.Name, number, s.Title)
	}
	if len(missing) > 0 {
		fmt.Fprintf(b, "\nThere is no scene for %s.\n", strings.Join(missing, ", "))
	}
}

// Scene describes a scene that has been set.
func Scene(b *bytes.Buffer, s doc.Scene, pid1, parent int, length time.Duration) {
	fmt.Fprintf(b, "%s: %s\n", s.Name, s.Title)
	var rules []string
	for _, id := range s.Rules {
		if r := diagnose.FindRule(id); r != nil {
			rules = append(rules, id+" "+r.Name)
		}
	}
	found := cmp.Or(strings.Join(rules, ", "), "no finding")
	fmt.Fprintf(b, "  expect       %s: %s\n", english.Count(s.Zombies, "zombie", "zombies"), found)
	if parent != 0 {
		fmt.Fprintf(b, "  parent       %d: zombiectl scan %d\n", parent, parent)
	}
	if pid1 != 0 {
		fmt.Fprintf(b, "  PID 1        %d, in a PID namespace of its own\n", pid1)
		if slices.Contains(s.Rules, "Z105") { // from outside the parent is seen
			fmt.Fprintf(b, "  from inside  nsenter -t %d -p -m zombiectl scan\n", pid1)
		}
	}
	if length > 0 {
		fmt.Fprintf(b, "Ends in %s, or on SIGINT or SIGTERM.\n", length)
	} else {
		b.WriteString("Ends on SIGINT (Ctrl-C) or SIGTERM.\n")
	}
}
