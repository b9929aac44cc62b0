// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings: arguments, doorbells, and which ring is next.
 */
#include <string.h>

#include "context.h"
#include "fake.h"
#include "ring.h"

#define ADDR	FAKE_HOST_BASE
#define CONTEXT	4u

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return context_create(CONTEXT, 0x1000);
}

static int teardown(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < EDGETPU_MAX_RINGS; i++)
		ring_destroy(i);
	return context_destroy(CONTEXT);
}

static void make_ring(uint32_t index, uint32_t priority)
{
	assert_int_equal(ring_create(index, CONTEXT, priority, ADDR, 8), EDGETPU_MBOX_OK);
}

static void post(uint32_t index, uint32_t tail)
{
	fake_doorbell(index, tail);
	ring_doorbells();
}

/* Takes the next job; returns its ring. */
static struct ring *take(void)
{
	struct ring *ring = ring_pick();

	if (ring)
		ring_advance(ring);
	return ring;
}

static void test_contexts(void **state)
{
	(void)state;
	assert_int_equal(context_create(EDGETPU_MAX_CONTEXTS, 0x1000), EDGETPU_MBOX_EINVAL);
	assert_int_equal(context_create(0, 0x1001), EDGETPU_MBOX_EINVAL);
	assert_int_equal(context_create(0, 1ull << 52), EDGETPU_MBOX_EINVAL);
	assert_int_equal(context_create(CONTEXT, 0x1000), EDGETPU_MBOX_EEXIST);
	assert_int_equal(context_destroy(0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(context_destroy(0xffffffff), EDGETPU_MBOX_ENOENT);
	make_ring(0, 0);
	assert_int_equal(context_destroy(CONTEXT), EDGETPU_MBOX_EBUSY);
}

static void test_context_registers(void **state)
{
	(void)state;
	assert_int_equal(context_create(7, 0x123456789000ull), EDGETPU_MBOX_OK);
	assert_int_equal(fake_regs[CORE_CONTEXT_SELECT / 4], 7);
	assert_int_equal(fake_regs[CORE_CONTEXT_TABLE_LO / 4], 0x56789000);
	assert_int_equal(fake_regs[CORE_CONTEXT_TABLE_HI / 4], 0x1234);
	assert_int_equal(fake_regs[CORE_CONTEXT_VALID / 4], 1);
	assert_int_equal(context_destroy(7), EDGETPU_MBOX_OK);
	assert_int_equal(fake_regs[CORE_CONTEXT_VALID / 4], 0);
}

static void test_create_arguments(void **state)
{
	(void)state;
	assert_int_equal(ring_create(EDGETPU_MAX_RINGS, CONTEXT, 0, ADDR, 8), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0xffffffff, CONTEXT, 0, ADDR, 8), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, EDGETPU_NUM_PRIORITIES, ADDR, 8),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR + 64, 8), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, 0, 0xfffffffffffff000ull, 256),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, 1), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, 6), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, 512), EDGETPU_MBOX_EINVAL);
	assert_int_equal(ring_create(0, CONTEXT + 1, 0, ADDR, 8), EDGETPU_MBOX_ENOENT);
	assert_int_equal(ring_create(0, 0xffffffff, 0, ADDR, 8), EDGETPU_MBOX_ENOENT);
	make_ring(0, 0);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, 8), EDGETPU_MBOX_EEXIST);
	assert_int_equal(ring_destroy(1), EDGETPU_MBOX_ENOENT);
	assert_int_equal(ring_destroy(0xffffffff), EDGETPU_MBOX_ENOENT);
	assert_int_equal(ring_destroy(0), EDGETPU_MBOX_OK);
	assert_int_equal(ring_destroy(0), EDGETPU_MBOX_ENOENT);
}

