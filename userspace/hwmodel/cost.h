/* SPDX-License-Identifier: MIT */
/*
 * What a command costs the accelerator: cycles, traffic and energy, as pure
 * functions of the configuration and the command. The device model charges
 * these and the compiler chooses by them. Formulas and the source of every
 * figure are in Documentation/hardware.rst.
 *
 * Cycles are those of a command that runs alone. What other engines do to it
 * at the same time (SRAM banks, memory bandwidth) is hwmodel_rate()'s.
 */
#ifndef HWMODEL_COST_H
#define HWMODEL_COST_H

#include <stdint.h>

#include "edgetpu_isa.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct hwmodel_config - how the hardware is built
 * @array_rows: reduction lanes of the MAC array
 * @array_cols: output channel lanes of the MAC array
 * @vector_lanes: channels the vector unit works on at once
 * @vector_macs: int8 MACs per vector lane and cycle
 * @clock_khz: one clock for everything
 * @sram_size: bytes
 * @dram_mbps: bandwidth to host memory, 10^6 bytes/s
 * @dram_latency: cycles of one access to host memory
 *
 * None may be 0, but for dram_latency.
 */
struct hwmodel_config {
	uint32_t array_rows;
	uint32_t array_cols;
	uint32_t vector_lanes;
	uint32_t vector_macs;
	uint32_t clock_khz;
	uint32_t sram_size;
	uint32_t dram_mbps;
	uint32_t dram_latency;
};

/* 64x64 array at 480 MHz, 8 MiB; memory like a phone's SoC, or like Coral's PCIe */
extern const struct hwmodel_config hwmodel_config_soc;
extern const struct hwmodel_config hwmodel_config_pcie;

/* The same for any structure with these members: MB/s, cycles (100 ns; 1 us over the link) */
#define HWMODEL_PRESET(mbps, latency) { \
	.array_rows = 64, .array_cols = 64, .vector_lanes = 64, .vector_macs = 9, \
	.clock_khz = 480000, .sram_size = 8 << 20, \
	.dram_mbps = (mbps), .dram_latency = (latency), \
}
#define HWMODEL_SOC	HWMODEL_PRESET(12800, 48)
#define HWMODEL_PCIE	HWMODEL_PRESET(500, 480)

/* --- figures of the hardware, cycles unless said otherwise ---------------- */

#define HWMODEL_SRAM_LINE		64	/* bytes of one access to a bank */
#define HWMODEL_SRAM_BANKS		32	/* lines go round the banks */

#define HWMODEL_QUEUE_CYCLES		16	/* PUSH: 128 bytes from TCM over a 64-bit port */
#define HWMODEL_ISSUE_CYCLES		16	/* decode, checks, address generators set up */

#define HWMODEL_ARRAY_ACC_PIXELS	1024	/* rows of one half of the accumulator memory */
#define HWMODEL_ARRAY_FEED_LINES	2	/* SRAM lines a cycle into the feeder */
#define HWMODEL_REQUANT_CYCLES		8	/* depth of the output pipeline */

#define HWMODEL_VECTOR_READ_LINES	4	/* SRAM lines a cycle into the row buffer */
#define HWMODEL_VECTOR_ROW_PIXELS	1024	/* pixels of vector_lanes channels it holds */
#define HWMODEL_VECTOR_PIPELINE		8	/* MAC tree and output pipeline */

#define HWMODEL_BURST			64	/* bytes; the granule of host memory */
#define HWMODEL_DMA_OUTSTANDING		32	/* bursts in flight */
#define HWMODEL_DMA_LINE_CYCLES		2	/* address generation of one line */
#define HWMODEL_WALK_SPAN		0x8000	/* bytes one TLB entry translates: 8 pages */
#define HWMODEL_TLB_ENTRIES		64
#define HWMODEL_TABLE_SPAN		0x200000	/* bytes a table of the last level translates */

/**
 * struct hwmodel_cost - what a command costs
 * @cycles: from its start to its completion, alone
 * @dram_cycles: of these, cycles in which the memory bus is taken
 * @sram_lines: accesses to SRAM banks, reads and writes
 * @dram_bytes: moved over the memory bus, whole bursts, walks included
 * @bytes: payload moved from or to host memory
 * @macs: int8 multiply-accumulates
 * @adds: int32 additions and comparisons outside of MACs
 * @requants: 32-bit multiplications of requantisation
 * @buffer_words: 64-bit accesses to accumulators and row buffers
 */
