// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host-visible registers: reset, boot, interrupts, mailbox, doorbells, and two
 * threads at once. Programs for the control processor are words of code here.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"
#include "edgetpu_fault.h"

static uint32_t host_get(struct corehost *host, uint32_t reg)
{
	return edgetpu_device_read(host->dev, reg);
}

/* Writes and lets the device act on it. */
static void host_set(struct corehost *host, uint32_t reg, uint32_t value)
{
	edgetpu_device_write(host->dev, reg, value);
	while (edgetpu_device_run(host->dev))
		;
}

static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;
	unsigned int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

#define IMAGE_AT 0x10000	/* in host memory */

/* An image of these instructions; returns its size. */
static uint32_t put_image(struct corehost *host, const uint32_t *code, uint32_t words)
{
	struct edgetpu_fw_header *header = (struct edgetpu_fw_header *)(host->memory + IMAGE_AT);
	const uint32_t size = sizeof(*header) + 4 * words;

	*header = (struct edgetpu_fw_header){
		.magic = EDGETPU_FW_MAGIC, .header_version = EDGETPU_FW_HEADER_VERSION,
		.header_size = sizeof(*header), .payload_size = 4 * words,
		.load_addr = EDGETPU_TCM_BASE, .entry = EDGETPU_TCM_BASE,
		.protocol = EDGETPU_PROTOCOL, .hw_major = EDGETPU_HW_VERSION >> 16,
	};
	memcpy(header + 1, code, 4 * words);
	header->crc = crc32_of((const uint8_t *)header, size);
	return size;
}

static void boot(struct corehost *host, uint32_t size)
{
	host_set(host, EDGETPU_REG_FW_ADDR_LO, (uint32_t)(CORE_HOST_BASE + IMAGE_AT));
	host_set(host, EDGETPU_REG_FW_ADDR_HI, (uint32_t)((CORE_HOST_BASE + IMAGE_AT) >> 32));
	host_set(host, EDGETPU_REG_FW_SIZE, size);
	host_set(host, EDGETPU_REG_BOOT, 1);
}

/*
 *	lui	t0, 0x40000		the registers
 *	li	t1, 1
 *	sw	t1, 0x10(t0)		BOOT_READY
 *	li	t1, 3
 *	sw	t1, 0x34(t0)		EVENT_ENABLE: mailbox, doorbell
 *	lui	t2, 1
 *	addi	t2, t2, -2048
 *	csrw	mie, t2			MEIE
 * 1:	wfi
 *	lw	t1, 0xa0(t0)
 *	sw	t1, 0xe0(t0)		answer with the request's number
 *	li	t1, 3
 *	sw	t1, 0x30(t0)		EVENT_PENDING: clear mailbox
 *	lw	t1, 0x200(t0)
 *	sw	t1, 0x200(t0)		clear doorbells
 *	li	t1, 5
 *	sw	t1, 0x14(t0)		HOST_IRQ: mailbox, jobs
 *	j	1b
 */
static const uint32_t echo[] = {
	0x400002b7, 0x00100313, 0x0062a823, 0x00300313, 0x0262aa23, 0x000013b7, 0x80038393,
	0x30439073, 0x10500073, 0x0a02a303, 0x0e62a023, 0x00300313, 0x0262a823, 0x2002a303,
	0x2062a023, 0x00500313, 0x0062aa23, 0xfddff06f,
};

static void start_echo(struct corehost *host)
{
	host_set(host, EDGETPU_REG_RESET, 1);
	boot(host, put_image(host, echo, sizeof(echo) / 4));
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_READY);
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_WAITING);
}

static void test_configuration(void **state)
{
	struct corehost *host = *state;

	assert_int_equal(host_get(host, EDGETPU_REG_ID), EDGETPU_ID);
	assert_int_equal(host_get(host, EDGETPU_REG_HW_VERSION), EDGETPU_HW_VERSION);
	assert_int_equal(host_get(host, EDGETPU_REG_ARRAY_ROWS), 64);
	assert_int_equal(host_get(host, EDGETPU_REG_VECTOR_MACS), 9);
	assert_int_equal(host_get(host, EDGETPU_REG_CLOCK_KHZ), 480000);
	assert_int_equal(host_get(host, EDGETPU_REG_SRAM_SIZE), CORE_SRAM);
	assert_int_equal(host_get(host, EDGETPU_REG_DRAM_MBPS), 12800);
	assert_int_equal(host_get(host, EDGETPU_REG_VA_BITS), 39);
	/* read-only, unknown, unaligned: nothing */
	host_set(host, EDGETPU_REG_ID, 5);
	host_set(host, 0x3ffc, 5);
	assert_int_equal(host_get(host, EDGETPU_REG_ID), EDGETPU_ID);
	assert_int_equal(host_get(host, 0x3ffc), 0);
	assert_int_equal(host_get(host, 0x001), 0);
	assert_int_equal(host_get(host, 0xfffffffc), 0);
}