static void test_doorbell(void **state)
{
	struct ring *ring;

	(void)state;
	make_ring(40, 1);
	assert_null(ring_pick());
	post(40, 2);
	assert_int_equal(fake_regs[CORE_DOORBELL_PENDING(1) / 4], 0);
	ring = ring_pick();
	assert_non_null(ring);
	assert_int_equal(ring->tail - ring->head, 2);
	assert_int_equal(ring_job_addr(ring), ADDR + 256);
	assert_int_equal(ring_completion_addr(ring), ADDR + 256 + 8 * 256);
	take();
	assert_int_equal(ring_job_addr(ring), ADDR + 256 + 256);
	assert_int_equal(ring_completion_addr(ring), ADDR + 256 + 8 * 256 + 64);
	take();
	assert_null(ring_pick());
}

static void test_bad_tails(void **state)
{
	struct ring *ring;

	(void)state;
	make_ring(3, 0);
	post(3, 9);	/* more than there are slots */
	assert_null(ring_pick());
	post(3, 0xffffffff);
	assert_null(ring_pick());
	post(3, 8);
	ring = ring_pick();
	assert_non_null(ring);
	post(3, 7);	/* back */
	assert_int_equal(ring->tail, 8);
	take();
	post(3, 9);
	assert_int_equal(ring->tail, 9);
	/* no such ring: nothing happens */
	post(63, 1);
	assert_int_equal(fake_regs[CORE_DOORBELL_PENDING(1) / 4], 0);
}

static void test_counter_wraps(void **state)
{
	struct ring *ring;

	(void)state;
	make_ring(0, 0);
	post(0, 1);
	ring = ring_pick();
	ring->head = 0xfffffffe;
	ring->tail = 0xffffffff;
	post(0, 2);
	assert_int_equal(ring->tail, 2);
	take();
	assert_int_equal(ring_job_addr(ring), ADDR + 256 + 7 * 256);
	take();
	assert_int_equal(ring_job_addr(ring), ADDR + 256);
	take();
	assert_ptr_equal(take(), ring);
	assert_null(take());
}

/* A doorbell and jobs of a ring that went are not those of its successor. */
static void test_recreate(void **state)
{
	(void)state;
	make_ring(5, 2);
	post(5, 3);
	fake_doorbell(5, 4);
	assert_int_equal(ring_destroy(5), EDGETPU_MBOX_OK);
	assert_null(ring_pick());
	make_ring(5, 0);
	ring_doorbells();
	assert_null(ring_pick());
	post(5, 1);
	assert_non_null(take());
	assert_null(take());
}

static void test_priority(void **state)
{
	struct ring *low, *high;

	(void)state;
	make_ring(1, 0);
	make_ring(2, 2);
	post(1, 1);
	low = ring_pick();
	post(2, 2);
	high = ring_pick();
	assert_ptr_not_equal(low, high);
	assert_int_equal(high->priority, 2);
	assert_ptr_equal(take(), high);
	assert_ptr_equal(take(), high);
	assert_ptr_equal(take(), low);
	assert_null(take());
}

/* Equals are served in turn, across the words of the ready mask. */
static void test_round_robin(void **state)
{
	static const uint32_t index[] = { 0, 31, 32, 63 };
	struct ring *first[4], *ring;
	int i, round;

	(void)state;
	for (i = 0; i < 4; i++) {
		make_ring(index[i], 1);
		fake_doorbell(index[i], 3);
	}
	ring_doorbells();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 4; i++) {
			ring = take();
			assert_non_null(ring);
			if (!round)
				first[i] = ring;
			else
				assert_ptr_equal(ring, first[i]);
		}
	}
	assert_null(take());
	for (i = 1; i < 4; i++)
		assert_ptr_not_equal(first[0], first[i]);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_contexts),
		TEST(test_context_registers),
		TEST(test_create_arguments),
		TEST(test_doorbell),
		TEST(test_bad_tails),
		TEST(test_counter_wraps),
		TEST(test_recreate),
		TEST(test_priority),
		TEST(test_round_robin),
	};

	return cmocka_run_group_tests_name("fw_ring", tests, NULL, NULL);
}
