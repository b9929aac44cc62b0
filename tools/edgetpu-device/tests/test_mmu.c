// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translation, rights, faults, invalidation; regions; control DMA.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corehost.h"

#define LOAD	EDGETPU_ENGINE_LOAD
#define VALID	EDGETPU_PTE_VALID
#define RIGHTS	(VALID | EDGETPU_PTE_READ | EDGETPU_PTE_WRITE | EDGETPU_PTE_COMMAND)

static uint64_t root(struct corehost *host)
{
	return host->dev->mmu.contexts[0].table;
}

/* Page table entry of page @page of region 1 */
static uint64_t *entry_of(struct corehost *host, unsigned int page)
{
	const uint64_t pa = CORE_HOST_BASE + CORE_TABLES + page * 4096ull;

	return corehost_map(host, root(host), CORE_VA + page * 4096ull, pa, RIGHTS);
}

static uint64_t fault_of(struct corehost *host, unsigned int e)
{
	return corehost_get(host, CORE_ENGINE(e) + CORE_ENGINE_FAULT_LO) |
	       (uint64_t)corehost_get(host, CORE_ENGINE(e) + CORE_ENGINE_FAULT_HI) << 32;
}

/* Runs and expects a fault of that kind at that address. */
static void expect_fault(struct corehost *host, const struct edgetpu_command *command,
			 unsigned int status, uint64_t va)
{
	const unsigned int e = edgetpu_isa_engine(command->opcode);

	corehost_push(host, command);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_ENGINE(e) + CORE_ENGINE_FAULT), status);
	assert_int_equal(fault_of(host, e), va);
	corehost_set(host, CORE_ENGINE_RESET, 1);
}

static void test_rights(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x3000, 0, 16);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0x3000, 0, 16);
	uint64_t *entry = entry_of(host, 3);
	const uint64_t pa = *entry & EDGETPU_PTE_ADDR;

	corehost_set(host, CORE_REGION(2) + CORE_REGION_VA_LO, (uint32_t)CORE_VA);
	*entry = pa | VALID | EDGETPU_PTE_READ;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	expect_fault(host, &store, EDGETPU_STATUS_MMU_FAULT, CORE_VA + 0x3000);
	*entry = pa | VALID | EDGETPU_PTE_WRITE | EDGETPU_PTE_COMMAND;
	mmu_invalidate(&host->dev->mmu, 1);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA + 0x3000);
	assert_int_equal(corehost_run(host, &store), EDGETPU_STATUS_OK);
	/* rights without VALID are none */
	*entry = pa | (RIGHTS & ~VALID);
	mmu_invalidate(&host->dev->mmu, 1);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA + 0x3000);
}

static void test_fault_address_is_the_page_that_lacks(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x100, 0, 0x5000);

	memset(corehost_region(host, 1), 0x11, 0x6000);
	*entry_of(host, 4) = 0;
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA + 0x4000);
	/* a table of the upper levels */
	load.u.dma.offset = 0;
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_HI, 0x10);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, 0x10ull << 32 | CORE_VA);
}

