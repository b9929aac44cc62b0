// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host sees: BAR0 registers. The message thread leaves notes for the
 * run thread (reset, boot, invalidations, mailbox, doorbells) and never waits.
 */
#include "internal.h"

void host_init(struct edgetpu_device *dev)
{
	pthread_mutex_init(&dev->hs.mutex, NULL);
}

/* --- interrupts ------------------------------------------------------------ */

static void raise_vectors(struct edgetpu_device *dev, uint32_t causes)
{
	if (causes & (EDGETPU_IRQ_MAILBOX | EDGETPU_IRQ_FATAL))
		dev->ops.irq(dev->host, EDGETPU_VECTOR_CONTROL);
	if (causes & EDGETPU_IRQ_JOBS)
		dev->ops.irq(dev->host, EDGETPU_VECTOR_JOBS);
}

/* A message per event: one more than needed does no harm, one too few does. */
void host_raise(struct edgetpu_device *dev, uint32_t causes)
{
	uint32_t fire;

	pthread_mutex_lock(&dev->hs.mutex);
	dev->hs.irq_status |= causes;
	fire = causes & dev->hs.irq_enable;
	pthread_mutex_unlock(&dev->hs.mutex);
	raise_vectors(dev, fire);
}

/* --- for the run thread ------------------------------------------------------ */

void host_set_boot_status(struct edgetpu_device *dev, uint32_t status)
{
	pthread_mutex_lock(&dev->hs.mutex);
	dev->hs.boot_status = status;
	pthread_mutex_unlock(&dev->hs.mutex);
}

void host_set_core_status(struct edgetpu_device *dev, uint32_t status)
{
	atomic_store(&dev->hs.core_status, status);
	atomic_store(&dev->hs.cycle, dev->core.cycle);
}

/* Registers as reset leaves them; a reset asked for meanwhile is this one. */
static void clear_registers(struct host_side *hs)
{
	unsigned int i;

	hs->boot_pending = false;
	hs->mailbox_posted = false;
	hs->invalidate = 0;
	hs->fw_addr = 0;
	hs->fw_size = 0;
	hs->boot_status = EDGETPU_BOOT_IDLE;
	hs->irq_status = 0;
	hs->irq_enable = 0;
	hs->mbox_req_seq = 0;
	hs->mbox_rsp_seq = 0;
	hs->cycles_hi = 0;
	for (i = 0; i < 3; i++)
		hs->crash[i] = 0;
	for (i = 0; i < EDGETPU_MBOX_WORDS; i++) {
		hs->mbox_req[i] = 0;
		hs->mbox_rsp[i] = 0;
	}
	for (i = 0; i < EDGETPU_MAX_RINGS; i++)
		hs->doorbell[i] = 0;
	for (i = 0; i < EDGETPU_MAX_RINGS / 32; i++)
		hs->doorbell_pending[i] = 0;
	atomic_store(&hs->heartbeat, 0);
	atomic_store(&hs->core_status, EDGETPU_CORE_RESET);
	atomic_store(&hs->cycle, 0);
}

static void serve_reset(struct edgetpu_device *dev)
{
	struct host_side *hs = &dev->hs;

	device_hw_reset(dev);
	pthread_mutex_lock(&hs->mutex);
	clear_registers(hs);
	atomic_store(&hs->reset_pending, false);
	pthread_mutex_unlock(&hs->mutex);
}

void host_poll_invalidate(struct edgetpu_device *dev)
{
	struct host_side *hs = &dev->hs;

	pthread_mutex_lock(&hs->mutex);
	if (hs->invalidate) {
		mmu_invalidate(dev, hs->invalidate);
		hs->invalidate = 0;
	}
	pthread_mutex_unlock(&hs->mutex);
}

bool host_poll(struct edgetpu_device *dev)
{
	struct host_side *hs = &dev->hs;
	bool boot;

	atomic_store(&hs->cycle, dev->core.cycle);
	if (!atomic_exchange(&hs->attention, false))
		return false;
	if (host_reset_pending(dev))
		serve_reset(dev);
	host_poll_invalidate(dev);

	pthread_mutex_lock(&hs->mutex);
	boot = hs->boot_pending;
	hs->boot_pending = false;
	if (hs->mailbox_posted)
		dev->events |= CORE_EVENT_MAILBOX;
	hs->mailbox_posted = false;
	pthread_mutex_unlock(&hs->mutex);

	if (boot)
		device_boot(dev);
	bus_update_irq(dev);
	return true;
}

