/* SPDX-License-Identifier: MIT */
/*
 * Edge TPU-style accelerator: what the host sees of the hardware.
 *
 * PCI identity, BAR0 registers, the mailbox, the job rings in host memory, the
 * MMU's page table format and the firmware image header. The driver, the
 * firmware, the device model and the in-process transport all build from this
 * file; nothing here is said a second time elsewhere.
 *
 * All multi-byte fields in memory are little endian. All registers are 32 bits
 * wide and must be accessed as such.
 */
#ifndef _UAPI_EDGETPU_HW_H_
#define _UAPI_EDGETPU_HW_H_

#if defined(__linux__)
#include <linux/types.h>
#else
/* freestanding firmware: little endian, no sparse annotations */
#include <stdint.h>
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int32_t __s32;
typedef uint16_t __le16;
typedef uint32_t __le32;
typedef uint64_t __le64;
#endif

/*
 * PCI identity. 1234:xxxx is the range QEMU documents as unassigned and open to
 * experiments; class 12 00 00 is "processing accelerator".
 */
#define EDGETPU_PCI_VENDOR_ID		0x1234
#define EDGETPU_PCI_DEVICE_ID		0xed9e
#define EDGETPU_PCI_CLASS		0x120000

/* MSI-X (or MSI) vectors. With a single vector both share it. */
#define EDGETPU_VECTOR_CONTROL		0	/* mailbox replies, fatal events */
#define EDGETPU_VECTOR_JOBS		1	/* job completions */
#define EDGETPU_NUM_VECTORS		2

/* BAR0: 32 KiB. The MSI-X table and PBA have pages of their own. */
#define EDGETPU_BAR0_SIZE		0x8000
#define EDGETPU_BAR0_MSIX_TABLE		0x4000
#define EDGETPU_BAR0_MSIX_PBA		0x5000

/* --- control registers ------------------------------------------------- */

#define EDGETPU_REG_ID			0x000	/* RO: EDGETPU_ID */
#define EDGETPU_ID			0x55505445	/* "ETPU" */
#define EDGETPU_REG_HW_VERSION		0x004	/* RO: major << 16 | minor */
#define EDGETPU_HW_VERSION		0x00010000

/* configuration, RO */
#define EDGETPU_REG_ARRAY_ROWS		0x008	/* reduction lanes of the MAC array */
#define EDGETPU_REG_ARRAY_COLS		0x00c	/* output channel lanes of the MAC array */
#define EDGETPU_REG_VECTOR_LANES	0x010	/* channels the vector unit works on at once */
#define EDGETPU_REG_VECTOR_MACS		0x014	/* int8 MACs per vector lane and cycle */
#define EDGETPU_REG_CLOCK_KHZ		0x018
#define EDGETPU_REG_SRAM_SIZE		0x01c	/* bytes, 1..EDGETPU_MAX_SRAM_SIZE */
#define EDGETPU_MAX_SRAM_SIZE		(1u << 28)	/* hosts keep that much for each job that waits */
#define EDGETPU_REG_DRAM_MBPS		0x020	/* host memory bandwidth, 10^6 bytes/s */
#define EDGETPU_REG_DRAM_LATENCY	0x024	/* cycles, one access */
#define EDGETPU_REG_NUM_CONTEXTS	0x028	/* address spaces, at most EDGETPU_MAX_CONTEXTS */
#define EDGETPU_REG_NUM_RINGS		0x02c	/* job rings, at most EDGETPU_MAX_RINGS */
#define EDGETPU_REG_VA_BITS		0x030	/* bits of a device virtual address */
#define EDGETPU_REG_FEATURES		0x034	/* EDGETPU_FEATURE_*; 0 on hardware that has none */
#define EDGETPU_FEATURE_SENSORS		(1u << 0)	/* EDGETPU_REG_SENSOR_*, IRQ_ALARM */
#define EDGETPU_FEATURE_DEBUG		(1u << 1)	/* EDGETPU_REG_DEBUG_* */

