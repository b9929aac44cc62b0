// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: which word is which argument, and where the answer goes.
 */
#include <string.h>

#include "area.h"
#include "context.h"
#include "fake.h"
#include "log.h"
#include "mailbox.h"
#include "ring.h"
#include "sched.h"
#include "version.h"

#define RING	33u
#define CONTEXT	6u
#define TABLE	0x9876543210000ull
#define ADDR	0xabcdef12345000ull
#define VA	0x6543210000ull
#define SRAM	0x40000u

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_regs[CORE_SRAM_SIZE / 4] = SRAM;
	return 0;
}

/* Posts a request; what lies around it is no zeros. Returns the status. */
static uint32_t request(const uint32_t *words, uint32_t n)
{
	static uint32_t seq = 500;
	uint32_t i;

	for (i = 0; i < EDGETPU_MBOX_WORDS; i++) {
		fake_regs[CORE_MBOX_REQ(i) / 4] = i < n ? words[i] : 0;
		fake_regs[CORE_MBOX_RSP(i) / 4] = 0xdead0000 + i;
	}
	fake_regs[CORE_MBOX_REQ_SEQ / 4] = ++seq;
	fake_regs[CORE_HOST_IRQ / 4] = 0;
	mailbox_serve();
	assert_int_equal(fake_regs[CORE_MBOX_RSP_SEQ / 4], seq);
	assert_int_equal(fake_regs[CORE_HOST_IRQ / 4], EDGETPU_IRQ_MAILBOX);
	return fake_regs[CORE_MBOX_RSP(0) / 4];
}

#define REQUEST(...)							\
	request((const uint32_t[]) { __VA_ARGS__ },			\
		sizeof((const uint32_t[]) { __VA_ARGS__ }) / 4)

static uint32_t result(uint32_t i)
{
	return fake_regs[CORE_MBOX_RSP(1 + i) / 4];
}

/* Words behind the results are 0. */
static void expect_results(uint32_t n)
{
	for (; n < EDGETPU_MBOX_WORDS - 1; n++)
		assert_int_equal(result(n), 0);
}

static void test_hello(void **state)
{
	(void)state;
	assert_int_equal(REQUEST(EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL), EDGETPU_MBOX_OK);
	assert_int_equal(result(0), EDGETPU_PROTOCOL);
	assert_int_equal(result(1), FW_VERSION);
	expect_results(2);
	assert_int_equal(REQUEST(EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL + 1), EDGETPU_MBOX_EINVAL);
	assert_int_equal(result(0), EDGETPU_PROTOCOL);
}

static void test_unknown(void **state)
{
	uint32_t opcode;

	(void)state;
	assert_int_equal(REQUEST(0, 1, 2, 3), EDGETPU_MBOX_EOPCODE);
	for (opcode = EDGETPU_MBOX_RING_PARK + 1; opcode < 300; opcode++)
		assert_int_equal(REQUEST(opcode, 1, 2, 3), EDGETPU_MBOX_EOPCODE);
	expect_results(0);
}

static void test_contexts(void **state)
{
	(void)state;
	assert_int_equal(REQUEST(EDGETPU_MBOX_CONTEXT_CREATE, CONTEXT, (uint32_t)TABLE,
				 TABLE >> 32), EDGETPU_MBOX_OK);
	assert_true(context_exists(CONTEXT));
	assert_int_equal(fake_regs[CORE_CONTEXT_SELECT / 4], CONTEXT);
	assert_int_equal(fake_regs[CORE_CONTEXT_TABLE_LO / 4], (uint32_t)TABLE);
	assert_int_equal(fake_regs[CORE_CONTEXT_TABLE_HI / 4], TABLE >> 32);
	assert_int_equal(REQUEST(EDGETPU_MBOX_CONTEXT_CREATE, CONTEXT, 0, 0), EDGETPU_MBOX_EEXIST);
	assert_int_equal(REQUEST(EDGETPU_MBOX_CONTEXT_DESTROY, CONTEXT + 1, CONTEXT),
			 EDGETPU_MBOX_ENOENT);
	assert_int_equal(REQUEST(EDGETPU_MBOX_CONTEXT_DESTROY, CONTEXT), EDGETPU_MBOX_OK);
	assert_false(context_exists(CONTEXT));
	expect_results(0);
}

