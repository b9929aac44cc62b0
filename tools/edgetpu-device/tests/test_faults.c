// SPDX-License-Identifier: GPL-2.0-only
/*
 * Injected faults by themselves: which are armed, for how often and how long, and
 * which bytes a lie is about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/observers/faults.h"
#include "edgetpu_hw.h"

static struct faults faults;

static int setup(void **state)
{
	(void)state;
	memset(&faults, 0, sizeof(faults));
	return 0;
}

static bool arm(uint32_t code, uint32_t argument)
{
	return faults_arm(&faults, EDGETPU_FAULT(code, argument));
}

/* --- arming ------------------------------------------------------------------------ */

static void test_so_many_times(void **state)
{
	unsigned int code, i;

	(void)state;
	for (code = EDGETPU_FAULT_FENCE; code <= EDGETPU_FAULT_BOOT; code++) {
		assert_false(faults_on(&faults, code));
		assert_false(faults_take(&faults, code));
		assert_false(arm(code, 2));
		assert_true(faults_on(&faults, code));
		assert_true(faults_take(&faults, code));
		/* a reset does not matter to these */
		faults_reset(&faults);
		assert_true(faults_take(&faults, code));
		assert_false(faults_take(&faults, code));
		assert_false(faults_on(&faults, code));
		assert_false(arm(code, 0));
		for (i = 0; i < 10; i++)
			assert_true(faults_take(&faults, code));
		faults_reset(&faults);
		assert_true(faults_on(&faults, code));
		assert_true(arm(EDGETPU_FAULT_NONE, 0));
		assert_false(faults_on(&faults, code));
	}
}

static void test_until_reset(void **state)
{
	static const unsigned int codes[] = { EDGETPU_FAULT_DMA, EDGETPU_FAULT_INVALIDATE,
					      EDGETPU_FAULT_LIMIT };
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_false(arm(codes[i], 0));
		assert_true(faults_take(&faults, codes[i]));
		assert_true(faults_on(&faults, codes[i]));
		faults_reset(&faults);
		assert_false(faults_on(&faults, codes[i]));
		assert_false(arm(codes[i], 1));
		faults_reset(&faults);
		assert_true(faults_on(&faults, codes[i]));
		/* asked for anew, it is again one that a reset ends */
		assert_true(arm(EDGETPU_FAULT_NONE, 0));
		assert_false(faults_on(&faults, codes[i]));
		assert_false(arm(codes[i], 0));
		faults_reset(&faults);
		assert_false(faults_on(&faults, codes[i]));
	}
}

static void test_for_the_run_thread(void **state)
{
	(void)state;
	assert_true(arm(EDGETPU_FAULT_ENGINE_HANG, 3));
	assert_int_equal(faults.engine, 3);
	assert_int_equal(faults.now, 1 << EDGETPU_FAULT_ENGINE_HANG);
	assert_true(arm(EDGETPU_FAULT_ENGINE_HANG, 6));
	assert_int_equal(faults.engine, 2);
	assert_true(arm(EDGETPU_FAULT_CORE_HANG, 0));
	assert_true(arm(EDGETPU_FAULT_CORE_TRAP, 0));
	assert_int_equal(faults.now, 1 << EDGETPU_FAULT_ENGINE_HANG |
			 1 << EDGETPU_FAULT_CORE_HANG | 1 << EDGETPU_FAULT_CORE_TRAP);
	faults_reset(&faults);
	assert_int_equal(faults.now, 0);
}

/* Those of the process are not the core's, nor are those that do not exist. */
static void test_others(void **state)
{
	static const unsigned int codes[] = { EDGETPU_FAULT_REMOVE, EDGETPU_FAULT_EXIT,
					      EDGETPU_NUM_FAULTS, 0xffff };
	struct faults before;
	unsigned int i;

	(void)state;
	memcpy(&before, &faults, sizeof(before));
	for (i = 0; i < 4; i++)
		assert_false(arm(codes[i], 1));
	assert_memory_equal(&before, &faults, sizeof(before));
}