static void test_bus_errors(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x2000, 0, 64);
	uint64_t *entry = entry_of(host, 2);

	/* page outside of host memory */
	*entry = 0x100000000ull | RIGHTS;
	expect_fault(host, &load, EDGETPU_STATUS_BUS_ERROR, CORE_VA + 0x2000);
	/* so is the last level's table */
	corehost_map(host, root(host), CORE_VA + (1 << 30), CORE_HOST_BASE, RIGHTS);
	*(uint64_t *)(host->memory + (root(host) - CORE_HOST_BASE) + 8 * 2) =
		0x200000000ull | VALID;
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO, (uint32_t)CORE_VA + (1 << 30));
	load.u.dma.offset = 0;
	expect_fault(host, &load, EDGETPU_STATUS_BUS_ERROR, CORE_VA + (1 << 30));
	/* and one of the last level, which the walk itself does not read */
	corehost_map(host, root(host), CORE_VA + (2ull << 30), CORE_HOST_BASE, RIGHTS);
	*corehost_map(host, root(host), CORE_VA + (2ull << 30), 0, 0) = 0;
	entry = (uint64_t *)(host->memory + (root(host) - CORE_HOST_BASE)) + 3;
	entry = (uint64_t *)(host->memory + ((*entry & EDGETPU_PTE_ADDR) - CORE_HOST_BASE));
	*entry = 0x300000000ull | VALID;
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO, (uint32_t)(CORE_VA + (2ull << 30)));
	expect_fault(host, &load, EDGETPU_STATUS_BUS_ERROR, CORE_VA + (2ull << 30));
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO, (uint32_t)CORE_VA + (1 << 30));
	/* and the first level's */
	corehost_set(host, CORE_CONTEXT_TABLE_HI, 7);
	expect_fault(host, &load, EDGETPU_STATUS_BUS_ERROR, CORE_VA + (1 << 30));
}

static void test_invalid_context(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);

	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	/* cached translations go with the context */
	corehost_set(host, CORE_CONTEXT_VALID, 0);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA);
	corehost_set(host, CORE_CONTEXT_VALID, 1);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	corehost_set(host, CORE_JOB_CONTEXT, 1);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA);
	corehost_set(host, CORE_JOB_CONTEXT, 0xffffffff);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA);
	/* selecting a context that does not exist has no effect */
	corehost_set(host, CORE_CONTEXT_SELECT, EDGETPU_MAX_CONTEXTS);
	corehost_set(host, CORE_CONTEXT_TABLE_LO, 0x1000);
	corehost_set(host, CORE_CONTEXT_VALID, 1);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_VALID), 0);
}

static void test_contexts_are_apart(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);
	const uint64_t table = corehost_table(host);

	memset(corehost_region(host, 1), 0xaa, 64);
	memset(corehost_region(host, 2), 0xbb, 64);
	corehost_map(host, table, CORE_VA, CORE_HOST_BASE + CORE_TABLES + (1 << 20), RIGHTS);
	corehost_set(host, CORE_CONTEXT_SELECT, 5);
	corehost_set(host, CORE_CONTEXT_TABLE_LO, (uint32_t)table);
	corehost_set(host, CORE_CONTEXT_TABLE_HI, (uint32_t)(table >> 32));
	corehost_set(host, CORE_CONTEXT_VALID, 1);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 0xaa);
	corehost_set(host, CORE_JOB_CONTEXT, 5);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 0xbb);
	corehost_set(host, CORE_JOB_CONTEXT, 0);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 0xaa);
}

static void test_invalidate(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x1000, 0, 64);
	uint64_t *entry = entry_of(host, 1);

	corehost_region(host, 1)[0x1000] = 1;
	corehost_region(host, 1)[0x2000] = 2;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 1);
	*entry += 0x1000;
	/* the old translation is good until the host says otherwise */
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 1);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 1);
	assert_int_not_equal(edgetpu_device_read(host->dev, EDGETPU_REG_MMU_INVALIDATE), 0);
	edgetpu_device_run(host->dev);
	assert_int_equal(edgetpu_device_read(host->dev, EDGETPU_REG_MMU_INVALIDATE), 0);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 1);	/* that was another context's */
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 0);
	edgetpu_device_run(host->dev);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 2);
	*entry -= 0x1000;
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, EDGETPU_MMU_ALL);
	edgetpu_device_run(host->dev);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 1);
}

/* A page mapped after its neighbours were cached needs no invalidation. */
static void test_new_pages_are_seen(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x1000, 0, 64);
	uint64_t *entry = entry_of(host, 2), mapped = *entry;

	*entry = 0;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	load.u.dma.offset = 0x2000;
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA + 0x2000);
	*entry = mapped;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
}

