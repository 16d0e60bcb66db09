package pid1

// Exit codes of our own. As a drop-in for tini they are tini's: 1 for each.
const (
	exitUsage     = 3   // as every command of zombiectl
	exitTini      = 1   // tini's, for all its own errors
	exitCannotRun = 126 // the program was found and cannot be executed
	exitNotFound  = 127
	exitSignal    = 128 // + the signal that ended the program
)
