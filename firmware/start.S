/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry. The boot ROM has cleared TCM behind the image, so .bss needs nothing.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, __stack_top
	la	t0, trap_entry
	csrw	mtvec, t0
	/* MEIE lets events end WFI; mstatus.MIE stays 0, so none is taken */
	li	t0, 1 << 11
	csrw	mie, t0
	j	main

	/*
	 * Only exceptions come here, and nothing goes back. The stack may be the
	 * reason, so the report has one of its own.
	 */
	.balign	4
trap_entry:
	la	sp, __crash_stack_top
	csrr	a0, mepc
	csrr	a1, mcause
	csrr	a2, mtval
	j	trap_report