static void test_bar(void **state)
{
	uint32_t value = 5;

	(void)state;
	assert_false(faults_bar(&faults, &value));
	assert_int_equal(value, 5);
	assert_false(arm(EDGETPU_FAULT_ONES, 0));
	assert_true(faults_bar(&faults, &value));
	assert_int_equal(value, 0xffffffff);
	faults_reset(&faults);
	assert_true(faults_bar(&faults, &value));
	assert_true(arm(EDGETPU_FAULT_NONE, 0));
	assert_false(faults_bar(&faults, &value));
	assert_false(arm(EDGETPU_FAULT_ZEROS, 0));
	assert_true(faults_bar(&faults, &value));
	assert_int_equal(value, 0);
	usleep(2000);
	assert_true(faults_bar(&faults, &value));
}

static void test_bar_for_a_while(void **state)
{
	static const unsigned int codes[] = { EDGETPU_FAULT_ONES, EDGETPU_FAULT_ZEROS };
	uint32_t value;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		/* longer than a host may take from here to there */
		assert_false(arm(codes[i], 30000));
		usleep(2000);
		assert_true(faults_bar(&faults, &value));
		assert_false(arm(codes[i], 20));
		usleep(25000);
		assert_false(faults_bar(&faults, &value));
		assert_false(faults_on(&faults, codes[i]));
	}
}

/* --- lies in registers ------------------------------------------------------------------ */

static void test_replies(void **state)
{
	const uint32_t req[EDGETPU_MBOX_WORDS] = { EDGETPU_MBOX_HELLO };
	uint32_t rsp[EDGETPU_MBOX_WORDS] = { 0, 1, 2, 3 };
	unsigned int i;

	(void)state;
	assert_true(faults_answer(&faults, req, rsp));
	assert_int_equal(rsp[3], 3);
	arm(EDGETPU_FAULT_REPLY, 1);
	assert_true(faults_answer(&faults, req, rsp));
	for (i = 0; i < EDGETPU_MBOX_WORDS; i++)
		assert_int_equal(rsp[i], 0xdeadbeef ^ (i < 4 ? i : 0));
	arm(EDGETPU_FAULT_SILENCE, 1);
	assert_false(faults_answer(&faults, req, rsp));
	assert_true(faults_answer(&faults, req, rsp));
}

/* --- lies in memory ----------------------------------------------------------------------- */

#define RING	0x123400000000ull
#define OTHER	0x123480000000ull
#define LOG	0x567800000000ull
#define ENTRIES	4u
#define NUMBER	63u

static void answer(const uint32_t *req, uint32_t status)
{
	uint32_t rsp[EDGETPU_MBOX_WORDS] = { status };

	assert_true(faults_answer(&faults, req, rsp));
}

#define ANSWER(status, ...) \
	answer((const uint32_t[EDGETPU_MBOX_WORDS]) { __VA_ARGS__ }, status)

static void create(uint32_t number, uint64_t addr, uint32_t status)
{
	ANSWER(status, EDGETPU_MBOX_RING_CREATE, number, 1, 2, (uint32_t)addr,
	       (uint32_t)(addr >> 32), ENTRIES);
}

static int setup_rings(void **state)
{
	setup(state);
	create(NUMBER, RING, EDGETPU_MBOX_OK);
	ANSWER(EDGETPU_MBOX_OK, EDGETPU_MBOX_LOG, (uint32_t)LOG, (uint32_t)(LOG >> 32), 4096);
	return 0;
}

/* Words that leave for @addr */
static const uint32_t *out(uint64_t addr, unsigned int words, uint32_t first)
{
	static uint32_t data[32];
	unsigned int i;

	for (i = 0; i < 32; i++)
		data[i] = first + i;
	return (const uint32_t *)faults_outgoing(&faults, addr, (uint8_t *)data, words * 4);
}

/* All of them arrive as they are. */
static void expect_truth(uint64_t addr, unsigned int words, uint32_t first)
{
	const uint32_t *got = out(addr, words, first);
	unsigned int i;

	for (i = 0; i < words; i++)
		assert_int_equal(got[i], first + i);
}

#define LIE	0x7fffff00u