/* The whole build is shown, and what it is limited to. */
static void test_build_is_shown(void **state)
{
	const struct edgetpu_config *config = &edgetpu_config_pcie;
	const struct edgetpu_host_ops ops = { 0 };
	struct edgetpu_device *dev = edgetpu_device_new(config, &ops, NULL);

	(void)state;
	assert_non_null(dev);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_ARRAY_ROWS), config->array_rows);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_ARRAY_COLS), config->array_cols);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_VECTOR_LANES), config->vector_lanes);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_VECTOR_MACS), config->vector_macs);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_SRAM_SIZE), 8 << 20);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_DRAM_MBPS), 500);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_DRAM_LATENCY), 480);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_NUM_CONTEXTS), EDGETPU_MAX_CONTEXTS);
	assert_int_equal(edgetpu_device_read(dev, EDGETPU_REG_NUM_RINGS), EDGETPU_MAX_RINGS);
	assert_int_equal(memcmp(&dev->model, &hwmodel_config_pcie, sizeof(dev->model)), 0);
	edgetpu_device_free(dev);
}

/* Each number of a build has its bounds. */
static void test_build_is_bounded(void **state)
{
	static const struct {
		size_t member;
		uint32_t most, beyond;
		bool zero;	/* may it be? */
	} bounds[] = {
		{ offsetof(struct edgetpu_config, array_rows), 1024, 1025, false },
		{ offsetof(struct edgetpu_config, array_cols), 1024, 1025, false },
		{ offsetof(struct edgetpu_config, vector_lanes), 1024, 1025, false },
		{ offsetof(struct edgetpu_config, vector_macs), 1024, 1025, false },
		{ offsetof(struct edgetpu_config, clock_khz), 10000000, 10000001, false },
		{ offsetof(struct edgetpu_config, sram_size), 65536, 65537, false },
		{ offsetof(struct edgetpu_config, sram_size), 65536, (1u << 30) + 65536, false },
		{ offsetof(struct edgetpu_config, dram_mbps), 1, 1, false },
		{ offsetof(struct edgetpu_config, dram_latency), 1000000, 1000001, true },
	};
	const struct edgetpu_host_ops ops = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		struct edgetpu_config config = edgetpu_config_soc;
		uint32_t *field = (uint32_t *)((char *)&config + bounds[i].member);
		struct edgetpu_device *dev;

		config.sram_size = 65536;
		*field = bounds[i].most;
		dev = edgetpu_device_new(&config, &ops, NULL);
		assert_non_null(dev);
		edgetpu_device_free(dev);
		*field = 1;
		if (bounds[i].beyond != bounds[i].most) {
			*field = bounds[i].beyond;
			assert_null(edgetpu_device_new(&config, &ops, NULL));
		}
		*field = 0;
		dev = edgetpu_device_new(&config, &ops, NULL);
		assert_int_equal(dev != NULL, bounds[i].zero);
		edgetpu_device_free(dev);
	}
}

static void test_bad_configuration(void **state)
{
	const struct edgetpu_host_ops ops = { 0 };
	struct edgetpu_config config = edgetpu_config_soc;

	(void)state;
	config.sram_size = 1000;
	assert_null(edgetpu_device_new(&config, &ops, NULL));
	config = edgetpu_config_soc;
	config.array_rows = 0;
	assert_null(edgetpu_device_new(&config, &ops, NULL));
	config = edgetpu_config_pcie;
	config.dram_mbps = 0;
	assert_null(edgetpu_device_new(&config, &ops, NULL));
	edgetpu_device_free(NULL);
}

