package rule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z405", Name: "leaky-tool", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findLeakyTool,
	Title:  "Zombies of a tool that leaves a process behind each time",
	Advice: []Advice{advise(Developer, Cure, "Use the timeout of coreutils, or curl, in probes, or give the container an init.")},
})

// leakyTools leave a process behind each time that they are used.
var leakyTools = map[string]string{
	"timeout":    "busybox timeout becomes its command and leaves a watchdog behind each time",
	"ssl_client": "busybox wget leaves an ssl_client behind for each https request",
}

type leakyTool struct {
	comm    string
	zombies int
}

func findLeakyTool(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, p := range x.Scope.Parents {
		counts := map[string]int{}
		for _, z := range p.Children {
			if leakyTools[z.Process.Comm] != "" {
				counts[z.Process.Comm]++
			}
		}
		for _, comm := range slices.Sorted(maps.Keys(counts)) {
			out = append(out, about(p.Process, observe.Possible, counts[comm], leakyTool{comm, counts[comm]}))
		}
	}
	return out
}

func (l leakyTool) Message() string {
	return fmt.Sprintf("has left %s of %s: %s", phrase.Zombies(l.zombies), l.comm, leakyTools[l.comm])
}
