/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device core from within. Two threads meet here: the front end's message
 * thread reads and writes host registers (host.c, all of it under
 * host_side.mutex); everything else belongs to the thread in
 * edgetpu_device_run(). Unit tests drive the core through this header too.
 */
#ifndef EDGETPU_INTERNAL_H
#define EDGETPU_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "device.h"
#include "edgetpu_core.h"
#include "edgetpu_isa.h"
#include "hwmodel/cost.h"
#include "kernels/engine.h"
#include "rv32.h"
#include "span.h"

#define NEVER UINT64_MAX

/* --- host.c: what the message thread sees ---------------------------------- */

/**
 * struct host_side - host-visible registers
 * @mutex: for all of it but the atomics
 * @attention: there is something for host_poll()
 * @reset_pending: RESET was written; also read without the mutex, to abandon work
 * @boot_pending: BOOT was written
 * @mailbox_posted: REQ_SEQ was written
 * @invalidate: contexts whose TLB entries must go
 * @fw_addr: FW_ADDR
 * @fw_size: FW_SIZE
 * @boot_status: BOOT_STATUS
 * @crash: CRASH_PC, _CAUSE, _TVAL
 * @irq_status: IRQ_STATUS
 * @irq_enable: IRQ_ENABLE
 * @mbox_req: MBOX_REQ
 * @mbox_req_seq: MBOX_REQ_SEQ
 * @mbox_rsp: MBOX_RSP
 * @mbox_rsp_seq: MBOX_RSP_SEQ
 * @doorbell: last tail written
 * @doorbell_pending: rings rung since the firmware last looked
 * @cycles_hi: latched by CYCLES_LO
 * @heartbeat: HEARTBEAT
 * @core_status: CORE_STATUS
 * @cycle: model time, as of the last time the core stopped to look
 */
struct host_side {
	atomic_uint heartbeat;
	atomic_uint core_status;
	atomic_uint_least64_t cycle;
	pthread_mutex_t mutex;
	atomic_bool attention;
	atomic_bool reset_pending;
	bool boot_pending;
	bool mailbox_posted;
	uint32_t invalidate;
	uint64_t fw_addr;
	uint32_t fw_size;
	uint32_t boot_status;
	uint32_t crash[3];
	uint32_t irq_status;
	uint32_t irq_enable;
	uint32_t mbox_req[EDGETPU_MBOX_WORDS];
	uint32_t mbox_req_seq;
	uint32_t mbox_rsp[EDGETPU_MBOX_WORDS];
	uint32_t mbox_rsp_seq;
	uint32_t doorbell[EDGETPU_MAX_RINGS];
	uint32_t doorbell_pending[EDGETPU_MAX_RINGS / 32];
	uint32_t cycles_hi;
};

/* --- mmu.c ------------------------------------------------------------------ */

#define TLB_SETS	16
#define TLB_WAYS	4
#define TLB_PAGES	(HWMODEL_WALK_SPAN >> EDGETPU_PAGE_SHIFT)
#define WALK_ENTRIES	16

/* One burst of eight page table entries */
struct tlb_entry {
	bool valid;
	uint8_t context;
	uint64_t tag;
	uint64_t used;
	uint64_t pte[TLB_PAGES];
};

/* The last level's table of 2 MiB of address space */
struct walk_entry {
	bool valid;
	uint8_t context;
	uint64_t tag;
	uint64_t table;
};

struct mmu {
	struct {
		bool valid;
		uint64_t table;
	} contexts[EDGETPU_MAX_CONTEXTS];
	struct tlb_entry tlb[TLB_SETS][TLB_WAYS];
	struct walk_entry walks[WALK_ENTRIES];
	uint64_t clock;
};

/**
 * struct access - one transfer's way through the MMU
 * @direct: host memory itself, no translation; the control processor's alone
 * @context: address space
 * @right: EDGETPU_PTE_* the pages must have
 * @write: host memory will be written
 * @walks: page table reads so far
 * @started: bytes have moved, so that further walks run ahead of them
 * @fault: with an error, the address
 */
struct access {
	bool direct;
	uint32_t context;
	uint64_t right;
	bool write;
	bool started;
	struct hwmodel_walks walks;
	uint64_t fault;
};

/**
 * access_map - host memory behind an address
 * @dev: the device, inside host_lock()
 * @access: whose access
 * @addr: address in its space
 * @len: in: bytes wanted; out: bytes there are, at most to the end of the page
 * @p: out
 *
 * Return: EDGETPU_STATUS_OK, _MMU_FAULT or _BUS_ERROR with access->fault.
 */
unsigned int access_map(struct edgetpu_device *dev, struct access *access, uint64_t addr,
			uint64_t *len, uint8_t **p);

/* Copies to (access->write) or from host memory; status as access_map(). */
unsigned int access_copy(struct edgetpu_device *dev, struct access *access, uint64_t addr,
			 void *data, uint64_t len);

void mmu_reset(struct edgetpu_device *dev);
void mmu_invalidate(struct edgetpu_device *dev, uint32_t contexts);
void mmu_set_table(struct edgetpu_device *dev, uint32_t context, uint64_t table);
void mmu_set_valid(struct edgetpu_device *dev, uint32_t context, bool valid);