struct hwmodel_cost {
	uint64_t cycles;
	uint64_t dram_cycles;
	uint64_t sram_lines;
	uint64_t dram_bytes;
	uint64_t bytes;
	uint64_t macs;
	uint64_t adds;
	uint64_t requants;
	uint64_t buffer_words;
};

/**
 * struct hwmodel_walks - page table reads of one transfer
 * @first: reads before its first byte can move
 * @rest: reads that run ahead of the data
 */
struct hwmodel_walks {
	uint64_t first;
	uint64_t rest;
};

/**
 * hwmodel_command - cost of a valid command
 * @config: the hardware
 * @command: as in the command stream; an unknown opcode costs the issue alone
 * @cost: out
 *
 * LOAD and STORE are charged a TLB that knows nothing of their region yet.
 */
void hwmodel_command(const struct hwmodel_config *config, const struct edgetpu_command *command,
		     struct hwmodel_cost *cost);

/**
 * hwmodel_bound - cycles a valid command takes at most, alone
 * @config: the hardware
 * @command: as in the command stream
 *
 * As hwmodel_command() says, but for LOAD and STORE: with every page table read they
 * could need, wherever their region lies.
 *
 * Return: what EDGETPU_MAX_COMMAND_CYCLES is about.
 */
uint64_t hwmodel_bound(const struct hwmodel_config *config, const struct edgetpu_command *command);

/* LOAD or STORE with the walks it really needs. */
void hwmodel_dma(const struct hwmodel_config *config, const struct edgetpu_command *command,
		 const struct hwmodel_walks *walks, struct hwmodel_cost *cost);

/* @len contiguous bytes at @addr, to or from a memory other than SRAM: the control DMA. */
void hwmodel_transfer(const struct hwmodel_config *config, uint64_t addr, uint64_t len,
		      const struct hwmodel_walks *walks, struct hwmodel_cost *cost);

/* Zeroing @bytes of SRAM, all banks at once. */
uint64_t hwmodel_scrub_cycles(uint64_t bytes);

/* --- commands that run at the same time ----------------------------------- */

/**
 * struct hwmodel_load - what a running command asks of what is shared
 * @sram: SRAM lines a cycle, in 1/256
 * @dram: share of the time the memory bus is taken, in 1/256
 */
struct hwmodel_load {
	uint32_t sram;
	uint32_t dram;
};

#define HWMODEL_RATE_ONE		65536

/* The load a command of that cost makes. */
struct hwmodel_load hwmodel_load(const struct hwmodel_cost *cost);

/**
 * hwmodel_rate - speed of a command among others
 * @own: its load
 * @all: sum of the loads of all that run, its own included
 *
 * Return: in (0, HWMODEL_RATE_ONE], the latter when nothing is in its way.
 */
uint32_t hwmodel_rate(const struct hwmodel_load *own, const struct hwmodel_load *all);

/* --- energy ---------------------------------------------------------------- */

#define HWMODEL_LEAKAGE_MW		17	/* while powered */
/* Clock trees of LOAD, STORE, array, vector unit, and of core, SRAM and what joins them */
#define HWMODEL_CLOCK_MW		{ 2, 2, 18, 6, 5 }
#define HWMODEL_ALL_CLOCKS		((1u << EDGETPU_ENGINE_FIRMWARE << 1) - 1)

/* Energy of the command's work, in tenths of a picojoule, which is exact; and picojoules. */
uint64_t hwmodel_dynamic_tenths(const struct hwmodel_cost *cost);
double hwmodel_dynamic_pj(const struct hwmodel_cost *cost);

/* That part of it which host memory takes, not the accelerator. */
double hwmodel_memory_pj(const struct hwmodel_cost *cost);

/* What is taken besides, in milliwatts, while the units in @clocked (1 << EDGETPU_ENGINE_*) run. */
uint32_t hwmodel_static_mw(uint32_t clocked);

/* Energy of being on for that many cycles, picojoules: no clock is gated, so it is the most. */
double hwmodel_static_pj(const struct hwmodel_config *config, uint64_t cycles);

#ifdef __cplusplus
}
#endif

#endif /* HWMODEL_COST_H */