/*
 * Reset. Writing 1 stops the control processor and the engines, drops every
 * context, ring and TLB entry, and returns the boot ROM to IDLE. Reads 1 until
 * done. Scratch SRAM and TCM are cleared.
 */
#define EDGETPU_REG_RESET		0x040

/*
 * Boot. FW_ADDR is the DMA address of a complete firmware image in host memory,
 * FW_SIZE its size in bytes. Writing 1 to BOOT makes the boot ROM fetch it,
 * check header, size and CRC, copy it to TCM and release the control processor.
 */
#define EDGETPU_REG_FW_ADDR_LO		0x048
#define EDGETPU_REG_FW_ADDR_HI		0x04c
#define EDGETPU_REG_FW_SIZE		0x050
#define EDGETPU_REG_BOOT		0x054	/* WO */
#define EDGETPU_REG_BOOT_STATUS		0x058	/* RO: state | error << 8 */
#define EDGETPU_BOOT_IDLE		0	/* in reset, waiting for BOOT */
#define EDGETPU_BOOT_LOADING		1
#define EDGETPU_BOOT_RUNNING		2	/* image accepted, control processor released */
#define EDGETPU_BOOT_READY		3	/* firmware says: mailbox is served */
#define EDGETPU_BOOT_FAILED		4	/* see error */
#define EDGETPU_BOOT_STATE(v)		((v) & 0xff)
#define EDGETPU_BOOT_ERROR(v)		(((v) >> 8) & 0xff)
#define EDGETPU_BOOT_ERR_NONE		0
#define EDGETPU_BOOT_ERR_DMA		1	/* image not readable at FW_ADDR */
#define EDGETPU_BOOT_ERR_SIZE		2	/* shorter than its header says, or too large for TCM */
#define EDGETPU_BOOT_ERR_MAGIC		3
#define EDGETPU_BOOT_ERR_VERSION	4	/* header version or hardware major not ours */
#define EDGETPU_BOOT_ERR_CRC		5
#define EDGETPU_BOOT_ERR_ENTRY		6	/* entry or load address outside TCM */

#define EDGETPU_REG_HEARTBEAT		0x060	/* RO: grows while the firmware is alive */
#define EDGETPU_REG_CORE_STATUS		0x064	/* RO */
#define EDGETPU_CORE_RESET		0
#define EDGETPU_CORE_RUNNING		1
#define EDGETPU_CORE_WAITING		2	/* in WFI */
#define EDGETPU_CORE_CRASHED		3	/* trapped; CRASH_* are valid */
#define EDGETPU_CORE_HALTED		4	/* by DEBUG_HALT; CRASH_PC is valid */
#define EDGETPU_REG_CRASH_PC		0x068	/* RO: mepc; HALTED: the next instruction */
#define EDGETPU_REG_CRASH_CAUSE		0x06c	/* RO: mcause */
#define EDGETPU_REG_CRASH_TVAL		0x070	/* RO: mtval */

/* Interrupt causes. STATUS is write-1-to-clear; a cause raises its vector while enabled. */
#define EDGETPU_REG_IRQ_STATUS		0x080
#define EDGETPU_REG_IRQ_ENABLE		0x084
#define EDGETPU_IRQ_MAILBOX		(1u << 0)	/* VECTOR_CONTROL */
#define EDGETPU_IRQ_FATAL		(1u << 1)	/* VECTOR_CONTROL: core crashed */
#define EDGETPU_IRQ_JOBS		(1u << 2)	/* VECTOR_JOBS */
#define EDGETPU_IRQ_ALARM		(1u << 3)	/* VECTOR_CONTROL: SENSOR_ALARM became 1 */
#define EDGETPU_IRQ_ALL			0xf

/*
 * Writing a context number, or EDGETPU_MMU_ALL, drops its TLB entries. Reads
 * non-zero until no access that used the old translation is in flight.
 */
#define EDGETPU_REG_MMU_INVALIDATE	0x090
#define EDGETPU_MMU_ALL			0xffffffff