/* --- commands ---------------------------------------------------------------- */

#define OP_MAX_READS 4

/**
 * struct op - a command decoded and checked
 * @opcode: EDGETPU_OP_*
 * @reads: SRAM read
 * @num_reads: how many of them
 * @write: SRAM written
 * @writes: is any
 * @mem: device virtual addresses read (LOAD) or written (STORE)
 * @conv: operands of CONV, DEPTHWISE and pools
 * @elementwise: operands of ADD and RESCALE
 * @fault: with an error, the address where there is one
 */
struct op {
	unsigned int opcode;
	struct span reads[OP_MAX_READS];
	unsigned int num_reads;
	struct span write;
	bool writes;
	struct span mem;
	union {
		struct mnet_conv_args conv;
		struct mnet_elementwise_args elementwise;
	};
	uint64_t fault;
};

/*
 * Decoders: check every field and fill @op. Return EDGETPU_STATUS_*. Runners:
 * do the work. Runners of DMA can fail and tell the walks they made.
 */
unsigned int dma_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
			struct op *op);
unsigned int dma_run(struct edgetpu_device *dev, const struct edgetpu_command *command,
		     struct op *op, struct hwmodel_walks *walks);
unsigned int window_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
			   struct op *op);
void window_run(struct edgetpu_device *dev, const struct op *op);
unsigned int vector_decode(struct edgetpu_device *dev, const struct edgetpu_command *command,
			   struct op *op);
void vector_run(struct edgetpu_device *dev, const struct edgetpu_command *command,
		const struct op *op);

/* In [2^30, 2^31) or 0, and in [-31, 30]: struct edgetpu_channel_block */
static inline bool scale_valid(uint32_t multiplier, int32_t shift)
{
	return (!multiplier || multiplier >> 30 == 1) && shift >= -31 && shift <= 30;
}

/* Are they all zero? */
bool bytes_zero(const uint8_t *bytes, size_t len);

/* --- time.c: everything that takes time beside the core ----------------------- */

enum {
	STREAM_CDMA = EDGETPU_NUM_ENGINES,
	STREAM_FLUSH,
	NUM_STREAMS,
};

/**
 * struct stream - work under way
 * @running: is there any
 * @start: cycle it began
 * @finish: cycle it will be done, if nothing else begins or ends before
 * @work: what is left: cycles alone times HWMODEL_RATE_ONE
 * @load: what it asks of what is shared
 * @rate: its present speed
 */
struct stream {
	bool running;
	uint64_t start;
	uint64_t finish;
	uint64_t work;
	struct hwmodel_load load;
	uint32_t rate;
};

/* @stream begins work of that cost at dev->now; time_replan() must follow. */
void stream_begin(struct edgetpu_device *dev, unsigned int stream,
		  const struct hwmodel_cost *cost);
/* Lets engines and transfers go on until @cycle, inclusive. */
void time_advance(struct edgetpu_device *dev, uint64_t cycle);
/* dev->now becomes the core's cycle: before something begins. */
void time_settle(struct edgetpu_device *dev);
/* Something began, ended or was queued at the core's cycle. */
void time_replan(struct edgetpu_device *dev);
/* When something happens next if the core does nothing, or NEVER. */
uint64_t time_next(const struct edgetpu_device *dev);

/* --- engine.c ----------------------------------------------------------------- */

struct queued {
	struct edgetpu_command command;
	uint32_t index;
	uint64_t ready;		/* when it has arrived in the queue */
	uint64_t issued;	/* when it was pushed */
};

/**
 * struct engine - one engine and its queue
 * @queue: ring of commands that wait
 * @head: the oldest
 * @count: how many
 * @current: the command that runs
 * @op: its decoded form
 * @bytes: its payload to or from host memory
 * @outcome: how it will end, known when it starts
 * @index: INDEX
 * @completed: COMPLETED
 * @busy: BUSY_CYCLES of commands completed
 * @fault: FAULT
 * @fault_command: FAULT_COMMAND
 * @fault_addr: FAULT_LO, _HI
 */
struct engine {
	struct queued queue[CORE_ENGINE_DEPTH];
	unsigned int head;
	unsigned int count;
	struct queued current;
	struct op op;
	uint64_t bytes;
	unsigned int outcome;
	uint32_t index;
	uint32_t completed;
	uint64_t busy;
	uint32_t fault;
	uint32_t fault_command;
	uint64_t fault_addr;
};

/* False when the queue is full or the address is not one in TCM. */
bool engine_push(struct edgetpu_device *dev, unsigned int e, uint32_t addr);
/* When the head of the queue may start, or NEVER. */
uint64_t engine_start_time(const struct edgetpu_device *dev, unsigned int e);
/* Takes the head of the queue and runs it at dev->now. */
void engine_start(struct edgetpu_device *dev, unsigned int e);
/* The command running is done at dev->now. */
void engine_finish(struct edgetpu_device *dev, unsigned int e);
void engine_reset_all(struct edgetpu_device *dev);
bool engines_idle(const struct edgetpu_device *dev);
/* False when engines are not idle. */
bool engine_job_start(struct edgetpu_device *dev);
uint64_t engine_busy(const struct edgetpu_device *dev, unsigned int e);

