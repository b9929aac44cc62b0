// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the device as a whole.
 */
#include <string.h>

#include "core/bar/control.h"
#include "edgetpu_core.h"

void control_reset(struct control *control)
{
	control->boot_pending = false;
	control->invalidate = 0;
	control->fw_addr = 0;
	control->fw_size = 0;
	control->boot_status = EDGETPU_BOOT_IDLE;
	control->cycles_hi = 0;
	memset(control->crash, 0, sizeof(control->crash));
	atomic_store(&control->heartbeat, 0);
	atomic_store(&control->core_status, EDGETPU_CORE_RESET);
	atomic_store(&control->cycle, 0);
	atomic_store(&control->reset_pending, false);
}

void control_set_boot_status(struct control *control, uint32_t status)
{
	pthread_mutex_lock(control->mutex);
	control->boot_status = status;
	pthread_mutex_unlock(control->mutex);
}

void control_set_crash(struct control *control, uint32_t pc, uint32_t cause, uint32_t tval)
{
	pthread_mutex_lock(control->mutex);
	control->crash[0] = pc;
	control->crash[1] = cause;
	control->crash[2] = tval;
	pthread_mutex_unlock(control->mutex);
}

/* --- the host's -------------------------------------------------------------- */

static uint32_t read_identity(void *block, unsigned int i)
{
	(void)block;
	return i ? EDGETPU_HW_VERSION : EDGETPU_ID;
}

static uint32_t read_limit(void *block, unsigned int i)
{
	static const uint32_t limits[] = { EDGETPU_MAX_CONTEXTS, EDGETPU_MAX_RINGS, EDGETPU_VA_BITS,
					   EDGETPU_FEATURE_SENSORS | EDGETPU_FEATURE_DEBUG };

	(void)block;
	return limits[i];
}

static uint32_t read_reset(void *block, unsigned int i)
{
	(void)i;
	return control_reset_pending(block);
}

static bool write_reset(void *block, unsigned int i, uint32_t value)
{
	struct control *control = block;

	(void)i;
	if (value != 1)
		return true;
	atomic_store(&control->reset_pending, true);
	control->called(control->opaque);
	return true;
}

static bool write_boot(void *block, unsigned int i, uint32_t value)
{
	struct control *control = block;
	const uint32_t state = EDGETPU_BOOT_STATE(control->boot_status);

	(void)i;
	if (value != 1 || (state != EDGETPU_BOOT_IDLE && state != EDGETPU_BOOT_FAILED))
		return true;
	control->boot_status = EDGETPU_BOOT_LOADING;
	control->boot_pending = true;
	control->called(control->opaque);
	return true;
}

static uint32_t read_heartbeat(void *block, unsigned int i)
{
	struct control *control = block;

	(void)i;
	return atomic_load(&control->heartbeat);
}

static uint32_t read_core_status(void *block, unsigned int i)
{
	struct control *control = block;

	(void)i;
	return atomic_load(&control->core_status);
}

static bool write_invalidate(void *block, unsigned int i, uint32_t value)
{
	struct control *control = block;

	(void)i;
	if (value == EDGETPU_MMU_ALL)
		control->invalidate = 0xffffffff;
	else if (value < EDGETPU_MAX_CONTEXTS)
		control->invalidate |= 1u << value;
	else
		return true;
	control->called(control->opaque);
	return true;
}

static uint32_t read_cycles(void *block, unsigned int i)
{
	struct control *control = block;
	const uint64_t cycle = atomic_load(&control->cycle);

	(void)i;
	control->cycles_hi = (uint32_t)(cycle >> 32);
	return (uint32_t)cycle;
}

#define FIELD(reg, kind, name) \
	.offset = EDGETPU_REG_##reg, .field = kind, .member = offsetof(struct control, name)

/* The build's registers lie as the structure does. */
_Static_assert(EDGETPU_REG_DRAM_LATENCY - EDGETPU_REG_ARRAY_ROWS ==
	       offsetof(struct edgetpu_config, dram_latency), "one word each, in this order");

static const struct reg bar_regs[] = {
	{ .offset = EDGETPU_REG_ID, .count = 2, .read = read_identity },
	{ FIELD(ARRAY_ROWS, REG_WORD, config), .count = sizeof(struct edgetpu_config) / 4,
	  .step = 4 },
	{ .offset = EDGETPU_REG_NUM_CONTEXTS, .count = 4, .read = read_limit },
	{ .offset = EDGETPU_REG_RESET, .read = read_reset, .write = write_reset },
	{ FIELD(FW_ADDR_LO, REG_LO, fw_addr), .writable = true },
	{ FIELD(FW_ADDR_HI, REG_HI, fw_addr), .writable = true },
	{ FIELD(FW_SIZE, REG_WORD, fw_size), .writable = true },
	{ .offset = EDGETPU_REG_BOOT, .write = write_boot },
	{ FIELD(BOOT_STATUS, REG_WORD, boot_status) },
	{ .offset = EDGETPU_REG_HEARTBEAT, .read = read_heartbeat },
	{ .offset = EDGETPU_REG_CORE_STATUS, .read = read_core_status },
	{ FIELD(CRASH_PC, REG_WORD, crash), .count = 3, .step = 4 },
	{ FIELD(MMU_INVALIDATE, REG_WORD, invalidate), .write = write_invalidate },
	{ .offset = EDGETPU_REG_CYCLES_LO, .read = read_cycles },
	{ FIELD(CYCLES_HI, REG_WORD, cycles_hi) },
};

/* --- the control processor's --------------------------------------------------- */

static bool write_heartbeat(void *block, unsigned int i, uint32_t value)
{
	struct control *control = block;

	(void)i;
	atomic_store(&control->heartbeat, value);
	return true;
}

static bool write_boot_ready(void *block, unsigned int i, uint32_t value)
{
	struct control *control = block;

	(void)i;
	if (value == 1)
		control->boot_status = EDGETPU_BOOT_READY;
	return true;
}

static const struct reg core_regs[] = {
	{ .offset = CORE_HEARTBEAT, .read = read_heartbeat, .write = write_heartbeat },
	{ .offset = CORE_BOOT_READY, .write = write_boot_ready },
	{ .offset = CORE_CRASH_PC, .count = 3, .field = REG_WORD, .writable = true, .hidden = true,
	  .member = offsetof(struct control, crash), .step = 4 },
};

void control_registers(struct control *control, struct reg_map *bar, struct reg_map *core)
{
	registers_add(bar, bar_regs, sizeof(bar_regs) / sizeof(bar_regs[0]), control,
		      control->mutex);
	registers_add(core, core_regs, sizeof(core_regs) / sizeof(core_regs[0]), control,
		      control->mutex);
}
