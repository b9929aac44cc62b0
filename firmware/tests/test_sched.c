// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ring is next.
 */
#include "fake.h"
#include "sched.h"

static int teardown(void **state)
{
	uint32_t ring;

	(void)state;
	for (ring = 0; ring < EDGETPU_MAX_RINGS; ring++)
		sched_remove(ring);
	return 0;
}

static void add_ready(uint32_t ring, uint32_t priority)
{
	sched_add(ring, priority);
	sched_set_ready(ring, true);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(sched_pick(), SCHED_NONE);
	sched_add(3, 1);
	assert_int_equal(sched_pick(), SCHED_NONE);
	sched_set_ready(3, true);
	assert_int_equal(sched_pick(), 3);
	assert_int_equal(sched_pick(), 3);
	sched_remove(3);
	assert_int_equal(sched_pick(), SCHED_NONE);
}

static void test_priority(void **state)
{
	(void)state;
	add_ready(1, 0);
	add_ready(2, 2);
	assert_int_equal(sched_pick(), 2);
	assert_int_equal(sched_pick(), 2);
	sched_set_ready(2, false);
	assert_int_equal(sched_pick(), 1);
}

/* Equals are served in turn, across the words of the ready mask. */
static void test_turns(void **state)
{
	static const uint32_t rings[] = { 0, 31, 32, 63 };
	uint32_t i, round, first;

	(void)state;
	for (i = 0; i < 4; i++)
		add_ready(rings[i], 1);
	first = sched_pick();
	for (i = 0; rings[i] != first; i++)
		;
	for (round = 0; round < 12; round++)
		assert_int_equal(sched_pick(), rings[++i % 4]);
}

#define TEST(f)	cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_priority),
		TEST(test_turns),
	};

	return cmocka_run_group_tests_name("fw_sched", tests, NULL, NULL);
}
