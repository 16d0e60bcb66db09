#include "textflag.h"

TEXT restore<>(SB),NOSPLIT|NOFRAME,$0
	MOVD	$139, R8 // SYS_RT_SIGRETURN
	SVC
	BRK	$0 // it does not return

// func restorer() uintptr
TEXT ·restorer(SB),NOSPLIT,$0-8
	MOVD	$restore<>(SB), R0
	MOVD	R0, ret+0(FP)
	RET
