package look

import (
	"errors"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readCmdlines reads command lines last of all, since it may hang.
func (r *reading) readCmdlines() {
	var procs []*facts.Process
	for i := range r.snap.Procs {
		if p := &r.snap.Procs[i]; p.Deep != nil && p.State != facts.Zombie && !p.Gone && !p.Deep.Cmdline.Known() {
			procs = append(procs, p)
		}
	}
	r.each(procs, func(p *facts.Process) {
		b, err := r.src.ReadSlow(facts.Path(p.PID, "cmdline"), facts.MaxCmdline)
		switch {
		case err == nil:
			p.Deep.Cmdline = facts.Some(facts.ParseCmdline(b))
		case errors.Is(err, syscall.ETIMEDOUT):
			r.skipped(p.PID, facts.Path(p.PID, "cmdline"), "did not answer in time")
		default:
			r.missed(p, "cmdline", err)
		}
	})
}
