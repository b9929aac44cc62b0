// SPDX-License-Identifier: GPL-2.0-only
/*
 * The job that runs.
 */
#include "cdma.h"
#include "context.h"
#include "job.h"
#include "log.h"
#include "stream.h"

static struct ring *running;		/* ring of the job, or NULL */
static struct edgetpu_job job;		/* its descriptor */
static struct fault fault;
static bool publish;			/* running and progress are to be told */
static uint64_t start_cycle;
static uint32_t start_instret;
static struct cdma_request header_write;
static struct edgetpu_completion completion;

bool job_active(void)
{
	return running;
}

void job_tick(void)
{
	publish = true;
}

/* --- the descriptor ------------------------------------------------------------ */

static bool region_good(const struct edgetpu_region *region)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;

	if (!region->size)
		return true;
	return !(region->va % 64) && region->va < space && region->size <= space - region->va &&
	       !(region->flags & ~(EDGETPU_REGION_READ | EDGETPU_REGION_WRITE)) && !region->pad;
}

static bool trace_good(const struct edgetpu_job *desc)
{
	const struct edgetpu_region *region = &desc->regions[desc->trace_region];

	return desc->trace_region < EDGETPU_NUM_REGIONS &&
	       desc->trace_region != EDGETPU_REGION_COMMAND &&
	       region->flags & EDGETPU_REGION_WRITE &&
	       region->size >= desc->num_commands * (uint64_t)sizeof(struct edgetpu_trace);
}

uint32_t job_check(const struct edgetpu_job *desc, uint32_t seq)
{
	uint32_t i, pad = 0;

	for (i = 0; i < sizeof(desc->pad) / sizeof(desc->pad[0]); i++)
		pad |= desc->pad[i];
	if (desc->seq != seq || desc->flags & ~(uint32_t)EDGETPU_JOB_FLAGS || pad ||
	    !desc->num_commands || desc->num_commands > EDGETPU_MAX_COMMANDS)
		return EDGETPU_STATUS_BAD_JOB;
	for (i = 0; i < EDGETPU_NUM_REGIONS; i++)
		if (!region_good(&desc->regions[i]))
			return EDGETPU_STATUS_BAD_JOB;
	if (desc->regions[EDGETPU_REGION_COMMAND].size <
	    desc->num_commands * (uint64_t)EDGETPU_COMMAND_SIZE)
		return EDGETPU_STATUS_BAD_JOB;
	if (desc->flags & EDGETPU_JOB_TRACE && !trace_good(desc))
		return EDGETPU_STATUS_BAD_JOB;
	return EDGETPU_STATUS_OK;
}

static void program_regions(void)
{
	uint32_t i, reg = CORE_REGION(0);

	for (i = 0; i < EDGETPU_NUM_REGIONS; i++, reg += CORE_REGION(1) - CORE_REGION(0)) {
		const struct edgetpu_region *region = &job.regions[i];

		reg_write(reg + CORE_REGION_VA_LO, region->va);
		reg_write(reg + CORE_REGION_VA_HI, region->va >> 32);
		reg_write(reg + CORE_REGION_SIZE_LO, region->size);
		reg_write(reg + CORE_REGION_SIZE_HI, region->size >> 32);
		reg_write(reg + CORE_REGION_FLAGS, region->flags);
	}
}

/* --- telling the host ------------------------------------------------------------- */

static uint32_t commands_completed(void)
{
	uint32_t e, n = 0;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		n += reg_read(CORE_ENGINE(e) + CORE_ENGINE_COMPLETED);
	return n;
}

static void write_header(void)
{
	cdma_start(&header_write, CDMA_HOST, running->addr, &running->header,
		   sizeof(running->header), CORE_CDMA_TO_HOST);
}

/* Does not wait: with CDMA taken it happens at a later step. */
static void publish_progress(void)
{
	if (!publish || !cdma_idle())
		return;
	publish = false;
	running->header.running = running->head + 1;
	running->header.progress = commands_completed();
	write_header();
}

/*
 * Completion, then fence, then interrupt, in this order. Where the ring's memory
 * is gone there is nobody to tell, and the driver's own time-out finds out.
 */
