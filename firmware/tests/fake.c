// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers for the unit tests.
 */
#include <string.h>

#include "fake.h"

uint8_t fake_host[FAKE_HOST_SIZE];
uint32_t fake_regs[EDGETPU_CORE_SIZE / 4];

uint32_t fake_context;
bool fake_cdma_slow;
uint32_t fake_cdma_ends;
uint32_t fake_waits;
void (*fake_push)(uint32_t engine, const void *command);

/* A TCM address stands for a pointer handed out lately. */
#define HANDLES		64u
#define HANDLE_BASE	EDGETPU_TCM_BASE

static const void *handles[HANDLES];
static uint32_t next_handle;

uint32_t tcm_addr(const void *p)
{
	uint32_t n = next_handle++ % HANDLES;

	handles[n] = p;
	return HANDLE_BASE + 4 * n;
}

void fake_reset(void)
{
	uint32_t lo = fake_regs[CORE_CYCLES_LO / 4], hi = fake_regs[CORE_CYCLES_HI / 4];

	memset(fake_host, 0, sizeof(fake_host));
	memset(fake_regs, 0, sizeof(fake_regs));
	fake_regs[CORE_CYCLES_LO / 4] = lo;
	fake_regs[CORE_CYCLES_HI / 4] = hi;
}

void fake_doorbell(uint32_t ring, uint32_t tail)
{
	fake_regs[CORE_DOORBELL(ring) / 4] = tail;
	fake_regs[CORE_DOORBELL_PENDING(ring / 32) / 4] |= 1u << ring % 32;
}

void fake_pass(uint64_t cycles)
{
	uint64_t now = fake_regs[CORE_CYCLES_LO / 4] |
		       (uint64_t)fake_regs[CORE_CYCLES_HI / 4] << 32;

	now += cycles;
	fake_regs[CORE_CYCLES_LO / 4] = now;
	fake_regs[CORE_CYCLES_HI / 4] = now >> 32;
}

/* The object behind a TCM address */
static void *object(uint32_t addr)
{
	return (void *)handles[(addr - HANDLE_BASE) / 4];
}

static void push(uint32_t offset, uint32_t addr)
{
	const uint32_t engine = (offset - CORE_ENGINE(0)) / (CORE_ENGINE(1) - CORE_ENGINE(0));

	fake_regs[(CORE_ENGINE(engine) + CORE_ENGINE_FREE) / 4] = 0;
	fake_push(engine, object(addr));
}

static bool is_push(uint32_t offset)
{
	return offset >= CORE_ENGINE(0) && offset < CORE_ENGINE(EDGETPU_NUM_ENGINES) &&
	       (offset - CORE_ENGINE(0)) % (CORE_ENGINE(1) - CORE_ENGINE(0)) == CORE_ENGINE_PUSH;
}

static uint32_t cdma(uint32_t direction)
{
	uint64_t addr = fake_regs[CORE_CDMA_ADDR_LO / 4] |
			(uint64_t)fake_regs[CORE_CDMA_ADDR_HI / 4] << 32;
	uint32_t len = fake_regs[CORE_CDMA_LEN / 4], context = fake_regs[CORE_CDMA_CONTEXT / 4];
	void *local = object(fake_regs[CORE_CDMA_LOCAL / 4]);

	assert_int_equal(len % 4, 0);
	assert_int_equal((uintptr_t)local % 4, 0);
	if ((context && context != fake_context) || addr < FAKE_HOST_BASE ||
	    addr - FAKE_HOST_BASE + len > FAKE_HOST_SIZE) {
		if (addr < FAKE_HOST_BASE + FAKE_HOST_SIZE && addr >= FAKE_HOST_BASE)
			addr = FAKE_HOST_BASE + FAKE_HOST_SIZE;
		fake_regs[CORE_CDMA_FAULT_LO / 4] = addr;
		fake_regs[CORE_CDMA_FAULT_HI / 4] = addr >> 32;
		return EDGETPU_STATUS_BUS_ERROR;
	}
	if (direction == CORE_CDMA_TO_TCM)
		memcpy(local, fake_host + (addr - FAKE_HOST_BASE), len);
	else
		memcpy(fake_host + (addr - FAKE_HOST_BASE), local, len);
	return EDGETPU_STATUS_OK;
}

uint32_t reg_read(uint32_t offset)
{
	assert_int_equal(offset % 4, 0);
	assert_true(offset < EDGETPU_CORE_SIZE);
	if (offset == CORE_CYCLES_LO)
		fake_pass(10);
	return fake_regs[offset / 4];
}

void reg_write(uint32_t offset, uint32_t value)
{
	assert_int_equal(offset % 4, 0);
	assert_true(offset < EDGETPU_CORE_SIZE);
	if (offset == CORE_CDMA_START)
		fake_regs[CORE_CDMA_STATUS / 4] = fake_cdma_slow ? CORE_CDMA_BUSY : cdma(value);
	if (offset == CORE_EVENT_PENDING || offset == CORE_DOORBELL_PENDING(0) ||
		 offset == CORE_DOORBELL_PENDING(1))
		fake_regs[offset / 4] &= ~value;
	else
		fake_regs[offset / 4] = value;
	if (fake_push && is_push(offset))
		push(offset, value);
}

/* Nothing here takes time but a slow DMA, so nothing else may wait. */
void core_wfi(void)
{
	fake_waits++;
	if (fake_cdma_slow && fake_cdma_ends) {
		if (!--fake_cdma_ends)
			fake_regs[CORE_CDMA_STATUS / 4] = EDGETPU_STATUS_OK;
		return;
	}
	fail_msg("waits for an event that does not come");
}
