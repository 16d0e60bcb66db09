package reap

import "time"

// nudge sends SIGCHLD to a parent, again while that helps.
func (a *actor) nudge(s *Step) {
	h, err := openHandle(s.Parent.PID, a.how.NoPidfd)
	if err != nil {
		a.failed(s, err)
		return
	}
	defer h.close()
	first := 0             // those before it are gone, or cannot be reaped
	left := len(s.Zombies) // as last counted
	for a.ctx.Err() == nil {
		if rule, err := a.facts(h, s); err != nil {
			leave(s, rule, "the parent was not nudged: "+err.Error())
			if s.Sent == 0 {
				a.failed(s, err)
			}
			return
		}
		first = a.reapable(s, first)
		if first == len(s.Zombies) {
			return
		}
		before := a.reaping(s.Parent.PID)
		if err := a.send(h, s); err != nil {
			return
		}
		if first = a.awaitProgress(s, first, before, &left); first < 0 {
			leave(s, primary(s), "the parent was sent SIGCHLD and did not wait for it")
			return
		}
	}
}

// reaping returns the numbers that grow when a process waits for a child (see
// Stat.HasReaped); zeros where it has exited.
func (a *actor) reaping(pid int) [4]uint64 {
	st, _ := a.root.Stat(pid)
	return [4]uint64{st.CMinFlt, st.CMajFlt, st.CUTime, st.CSTime}
}

// awaitProgress waits until the parent has reaped one of the zombies, and has
// come to rest. It returns the index of the first that is still there; -1: the
// time is over and all of them are.
//
// Looking at all of them each time would cost their square. A parent that waits
// for any child gets the oldest, so it is the first that goes; only when the
// parent reaps, and that is still there, they are counted. left is the last
// count, so a nudge may be taken to have helped that did not; once.
func (a *actor) awaitProgress(s *Step, first int, before [4]uint64, left *int) int {
	helped, moved := false, false
	for deadline := time.Now().Add(a.how.Wait); ; {
		a.pause(pollEvery)
		late := time.Now().After(deadline) || a.ctx.Err() != nil
		now, next := a.reaping(s.Parent.PID), a.reapable(s, first)
		switch {
		case next == len(s.Zombies):
			return next
		case next != first:
			first, before, helped = next, now, true
		case now != before && !late:
			before, moved = now, true
		case helped:
			return first
		case moved || late:
			was := *left
			if *left = a.left(s, first); *left < was {
				return first
			}
			if moved = false; late {
				return -1
			}
		}
	}
}

// left counts the zombies of a step, from one on, that are there and are the
// parent's.
func (a *actor) left(s *Step, from int) (n int) {
	for _, z := range s.Zombies[from:] {
		if _, ppid, err := a.zombie(z); err == nil && ppid == s.Parent.PID {
			n++
		}
	}
	return n
}