#define EDGETPU_REG_CYCLES_LO		0x098	/* RO: model time; reading LO latches HI */
#define EDGETPU_REG_CYCLES_HI		0x09c

/*
 * Sensors, with FEATURE_SENSORS. All but TEMP_MAX are RO; reading TIME_LO latches all from
 * TIME_HI to ALARM, so that they are of one moment. Counts are since power-on: a reset
 * leaves them alone, and sets TEMP_MAX to its default.
 *
 * TIME counts cycles of CLOCK_KHZ, those in which the device had nothing to do too.
 * BUSY(e) are those in which engine e had a command, of any job or of the firmware's own;
 * ACTIVE those in which any had. The engines are EDGETPU_ENGINE_*, below NUM_ENGINES.
 */
#define EDGETPU_REG_SENSOR_TIME_LO	0x100
#define EDGETPU_REG_SENSOR_TIME_HI	0x104
#define EDGETPU_REG_SENSOR_ACTIVE_LO	0x108
#define EDGETPU_REG_SENSOR_ACTIVE_HI	0x10c
#define EDGETPU_REG_SENSOR_BUSY_LO(e)	(0x110 + 8 * (e))
#define EDGETPU_REG_SENSOR_BUSY_HI(e)	(0x114 + 8 * (e))
#define EDGETPU_REG_SENSOR_ENERGY_LO	0x130	/* microjoules */
#define EDGETPU_REG_SENSOR_ENERGY_HI	0x134
#define EDGETPU_REG_SENSOR_POWER	0x138	/* milliwatts, averaged over about POWER_WINDOW_MS */
#define EDGETPU_REG_SENSOR_TEMP		0x13c	/* thousandths of a degree Celsius, signed */
#define EDGETPU_REG_SENSOR_ALARM	0x140	/* 1 from TEMP_MAX on until ALARM_HYSTERESIS below */
#define EDGETPU_REG_SENSOR_TEMP_MAX	0x144	/* RW: like TEMP */
#define EDGETPU_REG_SENSOR_SERIAL_LO	0x148	/* RO, not latched: number of the unit */
#define EDGETPU_REG_SENSOR_SERIAL_HI	0x14c
#define EDGETPU_POWER_WINDOW_MS		20
#define EDGETPU_TEMP_MAX_DEFAULT	95000
#define EDGETPU_ALARM_HYSTERESIS	1000	/* thousandths of a degree */

/*
 * For a look at what has gone wrong, before RESET: with FEATURE_DEBUG. DEBUG_HALT stops a
 * control processor that runs, and the engines, as a crash does; nothing goes on but by
 * RESET. DEBUG_WINDOW shows TCM from DEBUG_TCM on, a multiple of its size, while the core
 * is CRASHED or HALTED, and zeros else: nobody watches a firmware at work. TCM holds
 * programs, tables and commands, never a tensor.
 *
 * DEBUG_ENGINE(e) is a struct edgetpu_engine_state, at any time; while commands begin and
 * end, words that are read one after the other may be of two of them.
 */
#define EDGETPU_REG_DEBUG_HALT		0x074	/* WO: 1 */
#define EDGETPU_REG_DEBUG_TCM		0x078	/* RW: bytes from TCM's start */
#define EDGETPU_REG_DEBUG_ENGINE(e)	(0x3000 + 0x200 * (e))	/* RO */
#define EDGETPU_REG_DEBUG_WINDOW	0x3800	/* RO */
#define EDGETPU_DEBUG_WINDOW_SIZE	0x800

/**
 * struct edgetpu_command_record - what an engine remembers of a command, 16 bytes
 * @index: its number in the stream; from EDGETPU_MAX_COMMANDS on: the firmware's own
 * @tag: the command's tag
 * @what: opcode | EDGETPU_RECORD_* << 8 | with FAULTED, EDGETPU_STATUS_* << 16
 * @began: model cycle, low word
 */
struct edgetpu_command_record {
	__le32 index;
	__le32 tag;
	__le32 what;
	__le32 began;
};

