/* SPDX-License-Identifier: MIT */
/*
 * Edge TPU-style accelerator: what the control processor sees.
 *
 * The RV32IMC core runs the firmware from TCM and reaches everything else
 * through the registers below. Shared by the firmware and the device model.
 * Registers are 32 bits wide; any other access width traps.
 */
#ifndef _UAPI_EDGETPU_CORE_H_
#define _UAPI_EDGETPU_CORE_H_

#include "edgetpu_hw.h"

/*
 * Tightly coupled memory: code, data, stack; one cycle an access. pmpcfg0..1 and
 * pmpaddr0..7 protect it, in granules of 64 bytes; as there is machine mode only,
 * entries have an effect once they are locked. Control DMA to TCM keeps to the
 * right to write.
 */
#define EDGETPU_TCM_BASE		0x10000000u
#define EDGETPU_TCM_SIZE		0x00040000u

#define EDGETPU_CORE_BASE		0x40000000u
#define EDGETPU_CORE_SIZE		0x00001000u

/* --- time, host, events ------------------------------------------------ */

#define CORE_CYCLES_LO			0x000	/* RO: reading LO latches HI */
#define CORE_CYCLES_HI			0x004
#define CORE_INSTRET_LO			0x008	/* RO: instructions retired, low word */
#define CORE_HEARTBEAT			0x00c	/* RW: shown to the host as HEARTBEAT */
#define CORE_BOOT_READY			0x010	/* WO: 1 sets BOOT_STATUS to READY */
#define CORE_HOST_IRQ			0x014	/* WO: EDGETPU_IRQ_* bits to raise */
#define CORE_CRASH_PC			0x018	/* WO */
#define CORE_CRASH_CAUSE		0x01c	/* WO */
#define CORE_CRASH_TVAL			0x020	/* WO */
#define CORE_CRASH			0x024	/* WO: 1 halts the core as CRASHED, raises IRQ_FATAL */

/*
 * Events. PENDING & ENABLE wakes WFI (and is the core's external interrupt,
 * MEIP). MAILBOX and TIMER stay until cleared by writing 1 to PENDING; the
 * others show a level and clear with their cause.
 */
#define CORE_EVENT_PENDING		0x030	/* RW1C */
#define CORE_EVENT_ENABLE		0x034	/* RW */
#define CORE_EVENT_MAILBOX		(1u << 0)	/* REQ_SEQ was written */
#define CORE_EVENT_DOORBELL		(1u << 1)	/* DOORBELL_PENDING is not zero */
#define CORE_EVENT_ENGINE		(1u << 2)	/* an engine finished or faulted: ENGINE_EVENTS */
#define CORE_EVENT_CDMA			(1u << 3)	/* CDMA idle again; clears with 1 */
#define CORE_EVENT_TIMER		(1u << 4)
#define CORE_TIMER			0x038	/* WO: event in that many cycles; 0 stops it */

/* --- mailbox and doorbells --------------------------------------------- */

#define CORE_MBOX_REQ(i)		(0x080 + 4 * (i))	/* RO */
#define CORE_MBOX_REQ_SEQ		0x0a0	/* RO */
#define CORE_MBOX_RSP(i)		(0x0c0 + 4 * (i))	/* RW */
#define CORE_MBOX_RSP_SEQ		0x0e0	/* WO */

#define CORE_DOORBELL(ring)		(0x100 + 4 * (ring))	/* RO: last tail written by the host */
#define CORE_DOORBELL_PENDING(w)	(0x200 + 4 * (w))	/* RW1C: word w has rings 32w..32w+31 */

/* --- control DMA: TCM to and from host memory --------------------------- */

/*
 * One transfer at a time; START while BUSY is ignored and sets the status to
 * BAD_JOB, as do arguments that make no sense or a part of TCM that PMP does not
 * let be written. CONTEXT 0 addresses host memory directly (rings, log); n addresses
 * context n - 1 through the MMU, needing COMMAND right to read and WRITE right
 * to write. Cost: host memory latency plus bytes over bandwidth, like any DMA.
 */
#define CORE_CDMA_ADDR_LO		0x240
#define CORE_CDMA_ADDR_HI		0x244
#define CORE_CDMA_LOCAL			0x248	/* TCM address, a multiple of 4 */
#define CORE_CDMA_LEN			0x24c	/* bytes, a multiple of 4, at most 64 KiB */
#define CORE_CDMA_CONTEXT		0x250
#define CORE_CDMA_START			0x254	/* WO */
#define CORE_CDMA_TO_TCM		1
#define CORE_CDMA_TO_HOST		2
#define CORE_CDMA_STATUS		0x258	/* RO: CORE_CDMA_BUSY or EDGETPU_STATUS_* of the last */
#define CORE_CDMA_BUSY			0xffffffffu
#define CORE_CDMA_FAULT_LO		0x25c	/* RO */
#define CORE_CDMA_FAULT_HI		0x260	/* RO */

/* --- contexts ----------------------------------------------------------- */

#define CORE_CONTEXT_SELECT		0x280	/* RW: the context TABLE_* and VALID are about */
#define CORE_CONTEXT_TABLE_LO		0x284	/* RW: level 0 table's address in host memory */
#define CORE_CONTEXT_TABLE_HI		0x288
#define CORE_CONTEXT_VALID		0x28c	/* RW: 0 makes every access of it fault, drops its TLB */

/* --- job state of the engines ------------------------------------------- */

#define CORE_JOB_CONTEXT		0x2c0	/* RW: context the engines translate through */
/*
 * START writes: 1 forgets completed and dropped counts, faults, busy and progress
 * counts and the trace of the job before, and makes its cycle the trace's zero.
 * Engines must be idle.
 */
