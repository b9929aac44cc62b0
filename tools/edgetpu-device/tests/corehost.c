// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

static void *host_map(void *opaque, uint64_t addr, uint64_t *len, bool write)
{
	struct corehost *host = opaque;

	assert_true(host->locked);
	/* page tables are the host's */
	assert_false(write && addr >= CORE_HOST_BASE && addr < CORE_HOST_BASE + CORE_TABLES);
	if (addr < CORE_HOST_BASE || addr >= CORE_HOST_BASE + CORE_HOST_SIZE)
		return NULL;
	if (*len > CORE_HOST_BASE + CORE_HOST_SIZE - addr)
		*len = CORE_HOST_BASE + CORE_HOST_SIZE - addr;
	return host->memory + (addr - CORE_HOST_BASE);
}

static void host_lock_memory(void *opaque)
{
	struct corehost *host = opaque;

	assert_false(host->locked);
	host->locked = true;
}

static void host_unlock_memory(void *opaque)
{
	struct corehost *host = opaque;

	assert_true(host->locked);
	host->locked = false;
}

static void host_irq(void *opaque, unsigned int vector)
{
	struct corehost *host = opaque;

	host->irqs[vector]++;
}

static const struct edgetpu_host_ops host_ops = {
	.map = host_map,
	.lock = host_lock_memory,
	.unlock = host_unlock_memory,
	.irq = host_irq,
};

uint64_t corehost_table(struct corehost *host)
{
	uint64_t table = CORE_HOST_BASE + host->tables;

	assert_true(host->tables + 4096 <= CORE_TABLES);
	host->tables += 4096;
	return table;
}

uint64_t *corehost_map(struct corehost *host, uint64_t root, uint64_t va, uint64_t pa,
		       uint64_t flags)
{
	uint64_t *entry = NULL, table = root;
	int shift;

	for (shift = 30; shift >= 12; shift -= 9) {
		uint64_t *entries = (uint64_t *)(host->memory + (table - CORE_HOST_BASE));

		entry = &entries[(va >> shift) % 512];
		if (shift == 12)
			*entry = pa | flags;
		else if (!*entry)
			*entry = corehost_table(host) | EDGETPU_PTE_VALID;
		table = *entry & EDGETPU_PTE_ADDR;
	}
	return entry;
}

uint32_t corehost_get(struct corehost *host, uint32_t reg)
{
	uint32_t value = 0;

	assert_true(processor_load(&host->dev->processor, EDGETPU_CORE_BASE + reg, &value));
	return value;
}

void corehost_set(struct corehost *host, uint32_t reg, uint32_t value)
{
	assert_true(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + reg, value));
}

static void set_region(struct corehost *host, unsigned int r, uint64_t va, uint64_t size,
		       uint32_t flags)
{
	corehost_set(host, CORE_REGION(r) + CORE_REGION_VA_LO, (uint32_t)va);
	corehost_set(host, CORE_REGION(r) + CORE_REGION_VA_HI, (uint32_t)(va >> 32));
	corehost_set(host, CORE_REGION(r) + CORE_REGION_SIZE_LO, (uint32_t)size);
	corehost_set(host, CORE_REGION(r) + CORE_REGION_SIZE_HI, (uint32_t)(size >> 32));
	corehost_set(host, CORE_REGION(r) + CORE_REGION_FLAGS, flags);
}

void corehost_init(struct corehost *host)
{
	struct edgetpu_config config = edgetpu_config_soc;
	const uint64_t rights = EDGETPU_PTE_VALID | EDGETPU_PTE_READ | EDGETPU_PTE_WRITE |
				EDGETPU_PTE_COMMAND;
	uint64_t root, at;

	memset(host, 0, sizeof(*host));
	host->memory = calloc(1, CORE_HOST_SIZE);
	config.sram_size = CORE_SRAM;
	host->dev = edgetpu_device_new(&config, &host_ops, host);
	assert_non_null(host->dev);
	assert_non_null(host->memory);

	root = corehost_table(host);
	for (at = CORE_TABLES; at < CORE_HOST_SIZE; at += 4096)
		corehost_map(host, root, CORE_VA + at - CORE_TABLES, CORE_HOST_BASE + at, rights);
	corehost_set(host, CORE_CONTEXT_SELECT, 0);
	corehost_set(host, CORE_CONTEXT_TABLE_LO, (uint32_t)root);
	corehost_set(host, CORE_CONTEXT_TABLE_HI, (uint32_t)(root >> 32));
	corehost_set(host, CORE_CONTEXT_VALID, 1);
	corehost_set(host, CORE_JOB_CONTEXT, 0);
	set_region(host, 1, CORE_VA, 1 << 20, EDGETPU_REGION_READ);
	set_region(host, 2, CORE_VA + (1 << 20), 1 << 20, EDGETPU_REGION_WRITE);
	corehost_set(host, CORE_JOB_START, 1);
}