#define EDGETPU_RECORD_OPCODE(what)	((what) & 0xff)
#define EDGETPU_RECORD_STATE(what)	(((what) >> 8) & 0xff)
#define EDGETPU_RECORD_STATUS(what)	(((what) >> 16) & 0xff)
#define EDGETPU_RECORD_NONE		0	/* no command yet */
#define EDGETPU_RECORD_RUNS		1
#define EDGETPU_RECORD_DONE		2
#define EDGETPU_RECORD_FAULTED		3
#define EDGETPU_RECORD_STOPPED		4	/* half way, by the firmware or with it */

#define EDGETPU_RECORD_DEPTH		16

/**
 * struct edgetpu_engine_state - what an engine did last, 512 bytes
 * @begun: commands begun since reset, free running; n (from 0) is in record n % DEPTH
 * @pad: zero
 * @stopped: the last that was STOPPED, however many came after it; zero: none since reset
 * @command: the last of them, as it came (struct edgetpu_command)
 * @records: the last of them
 */
struct edgetpu_engine_state {
	__le32 begun;
	__le32 pad[27];
	struct edgetpu_command_record stopped;
	__le32 command[32];
	struct edgetpu_command_record records[EDGETPU_RECORD_DEPTH];
};

/* --- mailbox ----------------------------------------------------------- */

#define EDGETPU_REG_MBOX_REQ(i)		(0x1000 + 4 * (i))	/* RW, i < EDGETPU_MBOX_WORDS */
#define EDGETPU_REG_MBOX_REQ_SEQ	0x1040	/* RW: writing posts the request to the firmware */
#define EDGETPU_REG_MBOX_RSP(i)		(0x1080 + 4 * (i))	/* RO */
#define EDGETPU_REG_MBOX_RSP_SEQ	0x10c0	/* RO: sequence number of the last request answered */
#define EDGETPU_MBOX_WORDS		8

/*
 * A request: word 0 is the opcode, words 1.. the arguments. The reply: word 0
 * is an EDGETPU_MBOX_* status, words 1.. the results. One request at a time.
 */
#define EDGETPU_MBOX_HELLO		1	/* {protocol} -> {protocol, fw version} */
#define EDGETPU_MBOX_LOG		2	/* {addr lo, addr hi, bytes of text}: struct edgetpu_log; 0: off */
#define EDGETPU_MBOX_CONTEXT_CREATE	3	/* {context, table lo, table hi} */
#define EDGETPU_MBOX_CONTEXT_DESTROY	4	/* {context}; its rings must be gone */
#define EDGETPU_MBOX_RING_CREATE	5	/* {ring, context, priority, addr lo, addr hi, entries, from} */
#define EDGETPU_MBOX_RING_DESTROY	6	/* {ring}; kills a job of it that has started */
#define EDGETPU_MBOX_RING_STOP		7	/* {ring, yield} -> {started, fence}: starts no job any more */
#define EDGETPU_MBOX_SAVE_AREA		8	/* {area, context, va lo, va hi, bytes, parked}; bytes 0: it goes */
#define EDGETPU_MBOX_RING_PARK		9	/* {ring} -> {area, fence}: destroys it, keeps a saved job */

#define EDGETPU_MBOX_OK			0
#define EDGETPU_MBOX_EINVAL		1	/* bad argument */
#define EDGETPU_MBOX_ENOENT		2	/* no such context or ring */
#define EDGETPU_MBOX_EEXIST		3	/* context or ring exists already */
#define EDGETPU_MBOX_EBUSY		4	/* context has rings or areas, area holds a job */
#define EDGETPU_MBOX_EOPCODE		5	/* unknown opcode */
#define EDGETPU_MBOX_ENODATA		6	/* the area holds no complete job */

