package facts

import "slices"

// NoPID stands where a list of processes does not have a PID.
const NoPID = -1

// Listing says what kind of list a snapshot was read from, where that was the
// text that ps prints. Facts without a column are unknown.
type Listing struct {
	// Columns are those of its header, or of the standard output that it was
	// recognized as: "PID", "STAT".
	Columns []string
	// Parents: it has the parent of a process; ParentsByTree: the parent follows
	// from the place in the tree that ps draws, which shows the children of PID 1
	// and those without a parent alike.
	Parents, ParentsByTree bool
	// Zombies says by what a zombie is known in it.
	Zombies ZombieMark
	// Doubtful are the PIDs of those that may be zombies: processes in brackets,
	// where that is how zombies are shown, and kernel threads; all without a mark,
	// where names are shown; and processes with a mark that is not an argument,
	// nor as ps writes it.
	Doubtful []int
	// Junk counts lines that say nothing of a process, but for empty ones;
	// Example is the first.
	Junk    int
	Example Line
	// Broken are lines among the processes that may be about one.
	Broken []Line
	// Cut are lines that somebody put there for others left out.
	Cut []Line
	// Tasks is what top counted.
	Tasks Opt[int]
}

// ZombieMark is how a list shows that a process is a zombie.
type ZombieMark string

// The marks.
const (
	// ByState: a column of states. It is certain.
	ByState ZombieMark = "state"
	// ByDefunct: procps puts <defunct> behind the name, where it shows command
	// lines.
	ByDefunct ZombieMark = "<defunct>"
	// ByBrackets: busybox puts the name in brackets, as it does for kernel
	// threads.
	ByBrackets ZombieMark = "brackets"
	// Unmarked: names only, of zombies and others alike.
	Unmarked ZombieMark = ""
)

// Line is one line of a text.
type Line struct {
	Number int // from 1
	Text   string
}

// Listed has what a list says of a process. Of the numbers in Stat only those
// are known that it has a column for: a 0 means nothing, and a PPID may be
// NoPID.
type Listed struct {
	Line
	Start string // when it started, as it stands there; "": unknown
	// Command is its command line, or its name; "" where that is in brackets. Its
	// words need not be the arguments.
	Command string
}

// HasColumn reports whether the list has a column of one of these names.
func (l *Listing) HasColumn(names ...string) bool {
	return slices.ContainsFunc(l.Columns, func(c string) bool { return slices.Contains(names, c) })
}