/* --- cdma.c, sram.c, trace.c, races.c ------------------------------------------ */

struct cdma {
	uint64_t addr;
	uint32_t local;
	uint32_t len;
	uint32_t context;
	uint32_t status;
	uint32_t outcome;
	uint64_t fault;
	uint64_t outcome_fault;
	bool misused;
};

void cdma_start(struct edgetpu_device *dev, uint32_t direction);
void cdma_finish(struct edgetpu_device *dev);

void sram_touch(struct edgetpu_device *dev, const struct op *op);
void sram_scrub(struct edgetpu_device *dev, uint32_t bytes);
void sram_reset(struct edgetpu_device *dev);

struct trace {
	struct edgetpu_trace *records;
	uint32_t capacity;
	uint32_t count;
	uint64_t zero;		/* cycle of JOB_START */
	uint32_t status;
	uint32_t outcome;
};

void trace_start(struct edgetpu_device *dev);
void trace_record(struct edgetpu_device *dev, unsigned int e, uint64_t start);
void trace_flush(struct edgetpu_device *dev, uint32_t region);
void trace_finish(struct edgetpu_device *dev);

/* Compares the command that engine @e starts with those that run. */
void races_check(struct edgetpu_device *dev, unsigned int e);

/* --- the device ------------------------------------------------------------------ */

struct region {
	uint64_t va;
	uint64_t size;
	uint32_t flags;
};

/**
 * struct edgetpu_device
 * @config: as the front end gave it
 * @model: the same for the cost model
 * @ops: the host
 * @host: for @ops
 * @hs: host registers
 * @core: control processor
 * @core_state: EDGETPU_CORE_*
 * @tcm: its memory
 * @sram: scratch memory
 * @high_water: HIGH_WATER
 * @scrub_until: cycle the scrub is done
 * @now: cycle of the last event of the streams
 * @next: cached time_next() of streams and engines
 * @streams: engines, control DMA, trace flush
 * @engines: their state
 * @mmu: contexts and TLB
 * @cdma: control DMA
 * @trace: trace unit
 * @regions: of the job
 * @job_context: JOB_CONTEXT
 * @context_select: CONTEXT_SELECT
 * @events: latched CORE_EVENT_* bits (MAILBOX, CDMA, TIMER)
 * @event_enable: EVENT_ENABLE
 * @engine_events: ENGINE_EVENTS
 * @timer: cycle of the timer event, or NEVER
 * @cycles_hi: latched by CYCLES_LO
 * @races: races seen
 */
struct edgetpu_device {
	struct edgetpu_config config;
	struct hwmodel_config model;
	struct edgetpu_host_ops ops;
	void *host;
	struct host_side hs;
	struct rv32 core;
	uint32_t core_state;
	uint8_t *tcm;
	uint8_t *sram;
	uint64_t high_water;
	uint64_t scrub_until;
	uint64_t now;
	uint64_t next;
	struct stream streams[NUM_STREAMS];
	struct engine engines[EDGETPU_NUM_ENGINES];
	struct mmu mmu;
	struct cdma cdma;
	struct trace trace;
	struct region regions[EDGETPU_NUM_REGIONS];
	uint32_t job_context;
	uint32_t context_select;
	uint32_t events;
	uint32_t event_enable;
	uint32_t engine_events;
	uint64_t timer;
	uint32_t cycles_hi;
	atomic_uint_least64_t races;
};

static inline void host_lock(struct edgetpu_device *dev)
{
	if (dev->ops.lock)
		dev->ops.lock(dev->host);
}

static inline void host_unlock(struct edgetpu_device *dev)
{
	if (dev->ops.unlock)
		dev->ops.unlock(dev->host);
}

/* host.c, for the run thread */
void host_init(struct edgetpu_device *dev);
/* Serves what the message thread left. Returns true when the core may have work from it. */
bool host_poll(struct edgetpu_device *dev);
/* Serves MMU_INVALIDATE alone; inside long commands. */
void host_poll_invalidate(struct edgetpu_device *dev);
void host_raise(struct edgetpu_device *dev, uint32_t causes);
void host_set_boot_status(struct edgetpu_device *dev, uint32_t status);
void host_set_core_status(struct edgetpu_device *dev, uint32_t status);

static inline bool host_reset_pending(struct edgetpu_device *dev)
{
	return atomic_load_explicit(&dev->hs.reset_pending, memory_order_relaxed);
}

/* bus.c: registers at EDGETPU_CORE_BASE */
bool bus_load(void *opaque, uint32_t addr, uint32_t *value);
bool bus_store(void *opaque, uint32_t addr, uint32_t value);
/* The core's external interrupt follows the events. */
void bus_update_irq(struct edgetpu_device *dev);

/* device.c */
void device_hw_reset(struct edgetpu_device *dev);
void device_boot(struct edgetpu_device *dev);

#endif /* EDGETPU_INTERNAL_H */
