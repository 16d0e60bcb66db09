package look

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readHost reads what is true of the machine.
func (r *reading) readHost() {
	h := &r.snap.Host
	if r.src.Kind() == facts.Live {
		if b, err := r.src.Read("proc/sys/kernel/random/boot_id", MaxStat); err == nil {
			h.BootID = facts.Told(strings.TrimSpace(string(b)))
		}
	}
	if !h.CPUs.Known() { // and nothing else of a recording is missing
		stat, _ := machineFact(r, "proc/stat", facts.ParseProcStat).Get()
		if !h.BootTime.Known() {
			h.BootTime = stat.BootTime
		}
		if stat.CPUs > 0 {
			h.CPUs = facts.Some(stat.CPUs)
		}
	}
	h.PidMax = machineFact(r, "proc/sys/kernel/pid_max", facts.ParseNumber)
	h.Threads = machineFact(r, "proc/sys/kernel/threads-max", facts.ParseNumber)
}