static void test_rings(void **state)
{
	struct ring *ring;

	(void)state;
	assert_int_equal(context_create(CONTEXT, 0), EDGETPU_MBOX_OK);
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_CREATE, RING, CONTEXT, 2, (uint32_t)ADDR,
				 ADDR >> 32, 16, 0), EDGETPU_MBOX_OK);
	ring = ring_get(RING);
	assert_non_null(ring);
	assert_true(ring->addr == ADDR);
	assert_int_equal(ring->entries, 16);
	assert_int_equal(ring->context, CONTEXT);
	assert_true(sched_is_highest(RING));
	ring->header.fence = 77;
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_STOP, RING, 2), EDGETPU_MBOX_EINVAL);
	assert_false(ring->stopped);
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_STOP, RING, 0), EDGETPU_MBOX_OK);
	assert_true(ring->stopped);
	assert_int_equal(result(0), 0);
	assert_int_equal(result(1), 77);
	expect_results(2);
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_STOP, RING + 1, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_PARK, RING + 1), EDGETPU_MBOX_ENOENT);
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_PARK, RING), EDGETPU_MBOX_OK);
	assert_int_equal(result(0), EDGETPU_NO_AREA);
	assert_int_equal(result(1), 77);
	assert_null(ring_get(RING));
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_DESTROY, RING), EDGETPU_MBOX_ENOENT);
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_CREATE, RING, CONTEXT, 0, 0x1000, 0, 16, 0),
			 EDGETPU_MBOX_OK);
	assert_false(sched_is_highest(RING));
	/* from an area in which no job is parked */
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_CREATE, RING + 1, CONTEXT, 0, 0x1000, 0, 16, 1),
			 EDGETPU_MBOX_ENOENT);
	assert_null(ring_get(RING + 1));
	assert_int_equal(REQUEST(EDGETPU_MBOX_RING_DESTROY, RING, 5), EDGETPU_MBOX_OK);
	assert_null(ring_get(RING));
	assert_int_equal(context_destroy(CONTEXT), EDGETPU_MBOX_OK);
}

static void test_areas(void **state)
{
	const uint32_t bytes = (EDGETPU_SAVE_AREA_BYTES(SRAM) + 4095) & ~4095u;
	struct area *area;

	(void)state;
	assert_int_equal(context_create(CONTEXT, 0), EDGETPU_MBOX_OK);
	assert_int_equal(REQUEST(EDGETPU_MBOX_SAVE_AREA, 9, CONTEXT, (uint32_t)VA, VA >> 32, bytes,
				 2), EDGETPU_MBOX_EINVAL);
	assert_int_equal(REQUEST(EDGETPU_MBOX_SAVE_AREA, 9, CONTEXT, (uint32_t)VA, VA >> 32, bytes,
				 0), EDGETPU_MBOX_OK);
	area = area_take();
	assert_int_equal(area_index(area), 9);
	area_begin(area, EDGETPU_OP_STORE, 0);
	assert_int_equal(fake_regs[CORE_JOB_CONTEXT / 4], CONTEXT);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_VA_LO) / 4], (uint32_t)VA);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_VA_HI) / 4], VA >> 32);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_SIZE_LO) / 4], bytes);
	area_release(area);
	assert_int_equal(REQUEST(EDGETPU_MBOX_SAVE_AREA, 9), EDGETPU_MBOX_OK);
	assert_int_equal(area_count(), 0);
	/* in which an earlier boot has left nothing */
	assert_int_equal(REQUEST(EDGETPU_MBOX_SAVE_AREA, 9, CONTEXT, (uint32_t)VA, VA >> 32, bytes,
				 1), EDGETPU_MBOX_ENODATA);
	assert_int_equal(context_destroy(CONTEXT), EDGETPU_MBOX_OK);
}

static void test_log(void **state)
{
	struct edgetpu_log *log = (void *)(fake_host + 0x100);
	const uint64_t addr = FAKE_HOST_BASE + 0x100;

	(void)state;
	log->size = 1024;
	assert_int_equal(REQUEST(EDGETPU_MBOX_LOG, (uint32_t)addr, addr >> 32, 2048),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(REQUEST(EDGETPU_MBOX_LOG, (uint32_t)addr, 1, 1024), EDGETPU_MBOX_EINVAL);
	assert_int_equal(REQUEST(EDGETPU_MBOX_LOG, (uint32_t)addr, addr >> 32, 1024),
			 EDGETPU_MBOX_OK);
	assert_int_equal(REQUEST(77, 1), EDGETPU_MBOX_EOPCODE);
	assert_non_null(strstr((char *)log->text, "warn: mailbox request 77 refused: 5"));
	/* to be busy is no mistake of the host's, and leaves the lines to those that are */
	log->head = 0;
	assert_int_equal(context_create(CONTEXT, 0), EDGETPU_MBOX_OK);
	context_count_user(CONTEXT, 1);
	assert_int_equal(REQUEST(EDGETPU_MBOX_CONTEXT_DESTROY, CONTEXT), EDGETPU_MBOX_EBUSY);
	assert_int_equal(log->head, 0);
	context_count_user(CONTEXT, -1);
	assert_int_equal(context_destroy(CONTEXT), EDGETPU_MBOX_OK);
	assert_int_equal(REQUEST(EDGETPU_MBOX_LOG, 0, 0, 0), EDGETPU_MBOX_OK);
	log->head = 0;
	assert_int_equal(REQUEST(77), EDGETPU_MBOX_EOPCODE);
	assert_int_equal(log->head, 0);
}

#define TEST(f)	cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hello),
		TEST(test_unknown),
		TEST(test_contexts),
		TEST(test_rings),
		TEST(test_areas),
		TEST(test_log),
	};

	return cmocka_run_group_tests_name("fw_mailbox", tests, NULL, NULL);
}
