#include "textflag.h"

#define CLONE_VM_SIGCHLD 0x111
#define SYS_CLONE        220
#define SYS_EXIT_GROUP   94
#define SYS_PPOLL        73

// func spawn(zombie bool) (pid int)
TEXT ·spawn(SB), NOSPLIT, $0-16
	MOVBU zombie+0(FP), R9
	MOVD  $CLONE_VM_SIGCHLD, R0
	MOVD  ZR, R1
	MOVD  ZR, R2
	MOVD  ZR, R3
	MOVD  ZR, R4
	MOVD  $SYS_CLONE, R8
	SVC
	CBZ   R0, child
	MOVD  R0, pid+8(FP)
	RET

child:
	// From here on the stack is the parent's: registers only.
	CBZ R9, sleep

die:
	MOVD ZR, R0
	MOVD $SYS_EXIT_GROUP, R8
	SVC
	JMP  die

sleep:
	MOVD ZR, R0
	MOVD ZR, R1
	MOVD ZR, R2
	MOVD ZR, R3
	MOVD ZR, R4
	MOVD $SYS_PPOLL, R8
	SVC
	JMP  sleep