static void test_fence(void **state)
{
	const uint32_t *got;

	(void)state;
	expect_truth(RING, 4, 1);
	arm(EDGETPU_FAULT_FENCE, 0);
	/* only a fence that moves */
	expect_truth(RING, 4, 1);
	got = out(RING, 4, 2);
	assert_int_equal(got[0], LIE);
	assert_int_equal(got[1], 3);
	assert_int_equal(got[3], 5);
	expect_truth(RING, 4, 2);
	/* what does not hold the fence is no matter */
	expect_truth(RING + 4, 3, 9);
	expect_truth(RING + 64, 4, 9);
	expect_truth(RING - 4, 4, 9);
}

static void test_running_and_progress(void **state)
{
	const uint32_t *got;

	(void)state;
	arm(EDGETPU_FAULT_RUNNING, 1);
	got = out(RING, 4, 50);
	assert_int_equal(got[0], 50);
	assert_int_equal(got[1], LIE);
	assert_int_equal(got[2], 52);
	expect_truth(RING, 4, 60);
	arm(EDGETPU_FAULT_PROGRESS, 1);
	/* a header without it does not use it up */
	expect_truth(RING, 2, 65);
	got = out(RING, 4, 70);
	assert_int_equal(got[1], 71);
	assert_int_equal(got[2], 1);
	assert_int_equal(got[3], 73);
	expect_truth(RING, 4, 80);
}

static void test_completions(void **state)
{
	const uint64_t first = RING + EDGETPU_RING_COMPLETIONS(ENTRIES);
	const unsigned int words = sizeof(struct edgetpu_completion) / 4;
	const uint64_t last = first + (ENTRIES - 1) * sizeof(struct edgetpu_completion);
	const struct edgetpu_completion *c;
	const uint32_t *got;

	(void)state;
	arm(EDGETPU_FAULT_SEQ, 2);
	got = out(first, words, 100);
	assert_int_equal(got[0], LIE);
	assert_int_equal(got[1], 101);
	/* what begins in the middle of one has no sequence number */
	expect_truth(first + 4, words - 1, 150);
	/* descriptors are before them, other memory behind */
	expect_truth(first - 64, 16, 200);
	expect_truth(RING + EDGETPU_RING_BYTES(ENTRIES), words, 200);
	got = out(last, words, 300);
	assert_int_equal(got[0], LIE);
	assert_int_equal(got[1], 301);
	expect_truth(last, words, 400);

	arm(EDGETPU_FAULT_STATUS, 1);
	/* nothing but a whole completion */
	expect_truth(first, words - 1, 500);
	expect_truth(first + 4, words - 1, 500);
	c = (const struct edgetpu_completion *)out(last, words, 600);
	assert_int_equal(c->seq, 600);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_int_equal(c->commands, 0);
	assert_int_equal(c->engine, 602);
	assert_int_equal(c->instructions,
			 600 + offsetof(struct edgetpu_completion, instructions) / 4);
	assert_int_equal(c->counts.turns, 600 + words - 1);
	expect_truth(last, words, 700);
}

static void test_log(void **state)
{
	const uint32_t *got;

	(void)state;
	expect_truth(LOG, 1, 7);
	arm(EDGETPU_FAULT_LOG, 1);
	expect_truth(LOG + 4, 4, 7);
	expect_truth(LOG - 4, 1, 7);
	expect_truth(LOG - 64, 16, 7);
	got = out(LOG - 4, 3, 7);
	assert_int_equal(got[0], 7);
	assert_int_equal(got[1], LIE);
	assert_int_equal(got[2], 9);
	expect_truth(LOG, 1, 8);
}

/* The limit of a job, where there is a ring, and nothing else */
static void test_limit(void **state)
{
	const uint64_t first = RING + EDGETPU_RING_JOBS, size = sizeof(struct edgetpu_job);
	const uint64_t at[] = { first, first + (ENTRIES - 1) * size, first + ENTRIES * size, OTHER };
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		struct edgetpu_job job = { .limit = 7, .num_commands = 5 };

		if (i == 4)
			assert_false(arm(EDGETPU_FAULT_LIMIT, 1));
		faults_incoming(&faults, at[i % 4], (uint8_t *)&job, size);
		assert_int_equal(job.limit, i == 4 || i == 5 ? 0 : 7);
		assert_int_equal(job.num_commands, 5);
		job.limit = 7;
		faults_incoming(&faults, at[i % 4], (uint8_t *)&job, size - 4);
		assert_int_equal(job.limit, 7);
	}
}