static void test_mailbox_and_doorbells(void **state)
{
	struct corehost *host = *state;

	start_echo(host);
	host_set(host, EDGETPU_REG_MBOX_REQ(3), 0x1234);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_REQ(3)), 0x1234);
	host_set(host, EDGETPU_REG_MBOX_REQ_SEQ, 41);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_RSP_SEQ), 41);
	/* causes are latched, but raise nothing while not enabled */
	assert_int_equal(host_get(host, EDGETPU_REG_IRQ_STATUS),
			 EDGETPU_IRQ_MAILBOX | EDGETPU_IRQ_JOBS);
	assert_int_equal(host->irqs[0] + host->irqs[1], 0);
	host_set(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_JOBS);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], 0);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_JOBS], 1);
	host_set(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], 1);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_JOBS], 1);
	host_set(host, EDGETPU_REG_IRQ_STATUS, EDGETPU_IRQ_JOBS);
	assert_int_equal(host_get(host, EDGETPU_REG_IRQ_STATUS), EDGETPU_IRQ_MAILBOX);
	/* a doorbell wakes it as well */
	host_set(host, EDGETPU_REG_DOORBELL(5), 1);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_JOBS], 2);
	assert_int_equal(host->dev->mailbox.rung[0], 0);
	assert_int_equal(host->dev->mailbox.doorbell[5], 1);
}

/* Every word of the mailbox, from either side, and both halves of every doorbell mask */
static void test_words_and_bits(void **state)
{
	struct corehost *host = *state;
	unsigned int i;

	for (i = 0; i < EDGETPU_MBOX_WORDS; i++) {
		edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ(i), 0x1111 * (i + 1));
		corehost_set(host, CORE_MBOX_RSP(i), 0x2222 * (i + 1));
	}
	for (i = 0; i < EDGETPU_MBOX_WORDS; i++) {
		assert_int_equal(corehost_get(host, CORE_MBOX_REQ(i)), 0x1111 * (i + 1));
		assert_int_equal(host_get(host, EDGETPU_REG_MBOX_REQ(i)), 0x1111 * (i + 1));
		assert_int_equal(host_get(host, EDGETPU_REG_MBOX_RSP(i)), 0x2222 * (i + 1));
		assert_int_equal(corehost_get(host, CORE_MBOX_RSP(i)), 0x2222 * (i + 1));
	}
	edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ_SEQ, 71);
	assert_int_equal(corehost_get(host, CORE_MBOX_REQ_SEQ), 71);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_REQ_SEQ), 71);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_RSP_SEQ), 0);
	corehost_set(host, CORE_MBOX_RSP_SEQ, 72);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_RSP_SEQ), 72);
	/* the host cannot answer itself */
	edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_RSP(0), 5);
	edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_RSP_SEQ, 5);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_RSP(0)), 0x2222);
	assert_int_equal(host_get(host, EDGETPU_REG_MBOX_RSP_SEQ), 72);
	for (i = 0; i < EDGETPU_MAX_RINGS; i++) {
		assert_false(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_DOORBELL);
		edgetpu_device_write(host->dev, EDGETPU_REG_DOORBELL(i), 1000 + i);
		assert_int_equal(corehost_get(host, CORE_DOORBELL(i)), 1000 + i);
		assert_int_equal(corehost_get(host, CORE_DOORBELL_PENDING(i / 32)), 1u << i % 32);
		assert_int_equal(corehost_get(host, CORE_DOORBELL_PENDING(1 - i / 32)), 0);
		assert_true(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_DOORBELL);
		/* others' bits do not clear it */
		corehost_set(host, CORE_DOORBELL_PENDING(i / 32), ~(1u << i % 32));
		assert_int_equal(corehost_get(host, CORE_DOORBELL_PENDING(i / 32)), 1u << i % 32);
		corehost_set(host, CORE_DOORBELL_PENDING(i / 32), 1u << i % 32);
	}
}