/*
 * RING_STOP: of the ring's jobs, one may have started and not ended (started: 1);
 * it goes on to its end. The others stay where they are. The firmware has let go
 * of the ring's jobs when the header's fence has passed it; RING_DESTROY may
 * follow at any time. fence is the header's. With yield 1 that job goes on to the
 * end of its turn at most, if there is an area to save it: once it is saved it stays
 * so, and IRQ_JOBS says that RING_PARK may follow. What it says stays said.
 *
 * SAVE_AREA: memory of the driver's in which the firmware keeps the SRAM of a job
 * while others run, and behind that a struct edgetpu_saved. va and bytes are
 * multiples of the page size, bytes is at least EDGETPU_SAVE_AREA_BYTES(); context's
 * page table must give READ, WRITE and COMMAND. The context may have rings, but should
 * be one that no job uses. bytes 0: the area goes, with a job that is parked in it.
 * parked 1: it holds a job that another boot of the firmware has saved there, and is
 * parked; ENODATA when it does not.
 *
 * RING_PARK: the ring goes as with RING_DESTROY, but a job of it that has started and
 * is saved does not end: it is parked in its area, which is told, and stays there until
 * a ring takes it over or the area goes. Without such a job area is EDGETPU_NO_AREA.
 * EBUSY when the job has the engines, or is about to: then nothing happens. fence is
 * the header's. A ring created with from = area + 1 takes over the job that is parked
 * there (ENOENT: none is) as its first, which has started: it goes on when the doorbell
 * has posted it. The descriptor must be the same but for seq, id and all: else the job
 * ends as LOST and nothing of it is seen. from 0: a ring like any.
 *
 * Without areas a job runs to its end. With n of them, those with parked jobs left out,
 * at most n jobs of rings have started at a time, and the last free one is for a ring of
 * the highest priority: for c clients to take turns there must be c + 1. When half of
 * them are taken, only those of whom no job has started get one. When all are taken,
 * every second turn goes to the job that started first, so that one becomes free.
 */
#define EDGETPU_MAX_SAVE_AREAS		128
#define EDGETPU_NO_AREA			0xffffffff
#define EDGETPU_SAVE_AREA_BYTES(sram) \
	(((sram) + (__u32)sizeof(struct edgetpu_saved) + 0xfff) & ~0xfffu)

/* Of this file's mailbox and ring formats; driver and firmware must agree. */
#define EDGETPU_PROTOCOL		4

/* Of commands, regions and traces; who makes command streams and the hardware must agree. */
#define EDGETPU_COMMAND_FORMAT		1

/* --- doorbells --------------------------------------------------------- */

/* Writing the ring's new tail (free-running count of jobs posted) wakes the firmware. */
#define EDGETPU_REG_DOORBELL(ring)	(0x2000 + 4 * (ring))

#define EDGETPU_MAX_CONTEXTS		32
#define EDGETPU_MAX_RINGS		64
#define EDGETPU_NUM_PRIORITIES		3	/* of a ring, 0..2; the highest runs first */

/* --- engines ----------------------------------------------------------- */

/* The engines; and who else meets faults */
#define EDGETPU_ENGINE_LOAD		0	/* DMA, host memory to SRAM */
#define EDGETPU_ENGINE_STORE		1	/* DMA, SRAM to host memory */
#define EDGETPU_ENGINE_ARRAY		2	/* the MAC array */
#define EDGETPU_ENGINE_VECTOR		3	/* the vector unit */
#define EDGETPU_NUM_ENGINES		4
#define EDGETPU_ENGINE_FIRMWARE		4	/* the control processor: job and command fetch */

/* --- job rings in host memory ------------------------------------------ */

/*
 * A ring is one DMA-contiguous, page-aligned block:
 *	struct edgetpu_ring_header at 0,
 *	struct edgetpu_job[entries] at EDGETPU_RING_JOBS,
 *	struct edgetpu_completion[entries] behind them.
 * Job number n (free-running, from 0) uses slot n % entries of both arrays and
 * has sequence number n + 1.
 */
