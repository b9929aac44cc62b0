/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RV32IMC_Zicsr interpreter, machine mode only: the control processor.
 * Counts instructions and cycles; every figure of the timing is in rv32.c.
 */
#ifndef EDGETPU_RV32_H
#define EDGETPU_RV32_H

#include <stdbool.h>
#include <stdint.h>

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
 * @cycle: cycles since reset; the owner may advance it while the core waits
 * @instret: instructions retired
 * @mstatus: MIE, MPIE
 * @mtvec: trap vector, direct mode
 * @meip: external interrupt is pending, set by the owner
 * @stop: set by a bus callback: return RV32_MMIO after this instruction
 * @halt: set by a bus callback: return RV32_HALT after this instruction
 * @memory: memory at @memory_base, one cycle an access
 * @memory_base: its address
 * @memory_size: its bytes
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
	uint8_t *memory;
	uint32_t memory_base;
	uint32_t memory_size;
	bool (*load)(void *opaque, uint32_t addr, uint32_t *value);
	bool (*store)(void *opaque, uint32_t addr, uint32_t value);
	void *opaque;
};

/* Registers, CSRs and counters to their reset values; memory is left alone. */
void rv32_reset(struct rv32 *core, uint32_t entry);

/* Runs until @until is reached or something stops it. */
enum rv32_stop rv32_run(struct rv32 *core, uint64_t until);

#endif /* EDGETPU_RV32_H */
