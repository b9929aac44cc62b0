/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RV32IMC_Zicsr interpreter, machine mode only: the control processor.
 * Counts instructions and cycles; every figure of the timing is in rv32.c.
 */
#ifndef EDGETPU_RV32_H
#define EDGETPU_RV32_H

#include <stdbool.h>
#include <stdint.h>

#include "core/processor/pmp.h"

enum rv32_stop {
	RV32_UNTIL,	/* reached the cycle asked for */
	RV32_WFI,	/* waits for an interrupt; none is pending */
	RV32_MMIO,	/* a bus access asked to stop (struct rv32.stop) */
	RV32_HALT,	/* double trap, or .halt was set by the bus */
};

/**
 * struct rv32 - the core
 * @x: registers; x[0] is 0
 * @pc: next instruction
 * @cycle: cycles since reset; the owner may advance it while the core waits, and
 *	a bus callback may advance it to stall the access
 * @instret: instructions retired
 * @mstatus: MIE, MPIE
 * @mie: MEIE
 * @mtvec: trap vector, direct mode
 * @mscratch: free for the trap handler
 * @mepc: address of the instruction that trapped
 * @mcause: why; bit 31 for an interrupt
 * @mtval: address or instruction that trapped
 * @meip: external interrupt is pending, set by the owner
 * @stop: set by a bus callback: return RV32_MMIO after this instruction
 * @halt: set by a bus callback: return RV32_HALT after this instruction
 * @in_trap: from a trap to its MRET; no interrupt is taken meanwhile, and an
 *	exception halts the core with the CSRs of the first
 * @waiting: inside WFI
 * @pmp: what may be done to which addresses
 * @memory: memory at @memory_base; code is fetched from here alone
 * @memory_base: its address, a multiple of 64; set before rv32_reset()
 * @memory_size: its bytes, a multiple of 64, at most 256 KiB
 * @load: other addresses, aligned 32-bit; false: access fault
 * @store: the same
 * @opaque: for @load and @store
 */
struct rv32 {
	uint32_t x[32];
	uint32_t pc;
	uint64_t cycle;
	uint64_t instret;
	uint32_t mstatus, mie, mtvec, mscratch, mepc, mcause, mtval;
	bool meip;
	bool stop;
	bool halt;
	bool in_trap;
	bool waiting;
	struct pmp pmp;
	uint8_t *memory;
	uint32_t memory_base;
	uint32_t memory_size;
	bool (*load)(void *opaque, uint32_t addr, uint32_t *value);
	bool (*store)(void *opaque, uint32_t addr, uint32_t value);
	void *opaque;
};

/* mcause */
#define RV32_CAUSE_FETCH_ACCESS		1
#define RV32_CAUSE_ILLEGAL		2
#define RV32_CAUSE_BREAKPOINT		3
#define RV32_CAUSE_LOAD_MISALIGNED	4
#define RV32_CAUSE_LOAD_ACCESS		5
#define RV32_CAUSE_STORE_MISALIGNED	6
#define RV32_CAUSE_STORE_ACCESS		7
#define RV32_CAUSE_ECALL		11
#define RV32_CAUSE_EXTERNAL		0x8000000bu

/* Registers, CSRs and counters to their reset values; memory is left alone. */
void rv32_reset(struct rv32 *core, uint32_t entry);

/**
 * rv32_run - execute
 * @core: the core
 * @until: stop at the first instruction border at or beyond this cycle
 *
 * RV32_HALT stays until rv32_reset(). After RV32_WFI the owner may advance the
 * cycle; the core goes on once @meip is set and MEIE enabled, MIE or not.
 *
 * Return: what stopped it.
 */
enum rv32_stop rv32_run(struct rv32 *core, uint64_t until);

#endif /* EDGETPU_RV32_H */