#define EDGETPU_RING_JOBS		256
#define EDGETPU_RING_MIN_ENTRIES	2
#define EDGETPU_RING_MAX_ENTRIES	256	/* entries: a power of two */
#define EDGETPU_RING_COMPLETIONS(entries) \
	(EDGETPU_RING_JOBS + (entries) * (__u32)sizeof(struct edgetpu_job))
#define EDGETPU_RING_BYTES(entries) \
	(EDGETPU_RING_COMPLETIONS(entries) + (entries) * (__u32)sizeof(struct edgetpu_completion))

/**
 * struct edgetpu_ring_header - what the firmware tells of a ring
 * @fence: sequence number of the last job completed; written after its completion
 * @running: sequence number of the job that has started, or 0
 * @progress: grows while that job gets on
 * @state: EDGETPU_RING_*: where that job is
 * @area: with SAVED, the area that holds it; written after all that is there
 * @pad: zero
 * @start: with SAVED, model cycle at which that job was taken
 * @at: model cycle of this word
 * @used: cycles that job has had the engines until then; 0 without one
 * @busy: of them, each engine was at work, by EDGETPU_ENGINE_*; saturates
 */
struct edgetpu_ring_header {
	__le32 fence;
	__le32 running;
	__le32 progress;
	__le32 state;
	__le32 area;
	__le32 pad;
	__le64 start;
	__le64 at;
	__le64 used;
	__le32 busy[EDGETPU_NUM_ENGINES];
};

#define EDGETPU_RING_IDLE		0	/* none has started */
#define EDGETPU_RING_RUNNING		1	/* it has the engines */
#define EDGETPU_RING_SAVED		2	/* it waits for its next turn */

/* Regions a command addresses memory through; the meaning is the compiler's, but for COMMAND. */
#define EDGETPU_REGION_COMMAND		0	/* the command buffer itself: fetched, never data */
#define EDGETPU_NUM_REGIONS		8

#define EDGETPU_REGION_READ		(1u << 0)
#define EDGETPU_REGION_WRITE		(1u << 1)

/**
 * struct edgetpu_region - one window of a context's address space, bound for one job
 * @va: device virtual address, a multiple of 64
 * @size: bytes; 0 means not bound
 * @flags: EDGETPU_REGION_READ and _WRITE; the page table must allow it as well
 * @pad: zero
 */
struct edgetpu_region {
	__le64 va;
	__le64 size;
	__le32 flags;
	__le32 pad;
};

/**
 * struct edgetpu_job - one entry of a ring, 256 bytes
 * @seq: sequence number, job number + 1
 * @flags: EDGETPU_JOB_*
 * @num_commands: commands (struct edgetpu_command) in region COMMAND, from its start
 * @trace_region: with EDGETPU_JOB_TRACE, the region that takes one struct
 *	edgetpu_trace per command
 * @limit: cycles it may have the engines; then it ends as TIME_LIMIT. 0: no limit
 * @id: the driver's name for it, never used twice: what a parked job is known by
 * @pad: zero
 * @regions: what the commands' region numbers stand for
 */
struct edgetpu_job {
	__le32 seq;
	__le32 flags;
	__le32 num_commands;
	__le32 trace_region;
	__le64 limit;
	__le64 id;
	__le32 pad[8];
	struct edgetpu_region regions[EDGETPU_NUM_REGIONS];
};

#define EDGETPU_JOB_TRACE		(1u << 0)
#define EDGETPU_JOB_FLAGS		(EDGETPU_JOB_TRACE)

/* How a job ended, and why an engine or the firmware stopped it */
#define EDGETPU_STATUS_OK		0
#define EDGETPU_STATUS_KILLED		1	/* its ring was destroyed */
#define EDGETPU_STATUS_BAD_JOB		2	/* descriptor: sequence, flags, regions, count */
#define EDGETPU_STATUS_BAD_COMMAND	3	/* opcode, field out of range, wait on the future */
#define EDGETPU_STATUS_BAD_REGION	4	/* unbound region, offset beyond it, right missing */
#define EDGETPU_STATUS_BAD_SRAM		5	/* SRAM address out of range or misaligned */
#define EDGETPU_STATUS_MMU_FAULT	6	/* no page, or the page lacks the right */
#define EDGETPU_STATUS_BUS_ERROR	7	/* the page's host memory is not there */
#define EDGETPU_STATUS_TIME_LIMIT	8	/* struct edgetpu_job.limit */
#define EDGETPU_STATUS_LOST		9	/* what was saved of it cannot be read back */
#define EDGETPU_STATUS_TOO_LONG		10	/* one command takes more cycles than any may */

