// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control processor's registers (edgetpu_core.h). An access that makes no
 * sense is an access fault: the firmware traps, which its author should see.
 */
#include "internal.h"

static uint32_t pending_events(struct edgetpu_device *dev)
{
	uint32_t events = dev->events;
	unsigned int i;

	pthread_mutex_lock(&dev->hs.mutex);
	for (i = 0; i < EDGETPU_MAX_RINGS / 32; i++)
		if (dev->hs.doorbell_pending[i])
			events |= CORE_EVENT_DOORBELL;
	pthread_mutex_unlock(&dev->hs.mutex);
	if (dev->engine_events)
		events |= CORE_EVENT_ENGINE;
	return events;
}

void bus_update_irq(struct edgetpu_device *dev)
{
	dev->core.meip = (pending_events(dev) & dev->event_enable) != 0;
}

/* --- reads ------------------------------------------------------------------ */

static bool load_control(struct edgetpu_device *dev, uint32_t offset, uint32_t *value)
{
	switch (offset) {
	case CORE_CYCLES_LO:
		dev->cycles_hi = (uint32_t)(dev->core.cycle >> 32);
		*value = (uint32_t)dev->core.cycle;
		return true;
	case CORE_CYCLES_HI:
		*value = dev->cycles_hi;
		return true;
	case CORE_INSTRET_LO:
		*value = (uint32_t)dev->core.instret;
		return true;
	case CORE_HEARTBEAT:
		*value = atomic_load(&dev->hs.heartbeat);
		return true;
	case CORE_EVENT_PENDING:
		*value = pending_events(dev);
		return true;
	case CORE_EVENT_ENABLE:
		*value = dev->event_enable;
		return true;
	}
	return false;
}

/* Mailbox and doorbells: what the message thread writes */
static bool load_host(struct edgetpu_device *dev, uint32_t offset, uint32_t *value)
{
	struct host_side *hs = &dev->hs;
	bool known = true;

	pthread_mutex_lock(&hs->mutex);
	if (offset >= CORE_MBOX_REQ(0) && offset < CORE_MBOX_REQ(EDGETPU_MBOX_WORDS))
		*value = hs->mbox_req[(offset - CORE_MBOX_REQ(0)) / 4];
	else if (offset == CORE_MBOX_REQ_SEQ)
		*value = hs->mbox_req_seq;
	else if (offset >= CORE_MBOX_RSP(0) && offset < CORE_MBOX_RSP(EDGETPU_MBOX_WORDS))
		*value = hs->mbox_rsp[(offset - CORE_MBOX_RSP(0)) / 4];
	else if (offset >= CORE_DOORBELL(0) && offset < CORE_DOORBELL(EDGETPU_MAX_RINGS))
		*value = hs->doorbell[(offset - CORE_DOORBELL(0)) / 4];
	else if (offset >= CORE_DOORBELL_PENDING(0) &&
		 offset < CORE_DOORBELL_PENDING(EDGETPU_MAX_RINGS / 32))
		*value = hs->doorbell_pending[(offset - CORE_DOORBELL_PENDING(0)) / 4];
	else
		known = false;
	pthread_mutex_unlock(&hs->mutex);
	return known;
}

static bool load_job(struct edgetpu_device *dev, uint32_t offset, uint32_t *value)
{
	const uint32_t select = dev->context_select;
	const bool selected = select < EDGETPU_MAX_CONTEXTS;

	switch (offset) {
	case CORE_CDMA_STATUS:
		*value = dev->cdma.status;
		return true;
	case CORE_CDMA_FAULT_LO:
		*value = (uint32_t)dev->cdma.fault;
		return true;
	case CORE_CDMA_FAULT_HI:
		*value = (uint32_t)(dev->cdma.fault >> 32);
		return true;
	case CORE_CONTEXT_SELECT:
		*value = select;
		return true;
	case CORE_CONTEXT_TABLE_LO:
		*value = selected ? (uint32_t)dev->mmu.contexts[select].table : 0;
		return true;
	case CORE_CONTEXT_TABLE_HI:
		*value = selected ? (uint32_t)(dev->mmu.contexts[select].table >> 32) : 0;
		return true;
	case CORE_CONTEXT_VALID:
		*value = selected && dev->mmu.contexts[select].valid;
		return true;
	case CORE_JOB_CONTEXT:
		*value = dev->job_context;
		return true;
	case CORE_SRAM_SCRUB:
		*value = dev->core.cycle < dev->scrub_until;
		return true;
	case CORE_SRAM_HIGH_WATER:
		*value = (uint32_t)dev->high_water;
		return true;
	case CORE_SRAM_BANKS:
		*value = HWMODEL_SRAM_BANKS;
		return true;
	case CORE_TRACE_FLUSH:
		*value = dev->trace.status;
		return true;
	case CORE_ENGINE_EVENTS:
		*value = dev->engine_events;
		return true;
	case CORE_ENGINES_IDLE:
		*value = engines_idle(dev);
		return true;
	}
	return false;
}