/* Each cause has its bit and its vector; what is not enabled waits, and is told once. */
static void test_causes(void **state)
{
	static const struct {
		uint32_t cause;
		unsigned int vector;
	} causes[] = {
		{ EDGETPU_IRQ_MAILBOX, EDGETPU_VECTOR_CONTROL },
		{ EDGETPU_IRQ_FATAL, EDGETPU_VECTOR_CONTROL },
		{ EDGETPU_IRQ_JOBS, EDGETPU_VECTOR_JOBS },
	};
	struct corehost *host = *state;
	unsigned int i, n[2];

	for (i = 0; i < 3; i++) {
		memcpy(n, host->irqs, sizeof(n));
		host_set(host, EDGETPU_REG_IRQ_ENABLE, ~causes[i].cause);
		assert_int_equal(host_get(host, EDGETPU_REG_IRQ_ENABLE),
				 EDGETPU_IRQ_ALL & ~causes[i].cause);
		corehost_set(host, CORE_HOST_IRQ, causes[i].cause | 0x80);
		assert_int_equal(host_get(host, EDGETPU_REG_IRQ_STATUS), causes[i].cause);
		assert_memory_equal(n, host->irqs, sizeof(n));
		/* enabled: one message, also when it is enabled again */
		host_set(host, EDGETPU_REG_IRQ_ENABLE, causes[i].cause);
		n[causes[i].vector]++;
		assert_memory_equal(n, host->irqs, sizeof(n));
		host_set(host, EDGETPU_REG_IRQ_ENABLE, causes[i].cause);
		assert_memory_equal(n, host->irqs, sizeof(n));
		/* another of its kind is another message */
		corehost_set(host, CORE_HOST_IRQ, causes[i].cause);
		n[causes[i].vector]++;
		assert_memory_equal(n, host->irqs, sizeof(n));
		host_set(host, EDGETPU_REG_IRQ_STATUS, ~causes[i].cause);
		assert_int_equal(host_get(host, EDGETPU_REG_IRQ_STATUS), causes[i].cause);
		host_set(host, EDGETPU_REG_IRQ_STATUS, causes[i].cause);
		assert_int_equal(host_get(host, EDGETPU_REG_IRQ_STATUS), 0);
	}
	/* all at once: a message a vector */
	host_set(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	memcpy(n, host->irqs, sizeof(n));
	corehost_set(host, CORE_HOST_IRQ, EDGETPU_IRQ_ALL);
	assert_int_equal(host->irqs[0], n[0] + 1);
	assert_int_equal(host->irqs[1], n[1] + 1);
}

/* Notes for the run thread stand until it has served them. */
static void test_notes(void **state)
{
	struct corehost *host = *state;
	const uint32_t size = put_image(host, echo, sizeof(echo) / 4);

	host_set(host, EDGETPU_REG_RESET, 1);
	/* a reset is asked for by 1 alone */
	edgetpu_device_write(host->dev, EDGETPU_REG_RESET, 2);
	assert_int_equal(host_get(host, EDGETPU_REG_RESET), 0);
	host_set(host, EDGETPU_REG_FW_ADDR_LO, (uint32_t)(CORE_HOST_BASE + IMAGE_AT));
	host_set(host, EDGETPU_REG_FW_ADDR_HI, (uint32_t)((CORE_HOST_BASE + IMAGE_AT) >> 32));
	host_set(host, EDGETPU_REG_FW_SIZE, size);
	assert_int_equal(host_get(host, EDGETPU_REG_FW_SIZE), size);
	assert_int_equal(host_get(host, EDGETPU_REG_FW_ADDR_LO),
			 (uint32_t)(CORE_HOST_BASE + IMAGE_AT));
	host_set(host, EDGETPU_REG_BOOT, 2);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_IDLE);
	edgetpu_device_write(host->dev, EDGETPU_REG_BOOT, 1);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_LOADING);
	while (edgetpu_device_run(host->dev))
		;
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_READY);
	/* an invalidation is a bit a context, but for those that do not exist */
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, EDGETPU_MAX_CONTEXTS);
	assert_int_equal(host_get(host, EDGETPU_REG_MMU_INVALIDATE), 0);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, EDGETPU_MAX_CONTEXTS - 1);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 2);
	assert_int_equal(host_get(host, EDGETPU_REG_MMU_INVALIDATE), 1u << 31 | 4);
	while (edgetpu_device_run(host->dev))
		;
	assert_int_equal(host_get(host, EDGETPU_REG_MMU_INVALIDATE), 0);
	/* time, of when the core last stopped to look */
	assert_true(host_get(host, EDGETPU_REG_CYCLES_LO) > 0);
	host->dev->control.cycle = 0x123456789abull;
	assert_int_equal(host_get(host, EDGETPU_REG_CYCLES_LO), 0x456789ab);
	host->dev->control.cycle = 0;
	assert_int_equal(host_get(host, EDGETPU_REG_CYCLES_HI), 0x123);
}

static unsigned int kicks;

static void count_kick(void *opaque)
{
	(void)opaque;
	kicks++;
}

