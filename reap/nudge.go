package reap

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose"
)

// effect is what SIGCHLD to the parent does about the zombies that a rule is
// about.
type effect struct {
	useless bool
	// tryIt: it depends on whether the parent would notice SIGCHLD at all.
	tryIt bool
	why   string // why it is useless
}

// nudges is the one place that decides, by rule, whether a nudge can work. Every
// rule about a zombie or its parent is in it, which a test holds.
var nudges = map[string]effect{
	// The zombie itself: nobody can make its parent's wait succeed.
	"Z101": {tryIt: true}, // young, as it counts only when it was seen twice
	"Z102": {useless: true, why: "threads of it live: the kernel tells its parent when the last one ends"},
	"Z103": {useless: true, why: "a tracer holds it: the parent's wait does not see it"},
	"Z104": {useless: true, why: "its exit signal is not SIGCHLD: the parent's wait does not see it without __WALL"},
	"Z105": {useless: true, why: "its parent is outside of this PID namespace"},
	// Its parent.
	"Z201": {tryIt: true},
	"Z202": {useless: true, why: "the parent waits for another child, and goes on doing so"},
	"Z203": {tryIt: true},
	"Z204": {useless: true, why: "the parent blocks SIGCHLD: another one stays pending like the first"},
	"Z205": {useless: true, why: "the parent is stopped: it does nothing until SIGCONT (--signal CONT)"},
	"Z206": {useless: true, why: "a debugger holds the parent: that gets the signal first"},
	"Z207": {useless: true, why: "the parent is frozen: thaw it"},
	"Z208": {useless: true, why: "the parent is in uninterruptible sleep: signals wait"},
	"Z209": {tryIt: true},
	"Z210": {useless: true, why: "the parent reaps, slower than its children end: it needs no telling"},
	"Z301": {tryIt: true},
	"Z310": {tryIt: true},
	"Z311": {tryIt: true},
}

// cannotReap says by which rule the parent of a zombie cannot reap it, and why;
// "": it can.
func cannotReap(z *diagnose.Zombie) (rule, why string) {
	for _, id := range z.Rules {
		if e, ok := nudges[id]; ok && e.useless {
			return id, e.why
		}
	}
	return "", ""
}

// useless says by which rule a nudge of this parent cannot work, and why; the
// reason is "" where it may work.
func useless(d *diagnose.Diagnosis, p *diagnose.Parent) (rule, why string) {
	for _, id := range p.Rules { // primary cause first
		if e := nudges[id]; e.useless {
			return id, e.why
		}
	}
	hears, because := d.HearsSIGCHLD(p.Process)
	if hears != diagnose.No {
		return "", ""
	}
	// The rule that it belongs to, where there is one.
	if i := slices.IndexFunc(p.Rules, func(id string) bool { return nudges[id].tryIt }); i >= 0 {
		rule = p.Rules[i]
	}
	return rule, because
}