/**
 * struct edgetpu_counts - what the device has done for a job, 64 bytes
 * @used: cycles it had the engines
 * @switching: cycles that went into saving and loading it between its turns
 * @read: bytes read from host memory
 * @written: bytes written there
 * @energy: of all that work, in tenths of a picojoule; not what merely being on takes
 * @stalled: cycles each engine had a command that waited for others, or got on the slower
 *	for sharing SRAM and memory; saturates
 * @misses: translations that were not in the TLB; saturates
 * @turns: how often it got the engines
 *
 * @used and @stalled, like busy, are of its commands alone, and the same whether it has
 * one turn or many, but for what others have taken from the TLB. @read, @written, @energy
 * and @misses have everything in them: commands, their fetch, descriptor, trace, what the
 * host was told on the way, saving and loading; all but the completion itself.
 */
struct edgetpu_counts {
	__le64 used;
	__le64 switching;
	__le64 read;
	__le64 written;
	__le64 energy;
	__le32 stalled[EDGETPU_NUM_ENGINES];
	__le32 misses;
	__le32 turns;
};

/**
 * struct edgetpu_completion - how a job ended, 128 bytes
 * @seq: the job's sequence number
 * @status: EDGETPU_STATUS_*
 * @engine: with an error, EDGETPU_ENGINE_* that met it
 * @command: with an error, index of the command
 * @fault_va: with MMU_FAULT, BAD_REGION or BUS_ERROR, the address
 * @start: model cycle at which the firmware took the job
 * @end: model cycle at which it was done
 * @busy: cycles each engine was at work, by EDGETPU_ENGINE_*; saturates
 * @instructions: instructions the control processor retired for the job; saturates
 * @commands: commands completed; with OK, all of them
 * @counts: what was done for it
 */
struct edgetpu_completion {
	__le32 seq;
	__le32 status;
	__le32 engine;
	__le32 command;
	__le64 fault_va;
	__le64 start;
	__le64 end;
	__le32 busy[EDGETPU_NUM_ENGINES];
	__le32 instructions;
	__le32 commands;
	struct edgetpu_counts counts;
};

/**
 * struct edgetpu_place - where a stream of commands goes on
 * @next: of each engine, index of its first command that has not run
 * @done: of each engine, commands that have
 */
struct edgetpu_place {
	__le32 next[EDGETPU_NUM_ENGINES];
	__le32 done[EDGETPU_NUM_ENGINES];
};

/**
 * struct edgetpu_saved - what there is of a saved job beside its SRAM, 192 bytes; behind
 * SRAM's size in the area
 * @magic: EDGETPU_SAVED_MAGIC; 0 from when the job goes on
 * @check: of all the rest; a record that was written in part does not have it
 * @id: the job's
 * @descriptor: digest of its descriptor but for seq
 * @num_commands: of its descriptor
 * @place: of its stream
 * @start: model cycle at which the firmware took it
 * @trace_zero: that from which its trace counts
 * @at: that of this record
 * @counts: what was done for it
 * @busy: cycles each engine was at work for it
 * @instructions: retired for it
 * @progress: made, but for commands completed
 * @sram_bytes: of SRAM in front of the record
 * @store_cycles: what saving it took
 * @pad: zero
 */
struct edgetpu_saved {
	__le32 magic;
	__le32 check;
	__le64 id;
	__le32 descriptor;
	__le32 num_commands;
	struct edgetpu_place place;
	__le64 start;
	__le64 trace_zero;
	__le64 at;
	struct edgetpu_counts counts;
	__le32 busy[EDGETPU_NUM_ENGINES];
	__le32 instructions;
	__le32 progress;
	__le32 sram_bytes;
	__le32 store_cycles;
	__le32 pad[4];
};