static void complete(void)
{
	uint32_t e;

	completion.seq = running->head + 1;
	completion.status = fault.status;
	completion.engine = fault.status ? fault.engine : 0;
	completion.command = fault.status ? fault.command : 0;
	completion.fault_va = fault.status ? fault.va : 0;
	completion.start = start_cycle;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		completion.busy[e] = reg_read(CORE_ENGINE(e) + CORE_ENGINE_BUSY_CYCLES);
	completion.instructions = reg_read(CORE_INSTRET_LO) - start_instret;
	completion.end = core_cycles();
	if (cdma_copy(CDMA_HOST, ring_completion_addr(running), &completion, sizeof(completion),
		      CORE_CDMA_TO_HOST))
		log_error("ring at %X: completion cannot be written", running->addr);

	running->header.fence = completion.seq;
	running->header.running = 0;
	running->header.progress = commands_completed();
	write_header();
	cdma_wait(&header_write);
	reg_write(CORE_HOST_IRQ, EDGETPU_IRQ_JOBS);
	if (fault.status)
		log_warn("context %u, job %u: status %u, engine %u, command %u, address %X",
			 running->context, completion.seq, fault.status, fault.engine,
			 fault.command, fault.va);
	ring_advance(running);
	running = NULL;
}

/* Ends the job early, for the reason in fault. */
static void abandon(void)
{
	reg_write(CORE_ENGINE_RESET, 1);
	stream_end();
	complete();
}

/* --- running ------------------------------------------------------------------------ */

void job_begin(struct ring *ring)
{
	uint32_t status;

	running = ring;
	start_instret = reg_read(CORE_INSTRET_LO);
	start_cycle = core_cycles();
	fault.status = EDGETPU_STATUS_OK;
	fault.engine = EDGETPU_ENGINE_FIRMWARE;
	fault.command = 0;
	fault.va = 0;
	/* forgets the counts of the job before, which a bad descriptor must not report */
	reg_write(CORE_JOB_START, 1);
	status = cdma_copy(CDMA_HOST, ring_job_addr(ring), &job, sizeof(job), CORE_CDMA_TO_TCM);
	if (!status)
		status = job_check(&job, ring->head + 1);
	if (status) {
		fault.status = status;
		complete();
		return;
	}
	stream_begin(ring->context, job.regions[EDGETPU_REGION_COMMAND].va, job.num_commands);
	program_regions();
	context_enter(ring->context);
	publish = true;
	reg_write(CORE_TIMER, JOB_TICK_CYCLES);
}

/* Takes the fault of the earliest command, should several engines have stopped. */
static void find_fault(uint32_t engines)
{
	uint32_t e, base, status, command;

	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		base = CORE_ENGINE(e);
		if (!(engines & 1u << e))
			continue;
		status = reg_read(base + CORE_ENGINE_FAULT);
		if (!status)
			continue;
		command = reg_read(base + CORE_ENGINE_FAULT_COMMAND);
		if (fault.status && command >= fault.command)
			continue;
		fault.status = status;
		fault.engine = e;
		fault.command = command;
		fault.va = reg_read(base + CORE_ENGINE_FAULT_LO);
		fault.va |= (uint64_t)reg_read(base + CORE_ENGINE_FAULT_HI) << 32;
	}
}

#define ALL_ENGINES	((1u << EDGETPU_NUM_ENGINES) - 1)

static uint32_t flush_trace(void)
{
	uint32_t status;

	if (!(job.flags & EDGETPU_JOB_TRACE))
		return EDGETPU_STATUS_OK;
	reg_write(CORE_TRACE_FLUSH, job.trace_region);
	do {
		status = reg_read(CORE_TRACE_FLUSH);
	} while (status == CORE_CDMA_BUSY);
	return status;
}

/* Every command is pushed: finished, or what to wait for. */
static uint32_t drain(void)
{
	if (!reg_read(CORE_ENGINES_IDLE))
		return CORE_EVENT_ENGINE;
	find_fault(ALL_ENGINES);
	if (fault.status) {
		abandon();
		return 0;
	}
	stream_end();
	fault.status = flush_trace();
	if (fault.status) {
		fault.engine = EDGETPU_ENGINE_FIRMWARE;
		fault.command = job.num_commands;
		fault.va = job.regions[job.trace_region].va;
	}
	complete();
	return 0;
}

uint32_t job_step(void)
{
	uint32_t engines = reg_read(CORE_ENGINE_EVENTS), wait;

	if (engines) {
		/* cleared before the engines are looked at: what comes later wakes again */
		reg_write(CORE_ENGINE_EVENTS, engines);
		find_fault(engines);
	}
	if (!fault.status && !stream_done()) {
		wait = stream_push(&fault);
		if (!fault.status) {
			publish_progress();
			/* an engine may fault while the fetch is awaited */
			return wait ? wait | CORE_EVENT_ENGINE : 0;
		}
	}
	if (fault.status) {
		abandon();
		return 0;
	}
	publish_progress();
	return drain();
}

void job_kill(struct ring *ring)
{
	if (running != ring)
		return;
	fault.status = EDGETPU_STATUS_KILLED;
	fault.engine = EDGETPU_ENGINE_FIRMWARE;
	fault.command = commands_completed();
	fault.va = 0;
	abandon();
}
