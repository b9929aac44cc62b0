// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of what a device may say of itself. */
#include <kunit/test.h>

#include "../edgetpu_device.h"

static const struct drm_edgetpu_hardware_info good = {
	.va_bits = EDGETPU_VA_BITS, .clock_khz = 1, .num_contexts = EDGETPU_MAX_CONTEXTS,
	.num_queues = EDGETPU_MAX_RINGS, .sram_size = EDGETPU_MAX_SRAM_SIZE,
};

static void the_limits_are_possible(struct kunit *test)
{
	struct drm_edgetpu_hardware_info hw = good;

	KUNIT_EXPECT_TRUE(test, edgetpu_hardware_possible(&hw));
	hw.num_contexts = 1;
	hw.num_queues = 1;
	hw.sram_size = 1;
	KUNIT_EXPECT_TRUE(test, edgetpu_hardware_possible(&hw));
}

#define EXPECT_IMPOSSIBLE(test, field, value) do {					\
	struct drm_edgetpu_hardware_info hw = good;					\
											\
	hw.field = (value);								\
	KUNIT_EXPECT_FALSE(test, edgetpu_hardware_possible(&hw));			\
} while (0)

static void beyond_them_nothing_is(struct kunit *test)
{
	EXPECT_IMPOSSIBLE(test, va_bits, EDGETPU_VA_BITS + 1);
	EXPECT_IMPOSSIBLE(test, va_bits, EDGETPU_VA_BITS - 1);
	EXPECT_IMPOSSIBLE(test, clock_khz, 0);
	EXPECT_IMPOSSIBLE(test, num_contexts, 0);
	EXPECT_IMPOSSIBLE(test, num_contexts, EDGETPU_MAX_CONTEXTS + 1);
	EXPECT_IMPOSSIBLE(test, num_queues, 0);
	EXPECT_IMPOSSIBLE(test, num_queues, EDGETPU_MAX_RINGS + 1);
	EXPECT_IMPOSSIBLE(test, sram_size, 0);
	EXPECT_IMPOSSIBLE(test, sram_size, EDGETPU_MAX_SRAM_SIZE + 1);
	EXPECT_IMPOSSIBLE(test, sram_size, U32_MAX);
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(the_limits_are_possible),
	KUNIT_CASE(beyond_them_nothing_is),
	{}
};

static struct kunit_suite device_suite = {
	.name = "edgetpu_device",
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