#define EDGETPU_SAVED_MAGIC		0x56535445	/* "ETSV" */

/**
 * struct edgetpu_trace - when one command ran, 32 bytes, at index @command of the trace region
 * @start: model cycle relative to the job's start
 * @end: the same, exclusive
 * @issued: model cycle at which the firmware handed it to the engine
 * @engine: EDGETPU_ENGINE_*
 * @tag: the command's tag
 * @bytes: bytes of host memory moved
 * @pad: zero
 */
struct edgetpu_trace {
	__le32 start;
	__le32 end;
	__le32 issued;
	__le32 engine;
	__le32 tag;
	__le32 bytes;
	__le32 pad[2];
};

/* --- firmware log in host memory --------------------------------------- */

/**
 * struct edgetpu_log - ring of text the firmware writes
 * @head: free-running count of bytes written; byte n is at text[n % size]
 * @size: bytes of text; the host sets it, a power of two
 * @pad: zero
 * @text: lines, each ended by a newline
 */
struct edgetpu_log {
	__le32 head;
	__le32 size;
	__le32 pad[14];
	__u8 text[];
};

/* --- MMU --------------------------------------------------------------- */

/*
 * Three levels of 512 64-bit entries, 4 KiB pages, 39-bit virtual addresses:
 * bits 38-30, 29-21 and 20-12 index levels 0, 1 and 2. An entry of levels 0 and
 * 1 has VALID and the next table's address; one of level 2 has the page's
 * address and rights. Bits 51-12 are the address.
 */
#define EDGETPU_PAGE_SHIFT		12
#define EDGETPU_VA_BITS			39
#define EDGETPU_PT_LEVELS		3
#define EDGETPU_PT_ENTRIES		512
#define EDGETPU_PTE_VALID		(1ull << 0)
#define EDGETPU_PTE_READ		(1ull << 1)
#define EDGETPU_PTE_WRITE		(1ull << 2)
#define EDGETPU_PTE_COMMAND		(1ull << 3)	/* may be fetched as commands */
#define EDGETPU_PTE_ADDR		0x000ffffffffff000ull

/* --- firmware image ---------------------------------------------------- */

#define EDGETPU_FW_NAME			"edgetpu/edgetpu-fw.bin"
#define EDGETPU_FW_MAGIC		0x57465445	/* "ETFW" */
#define EDGETPU_FW_HEADER_VERSION	1
#define EDGETPU_FW_MAX_SIZE		0x40000	/* the whole file; TCM's size */

/**
 * struct edgetpu_fw_header - the first 64 bytes of the image; the payload follows
 * @magic: EDGETPU_FW_MAGIC
 * @header_version: EDGETPU_FW_HEADER_VERSION
 * @header_size: 64
 * @payload_size: bytes that follow the header, a multiple of 4
 * @crc: CRC-32 (IEEE 802.3: reflected, polynomial 0xedb88320, initial value and
 *	final xor all ones) of the header with this field zero, then the payload
 * @load_addr: where the payload goes in the control processor's address space
 * @entry: first instruction
 * @fw_version: major << 16 | minor << 8 | patch
 * @protocol: EDGETPU_PROTOCOL it speaks
 * @hw_major: major hardware version it is for
 * @bss_size: bytes behind the payload that must fit in TCM too (data, stack)
 * @pad: zero
 */
struct edgetpu_fw_header {
	__le32 magic;
	__le16 header_version;
	__le16 header_size;
	__le32 payload_size;
	__le32 crc;
	__le32 load_addr;
	__le32 entry;
	__le32 fw_version;
	__le32 protocol;
	__le32 hw_major;
	__le32 bss_size;
	__le32 pad[6];
};

#endif /* _UAPI_EDGETPU_HW_H_ */
