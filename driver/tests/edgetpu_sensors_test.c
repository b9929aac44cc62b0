// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of arithmetic on what a device says, which may be anything. */
#include <kunit/test.h>

#include "../edgetpu_sensors.h"

static void cycles_become_nanoseconds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(0, 480000), 0);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(12, 480000), 25);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(480000, 480000), 1000000);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(1, 1), 1000000);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(1ull << 60, 1u << 31), (1ull << 29) * 1000000);
}

static void what_is_too_much_is_the_most(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(U64_MAX, 1), U64_MAX);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(U64_MAX, 480000), U64_MAX);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(U64_MAX / 1000000 * 3 + 2, 3), U64_MAX);
	KUNIT_EXPECT_EQ(test, edgetpu_sensors_ns(U64_MAX, 0), 0);
}

static unsigned int share(u64 from_time, u64 from_active, u64 time, u64 active)
{
	const struct edgetpu_sample from = { .time = from_time, .active = from_active };
	const struct edgetpu_sample to = { .time = time, .active = active };

	return edgetpu_sensors_share(&from, &to);
}

static void shares_are_of_a_hundred(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, share(1000, 100, 2000, 350), 25);
	KUNIT_EXPECT_EQ(test, share(1000, 100, 2000, 100), 0);
	KUNIT_EXPECT_EQ(test, share(1000, 100, 2000, 1100), 100);
	KUNIT_EXPECT_EQ(test, share(1000, 100, 2000, 5000), 100);
	KUNIT_EXPECT_EQ(test, share(1000, 100, 1000, 100), 0);
	/* back to 0, and more than can be */
	KUNIT_EXPECT_EQ(test, share(1000, 100, 500, 200), 0);
	KUNIT_EXPECT_EQ(test, share(1000, 100, 2000, 50), 0);
	KUNIT_EXPECT_EQ(test, share(0, 0, U64_MAX, U64_MAX - 1), 100);
	KUNIT_EXPECT_EQ(test, share(0, 0, U64_MAX, U64_MAX / 2), 50);
	KUNIT_EXPECT_EQ(test, share(0, 0, U64_MAX, 0), 0);
}

static struct kunit_case sensors_cases[] = {
	KUNIT_CASE(cycles_become_nanoseconds),
	KUNIT_CASE(what_is_too_much_is_the_most),
	KUNIT_CASE(shares_are_of_a_hundred),
	{}
};

static struct kunit_suite sensors_suite = {
	.name = "edgetpu_sensors",
	.test_cases = sensors_cases,
};

kunit_test_suite(sensors_suite);
