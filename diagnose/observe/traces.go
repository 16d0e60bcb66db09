package observe

// Trace is what shows whose child a process is, or what program it still runs.
type Trace struct {
	Kind TraceKind
	// From and To are PIDs, start times in ticks or a signal number: see the
	// kinds.
	From, To uint64
}

// TraceKind says which trace it is.
type TraceKind string

// The kinds of trace. NoTrace: there is none.
const (
	NoTrace TraceKind = ""
	// ParentChanged: its parent changed, from From to To, between two looks.
	ParentChanged TraceKind = "parent-changed"
	// SeenAdopted: a watch saw its parent change, from From to To.
	SeenAdopted TraceKind = "seen-adopted"
	// OtherExitSignal: its exit signal is From, and adoption would have made it
	// SIGCHLD.
	OtherExitSignal TraceKind = "exit-signal"
	// ParentsName: it has the name of its parent, in a list.
	ParentsName TraceKind = "parents-name"
	// OlderThanParent: it started From ticks after boot, its parent To.
	OlderThanParent TraceKind = "older-than-parent"
	// OutOfOrder: it is older than a child of From that is listed before it.
	OutOfOrder TraceKind = "out-of-order"
	// SessionLeaderGone: the leader of its session, From, is gone and was not
	// its parent.
	SessionLeaderGone TraceKind = "session-leader-gone"
	// GroupLeaderGone: likewise that of its process group.
	GroupLeaderGone TraceKind = "group-leader-gone"
	// NotExeced: it has not called execve, and runs what its parent ran.
	NotExeced TraceKind = "not-execed"
)
