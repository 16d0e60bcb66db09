package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// knownSubreaper reports whether a program is one that makes itself a subreaper
// (PR_SET_CHILD_SUBREAPER), which /proc does not show.
func knownSubreaper(p *scan.Process) bool {
	args := argsOf(p)
	switch {
	case strings.HasPrefix(p.Comm, "containerd-shim"), p.Comm == "conmon", p.Comm == "catatonit":
		return true
	case p.Comm == "systemd":
		return slices.Contains(args, "--user")
	case strings.HasPrefix(p.Comm, "tini"), p.Comm == "docker-init":
		if i := slices.Index(args, "--"); i >= 0 {
			args = args[:i] // what follows is another program's
		}
		return slices.Contains(args, "-s")
	}
	return false
}

// subreaperNotReaping is Z310: only PID 1 and subreapers adopt.
func subreaperNotReaping(x *exam, p *Parent) *Finding {
	if p.Process == nil || p.Adopted == 0 || p.IsPID1 || x.pid1s.Of(p.Process) == nil || x.halted(p.Process) != "" || x.tooSlow(p) {
		return nil
	}
	f := aboutProcess(p.Process)
	f.Zombies, f.Certainty = p.Adopted, Likely
	if !p.lasting {
		f.Certainty = Possible
	} else if p.adoptedForSure > 0 {
		f.Certainty = Certain
	}
	f.why = "a subreaper that does not wait for what it adopted"
	f.Message = fmt.Sprintf("is a subreaper below PID 1, and keeps %s that it adopted: an init as PID 1 never gets to see them",
		count(p.Adopted, "zombie", "zombies"))
	for _, z := range p.zombies {
		if z.Origin == Adopted {
			f.Evidence = append(f.Evidence, Evidence{statFile(z.Process.PID), "fields 4, 5, 6 (ppid, pgrp, session)",
				fmt.Sprintf("%d %d %d: %s", z.PPID, z.Process.PGRP, z.Process.Session, z.OriginWhy)})
		}
		if len(f.Evidence) == maxListed {
			break
		}
	}
	f.Evidence = append(f.Evidence, reapedEvidence(p.Process))
	f.Advice = []string{
		"A program that calls prctl(PR_SET_CHILD_SUBREAPER) has to wait for children that it never started: waitpid(-1, ..., WNOHANG) until nothing is left. Where that is not meant, it should not be a subreaper.",
		fmt.Sprintf("To clear them now, restart that program (PID %d); its zombies then pass to the next subreaper above it, or to PID 1.", p.PID),
	}
	return f
}