void corehost_free(struct corehost *host)
{
	edgetpu_device_free(host->dev);
	free(host->memory);
}

static struct corehost bench;

int corehost_setup(void **state)
{
	corehost_init(&bench);
	*state = &bench;
	return 0;
}

int corehost_teardown(void **state)
{
	corehost_free(*state);
	return 0;
}

uint8_t *corehost_region(struct corehost *host, unsigned int region)
{
	return host->memory + CORE_TABLES + (region - 1) * (1u << 20);
}

void corehost_push(struct corehost *host, const struct edgetpu_command *command)
{
	unsigned int e = edgetpu_isa_engine(command->opcode);

	if (e == EDGETPU_NUM_ENGINES)
		e = EDGETPU_ENGINE_VECTOR;
	memcpy(host->dev->processor.tcm, command, sizeof(*command));
	corehost_set(host, CORE_ENGINE(e) + CORE_ENGINE_INDEX, host->index++);
	corehost_set(host, CORE_ENGINE(e) + CORE_ENGINE_PUSH, EDGETPU_TCM_BASE);
}

void corehost_wait(struct corehost *host)
{
	struct edgetpu_device *dev = host->dev;

	while (clock_next(&dev->clock) != CLOCK_NEVER) {
		if (clock_next(&dev->clock) > dev->processor.rv32.cycle)
			dev->processor.rv32.cycle = clock_next(&dev->clock);
		clock_advance(&dev->clock, dev->processor.rv32.cycle);
	}
}

unsigned int corehost_run(struct corehost *host, const struct edgetpu_command *command)
{
	unsigned int e = edgetpu_isa_engine(command->opcode);
	unsigned int fault;

	if (e == EDGETPU_NUM_ENGINES)
		e = EDGETPU_ENGINE_VECTOR;
	corehost_push(host, command);
	corehost_wait(host);
	fault = corehost_get(host, CORE_ENGINE(e) + CORE_ENGINE_FAULT);
	if (fault)
		corehost_set(host, CORE_ENGINE_RESET, 1);
	return fault;
}

struct edgetpu_command make_dma(unsigned int opcode, uint64_t offset, uint32_t sram, uint32_t len)
{
	struct edgetpu_command command = { .opcode = (uint8_t)opcode };

	command.u.dma.region = opcode == EDGETPU_OP_LOAD ? 1 : 2;
	command.u.dma.offset = offset;
	command.u.dma.sram = sram;
	command.u.dma.len = len;
	command.u.dma.n1 = 1;
	command.u.dma.n2 = 1;
	return command;
}

struct edgetpu_command make_copy(uint32_t in, uint32_t out, uint32_t len)
{
	struct edgetpu_command command = { .opcode = EDGETPU_OP_COPY };

	command.u.copy.in = in;
	command.u.copy.out = out;
	command.u.copy.len = len;
	command.u.copy.n1 = 1;
	command.u.copy.n2 = 1;
	return command;
}

struct edgetpu_command make_fill(uint32_t out, uint32_t len, uint8_t value)
{
	struct edgetpu_command command = make_copy(0, out, len);

	command.opcode = EDGETPU_OP_FILL;
	command.u.copy.value = value;
	return command;
}

struct edgetpu_command make_window(unsigned int opcode, uint32_t in, uint32_t out, unsigned int h,
				   unsigned int w, unsigned int in_c, unsigned int out_c,
				   unsigned int kernel, unsigned int stride, unsigned int pad)
{
	struct edgetpu_command command = { .opcode = (uint8_t)opcode };
	struct edgetpu_cmd_conv *c = &command.u.conv;
	const unsigned int out_h = (h + 2 * pad - kernel) / stride + 1;
	const unsigned int out_w = (w + 2 * pad - kernel) / stride + 1;

	*c = (struct edgetpu_cmd_conv){
		.in = in, .in_row = w * in_c, .in_pixel = in_c,
		.out = out, .out_row = out_w * out_c, .out_pixel = out_c,
		.in_h = (uint16_t)h, .in_w = (uint16_t)w, .in_c = (uint16_t)in_c,
		.out_h = (uint16_t)out_h, .out_w = (uint16_t)out_w, .out_c = (uint16_t)out_c,
		.kernel_h = (uint8_t)kernel, .kernel_w = (uint8_t)kernel,
		.stride_h = (uint8_t)stride, .stride_w = (uint8_t)stride,
		.dilation_h = 1, .dilation_w = 1,
		.pad_top = (uint16_t)pad, .pad_left = (uint16_t)pad,
		.act_min = 0x80, .act_max = 0x7f,
	};
	return command;
}

uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
