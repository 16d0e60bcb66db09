#include "textflag.h"

#define SYS_write           64
#define SYS_rt_sigaction    134
#define SYS_rt_sigprocmask  135
#define SYS_rt_sigtimedwait 137
#define SYS_prlimit64       261

#define RLIMIT_NOFILE 7
#define SIG_IGN       1
#define SI_TKILL      -6

// See entry_linux_amd64.s: the two do the same, line by line.
TEXT zombiectl_entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD RSP, R0
	MOVD R0, ·stack(SB)

	// blocked = the signal mask
	MOVD ZR, R0
	MOVD ZR, R1
	MOVD $·blocked(SB), R2
	MOVD $8, R3
	MOVD $SYS_rt_sigprocmask, R8
	SVC

	// ignored = the signals whose handler is SIG_IGN
	MOVD $64, R19

disposition:
	MOVD R19, R0
	MOVD ZR, R1
	MOVD $·action(SB), R2
	MOVD $8, R3
	MOVD $SYS_rt_sigaction, R8
	SVC
	MOVD ·action(SB), R0
	CMP  $SIG_IGN, R0
	BNE  next
	SUB  $1, R19, R1
	MOVD $1, R2
	LSL  R1, R2, R2
	MOVD ·ignored(SB), R0
	ORR  R2, R0, R0
	MOVD R0, ·ignored(SB)

next:
	SUBS $1, R19, R19
	BNE  disposition

	// limit = RLIMIT_NOFILE
	MOVD ZR, R0
	MOVD $RLIMIT_NOFILE, R1
	MOVD ZR, R2
	MOVD $·limit(SB), R3
	MOVD $SYS_prlimit64, R8
	SVC

	// Signals that are pending because they are blocked.
pending:
	MOVD $·blocked(SB), R0
	MOVD ZR, R1
	MOVD $·zero(SB), R2
	MOVD $8, R3
	MOVD $SYS_rt_sigtimedwait, R8
	SVC
	CMP  $0, R0
	BLE  done
	MOVD $·arrived(SB), R1
	ADD  R0<<2, R1, R1
	MOVWU (R1), R2
	ADDW $1, R2
	MOVW R2, (R1)
	JMP  pending

done:
	MOVD $1, R0
	MOVW R0, ·ran(SB)
	JMP  _rt0_arm64_linux(SB)

TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	// Signals that we send ourselves are for nobody else.
	MOVW 8(R1), R2  // si_code
	CBZW R2, sender
	CMPW $SI_TKILL, R2
	BNE  count

sender:
	MOVW 16(R1), R2 // si_pid
	MOVW ·self(SB), R3
	CMPW R3, R2
	BEQ  return

count:
	MOVD $·arrived(SB), R3
	MOVWU R0, R0
	ADD  R0<<2, R3, R3

again:
	LDAXRW (R3), R4
	ADDW   $1, R4
	STLXRW R4, (R3), R5
	CBNZW  R5, again

	MOVW ·wake(SB), R0
	MOVD $·one(SB), R1
	MOVD $8, R2
	MOVD $SYS_write, R8
	SVC

return:
	RET // to the kernel's own restorer

// func addresses() (handler, restorer uintptr)
TEXT ·addresses(SB), NOSPLIT, $0-16
	MOVD $·handler(SB), R0
	MOVD R0, handler+0(FP)
	MOVD ZR, restorer+8(FP)
	RET

// func call(number, a, b, c, d uintptr) (result uintptr)
TEXT ·call(SB), NOSPLIT, $0-48
	MOVD number+0(FP), R8
	MOVD a+8(FP), R0
	MOVD b+16(FP), R1
	MOVD c+24(FP), R2
	MOVD d+32(FP), R3
	SVC
	MOVD R0, result+40(FP)
	RET

// func swap(p *uint32) uint32
TEXT ·swap(SB), NOSPLIT, $0-12
	MOVD p+0(FP), R0

again:
	LDAXRW (R0), R1
	STLXRW ZR, (R0), R2
	CBNZW  R2, again
	MOVW   R1, ret+8(FP)
	RET