/* The front end is told once that there is something to do, and not of other writes. */
static void test_kicks(void **state)
{
	struct corehost *host = *state;

	host->dev->port.ops.kick = count_kick;
	kicks = 0;
	edgetpu_device_write(host->dev, EDGETPU_REG_IRQ_ENABLE, 1);
	edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ(0), 1);
	assert_int_equal(kicks, 0);
	edgetpu_device_write(host->dev, EDGETPU_REG_DOORBELL(3), 1);
	assert_int_equal(kicks, 1);
	edgetpu_device_write(host->dev, EDGETPU_REG_IRQ_ENABLE, 0);
	assert_int_equal(kicks, 1);
	edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ_SEQ, 1);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 1);
	edgetpu_device_reset(host->dev);
	assert_int_equal(kicks, 4);
	edgetpu_device_inject(host->dev, EDGETPU_FAULT(EDGETPU_FAULT_ENGINE_HANG, 0));
	assert_int_equal(kicks, 5);
	edgetpu_device_inject(host->dev, EDGETPU_FAULT(EDGETPU_FAULT_IRQ, 1));
	assert_int_equal(kicks, 5);
	edgetpu_device_inject(host->dev, EDGETPU_FAULT(EDGETPU_FAULT_NONE, 0));
	assert_int_equal(kicks, 6);
}

/* What every readable register of both sides reads, but for the build */
struct shown {
	uint32_t bar[EDGETPU_BAR0_MSIX_TABLE / 4];
	uint32_t core[EDGETPU_CORE_SIZE / 4];
};

static void look(struct corehost *host, struct shown *shown)
{
	uint32_t i;

	memset(shown, 0, sizeof(*shown));
	for (i = 0; i < EDGETPU_BAR0_MSIX_TABLE / 4; i++)
		shown->bar[i] = host_get(host, 4 * i);
	for (i = 0; i < EDGETPU_CORE_SIZE / 4; i++)
		registers_read(&host->dev->processor.bus, 4 * i, &shown->core[i]);
}

/* Everything written that can be, engines at work and at fault, a transfer that fails */
static void use(struct corehost *host)
{
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 65536);
	struct edgetpu_command bad = make_fill(CORE_SRAM, 64, 1);
	uint32_t i;

	start_echo(host);
	for (i = 0; i < EDGETPU_CORE_SIZE; i += 4)
		if (i != CORE_CRASH && i != CORE_ENGINE_RESET && i != CORE_CONTEXT_SELECT &&
		    i != CORE_COMMAND_LIMIT)
			registers_write(&host->dev->processor.bus, i, 0x5a5a5a00);
	for (i = 0; i < EDGETPU_MAX_CONTEXTS; i++) {
		corehost_set(host, CORE_CONTEXT_SELECT, i);
		corehost_set(host, CORE_CONTEXT_TABLE_LO, 0x7000);
		corehost_set(host, CORE_CONTEXT_VALID, 1);
	}
	for (i = 0; i < EDGETPU_BAR0_MSIX_TABLE; i += 4)
		if (i != EDGETPU_REG_RESET && i != EDGETPU_REG_IRQ_STATUS)
			edgetpu_device_write(host->dev, i, 0x5a5a5a5a);
	corehost_set(host, CORE_CRASH_PC, 1);
	corehost_set(host, CORE_HEARTBEAT, 5);
	corehost_set(host, CORE_TIMER, 100000000);
	corehost_set(host, CORE_SRAM_SCRUB, CORE_SRAM);
	/* a time when reset's own is far behind */
	host->dev->processor.rv32.cycle += 1ull << 33;
	corehost_get(host, CORE_CYCLES_LO);
	host_get(host, EDGETPU_REG_CYCLES_LO);
	bad.wait[0] = 0;
	for (i = 0; i < 5; i++) {
		host->index = 700 + i;
		corehost_push(host, &bad);
		corehost_push(host, &load);
	}
	host->dev->processor.rv32.cycle += 5000;
	corehost_set(host, CORE_ENGINE_RESET, CORE_ENGINE_RESET_DROP);
	corehost_push(host, &bad);
	corehost_push(host, &load);
	engines_hang(&host->dev->engines, EDGETPU_ENGINE_STORE);
	processor_hang(&host->dev->processor);
	host->dev->cdma.fault = 77;
	host->dev->cdma.status = EDGETPU_STATUS_BAD_JOB;
	host->dev->trace.status = EDGETPU_STATUS_BAD_REGION;
}

/* What sensors have counted and measured goes on through a reset. */
static bool goes_on(uint32_t reg)
{
	return reg >= EDGETPU_REG_SENSOR_TIME_LO && reg <= EDGETPU_REG_SENSOR_ALARM;
}