#define CORE_JOB_START			0x2c4	/* WO */
/*
 * STOP drops queued commands, stops running ones at once (what they have not done
 * yet stays undone), clears faults: idle when it returns. DROP drops queued
 * commands of all engines; running ones go on, complete and count.
 */
#define CORE_ENGINE_RESET		0x2c8	/* WO */
#define CORE_ENGINE_RESET_STOP		1
#define CORE_ENGINE_RESET_DROP		2
/*
 * Zeroes SRAM [0, n) at 64 bytes a bank and cycle; must come between jobs of two
 * contexts. HIGH_WATER is one above the highest SRAM byte any engine has
 * addressed since the last scrub of it all. SCRUB reads 1 while at work.
 */
#define CORE_SRAM_SCRUB			0x2cc	/* RW: write n */
#define CORE_SRAM_HIGH_WATER		0x2d0	/* RO */
#define CORE_SRAM_BANKS			0x2d4	/* RO */
/*
 * The trace unit keeps a record per command in a memory of its own. FLUSH writes
 * those made since JOB_START through JOB_CONTEXT to the region given, each to its
 * command's place, and nothing between them; reads CORE_CDMA_BUSY, then status.
 * Records count cycles from TRACE_ZERO; a command whose INDEX is
 * EDGETPU_MAX_COMMANDS or above leaves none.
 */
#define CORE_TRACE_FLUSH		0x2d8	/* RW: region number */
#define CORE_TRACE_ZERO_LO		0x2dc	/* RW: START sets it to its own cycle */
#define CORE_TRACE_ZERO_HI		0x2e0

#define CORE_SRAM_SIZE			0x2e4	/* RO: bytes */
/*
 * A command that might take more cycles than this ends as EDGETPU_STATUS_TOO_LONG
 * before it runs. After reset: EDGETPU_MAX_COMMAND_CYCLES.
 */
#define CORE_COMMAND_LIMIT		0x2e8	/* RW */

/* Regions of the job: base, size, flags as in struct edgetpu_region */
#define CORE_REGION(r)			(0x300 + 32 * (r))
#define CORE_REGION_VA_LO		0x00
#define CORE_REGION_VA_HI		0x04
#define CORE_REGION_SIZE_LO		0x08
#define CORE_REGION_SIZE_HI		0x0c
#define CORE_REGION_FLAGS		0x10

/* --- engines ------------------------------------------------------------ */

#define CORE_ENGINE(e)			(0x500 + 64 * (e))
#define CORE_ENGINE_PUSH		0x00	/* WO: TCM address of a command; needs FREE > 0 */
#define CORE_ENGINE_INDEX		0x04	/* RW: index the next PUSH carries (trace, faults) */
#define CORE_ENGINE_FREE		0x08	/* RO: free queue entries, of CORE_ENGINE_DEPTH */
#define CORE_ENGINE_COMPLETED		0x0c	/* RW: commands completed since JOB_START; write while idle */
#define CORE_ENGINE_FAULT		0x10	/* RO: EDGETPU_STATUS_*; an engine at fault stops */
#define CORE_ENGINE_FAULT_COMMAND	0x14	/* RO: index */
#define CORE_ENGINE_FAULT_LO		0x18	/* RO: address */
#define CORE_ENGINE_FAULT_HI		0x1c
#define CORE_ENGINE_BUSY_CYCLES		0x20	/* RO: since JOB_START */
/*
 * Work done since JOB_START, in 4096 cycles of commands that run alone. Grows
 * inside a command, however slow others make it; an engine that hangs does none.
 */
#define CORE_ENGINE_PROGRESS		0x24	/* RO */
#define CORE_ENGINE_DROPPED		0x28	/* RO: INDEX of the first command the last DROP dropped */
#define CORE_ENGINE_DROPPED_NONE	0xffffffffu
/*
 * Of commands that began since JOB_START: cycles in which one was first in the queue
 * and might have begun, the engine having done the one before, but for others' work that
 * it waits for, or a scrub; and of those that have ended, cycles more than they take
 * alone, because SRAM banks and the memory bus were shared. A command that is dropped
 * leaves none. Saturates.
 */
#define CORE_ENGINE_STALL_CYCLES	0x2c	/* RO */
#define CORE_ENGINE_DEPTH		16

#define CORE_ENGINE_EVENTS		0x600	/* RW1C: bit e: engine e finished a command or faulted */
#define CORE_ENGINES_IDLE		0x604	/* RO: 1 when no engine has a command queued or running */

/* --- what was done for the job ------------------------------------------- */

/*
 * All of it since JOB_START, by engines, control DMA and trace unit, whatever for. The
 * halves of a number belong together only while none of them is at work.
 *
 * MISSES: translations that were not in the TLB, with the rights needed; saturates.
 * READ and WRITTEN: bytes of host memory that were asked for, not the bursts that this
 * took nor page tables. ENERGY: of the work done, in tenths of a picojoule; bursts, page
 * tables and SRAM are in it, and not what the device takes for merely being on. Of a
 * command that was stopped they count the share of its work that was done.
 */
#define CORE_COUNT_MISSES		0x640	/* RO */
#define CORE_COUNT_READ_LO		0x648	/* RO */
#define CORE_COUNT_READ_HI		0x64c
#define CORE_COUNT_WRITTEN_LO		0x650	/* RO */
#define CORE_COUNT_WRITTEN_HI		0x654
#define CORE_COUNT_ENERGY_LO		0x658	/* RO */
#define CORE_COUNT_ENERGY_HI		0x65c

#endif /* _UAPI_EDGETPU_CORE_H_ */