/* More than any of these is: it goes as it is. */
static void test_long_transfers(void **state)
{
	static uint8_t data[sizeof(struct edgetpu_completion) + 4];

	(void)state;
	arm(EDGETPU_FAULT_RUNNING, 0);
	assert_ptr_equal(faults_outgoing(&faults, RING, data, sizeof(data)), data);
	assert_ptr_not_equal(faults_outgoing(&faults, RING, data, sizeof(data) - 4), data);
	assert_int_equal(data[4], 0);
}

/* Rings and the log are where the firmware agreed to have them, as long as it does. */
static void test_what_is_known(void **state)
{
	(void)state;
	arm(EDGETPU_FAULT_RUNNING, 0);
	arm(EDGETPU_FAULT_LOG, 0);
	create(3, OTHER, EDGETPU_MBOX_EEXIST);
	expect_truth(OTHER, 4, 10);
	create(3, OTHER, EDGETPU_MBOX_OK);
	assert_int_equal(out(OTHER, 4, 10)[1], LIE);
	assert_int_equal(out(RING, 4, 10)[1], LIE);
	ANSWER(EDGETPU_MBOX_OK, EDGETPU_MBOX_RING_DESTROY, 3);
	expect_truth(OTHER, 4, 10);
	ANSWER(EDGETPU_MBOX_ENOENT, EDGETPU_MBOX_RING_DESTROY, NUMBER);
	assert_int_equal(out(RING, 4, 10)[1], LIE);
	ANSWER(EDGETPU_MBOX_EINVAL, EDGETPU_MBOX_LOG, (uint32_t)OTHER, (uint32_t)(OTHER >> 32), 64);
	assert_int_equal(out(LOG, 1, 10)[0], LIE);
	ANSWER(EDGETPU_MBOX_OK, EDGETPU_MBOX_LOG, 0, 0, 0);
	expect_truth(LOG, 1, 10);
	expect_truth(0, 1, 10);
	/* a ring that cannot be: nothing is written beside the others */
	create(EDGETPU_MAX_RINGS, OTHER, EDGETPU_MBOX_OK);
	assert_int_equal(faults.log, 0);
	ANSWER(EDGETPU_MBOX_OK, EDGETPU_MBOX_LOG, (uint32_t)LOG, (uint32_t)(LOG >> 32), 4096);
	ANSWER(EDGETPU_MBOX_OK, EDGETPU_MBOX_RING_DESTROY, EDGETPU_MAX_RINGS);
	assert_true(faults.log == LOG);
	faults_reset(&faults);
	expect_truth(RING, 4, 20);
	expect_truth(LOG, 1, 20);
}

/* A ring anew begins with fence 0. */
static void test_fence_of_a_new_ring(void **state)
{
	(void)state;
	expect_truth(RING, 4, 5);
	create(NUMBER, RING, EDGETPU_MBOX_OK);
	arm(EDGETPU_FAULT_FENCE, 0);
	assert_int_equal(out(RING, 4, 5)[0], LIE);
	create(NUMBER, RING, EDGETPU_MBOX_OK);
	expect_truth(RING, 4, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
#define TEST_RINGS(f) cmocka_unit_test_setup(f, setup_rings)
	const struct CMUnitTest tests[] = {
		TEST(test_so_many_times),
		TEST(test_until_reset),
		TEST(test_for_the_run_thread),
		TEST(test_others),
		TEST(test_bar),
		TEST(test_bar_for_a_while),
		TEST(test_replies),
		TEST_RINGS(test_fence),
		TEST_RINGS(test_running_and_progress),
		TEST_RINGS(test_completions),
		TEST_RINGS(test_log),
		TEST_RINGS(test_limit),
		TEST_RINGS(test_long_transfers),
		TEST_RINGS(test_what_is_known),
		TEST_RINGS(test_fence_of_a_new_ring),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
