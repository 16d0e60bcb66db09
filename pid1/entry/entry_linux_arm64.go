package entry

const (
	sysEventfd2    = 19
	sysFcntl       = 25
	sysClose       = 57
	sysKill        = 129
	sysSigaction   = 134
	sysSigprocmask = 135
	sysGetpid      = 172
	sysPrlimit     = 261

	restorerFlag = 0 // the kernel brings its own
)
