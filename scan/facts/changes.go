package facts

import "time"

// Adoption is a process whose parent was seen to change: field 4 of
// /proc/PID/stat.
type Adoption struct {
	ID       ID
	Comm     string
	Zombie   bool
	From, To int // PIDs
}

// Reaping is what a parent was seen to reap: zombies of the look before that are
// there no longer, while their parent is.
type Reaping struct {
	Zombies int
	Orphans int // of these, what was seen being adopted by it
	// Longest is for how long, at least, a reaped one had been dead; 0: it is
	// known of none.
	Longest time.Duration
}
