#include "textflag.h"

TEXT restore<>(SB),NOSPLIT|NOFRAME,$0
	MOVL	$15, AX // SYS_RT_SIGRETURN
	SYSCALL
	INT	$3 // it does not return

// func restorer() uintptr
TEXT ·restorer(SB),NOSPLIT,$0-8
	LEAQ	restore<>(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
