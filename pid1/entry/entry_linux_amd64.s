#include "textflag.h"

#define SYS_write           1
#define SYS_rt_sigaction    13
#define SYS_rt_sigprocmask  14
#define SYS_rt_sigreturn    15
#define SYS_rt_sigtimedwait 128
#define SYS_prlimit64       302

#define RLIMIT_NOFILE 7
#define SIG_IGN       1
#define SI_TKILL      -6

// The entry point of the program, where the linker was told so. There is no
// runtime yet: no goroutine, no thread-local storage, nothing but the stack that
// the kernel has made. So it writes down what Go changes, and jumps to Go.
TEXT zombiectl_entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVQ SP, ·stack(SB)

	// blocked = the signal mask
	XORL DI, DI
	XORL SI, SI
	LEAQ ·blocked(SB), DX
	MOVL $8, R10
	MOVL $SYS_rt_sigprocmask, AX
	SYSCALL

	// ignored = the signals whose handler is SIG_IGN
	MOVL $64, R12

disposition:
	MOVL R12, DI
	XORL SI, SI
	LEAQ ·action(SB), DX
	MOVL $8, R10
	MOVL $SYS_rt_sigaction, AX
	SYSCALL
	CMPQ ·action(SB), $SIG_IGN
	JNE  next
	LEAQ -1(R12), CX
	BTSQ CX, ·ignored(SB)

next:
	DECL R12
	JNZ  disposition

	// limit = RLIMIT_NOFILE
	XORL DI, DI
	MOVL $RLIMIT_NOFILE, SI
	XORL DX, DX
	LEAQ ·limit(SB), R10
	MOVL $SYS_prlimit64, AX
	SYSCALL

	// Signals that are pending because they are blocked: Go unblocks most, and
	// dies of them.
pending:
	LEAQ  ·blocked(SB), DI
	XORL  SI, SI
	LEAQ  ·zero(SB), DX
	MOVL  $8, R10
	MOVL  $SYS_rt_sigtimedwait, AX
	SYSCALL
	TESTQ AX, AX
	JLE   done
	LEAQ  ·arrived(SB), CX
	INCL  (CX)(AX*4)
	JMP   pending

done:
	MOVL $1, ·ran(SB)
	JMP  _rt0_amd64_linux(SB)

// The signal handler: counts, and wakes. It is called by the kernel, as a C
// function (signal, siginfo), on the signal stack of any thread.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	// Signals that we send ourselves are for nobody else: SIGPIPE of our own
	// writes (sent as by kill), SIGURG of the runtime (by tgkill).
	MOVL 8(SI), AX  // si_code
	TESTL AX, AX
	JZ   sender
	CMPL AX, $SI_TKILL
	JNE  count

sender:
	MOVL 16(SI), AX // si_pid
	CMPL AX, ·self(SB)
	JEQ  return

count:
	LEAQ ·arrived(SB), AX
	MOVL DI, DI
	LOCK
	INCL (AX)(DI*4)
	MOVL ·wake(SB), DI
	LEAQ ·one(SB), SI
	MOVL $8, DX
	MOVL $SYS_write, AX
	SYSCALL

return:
	RET

TEXT restorer<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVL $SYS_rt_sigreturn, AX
	SYSCALL
	INT  $3

// func addresses() (handler, restorer uintptr)
TEXT ·addresses(SB), NOSPLIT, $0-16
	LEAQ ·handler(SB), AX
	MOVQ AX, handler+0(FP)
	LEAQ restorer<>(SB), AX
	MOVQ AX, restorer+8(FP)
	RET

// func call(number, a, b, c, d uintptr) (result uintptr)
TEXT ·call(SB), NOSPLIT, $0-48
	MOVQ number+0(FP), AX
	MOVQ a+8(FP), DI
	MOVQ b+16(FP), SI
	MOVQ c+24(FP), DX
	MOVQ d+32(FP), R10
	SYSCALL
	MOVQ AX, result+40(FP)
	RET

// func swap(p *uint32) uint32
TEXT ·swap(SB), NOSPLIT, $0-12
	MOVQ  p+0(FP), AX
	XORL  CX, CX
	XCHGL CX, (AX)
	MOVL  CX, ret+8(FP)
	RET