/* A reset leaves what power-on does. */
static void test_reset_is_power_on(void **state)
{
	static struct shown fresh, used, after;
	const struct edgetpu_host_ops ops = { 0 };
	struct corehost *host = *state, bare;
	struct edgetpu_device *dev = host->dev;
	struct edgetpu_command c = make_fill(0, 64, 1);
	uint32_t i;

	bare.dev = edgetpu_device_new(&dev->control.config, &ops, NULL);
	assert_non_null(bare.dev);
	look(&bare, &fresh);
	edgetpu_device_free(bare.dev);
	use(host);
	look(host, &used);
	assert_memory_not_equal(&fresh, &used, sizeof(fresh));
	edgetpu_device_reset(dev);
	while (edgetpu_device_run(dev))
		;
	look(host, &after);
	for (i = 0; i < EDGETPU_BAR0_MSIX_TABLE / 4; i++)
		if (after.bar[i] != fresh.bar[i] && !goes_on(4 * i))
			fail_msg("BAR %#x: %#x, not %#x", 4 * i, after.bar[i], fresh.bar[i]);
	for (i = 0; i < EDGETPU_CORE_SIZE / 4; i++)
		if (after.core[i] != fresh.core[i])
			fail_msg("core %#x: %#x, not %#x", 4 * i, after.core[i], fresh.core[i]);
	for (i = 0; i < EDGETPU_MAX_CONTEXTS; i++) {
		corehost_set(host, CORE_CONTEXT_SELECT, i);
		assert_int_equal(corehost_get(host, CORE_CONTEXT_TABLE_LO), 0);
		assert_int_equal(corehost_get(host, CORE_CONTEXT_VALID), 0);
	}
	assert_true(clock_next(&dev->clock) == CLOCK_NEVER);
	assert_int_equal(dev->clock.now, 0);
	assert_int_equal(dev->processor.rv32.cycle, 0);
	assert_true(bytes_zero(dev->processor.tcm, EDGETPU_TCM_SIZE));
	assert_true(bytes_zero(dev->sram.bytes, CORE_SRAM));
	/* the engines work, in their order, and none hangs */
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		assert_false(dev->engines.engine[i].hang);
	host->index = 0;
	corehost_push(host, &c);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_ENGINE(EDGETPU_ENGINE_VECTOR) +
				      CORE_ENGINE_COMPLETED), 1);
	assert_int_equal(dev->processor.rv32.cycle, 16 + 25);
	start_echo(host);
}

static void test_boot_errors(void **state)
{
	struct corehost *host = *state;
	uint32_t size = put_image(host, echo, sizeof(echo) / 4);

	host_set(host, EDGETPU_REG_RESET, 1);
	host->memory[IMAGE_AT + 100] ^= 1;
	boot(host, size);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS),
			 EDGETPU_BOOT_FAILED | EDGETPU_BOOT_ERR_CRC << 8);
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_RESET);
	boot(host, 0);
	assert_int_equal(EDGETPU_BOOT_ERROR(host_get(host, EDGETPU_REG_BOOT_STATUS)),
			 EDGETPU_BOOT_ERR_SIZE);
	boot(host, EDGETPU_FW_MAX_SIZE + 4);
	assert_int_equal(EDGETPU_BOOT_ERROR(host_get(host, EDGETPU_REG_BOOT_STATUS)),
			 EDGETPU_BOOT_ERR_SIZE);
	host_set(host, EDGETPU_REG_FW_ADDR_HI, 9);
	host_set(host, EDGETPU_REG_FW_SIZE, size);
	host_set(host, EDGETPU_REG_BOOT, 1);
	assert_int_equal(EDGETPU_BOOT_ERROR(host_get(host, EDGETPU_REG_BOOT_STATUS)),
			 EDGETPU_BOOT_ERR_DMA);
	host->memory[IMAGE_AT + 100] ^= 1;
	boot(host, size);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_READY);
	/* the most there may be, the rest of it of no use */
	host_set(host, EDGETPU_REG_RESET, 1);
	boot(host, EDGETPU_FW_MAX_SIZE);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_READY);
	/* running: BOOT has no effect */
	host->memory[IMAGE_AT] ^= 1;
	boot(host, size);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_READY);
}

