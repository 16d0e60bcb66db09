package look

import (
	"runtime"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// spare is how many PIDs have to be free for us to look in our usual way. A
// thread takes one, and a Go program that cannot have another thread ends.
func spare() uint64 { return 2*uint64(runtime.GOMAXPROCS(0)) + 8 }

// FewPIDs reports whether the PIDs of our own cgroup, or of one above it, are
// nearly used up. With one processor (runtime.GOMAXPROCS) Go starts no further
// threads for the work that a look spreads; whether the whole program is to have
// one is for the program to say.
func FewPIDs(src Source) bool {
	if src.Kind() != facts.Live {
		return false
	}
	who, ok := src.Self()
	if !ok {
		return false
	}
	r := newReading(src, Options{})
	r.readMounts(who.PID)
	paths, _ := machineFact(r, facts.Path(who.PID, "cgroup"), facts.ParseCgroups).Get()
	_, chain := r.cgroupOf(paths, "pids")
	for _, d := range chain {
		most, ok1 := cgroupFact(r, d.dir+"/pids.max", facts.ParsePidsMax).Get()
		if !ok1 || most == facts.Unlimited {
			continue
		}
		used, ok2 := cgroupFact(r, d.dir+"/pids.current", facts.ParseNumber).Get()
		if ok2 && most < used+spare() {
			return true
		}
	}
	return false
}
