package entry

const (
	sysClose       = 3
	sysSigaction   = 13
	sysSigprocmask = 14
	sysGetpid      = 39
	sysKill        = 62
	sysFcntl       = 72
	sysEventfd2    = 290
	sysPrlimit     = 302

	restorerFlag = 0x04000000 // SA_RESTORER: without it the kernel refuses to run a handler
)