/* --- for the message thread ---------------------------------------------------- */

static uint32_t read_mailbox(const struct host_side *hs, uint32_t offset)
{
	if (offset >= EDGETPU_REG_MBOX_REQ(0) &&
	    offset < EDGETPU_REG_MBOX_REQ(EDGETPU_MBOX_WORDS))
		return hs->mbox_req[(offset - EDGETPU_REG_MBOX_REQ(0)) / 4];
	if (offset >= EDGETPU_REG_MBOX_RSP(0) &&
	    offset < EDGETPU_REG_MBOX_RSP(EDGETPU_MBOX_WORDS))
		return hs->mbox_rsp[(offset - EDGETPU_REG_MBOX_RSP(0)) / 4];
	if (offset == EDGETPU_REG_MBOX_REQ_SEQ)
		return hs->mbox_req_seq;
	if (offset == EDGETPU_REG_MBOX_RSP_SEQ)
		return hs->mbox_rsp_seq;
	return 0;
}

static uint32_t read_cycles(struct host_side *hs)
{
	const uint64_t cycle = atomic_load(&hs->cycle);

	hs->cycles_hi = (uint32_t)(cycle >> 32);
	return (uint32_t)cycle;
}

static uint32_t read_locked(struct edgetpu_device *dev, uint32_t offset)
{
	struct host_side *hs = &dev->hs;

	switch (offset) {
	case EDGETPU_REG_ID:
		return EDGETPU_ID;
	case EDGETPU_REG_HW_VERSION:
		return EDGETPU_HW_VERSION;
	case EDGETPU_REG_ARRAY_ROWS:
		return dev->config.array_rows;
	case EDGETPU_REG_ARRAY_COLS:
		return dev->config.array_cols;
	case EDGETPU_REG_VECTOR_LANES:
		return dev->config.vector_lanes;
	case EDGETPU_REG_VECTOR_MACS:
		return dev->config.vector_macs;
	case EDGETPU_REG_CLOCK_KHZ:
		return dev->config.clock_khz;
	case EDGETPU_REG_SRAM_SIZE:
		return dev->config.sram_size;
	case EDGETPU_REG_DRAM_MBPS:
		return dev->config.dram_mbps;
	case EDGETPU_REG_DRAM_LATENCY:
		return dev->config.dram_latency;
	case EDGETPU_REG_NUM_CONTEXTS:
		return EDGETPU_MAX_CONTEXTS;
	case EDGETPU_REG_NUM_RINGS:
		return EDGETPU_MAX_RINGS;
	case EDGETPU_REG_VA_BITS:
		return EDGETPU_VA_BITS;
	case EDGETPU_REG_RESET:
		return atomic_load(&hs->reset_pending);
	case EDGETPU_REG_FW_ADDR_LO:
		return (uint32_t)hs->fw_addr;
	case EDGETPU_REG_FW_ADDR_HI:
		return (uint32_t)(hs->fw_addr >> 32);
	case EDGETPU_REG_FW_SIZE:
		return hs->fw_size;
	case EDGETPU_REG_BOOT_STATUS:
		return hs->boot_status;
	case EDGETPU_REG_HEARTBEAT:
		return atomic_load(&hs->heartbeat);
	case EDGETPU_REG_CORE_STATUS:
		return atomic_load(&hs->core_status);
	case EDGETPU_REG_CRASH_PC:
	case EDGETPU_REG_CRASH_CAUSE:
	case EDGETPU_REG_CRASH_TVAL:
		return hs->crash[(offset - EDGETPU_REG_CRASH_PC) / 4];
	case EDGETPU_REG_IRQ_STATUS:
		return hs->irq_status;
	case EDGETPU_REG_IRQ_ENABLE:
		return hs->irq_enable;
	case EDGETPU_REG_MMU_INVALIDATE:
		return hs->invalidate;
	case EDGETPU_REG_CYCLES_LO:
		return read_cycles(hs);
	case EDGETPU_REG_CYCLES_HI:
		return hs->cycles_hi;
	}
	return read_mailbox(hs, offset);
}

