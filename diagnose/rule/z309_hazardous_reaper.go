package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z309", Name: "hazardous-reaper", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findHazardousReaper,
	Title: "PID 1 is a server that reaps orphans, with side effects",
})

type hazardousReaper struct {
	aboutPID1
	server *observe.Program
	place  place
}

func findHazardousReaper(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, ns := range x.Scope.Namespaces {
		v := ns.PID1
		if v == nil || ns.Host || v.Reaps != observe.Yes || v.Known == nil || v.Known.Kind != observe.Server || v.Known.Note == "" {
			continue
		}
		out = append(out, about(v.Process, observe.Likely, 0, hazardousReaper{server: v.Known, place: placeOf(x, v.Process)},
			observe.ProcFile(v.Process.PID, "comm", v.Process.Comm), observe.Reaped(v.Process)))
	}
	return out
}

func (h hazardousReaper) Message() string {
	return "reaps the orphans that it adopts, with side effects: it " + h.server.Note
}

func (h hazardousReaper) Advice() []Advice {
	return []Advice{h.place.initLine("in front of it, and it never adopts an orphan")}
}