static void test_reset(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command c = make_fill(0, 1000, 0x55);

	assert_int_equal(corehost_run(host, &c), EDGETPU_STATUS_OK);
	start_echo(host);
	host_set(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	edgetpu_device_write(host->dev, EDGETPU_REG_DOORBELL(1), 9);
	edgetpu_device_reset(host->dev);
	assert_int_equal(host_get(host, EDGETPU_REG_RESET), 1);
	while (edgetpu_device_run(host->dev))
		;
	assert_int_equal(host_get(host, EDGETPU_REG_RESET), 0);
	assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_IDLE);
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_RESET);
	assert_int_equal(host_get(host, EDGETPU_REG_IRQ_ENABLE), 0);
	assert_int_equal(host_get(host, EDGETPU_REG_FW_ADDR_LO), 0);
	assert_int_equal(host_get(host, EDGETPU_REG_FW_ADDR_HI), 0);
	assert_int_equal(host_get(host, EDGETPU_REG_FW_SIZE), 0);
	assert_int_equal(host->dev->mailbox.rung[0], 0);
	assert_int_equal(host->dev->mmu.contexts[0].valid, 0);
	assert_int_equal(host->dev->sram.bytes[999], 0);
	assert_int_equal(host->dev->processor.tcm[0], 0);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_JOBS], 0);
	start_echo(host);
}

static void test_crash(void **state)
{
	/* lui t0, 0x40000; li t1, 7; sw CRASH_PC, sw CRASH_CAUSE; li t1, 1; sw t1, CRASH */
	static const uint32_t by_itself[] = {
		0x400002b7, 0x00700313, 0x0062ac23, 0x0062ae23, 0x00100313, 0x0262a223, 0x0000006f,
	};
	/* no trap handler: the first instruction traps into one that traps */
	static const uint32_t double_trap[] = { 0xffffffff, 0xffffffff };
	struct corehost *host = *state;

	host_set(host, EDGETPU_REG_RESET, 1);
	host_set(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_FATAL);
	boot(host, put_image(host, by_itself, sizeof(by_itself) / 4));
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	assert_int_equal(host_get(host, EDGETPU_REG_CRASH_PC), 7);
	assert_int_equal(host_get(host, EDGETPU_REG_CRASH_CAUSE), 7);
	assert_int_equal(host_get(host, EDGETPU_REG_IRQ_STATUS), EDGETPU_IRQ_FATAL);
	assert_int_equal(host->irqs[EDGETPU_VECTOR_CONTROL], 1);
	/* dead until reset */
	host_set(host, EDGETPU_REG_MBOX_REQ_SEQ, 1);
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);

	host_set(host, EDGETPU_REG_RESET, 1);
	boot(host, put_image(host, double_trap, 2));
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	assert_int_equal(host_get(host, EDGETPU_REG_CRASH_PC), EDGETPU_TCM_BASE);
	assert_int_equal(host_get(host, EDGETPU_REG_CRASH_CAUSE), RV32_CAUSE_ILLEGAL);
	start_echo(host);
}

/* Boot takes the ROM's time and that of the transfer; a program sees when it begins. */
static void test_boot_takes_time(void **state)
{
	/* csrr t1, mcycle; lui t0, 0x40000; sw t1, CRASH_PC; li t1, 1; sw t1, CRASH */
	static const uint32_t when[] = {
		0xb0002373, 0x400002b7, 0x0062ac23, 0x00100313, 0x0262a223, 0x0000006f,
	};
	struct corehost *host = *state;
	const uint32_t size = put_image(host, when, 6), padded = 4096;
	uint32_t rom = 200 + 21 * size + 9 * 6 + 12 * ((EDGETPU_TCM_SIZE - 24) / 16);

	host_set(host, EDGETPU_REG_RESET, 1);
	boot(host, size);
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	/* 88 bytes are two bursts, at 80/3 bytes a cycle */
	assert_int_equal(host_get(host, EDGETPU_REG_CRASH_PC), rom + 48 + (2 * 64 * 3 + 79) / 80);
	/* all that was asked for is fetched, whatever is in it */
	host_set(host, EDGETPU_REG_RESET, 1);
	boot(host, padded);
	assert_int_equal(host_get(host, EDGETPU_REG_CRASH_PC), rom + 48 + (padded * 3 + 79) / 80);
}