/* Walks of one LOAD */
static struct hwmodel_walks walks_of(struct corehost *host, uint64_t offset, uint32_t len)
{
	struct edgetpu_command command = make_dma(EDGETPU_OP_LOAD, offset, 0, len);
	const struct unit_env *env = &host->dev->engines.env;
	struct op op;

	unit_decode(env, LOAD, UINT32_MAX, &command, &op);
	while (!unit_prepare(env, &op))
		;
	assert_int_equal(op.status, EDGETPU_STATUS_OK);
	return op.access.walks;
}

static void test_walks_counted(void **state)
{
	struct corehost *host = *state;
	struct hwmodel_walks walks;
	unsigned int i;

	mmu_invalidate(&host->dev->mmu, 0xffffffff);
	/* three levels for the first byte; one read for each further 32 KiB */
	walks = walks_of(host, 0, 65536);
	assert_int_equal(walks.first, 3);
	assert_int_equal(walks.rest, 1);
	/* all cached */
	walks = walks_of(host, 100, 65000);
	assert_int_equal(walks.first, 0);
	assert_int_equal(walks.rest, 0);
	/* a neighbour: the tables' addresses are known */
	walks = walks_of(host, 65536, 64);
	assert_int_equal(walks.first, 1);
	assert_int_equal(walks.rest, 0);
	/* a mebibyte, looked ahead in parts: each 32 KiB once */
	mmu_invalidate(&host->dev->mmu, 0xffffffff);
	walks = walks_of(host, 0, CORE_SRAM);
	assert_int_equal(walks.first, 3);
	assert_int_equal(walks.rest, 31);
	/* 64 entries reach 2 MiB: regions 1 and 2 stay */
	corehost_set(host, CORE_REGION(1) + CORE_REGION_SIZE_LO, 2 << 20);
	for (i = 0; i < 2; i++)
		walks = walks_of(host, 0, CORE_SRAM);
	assert_int_equal(walks.first + walks.rest, 0);
}

/* Four translations of a kind are kept; the one that was not used for longest goes. */
static void test_oldest_goes(void **state)
{
	struct corehost *host = *state;
	/* offsets that share their place in the TLB */
	static const uint64_t at[] = { 0, 1 << 19, 2 << 19, 3 << 19, 4 << 19 };
	unsigned int i;

	corehost_set(host, CORE_REGION(1) + CORE_REGION_SIZE_LO, 3 << 20);
	mmu_invalidate(&host->dev->mmu, 1);
	for (i = 0; i < 4; i++)
		assert_true(walks_of(host, at[i], 64).first > 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(walks_of(host, at[3 - i], 64).first, 0);
	assert_int_equal(walks_of(host, at[3], 64).first, 0);
	/* 2 is the oldest now */
	assert_true(walks_of(host, at[4], 64).first > 0);
	assert_int_equal(walks_of(host, at[0], 64).first, 0);
	assert_int_equal(walks_of(host, at[1], 64).first, 0);
	assert_int_equal(walks_of(host, at[3], 64).first, 0);
	assert_int_equal(walks_of(host, at[4], 64).first, 0);
	assert_int_equal(walks_of(host, at[2], 64).first, 1);
}

/* A fault is not kept in anybody's place, nor is what was there before. */
static void test_refusals_are_not_kept(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x1000, 0, 64);
	uint64_t *entry = entry_of(host, 1), mapped = *entry;

	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	/* the right goes; without an invalidation what is kept is still good */
	*entry = mapped & ~EDGETPU_PTE_READ;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 0);
	edgetpu_device_run(host->dev);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, CORE_VA + 0x1000);
	*entry = mapped;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
}