static bool load_region(struct edgetpu_device *dev, uint32_t offset, uint32_t *value)
{
	const struct region *region = &dev->regions[offset / 32];

	switch (offset % 32) {
	case CORE_REGION_VA_LO:
		*value = (uint32_t)region->va;
		return true;
	case CORE_REGION_VA_HI:
		*value = (uint32_t)(region->va >> 32);
		return true;
	case CORE_REGION_SIZE_LO:
		*value = (uint32_t)region->size;
		return true;
	case CORE_REGION_SIZE_HI:
		*value = (uint32_t)(region->size >> 32);
		return true;
	case CORE_REGION_FLAGS:
		*value = region->flags;
		return true;
	}
	return false;
}

static bool load_engine(struct edgetpu_device *dev, uint32_t offset, uint32_t *value)
{
	const unsigned int e = offset / 64;
	const struct engine *engine = &dev->engines[e];
	uint64_t busy;

	switch (offset % 64) {
	case CORE_ENGINE_INDEX:
		*value = engine->index;
		return true;
	case CORE_ENGINE_FREE:
		*value = CORE_ENGINE_DEPTH - engine->count;
		return true;
	case CORE_ENGINE_COMPLETED:
		*value = engine->completed;
		return true;
	case CORE_ENGINE_FAULT:
		*value = engine->fault;
		return true;
	case CORE_ENGINE_FAULT_COMMAND:
		*value = engine->fault_command;
		return true;
	case CORE_ENGINE_FAULT_LO:
		*value = (uint32_t)engine->fault_addr;
		return true;
	case CORE_ENGINE_FAULT_HI:
		*value = (uint32_t)(engine->fault_addr >> 32);
		return true;
	case CORE_ENGINE_BUSY_CYCLES:
		busy = engine_busy(dev, e);
		*value = busy > UINT32_MAX ? UINT32_MAX : (uint32_t)busy;
		return true;
	}
	return false;
}

bool bus_load(void *opaque, uint32_t addr, uint32_t *value)
{
	struct edgetpu_device *dev = opaque;
	const uint32_t offset = addr - EDGETPU_CORE_BASE;

	if (offset >= EDGETPU_CORE_SIZE || offset % 4)
		return false;
	time_advance(dev, dev->core.cycle);
	if (offset < CORE_MBOX_REQ(0))
		return load_control(dev, offset, value);
	if (offset < CORE_CDMA_ADDR_LO)
		return load_host(dev, offset, value);
	if (offset >= CORE_REGION(0) && offset < CORE_REGION(EDGETPU_NUM_REGIONS))
		return load_region(dev, offset - CORE_REGION(0), value);
	if (offset >= CORE_ENGINE(0) && offset < CORE_ENGINE(EDGETPU_NUM_ENGINES))
		return load_engine(dev, offset - CORE_ENGINE(0), value);
	return load_job(dev, offset, value);
}

/* --- writes ------------------------------------------------------------------- */

static void set_low(uint64_t *to, uint32_t value)
{
	*to = (*to & ~0xffffffffull) | value;
}

static void set_high(uint64_t *to, uint32_t value)
{
	*to = (*to & 0xffffffffull) | (uint64_t)value << 32;
}

static bool store_crash(struct edgetpu_device *dev, unsigned int i, uint32_t value)
{
	pthread_mutex_lock(&dev->hs.mutex);
	dev->hs.crash[i] = value;
	pthread_mutex_unlock(&dev->hs.mutex);
	return true;
}

static bool store_control(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case CORE_HEARTBEAT:
		atomic_store(&dev->hs.heartbeat, value);
		return true;
	case CORE_BOOT_READY:
		if (value == 1)
			host_set_boot_status(dev, EDGETPU_BOOT_READY);
		return true;
	case CORE_HOST_IRQ:
		host_raise(dev, value & EDGETPU_IRQ_ALL);
		return true;
	case CORE_CRASH_PC:
	case CORE_CRASH_CAUSE:
	case CORE_CRASH_TVAL:
		return store_crash(dev, (offset - CORE_CRASH_PC) / 4, value);
	case CORE_CRASH:
		if (value == 1) {
			dev->core_state = EDGETPU_CORE_CRASHED;
			dev->core.halt = true;
		}
		return true;
	case CORE_EVENT_PENDING:
		dev->events &= ~value;
		return true;
	case CORE_EVENT_ENABLE:
		dev->event_enable = value;
		return true;
	case CORE_TIMER:
		dev->timer = value ? dev->core.cycle + value : NEVER;
		return true;
	}
	return false;
}