/* A core that crashes takes the engines along. */
static void test_crash_stops_engines(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command fill = make_fill(0, CORE_SRAM, 1);

	start_echo(host);
	corehost_push(host, &fill);
	host->dev->processor.rv32.cycle += 100;
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 0);
	edgetpu_device_inject(host->dev, EDGETPU_FAULT(EDGETPU_FAULT_CORE_TRAP, 0));
	while (edgetpu_device_run(host->dev))
		;
	assert_int_equal(host_get(host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	assert_int_equal(corehost_get(host, CORE_ENGINES_IDLE), 1);
	corehost_wait(host);
	assert_int_equal(host->dev->sram.bytes[CORE_SRAM - 1], 0);
}

static void test_bus_faults(void **state)
{
	struct corehost *host = *state;
	uint32_t value;

	/* beyond the registers, between them, read of a write-only one */
	assert_false(processor_load(&host->dev->processor, EDGETPU_CORE_BASE + EDGETPU_CORE_SIZE, &value));
	assert_false(processor_load(&host->dev->processor, EDGETPU_CORE_BASE - 4, &value));
	assert_false(processor_load(&host->dev->processor, EDGETPU_CORE_BASE + 0xffc, &value));
	assert_false(processor_load(&host->dev->processor, EDGETPU_CORE_BASE + CORE_BOOT_READY, &value));
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + CORE_CYCLES_LO, 0));
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + CORE_ENGINES_IDLE, 0));
	assert_false(processor_store(&host->dev->processor, EDGETPU_CORE_BASE + 2, 0));
}

/* --- two threads ---------------------------------------------------------------------- */

static atomic_bool stop_running;

static void *run_thread(void *opaque)
{
	struct corehost *host = opaque;

	while (!atomic_load(&stop_running))
		edgetpu_device_run(host->dev);
	return NULL;
}

/* A core that spins forever must not keep the host from its registers or from reset. */
static void test_registers_while_running(void **state)
{
	static const uint32_t spin[] = { 0x0000006f };
	struct corehost *host = *state;
	pthread_t thread;
	uint32_t before;
	unsigned int i;

	host_set(host, EDGETPU_REG_RESET, 1);
	host_set(host, EDGETPU_REG_FW_ADDR_LO, (uint32_t)(CORE_HOST_BASE + IMAGE_AT));
	host_set(host, EDGETPU_REG_FW_ADDR_HI, (uint32_t)((CORE_HOST_BASE + IMAGE_AT) >> 32));
	host_set(host, EDGETPU_REG_FW_SIZE, put_image(host, spin, 1));
	atomic_store(&stop_running, false);
	assert_int_equal(pthread_create(&thread, NULL, run_thread, host), 0);
	for (i = 0; i < 20; i++) {
		edgetpu_device_write(host->dev, EDGETPU_REG_BOOT, 1);
		while (host_get(host, EDGETPU_REG_CORE_STATUS) != EDGETPU_CORE_RUNNING)
			;
		before = host_get(host, EDGETPU_REG_CYCLES_LO);
		while (host_get(host, EDGETPU_REG_CYCLES_LO) == before)
			;
		edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, i);
		edgetpu_device_write(host->dev, EDGETPU_REG_DOORBELL(i), i);
		while (host_get(host, EDGETPU_REG_MMU_INVALIDATE))
			;
		edgetpu_device_write(host->dev, EDGETPU_REG_RESET, 1);
		while (host_get(host, EDGETPU_REG_RESET))
			;
		assert_int_equal(host_get(host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_IDLE);
		edgetpu_device_write(host->dev, EDGETPU_REG_FW_ADDR_LO,
				     (uint32_t)(CORE_HOST_BASE + IMAGE_AT));
		edgetpu_device_write(host->dev, EDGETPU_REG_FW_ADDR_HI,
				     (uint32_t)((CORE_HOST_BASE + IMAGE_AT) >> 32));
		edgetpu_device_write(host->dev, EDGETPU_REG_FW_SIZE, 68);
	}
	atomic_store(&stop_running, true);
	pthread_join(thread, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_configuration),
		TEST(test_build_is_shown),
		TEST(test_build_is_bounded),
		TEST(test_bad_configuration),
		TEST(test_words_and_bits),
		TEST(test_causes),
		TEST(test_notes),
		TEST(test_kicks),
		TEST(test_reset_is_power_on),
		TEST(test_mailbox_and_doorbells),
		TEST(test_boot_errors),
		TEST(test_reset),
		TEST(test_crash),
		TEST(test_boot_takes_time),
		TEST(test_crash_stops_engines),
		TEST(test_bus_faults),
		TEST(test_registers_while_running),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
