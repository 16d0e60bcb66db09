package pslist

// defunct is what procps puts behind a zombie; cutDefunct is what is left of
// it at the edge of a narrow terminal, and no word of an ordinary line.
const (
	defunct    = "<defunct>"
	cutDefunct = "<defunct"
)

// taskComm is how much the kernel keeps of a name (TASK_COMM_LEN, less the 0).
// Only kernel threads may have more.
const taskComm = 15