static bool store_host(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	struct host_side *hs = &dev->hs;
	bool known = true;

	pthread_mutex_lock(&hs->mutex);
	if (offset >= CORE_MBOX_RSP(0) && offset < CORE_MBOX_RSP(EDGETPU_MBOX_WORDS))
		hs->mbox_rsp[(offset - CORE_MBOX_RSP(0)) / 4] = value;
	else if (offset == CORE_MBOX_RSP_SEQ)
		hs->mbox_rsp_seq = value;
	else if (offset >= CORE_DOORBELL_PENDING(0) &&
		 offset < CORE_DOORBELL_PENDING(EDGETPU_MAX_RINGS / 32))
		hs->doorbell_pending[(offset - CORE_DOORBELL_PENDING(0)) / 4] &= ~value;
	else
		known = false;
	pthread_mutex_unlock(&hs->mutex);
	return known;
}

static bool store_cdma(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case CORE_CDMA_ADDR_LO:
		set_low(&dev->cdma.addr, value);
		return true;
	case CORE_CDMA_ADDR_HI:
		set_high(&dev->cdma.addr, value);
		return true;
	case CORE_CDMA_LOCAL:
		dev->cdma.local = value;
		return true;
	case CORE_CDMA_LEN:
		dev->cdma.len = value;
		return true;
	case CORE_CDMA_CONTEXT:
		dev->cdma.context = value;
		return true;
	case CORE_CDMA_START:
		time_settle(dev);
		cdma_start(dev, value);
		time_replan(dev);
		return true;
	}
	return false;
}

static bool store_context(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	const uint32_t select = dev->context_select;
	uint64_t table = select < EDGETPU_MAX_CONTEXTS ? dev->mmu.contexts[select].table : 0;

	switch (offset) {
	case CORE_CONTEXT_SELECT:
		dev->context_select = value;
		return true;
	case CORE_CONTEXT_TABLE_LO:
		set_low(&table, value);
		mmu_set_table(dev, select, table);
		return true;
	case CORE_CONTEXT_TABLE_HI:
		set_high(&table, value);
		mmu_set_table(dev, select, table);
		return true;
	case CORE_CONTEXT_VALID:
		mmu_set_valid(dev, select, value != 0);
		return true;
	}
	return false;
}

static bool store_job(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	bool done = true;

	switch (offset) {
	case CORE_JOB_CONTEXT:
		dev->job_context = value;
		return true;
	case CORE_JOB_START:
		if (value == 1)
			done = engine_job_start(dev);
		break;
	case CORE_ENGINE_RESET:
		if (value == 1)
			engine_reset_all(dev);
		break;
	case CORE_SRAM_SCRUB:
		done = engines_idle(dev);
		if (done)
			sram_scrub(dev, value);
		break;
	case CORE_TRACE_FLUSH:
		time_settle(dev);
		trace_flush(dev, value);
		break;
	case CORE_ENGINE_EVENTS:
		dev->engine_events &= ~value;
		return true;
	default:
		return false;
	}
	time_replan(dev);
	return done;
}

static bool store_region(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	struct region *region = &dev->regions[offset / 32];

	switch (offset % 32) {
	case CORE_REGION_VA_LO:
		set_low(&region->va, value);
		return true;
	case CORE_REGION_VA_HI:
		set_high(&region->va, value);
		return true;
	case CORE_REGION_SIZE_LO:
		set_low(&region->size, value);
		return true;
	case CORE_REGION_SIZE_HI:
		set_high(&region->size, value);
		return true;
	case CORE_REGION_FLAGS:
		region->flags = value;
		return true;
	}
	return false;
}

static bool store_engine(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	const unsigned int e = offset / 64;

	switch (offset % 64) {
	case CORE_ENGINE_PUSH:
		if (!engine_push(dev, e, value))
			return false;
		time_replan(dev);
		return true;
	case CORE_ENGINE_INDEX:
		dev->engines[e].index = value;
		return true;
	}
	return false;
}

static bool store(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	if (offset < CORE_MBOX_REQ(0))
		return store_control(dev, offset, value);
	if (offset < CORE_CDMA_ADDR_LO)
		return store_host(dev, offset, value);
	if (offset < CORE_CONTEXT_SELECT)
		return store_cdma(dev, offset, value);
	if (offset < CORE_JOB_CONTEXT)
		return store_context(dev, offset, value);
	if (offset >= CORE_REGION(0) && offset < CORE_REGION(EDGETPU_NUM_REGIONS))
		return store_region(dev, offset - CORE_REGION(0), value);
	if (offset >= CORE_ENGINE(0) && offset < CORE_ENGINE(EDGETPU_NUM_ENGINES))
		return store_engine(dev, offset - CORE_ENGINE(0), value);
	return store_job(dev, offset, value);
}

bool bus_store(void *opaque, uint32_t addr, uint32_t value)
{
	struct edgetpu_device *dev = opaque;
	const uint32_t offset = addr - EDGETPU_CORE_BASE;
	const uint64_t next = time_next(dev);
	bool done;

	if (offset >= EDGETPU_CORE_SIZE || offset % 4)
		return false;
	time_advance(dev, dev->core.cycle);
	done = store(dev, offset, value);
	bus_update_irq(dev);
	/* the core must not run past an event that has come closer */
	if (time_next(dev) < next)
		dev->core.stop = true;
	return done;
}