/* Whole tables that change are seen after an invalidation, and those of others stay. */
static void test_invalidate_tables(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);
	const uint64_t far = CORE_VA + (1 << 30), one = CORE_HOST_BASE + CORE_TABLES;
	uint64_t *first, old;
	struct hwmodel_walks walks;

	corehost_region(host, 1)[0] = 1;
	corehost_region(host, 1)[4096] = 2;
	corehost_map(host, root(host), far, one, RIGHTS);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO, (uint32_t)far);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 1);
	/* another table in its place, for a page that the TLB does not know */
	first = (uint64_t *)(host->memory + (root(host) - CORE_HOST_BASE)) + (far >> 30) % 512;
	old = *first;
	*first = 0;
	corehost_map(host, root(host), far + 0x8000, one + 4096, RIGHTS);
	load.u.dma.offset = 0x8000;
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, far + 0x8000);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 7);
	edgetpu_device_run(host->dev);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, far + 0x8000);
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 0);
	edgetpu_device_run(host->dev);
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[0], 2);
	*first = old;
	/* what was another context's costs no walk anew */
	edgetpu_device_write(host->dev, EDGETPU_REG_MMU_INVALIDATE, 31);
	edgetpu_device_run(host->dev);
	walks = walks_of(host, 0x8000, 64);
	assert_int_equal(walks.first, 0);
	/* a context's own table */
	corehost_set(host, CORE_CONTEXT_TABLE_LO, corehost_get(host, CORE_CONTEXT_TABLE_LO));
	walks = walks_of(host, 0, 64);
	assert_int_equal(walks.first, 3);
}

/* When bytes move, what was translated before is looked up without a trace. */
static void test_moving_leaves_no_trace(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);

	memset(corehost_region(host, 1), 0x3c, 64);
	corehost_push(host, &load);
	host->dev->processor.rv32.cycle += HWMODEL_QUEUE_CYCLES;
	/* begins, and has moved nothing when all translations go */
	host->dev->clock.between = NULL;
	corehost_get(host, CORE_ENGINES_IDLE);
	mmu_invalidate(&host->dev->mmu, 1);
	corehost_wait(host);
	assert_int_equal(host->dev->sram.bytes[63], 0x3c);
	assert_int_equal(walks_of(host, 0, 64).first, 3);
}

/* What is missed ahead of the data is told, whatever comes before that moves. */
static void test_faults_are_told_ahead(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0x1800, 0, 0x1000);
	const struct unit_env *env = &host->dev->engines.env;
	struct op op;

	*entry_of(host, 2) = 0;
	unit_decode(env, LOAD, UINT32_MAX, &load, &op);
	while (!unit_prepare(env, &op))
		;
	assert_int_equal(op.status, EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(op.fault, CORE_VA + 0x2000);
}

/* Nor do records of a trace, of which there are several steps. */
static void test_a_trace_leaves_none(void **state)
{
	enum { COUNT = 5000, LATE = 0x20000 };
	struct corehost *host = *state;
	const struct edgetpu_command fill = make_fill(0, 64, 1);
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		assert_int_equal(corehost_run(host, &fill), EDGETPU_STATUS_OK);
	corehost_set(host, CORE_TRACE_FLUSH, 2);
	host->dev->clock.between = NULL;
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), CORE_CDMA_BUSY);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), CORE_CDMA_BUSY);
	mmu_invalidate(&host->dev->mmu, 1);
	corehost_wait(host);
	assert_int_equal(corehost_get(host, CORE_TRACE_FLUSH), EDGETPU_STATUS_OK);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO,
		     corehost_get(host, CORE_REGION(2) + CORE_REGION_VA_LO));
	assert_int_equal(walks_of(host, LATE, 64).first, 3);
}

static void test_tables_are_shown(void **state)
{
	struct corehost *host = *state;

	corehost_set(host, CORE_CONTEXT_SELECT, EDGETPU_MAX_CONTEXTS - 1);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_VALID), 0);
	corehost_set(host, CORE_CONTEXT_TABLE_LO, 0x12345000);
	corehost_set(host, CORE_CONTEXT_TABLE_HI, 0x6789a);
	corehost_set(host, CORE_CONTEXT_VALID, 2);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_SELECT), EDGETPU_MAX_CONTEXTS - 1);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_TABLE_LO), 0x12345000);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_TABLE_HI), 0x6789a);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_VALID), 1);
	corehost_set(host, CORE_CONTEXT_SELECT, EDGETPU_MAX_CONTEXTS);
	corehost_set(host, CORE_CONTEXT_TABLE_HI, 1);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_TABLE_LO), 0);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_TABLE_HI), 0);
	corehost_set(host, CORE_CONTEXT_SELECT, 0);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_TABLE_LO), (uint32_t)root(host));
	assert_int_equal(corehost_get(host, CORE_CONTEXT_VALID), 1);
	corehost_set(host, CORE_CONTEXT_VALID, 0);
	assert_int_equal(corehost_get(host, CORE_CONTEXT_VALID), 0);
}

