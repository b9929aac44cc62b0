/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry. The boot ROM has cleared TCM behind the image, so .bss needs nothing.
 *
 * What can be executed cannot be written, what can be written not executed, until
 * the next reset.
 */
#define PMP_READ	0x01
#define PMP_WRITE	0x02
#define PMP_EXECUTE	0x04
#define PMP_UP_TO	0x08	/* from the end of the entry before */
#define PMP_LOCK	0x80

#define PMP_DATA	(PMP_LOCK | PMP_UP_TO | PMP_READ | PMP_WRITE)
#define PMP_TEXT	(PMP_LOCK | PMP_UP_TO | PMP_READ | PMP_EXECUTE)
#define PMP_RODATA	(PMP_LOCK | PMP_UP_TO | PMP_READ)

	.macro	pmp_up_to entry, end
	la	t0, \end
	srli	t0, t0, 2
	csrw	pmpaddr\entry, t0
	.endm

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
	pmp_up_to 0, __text_start
	pmp_up_to 1, __text_end
	pmp_up_to 2, __rodata_end
	pmp_up_to 3, __tcm_end
	li	t0, PMP_DATA | PMP_TEXT << 8 | PMP_RODATA << 16 | PMP_DATA << 24
	csrw	pmpcfg0, t0
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
