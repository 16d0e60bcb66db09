package pslist

import "strings"

// guessLayout finds the standard list that most lines fit, for those that no
// header announces.
func (t *text) guessLayout() splitter {
	const sample = 1000
	n := 0
	votes := make([]int, len(standard))
	last := make([]string, len(standard)) // PID
	try := make([]splitter, len(standard))
	for i, l := range standard {
		try[i].layout = l
	}
	for _, l := range t.lines {
		if _, ok := headerOf(l); ok || n == sample {
			break
		}
		if l != "" {
			n++
		}
	}
	for i := range try {
		for at, lines := 0, 0; lines < n; {
			if t.lines[at] == "" {
				at++
				continue
			}
			l, k := t.head(&try[i], at)
			if k == 0 {
				at, lines = at+1, lines+1
				continue
			}
			if cells, ok := try[i].split(l); ok && plausible(standard[i], l, cells, &last[i]) {
				votes[i]++
			}
			at, lines = at+k, lines+k
		}
	}
	best, loose := 0, len(standard)-1
	for i := range votes[:loose] {
		if votes[i] > votes[best] {
			best = i
		}
	}
	switch { // a wrapped list has some lines for each
	case votes[best] > 0 && votes[best]*8 >= n:
		return splitter{layout: standard[best]}
	case votes[loose]*2 > n:
		return splitter{layout: standard[loose]}
	default:
		return splitter{}
	}
}

// plausible refuses what fits the columns by accident. The first line about a
// process is about its leader, and others about its threads; a group and a
// session look the same as a thread and a number of them.
func plausible(l layout, line string, cells []word, last *string) bool {
	text := func(k columnKind) string {
		if i := l.index(k); i >= 0 {
			return line[cells[i].from:cells[i].to]
		}
		return ""
	}
	pid, tid := text(colPID), text(colTID)
	previous, again := *last, pid == *last
	*last = pid
	if tid != "" {
		return pid[0] != '0' && (tid == pid || again) && text(colThreads) != "0"
	}
	if len(l) == 3 {
		// Busybox sorts by PID. A list that has another column here, or one more,
		// would show its zombies in another way.
		user, command := line[cells[1].from:cells[1].to], strings.TrimLeft(line[cells[2].from:], " \t")
		next, _, _ := strings.Cut(command, " ")
		other := func(w string) bool {
			return w == "" || colState.fits(w) || colNumber.fits(w) || colTime.fits(w) || isTTY(w)
		}
		return older(previous, pid) && user[0] >= 'A' && !other(user) && !other(next)
	}
	if len(l) == 4 && l.index(colPPID) >= 0 {
		// Only their size shows which number is which: a parent is the older.
		return older(text(colPPID), pid)
	}
	return pid[0] != '0' && !again
}

func older(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }
