// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings: arguments, doorbells, and what the host finds in their memory.
 */
#include <string.h>

#include "context.h"
#include "dispatch.h"
#include "fake.h"
#include "ring.h"
#include "sched.h"

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
		dispatch_destroy_ring(i);
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

/* The ring that is next; NULL: none */
static struct ring *pick(void)
{
	uint32_t index = sched_pick(SCHED_ANYONE);

	return index == SCHED_NONE ? NULL : ring_get(index);
}

/* Takes and ends the next job; returns its ring. */
static struct ring *take(void)
{
	struct edgetpu_completion completion = { .status = EDGETPU_STATUS_OK };
	struct ring *ring = pick();

	if (ring)
		ring_complete(ring, &completion, 0);
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
	/* up to the last byte there is, but not across it */
	assert_int_equal(ring_create(0, CONTEXT, 0, 0ull - 8 * 4096, 2), EDGETPU_MBOX_OK);
	assert_int_equal(dispatch_destroy_ring(0), EDGETPU_MBOX_OK);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, EDGETPU_RING_MIN_ENTRIES), EDGETPU_MBOX_OK);
	assert_int_equal(ring_create(EDGETPU_MAX_RINGS - 1, CONTEXT, EDGETPU_NUM_PRIORITIES - 1, ADDR,
				     EDGETPU_RING_MAX_ENTRIES), EDGETPU_MBOX_OK);
	assert_int_equal(ring_get(EDGETPU_MAX_RINGS - 1)->entries, EDGETPU_RING_MAX_ENTRIES);
	assert_int_equal(ring_get(EDGETPU_MAX_RINGS - 1)->context, CONTEXT);
	assert_int_equal(dispatch_destroy_ring(0), EDGETPU_MBOX_OK);
	assert_int_equal(dispatch_destroy_ring(EDGETPU_MAX_RINGS - 1), EDGETPU_MBOX_OK);
	make_ring(0, 0);
	assert_int_equal(ring_create(0, CONTEXT, 0, ADDR, 8), EDGETPU_MBOX_EEXIST);
	assert_int_equal(dispatch_destroy_ring(1), EDGETPU_MBOX_ENOENT);
	assert_int_equal(dispatch_destroy_ring(0xffffffff), EDGETPU_MBOX_ENOENT);
	assert_int_equal(dispatch_destroy_ring(0), EDGETPU_MBOX_OK);
	assert_int_equal(dispatch_destroy_ring(0), EDGETPU_MBOX_ENOENT);
}

/* Byte of host memory at which the next job of @ring is read */
static uint32_t next_job(struct ring *ring)
{
	struct edgetpu_job desc;

	assert_int_equal(ring_begin(ring, &desc), EDGETPU_STATUS_OK);
	return fake_regs[CORE_CDMA_ADDR_LO / 4] - (uint32_t)ADDR;
}

static void test_doorbell(void **state)
{
	const struct edgetpu_ring_header *header = (const void *)fake_host;
	const struct edgetpu_completion *completions = (const void *)(fake_host + 256 + 8 * 256);
	struct ring *ring;

	(void)state;
	make_ring(40, 1);
	assert_null(pick());
	post(40, 2);
	assert_int_equal(fake_regs[CORE_DOORBELL_PENDING(1) / 4], 0);
	ring = pick();
	assert_ptr_equal(ring, ring_get(40));
	assert_int_equal(next_job(ring), 256);
	take();
	assert_int_equal(header->fence, 1);
	assert_int_equal(completions[0].seq, 1);
	assert_int_equal(completions[1].seq, 0);
	assert_int_equal(fake_regs[CORE_HOST_IRQ / 4], EDGETPU_IRQ_JOBS);
	assert_int_equal(next_job(ring), 256 + 256);
	take();
	assert_int_equal(header->fence, 2);
	assert_int_equal(completions[1].seq, 2);
	assert_null(pick());
}

static const struct standing standing = {
	.progress = 12, .used = (3ull << 32) + 4, .busy = { 5, 6, 7, 8 },
};

static void expect_standing(const struct standing *told)
{
	const struct edgetpu_ring_header *header = (const void *)fake_host;

	assert_int_equal(header->progress, told->progress);
	assert_true(header->used == told->used);
	assert_memory_equal(header->busy, told->busy, sizeof(told->busy));
}

/* Of a job that has ended nothing is left there that could be taken for the next one's. */
static void test_header(void **state)
{
	const struct edgetpu_ring_header *header = (const void *)fake_host;
	struct ring *ring;

	(void)state;
	make_ring(7, 0);
	ring = ring_get(7);
	fake_pass(5ull << 32);
	ring_tell(ring, &standing);
	assert_int_equal(header->fence, 0);
	assert_int_equal(header->running, 1);
	assert_int_equal(header->state, EDGETPU_RING_RUNNING);
	assert_true(header->at + 10 == core_cycles());
	expect_standing(&standing);
	post(7, 1);
	take();
	expect_standing(&(struct standing){ 0 });
	assert_int_equal(header->fence, 1);
	assert_int_equal(header->running, 0);
	assert_int_equal(header->state, EDGETPU_RING_IDLE);
}

/* A ring that is stopped lets the job go on that has begun, and begins no other. */
static void test_stop(void **state)
{
	struct ring *ring;
	uint32_t reply[2];

	(void)state;
	assert_int_equal(dispatch_stop_ring(7, 0, reply), EDGETPU_MBOX_ENOENT);
	make_ring(7, 0);
	make_ring(8, 0);
	post(7, 3);
	ring = pick();
	next_job(ring);
	take();
	next_job(ring);
	assert_int_equal(dispatch_stop_ring(7, 0, reply), EDGETPU_MBOX_OK);
	assert_int_equal(reply[0], 1);
	assert_int_equal(reply[1], 1);
	assert_ptr_equal(take(), ring);
	assert_null(take());
	assert_int_equal(dispatch_stop_ring(7, 0, reply), EDGETPU_MBOX_OK);
	assert_int_equal(reply[0], 0);
	assert_int_equal(reply[1], 2);
	post(7, 4);
	assert_null(take());
	/* a ring anew is not stopped */
	assert_int_equal(dispatch_destroy_ring(7), EDGETPU_MBOX_OK);
	make_ring(7, 0);
	post(7, 1);
	assert_ptr_equal(take(), ring);
}

/* One that yields keeps its job that has begun to itself, until it is another ring. */
static void test_yield(void **state)
{
	struct ring *ring;
	uint32_t reply[2];

	(void)state;
	make_ring(7, 0);
	assert_int_equal(dispatch_stop_ring(7, 2, reply), EDGETPU_MBOX_EINVAL);
	post(7, 2);
	ring = pick();
	next_job(ring);
	assert_ptr_equal(pick(), ring);
	assert_int_equal(dispatch_stop_ring(7, 1, reply), EDGETPU_MBOX_OK);
	assert_int_equal(reply[0], 1);
	assert_null(pick());
	/* what was said stays said */
	assert_int_equal(dispatch_stop_ring(7, 0, reply), EDGETPU_MBOX_OK);
	assert_null(pick());
	assert_int_equal(dispatch_destroy_ring(7), EDGETPU_MBOX_OK);
	make_ring(7, 0);
	post(7, 1);
	assert_ptr_equal(take(), ring);
}

/* A job that the ring takes over has begun, and goes on when it has been posted. */
static void test_take_over(void **state)
{
	const struct edgetpu_ring_header *header = (const void *)fake_host;
	struct ring *ring;

	(void)state;
	make_ring(7, 0);
	ring = ring_get(7);
	ring_take_over(ring, &standing, 0x123456789aull, 5);
	expect_standing(&standing);
	assert_int_equal(header->state, EDGETPU_RING_SAVED);
	assert_int_equal(header->running, 1);
	assert_int_equal(header->area, 5);
	assert_true(header->start == 0x123456789aull);
	assert_null(pick());
	post(7, 1);
	assert_ptr_equal(pick(), ring);
	take();
	assert_int_equal(header->state, EDGETPU_RING_IDLE);
}

static void test_saved(void **state)
{
	const struct edgetpu_ring_header *header = (const void *)fake_host;

	(void)state;
	make_ring(7, 0);
	ring_tell_saved(ring_get(7), &standing, 1ull << 40, 6);
	assert_int_equal(header->state, EDGETPU_RING_SAVED);
	expect_standing(&standing);
	assert_int_equal(header->area, 6);
	assert_true(header->start == 1ull << 40);
	assert_int_equal(fake_regs[CORE_HOST_IRQ / 4], EDGETPU_IRQ_JOBS);
}

static void test_park_without_a_job(void **state)
{
	uint32_t reply[2];

	(void)state;
	assert_int_equal(dispatch_park_ring(9, reply), EDGETPU_MBOX_ENOENT);
	assert_int_equal(dispatch_park_ring(0xffffffff, reply), EDGETPU_MBOX_ENOENT);
	make_ring(9, 0);
	post(9, 2);
	take();
	assert_int_equal(dispatch_park_ring(9, reply), EDGETPU_MBOX_OK);
	assert_int_equal(reply[0], EDGETPU_NO_AREA);
	assert_int_equal(reply[1], 1);
	assert_null(ring_get(9));
	assert_null(pick());
}

/* From an area in which no job is parked there is no ring. */
static void test_create_from(void **state)
{
	(void)state;
	assert_int_equal(dispatch_create_ring(9, CONTEXT, 0, ADDR, 8, 1), EDGETPU_MBOX_ENOENT);
	assert_int_equal(dispatch_create_ring(9, CONTEXT, 0, ADDR, 8, ~0u), EDGETPU_MBOX_ENOENT);
	assert_null(ring_get(9));
	assert_int_equal(dispatch_create_ring(9, CONTEXT, 9, ADDR, 8, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(dispatch_create_ring(9, CONTEXT, 0, ADDR, 8, 0), EDGETPU_MBOX_OK);
	assert_non_null(ring_get(9));
}

static void test_get(void **state)
{
	(void)state;
	assert_null(ring_get(9));
	make_ring(9, 0);
	assert_non_null(ring_get(9));
	assert_null(ring_get(EDGETPU_MAX_RINGS));
	assert_null(ring_get(0xffffffff));
	assert_int_equal(dispatch_destroy_ring(9), EDGETPU_MBOX_OK);
	assert_null(ring_get(9));
}

static void test_bad_tails(void **state)
{
	struct ring *ring;

	(void)state;
	make_ring(3, 0);
	post(3, 9);	/* more than there are slots */
	assert_null(pick());
	post(3, 0xffffffff);
	assert_null(pick());
	post(3, 8);
	ring = pick();
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
	ring = pick();
	ring->head = 0xfffffffe;
	ring->tail = 0xffffffff;
	post(0, 2);
	assert_int_equal(ring->tail, 2);
	take();
	assert_int_equal(next_job(ring), 256 + 7 * 256);
	take();
	assert_int_equal(next_job(ring), 256);
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
	assert_int_equal(dispatch_destroy_ring(5), EDGETPU_MBOX_OK);
	assert_null(pick());
	make_ring(5, 0);
	ring_doorbells();
	assert_null(pick());
	post(5, 1);
	assert_non_null(take());
	assert_null(take());
}

/* The same, wherever its bit is, and nobody else's doorbell is lost. */
static void test_doorbell_from_before(void **state)
{
	static const uint32_t rings[] = { 0, 31, 32, 63 };
	uint32_t i, other;

	(void)state;
	for (i = 0; i < 4; i++) {
		other = rings[i] ^ 8;
		make_ring(other, 1);
		fake_doorbell(rings[i], 3);
		fake_doorbell(other, 2);
		make_ring(rings[i], 1);
		ring_doorbells();
		assert_ptr_equal(take(), ring_get(other));
		assert_ptr_equal(take(), ring_get(other));
		assert_null(pick());
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_contexts),
		TEST(test_context_registers),
		TEST(test_create_arguments),
		TEST(test_doorbell),
		TEST(test_doorbell_from_before),
		TEST(test_header),
		TEST(test_stop),
		TEST(test_yield),
		TEST(test_take_over),
		TEST(test_saved),
		TEST(test_park_without_a_job),
		TEST(test_create_from),
		TEST(test_get),
		TEST(test_bad_tails),
		TEST(test_counter_wraps),
		TEST(test_recreate),
	};

	return cmocka_run_group_tests_name("fw_ring", tests, NULL, NULL);
}