/* The highest address space and address there are, and the first there are not */
static void test_last_of_all(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);
	const uint64_t top = (1ull << EDGETPU_VA_BITS) - 4096, root_of_0 = root(host);

	corehost_region(host, 1)[63] = 0x42;
	corehost_map(host, root(host), top, CORE_HOST_BASE + CORE_TABLES, RIGHTS);
	corehost_set(host, CORE_CONTEXT_SELECT, EDGETPU_MAX_CONTEXTS - 1);
	corehost_set(host, CORE_CONTEXT_TABLE_LO, (uint32_t)root_of_0);
	corehost_set(host, CORE_CONTEXT_TABLE_HI, (uint32_t)(root_of_0 >> 32));
	corehost_set(host, CORE_CONTEXT_VALID, 1);
	corehost_set(host, CORE_JOB_CONTEXT, EDGETPU_MAX_CONTEXTS - 1);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO, (uint32_t)top);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_HI, (uint32_t)(top >> 32));
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->sram.bytes[63], 0x42);
	load.u.dma.offset = 4096;
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, top + 4096);
	load.u.dma.offset = 0;
	corehost_set(host, CORE_JOB_CONTEXT, EDGETPU_MAX_CONTEXTS);
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, top);
	corehost_set(host, CORE_JOB_CONTEXT, 0);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_HI, 1 << (EDGETPU_VA_BITS - 32));
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_LO, 0);
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, 1ull << EDGETPU_VA_BITS);
	/* a region larger than an address space ends where sums stay sound */
	corehost_set(host, CORE_REGION(1) + CORE_REGION_VA_HI, 0);
	corehost_set(host, CORE_REGION(1) + CORE_REGION_SIZE_HI, 0xffffffff);
	load.u.dma.offset = (2ull << EDGETPU_VA_BITS) - 64;
	expect_fault(host, &load, EDGETPU_STATUS_MMU_FAULT, (2ull << EDGETPU_VA_BITS) - 64);
	load.u.dma.offset++;
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, (2ull << EDGETPU_VA_BITS) - 63);
}

static void test_regions(void **state)
{
	struct corehost *host = *state;
	struct edgetpu_command load = make_dma(EDGETPU_OP_LOAD, 0, 0, 64);
	struct edgetpu_command store = make_dma(EDGETPU_OP_STORE, 0, 0, 64);

	load.u.dma.offset = (1 << 20) - 64;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	load.u.dma.offset++;
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, CORE_VA + (1 << 20) - 63);
	load.u.dma.offset = ~0ull;
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, CORE_VA - 1);
	/* the last line of many is outside */
	load.u.dma.offset = 0;
	load.u.dma.n1 = 2;
	load.u.dma.sram_stride1 = 64;
	load.u.dma.mem_stride1 = (1 << 20) - 63;
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, CORE_VA);
	load.u.dma.mem_stride1--;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_OK);
	/* rights, unbound, command buffer, no such */
	load.u.dma.region = 2;
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, CORE_VA + (1 << 20));
	store.u.dma.region = 1;
	expect_fault(host, &store, EDGETPU_STATUS_BAD_REGION, CORE_VA);
	load.u.dma.region = 3;
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, 0);
	load.u.dma.region = EDGETPU_REGION_COMMAND;
	corehost_set(host, CORE_REGION(0) + CORE_REGION_SIZE_LO, 4096);
	corehost_set(host, CORE_REGION(0) + CORE_REGION_FLAGS, EDGETPU_REGION_READ);
	expect_fault(host, &load, EDGETPU_STATUS_BAD_REGION, 0);
	load.u.dma.region = EDGETPU_NUM_REGIONS;
	assert_int_equal(corehost_run(host, &load), EDGETPU_STATUS_BAD_COMMAND);
}

