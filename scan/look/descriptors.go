package look

import (
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readFDs reads pidfds and signalfds: what a process waits for. What else it
// has open is nobody's business.
func (r *reading) readFDs(p *facts.Process) {
	names, err := r.src.Descriptors(p.PID)
	if err != nil {
		r.missed(p, "fdinfo", err)
		return
	}
	fds := []facts.FDInfo{}
	for _, n := range names {
		fd, err := strconv.Atoi(n)
		if err != nil || fd < 0 {
			continue
		}
		b, err := r.src.Read(facts.Path(p.PID, "fdinfo/"+n), MaxFile)
		if err == nil {
			var info facts.FDInfo
			if info, err = facts.ParseFDInfo(fd, b); err == nil {
				fds = append(fds, info)
			}
		}
		if err != nil {
			r.missed(p, "fdinfo/"+n, err)
		}
	}
	slices.SortFunc(fds, func(a, b facts.FDInfo) int { return a.FD - b.FD })
	p.Deep.FDs = facts.Some(fds)
}
