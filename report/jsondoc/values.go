package jsondoc

import (
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan"
)

// each maps a slice to one that is never null.
func each[T, U any](in []T, f func(*T) U) []U {
	out := make([]U, len(in))
	for i := range in {
		out[i] = f(&in[i])
	}
	return out
}

func list(in []string) []string {
	return each(in, func(s *string) string { return sanitize.Valid(*s) })
}

func validOpt(o scan.Opt[string]) *string {
	if s, ok := o.Get(); ok {
		s = sanitize.Valid(s)
		return &s
	}
	return nil
}

// known is null for the empty string, where that means unknown.
func known(s string) *string {
	if s == "" {
		return nil
	}
	s = sanitize.Valid(s)
	return &s
}

// startTicks is null where a list of processes is all that is known.
func startTicks(p *scan.Process) *uint64 { return words.Pointer(p.ID().Start) }

func state(p *scan.Process) *string {
	if !p.State.Known() {
		return nil
	}
	s := sanitize.Valid(p.State.String())
	return &s
}

func signalName(n int) *string {
	if n == 0 {
		return nil
	}
	name := scan.SignalName(n)
	return &name
}

// notZero is null for a PID that is not known.
func notZero(pid int) *int {
	if pid == 0 {
		return nil
	}
	return &pid
}