/* --- control DMA -------------------------------------------------------------------- */

static void cdma(struct corehost *host, uint32_t context, uint64_t addr, uint32_t local,
		 uint32_t len, uint32_t direction)
{
	corehost_set(host, CORE_EVENT_PENDING, CORE_EVENT_CDMA);
	corehost_set(host, CORE_CDMA_CONTEXT, context);
	corehost_set(host, CORE_CDMA_ADDR_LO, (uint32_t)addr);
	corehost_set(host, CORE_CDMA_ADDR_HI, (uint32_t)(addr >> 32));
	corehost_set(host, CORE_CDMA_LOCAL, local);
	corehost_set(host, CORE_CDMA_LEN, len);
	corehost_set(host, CORE_CDMA_START, direction);
}

static uint32_t cdma_status(struct corehost *host)
{
	corehost_wait(host);
	assert_true(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_CDMA);
	return corehost_get(host, CORE_CDMA_STATUS);
}

static void test_cdma(void **state)
{
	struct corehost *host = *state;
	const uint64_t pa = CORE_HOST_BASE + CORE_TABLES;
	uint64_t start;

	memset(corehost_region(host, 1), 0x77, 256);
	start = host->dev->processor.rv32.cycle;
	cdma(host, 0, pa, EDGETPU_TCM_BASE + 64, 256, CORE_CDMA_TO_TCM);
	assert_int_equal(corehost_get(host, CORE_CDMA_STATUS), CORE_CDMA_BUSY);
	assert_false(corehost_get(host, CORE_EVENT_PENDING) & CORE_EVENT_CDMA);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->processor.rv32.cycle, start + 48 + (256 * 3 + 79) / 80);
	assert_int_equal(host->dev->processor.tcm[64 + 255], 0x77);
	assert_int_equal(host->dev->processor.tcm[64 + 256], 0);
	/* through context 0 */
	cdma(host, 1, CORE_VA + 0x1000, EDGETPU_TCM_BASE + 64, 128, CORE_CDMA_TO_HOST);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_region(host, 1)[0x1000 + 127], 0x77);
	/* START while busy does not disturb the transfer but is told of */
	cdma(host, 0, pa, EDGETPU_TCM_BASE, 256, CORE_CDMA_TO_TCM);
	corehost_set(host, CORE_CDMA_START, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_BAD_JOB);
	assert_int_equal(host->dev->processor.tcm[0], 0x77);
	/* and forgotten with the next */
	cdma(host, 0, pa, EDGETPU_TCM_BASE, 256, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_OK);
}

/* All that may be asked for at once, to the last byte */
static void test_cdma_limits(void **state)
{
	struct corehost *host = *state;
	const uint64_t pa = CORE_HOST_BASE + CORE_TABLES;
	const uint32_t end = EDGETPU_TCM_BASE + EDGETPU_TCM_SIZE;

	memset(corehost_region(host, 1), 0x61, 0x10000);
	cdma(host, 0, pa, end - 0x10000, 0x10000, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_OK);
	assert_int_equal(host->dev->processor.tcm[EDGETPU_TCM_SIZE - 0x10000 - 1], 0);
	assert_int_equal(host->dev->processor.tcm[EDGETPU_TCM_SIZE - 0x10000], 0x61);
	assert_int_equal(host->dev->processor.tcm[EDGETPU_TCM_SIZE - 1], 0x61);
	cdma(host, 0, pa, end - 4, 4, CORE_CDMA_TO_HOST);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_OK);
	/* the last context, which is not valid, and is asked all the same */
	cdma(host, EDGETPU_MAX_CONTEXTS, 0x5123456000ull, EDGETPU_TCM_BASE, 64, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(corehost_get(host, CORE_CDMA_FAULT_LO), 0x23456000);
	assert_int_equal(corehost_get(host, CORE_CDMA_FAULT_HI), 0x51);
	/* there is no fault any more */
	cdma(host, 0, pa, EDGETPU_TCM_BASE, 64, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_OK);
	assert_int_equal(corehost_get(host, CORE_CDMA_FAULT_LO), 0);
	assert_int_equal(corehost_get(host, CORE_CDMA_FAULT_HI), 0);
	/* beyond an address space */
	cdma(host, 1, 1ull << EDGETPU_VA_BITS | CORE_VA, EDGETPU_TCM_BASE, 64, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_MMU_FAULT);
}

