// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model time: what is due happens in its order, and nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"

#define EVENTS	8

static struct clock clock_;
static struct clock_event events[EVENTS];

/* Which fired, and when */
static struct {
	unsigned int event;
	uint64_t now;
} fired[32];
static unsigned int num_fired;
static uint64_t again;	/* event 7 arms itself that many cycles later, or 0 */

static void fire(void *opaque)
{
	const struct clock_event *event = opaque;

	assert_true(event->at == CLOCK_NEVER);
	fired[num_fired].event = (unsigned int)(event - events);
	fired[num_fired++].now = clock_.now;
	if (event == &events[7] && again)
		clock_arm(&clock_, &events[7], clock_.now + again);
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&clock_, 0, sizeof(clock_));
	for (i = 0; i < EVENTS; i++)
		events[i] = (struct clock_event){
			.at = CLOCK_NEVER, .order = i, .fire = fire, .opaque = &events[i],
		};
	num_fired = 0;
	again = 0;
	return 0;
}

static void expect(unsigned int n, unsigned int event, uint64_t now)
{
	assert_true(n < num_fired);
	assert_int_equal(fired[n].event, event);
	assert_int_equal(fired[n].now, now);
}

static void test_in_order_of_time(void **state)
{
	(void)state;
	assert_true(clock_next(&clock_) == CLOCK_NEVER);
	clock_arm(&clock_, &events[0], 30);
	clock_arm(&clock_, &events[1], 10);
	clock_arm(&clock_, &events[2], 20);
	assert_int_equal(clock_next(&clock_), 10);
	clock_advance(&clock_, 9);
	assert_int_equal(num_fired, 0);
	assert_int_equal(clock_.now, 9);
	clock_advance(&clock_, 29);
	assert_int_equal(num_fired, 2);
	expect(0, 1, 10);
	expect(1, 2, 20);
	assert_int_equal(clock_.now, 29);
	clock_advance(&clock_, 30);
	expect(2, 0, 30);
	assert_true(clock_next(&clock_) == CLOCK_NEVER);
	/* time does not go back */
	clock_advance(&clock_, 5);
	assert_int_equal(clock_.now, 30);
	assert_int_equal(num_fired, 3);
}

static void test_order_within_a_cycle(void **state)
{
	static const unsigned int arms[] = { 3, 1, 4, 0, 2 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 5; i++)
		clock_arm(&clock_, &events[arms[i]], 10);
	/* earlier ones come first, whatever their order */
	clock_arm(&clock_, &events[6], 9);
	clock_advance(&clock_, 10);
	assert_int_equal(num_fired, 6);
	expect(0, 6, 9);
	for (i = 0; i < 5; i++)
		expect(1 + i, i, 10);
}

static void test_equals_in_the_order_of_arming(void **state)
{
	(void)state;
	events[0].order = 5;
	events[1].order = 5;
	events[2].order = 5;
	clock_arm(&clock_, &events[1], 10);
	clock_arm(&clock_, &events[2], 10);
	clock_arm(&clock_, &events[0], 10);
	clock_advance(&clock_, 10);
	expect(0, 1, 10);
	expect(1, 2, 10);
	expect(2, 0, 10);
}

static void test_moving_and_disarming(void **state)
{
	(void)state;
	clock_arm(&clock_, &events[0], 10);
	clock_arm(&clock_, &events[1], 20);
	clock_arm(&clock_, &events[2], 30);
	clock_arm(&clock_, &events[1], 40);
	clock_arm(&clock_, &events[2], 5);
	clock_arm(&clock_, &events[0], CLOCK_NEVER);
	/* one that is not armed is no matter */
	clock_arm(&clock_, &events[3], CLOCK_NEVER);
	assert_true(events[0].at == CLOCK_NEVER);
	clock_advance(&clock_, 100);
	assert_int_equal(num_fired, 2);
	expect(0, 2, 5);
	expect(1, 1, 40);
}

static void test_arming_again(void **state)
{
	(void)state;
	again = 7;
	clock_arm(&clock_, &events[7], 1);
	clock_arm(&clock_, &events[0], 8);
	clock_advance(&clock_, 16);
	assert_int_equal(num_fired, 4);
	expect(0, 7, 1);
	expect(1, 0, 8);
	expect(2, 7, 8);
	expect(3, 7, 15);
	assert_int_equal(clock_next(&clock_), 22);
}

/* What is overdue happens now. */
static void test_overdue(void **state)
{
	(void)state;
	clock_advance(&clock_, 100);
	clock_arm(&clock_, &events[0], 50);
	clock_advance(&clock_, 100);
	expect(0, 0, 100);
}

static bool stop_after_two(void *opaque)
{
	assert_ptr_equal(opaque, &num_fired);
	return num_fired == 2;
}

static void test_between(void **state)
{
	(void)state;
	clock_.between = stop_after_two;
	clock_.opaque = &num_fired;
	clock_arm(&clock_, &events[0], 10);
	clock_arm(&clock_, &events[1], 11);
	clock_arm(&clock_, &events[2], 12);
	clock_advance(&clock_, 50);
	assert_int_equal(num_fired, 2);
	assert_int_equal(clock_.now, 11);
	assert_int_equal(clock_next(&clock_), 12);
	clock_advance(&clock_, 50);
	assert_int_equal(num_fired, 3);
	assert_int_equal(clock_.now, 50);
}

static void test_reset(void **state)
{
	(void)state;
	clock_advance(&clock_, 100);
	clock_arm(&clock_, &events[0], 110);
	clock_arm(&clock_, &events[1], 120);
	clock_reset(&clock_);
	assert_int_equal(clock_.now, 0);
	assert_true(events[0].at == CLOCK_NEVER);
	assert_true(events[1].at == CLOCK_NEVER);
	assert_true(clock_next(&clock_) == CLOCK_NEVER);
	clock_arm(&clock_, &events[1], 3);
	clock_advance(&clock_, 200);
	assert_int_equal(num_fired, 1);
	expect(0, 1, 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_in_order_of_time),
		TEST(test_order_within_a_cycle),
		TEST(test_equals_in_the_order_of_arming),
		TEST(test_moving_and_disarming),
		TEST(test_arming_again),
		TEST(test_overdue),
		TEST(test_between),
		TEST(test_reset),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