uint32_t edgetpu_device_read(struct edgetpu_device *dev, uint32_t offset)
{
	uint32_t value;

	pthread_mutex_lock(&dev->hs.mutex);
	value = read_locked(dev, offset);
	pthread_mutex_unlock(&dev->hs.mutex);
	return value;
}

static bool boot_allowed(const struct host_side *hs)
{
	const uint32_t state = EDGETPU_BOOT_STATE(hs->boot_status);

	return state == EDGETPU_BOOT_IDLE || state == EDGETPU_BOOT_FAILED;
}

/* Mailbox and doorbells; true when the firmware should be told. */
static bool write_mailbox(struct host_side *hs, uint32_t offset, uint32_t value)
{
	if (offset >= EDGETPU_REG_MBOX_REQ(0) &&
	    offset < EDGETPU_REG_MBOX_REQ(EDGETPU_MBOX_WORDS)) {
		hs->mbox_req[(offset - EDGETPU_REG_MBOX_REQ(0)) / 4] = value;
		return false;
	}
	if (offset == EDGETPU_REG_MBOX_REQ_SEQ) {
		hs->mbox_req_seq = value;
		hs->mailbox_posted = true;
		return true;
	}
	if (offset >= EDGETPU_REG_DOORBELL(0) &&
	    offset < EDGETPU_REG_DOORBELL(EDGETPU_MAX_RINGS)) {
		const unsigned int ring = (offset - EDGETPU_REG_DOORBELL(0)) / 4;

		hs->doorbell[ring] = value;
		hs->doorbell_pending[ring / 32] |= 1u << ring % 32;
		return true;
	}
	return false;
}

/* True when the run thread has something to do; @fire: causes to raise vectors for. */
static bool write_locked(struct host_side *hs, uint32_t offset, uint32_t value, uint32_t *fire)
{
	switch (offset) {
	case EDGETPU_REG_RESET:
		if (value == 1)
			atomic_store(&hs->reset_pending, true);
		return value == 1;
	case EDGETPU_REG_FW_ADDR_LO:
		hs->fw_addr = (hs->fw_addr & ~0xffffffffull) | value;
		return false;
	case EDGETPU_REG_FW_ADDR_HI:
		hs->fw_addr = (hs->fw_addr & 0xffffffffull) | (uint64_t)value << 32;
		return false;
	case EDGETPU_REG_FW_SIZE:
		hs->fw_size = value;
		return false;
	case EDGETPU_REG_BOOT:
		if (value != 1 || !boot_allowed(hs))
			return false;
		hs->boot_status = EDGETPU_BOOT_LOADING;
		hs->boot_pending = true;
		return true;
	case EDGETPU_REG_IRQ_STATUS:
		hs->irq_status &= ~value;
		return false;
	case EDGETPU_REG_IRQ_ENABLE:
		*fire = hs->irq_status & value & ~hs->irq_enable;
		hs->irq_enable = value & EDGETPU_IRQ_ALL;
		return false;
	case EDGETPU_REG_MMU_INVALIDATE:
		if (value == EDGETPU_MMU_ALL)
			hs->invalidate = 0xffffffff;
		else if (value < EDGETPU_MAX_CONTEXTS)
			hs->invalidate |= 1u << value;
		else
			return false;
		return true;
	}
	return write_mailbox(hs, offset, value);
}

static void call_attention(struct edgetpu_device *dev)
{
	atomic_store(&dev->hs.attention, true);
	if (dev->ops.kick)
		dev->ops.kick(dev->host);
}

void edgetpu_device_write(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	uint32_t fire = 0;
	bool work;

	pthread_mutex_lock(&dev->hs.mutex);
	work = write_locked(&dev->hs, offset, value, &fire);
	pthread_mutex_unlock(&dev->hs.mutex);
	raise_vectors(dev, fire);
	if (work)
		call_attention(dev);
}

void edgetpu_device_reset(struct edgetpu_device *dev)
{
	edgetpu_device_write(dev, EDGETPU_REG_RESET, 1);
}