static void test_cdma_refused(void **state)
{
	struct corehost *host = *state;
	const uint64_t pa = CORE_HOST_BASE + CORE_TABLES;
	const uint32_t tcm = EDGETPU_TCM_BASE, end = tcm + EDGETPU_TCM_SIZE;
	const struct {
		uint32_t context, local, len, direction;
	} bad[] = {
		{ 0, tcm + 2, 64, 1 }, { 0, tcm - 4, 64, 1 }, { 0, end - 60, 64, 1 },
		{ 0, end, 4, 1 }, { 0, tcm, 0, 1 }, { 0, tcm, 6, 1 }, { 0, tcm, 0x10004, 1 },
		{ 0, tcm, 64, 0 }, { 0, tcm, 64, 3 }, { EDGETPU_MAX_CONTEXTS + 1, tcm, 64, 1 },
		{ 0xffffffff, tcm, 64, 1 },
	};
	uint64_t *entry;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cdma(host, bad[i].context, pa, bad[i].local, bad[i].len, bad[i].direction);
		assert_int_equal(cdma_status(host), EDGETPU_STATUS_BAD_JOB);
	}
	cdma(host, 0, CORE_HOST_BASE + CORE_HOST_SIZE - 32, tcm, 64, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_BUS_ERROR);
	assert_int_equal(corehost_get(host, CORE_CDMA_FAULT_LO),
			 (uint32_t)(CORE_HOST_BASE + CORE_HOST_SIZE));
	/* commands are fetched from pages with that right alone; answers need WRITE */
	entry = entry_of(host, 1);
	*entry = (*entry & EDGETPU_PTE_ADDR) | VALID | EDGETPU_PTE_READ;
	cdma(host, 1, CORE_VA + 0x1000, tcm, 64, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(corehost_get(host, CORE_CDMA_FAULT_LO), (uint32_t)CORE_VA + 0x1000);
	cdma(host, 1, CORE_VA + 0x1000, tcm, 64, CORE_CDMA_TO_HOST);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_MMU_FAULT);
	cdma(host, 2, CORE_VA, tcm, 64, CORE_CDMA_TO_TCM);
	assert_int_equal(cdma_status(host), EDGETPU_STATUS_MMU_FAULT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, corehost_setup, corehost_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rights),
		TEST(test_fault_address_is_the_page_that_lacks),
		TEST(test_bus_errors),
		TEST(test_invalid_context),
		TEST(test_contexts_are_apart),
		TEST(test_invalidate),
		TEST(test_new_pages_are_seen),
		TEST(test_walks_counted),
		TEST(test_oldest_goes),
		TEST(test_refusals_are_not_kept),
		TEST(test_invalidate_tables),
		TEST(test_moving_leaves_no_trace),
		TEST(test_faults_are_told_ahead),
		TEST(test_a_trace_leaves_none),
		TEST(test_tables_are_shown),
		TEST(test_last_of_all),
		TEST(test_regions),
		TEST(test_cdma),
		TEST(test_cdma_limits),
		TEST(test_cdma_refused),
	};

	return cmocka_run_group_tests_name("mmu", tests, NULL, NULL);
}
