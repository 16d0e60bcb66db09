package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readClocks reads the clock of each CPU that a zombie died on, or that a
// process fell asleep on as it exited: without it that time means nothing later.
func (r *reading) readClocks() {
	var cpus []int
	for p := range r.snap.All() {
		if p.State == facts.Zombie || p.Lingers() {
			if p.Deep != nil && p.Deep.Died.Known() {
				continue
			}
			if cpu, ok := p.Processor.Get(); ok {
				cpus = append(cpus, cpu)
			}
		}
	}
	if len(cpus) == 0 {
		return
	}
	slices.Sort(cpus)
	r.snap.Clocks, r.snap.Suspended = r.src.Clocks(slices.Compact(cpus))
	// After the clocks: what the CPUs lost has to be all that they had lost
	// when the clocks were read.
	if b, err := r.src.Read("proc/stat", MaxFile); err == nil {
		stat, _ := facts.ParseProcStat(b) // its errors have been noted
		r.snap.Lost = stat.Lost
	} else if !Vanished(err) {
		r.unread(0, "proc/stat", err)
	}
}
