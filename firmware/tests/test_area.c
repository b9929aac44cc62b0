// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save areas: what the host may say of them, and the commands that fill them.
 */
#include "area.h"
#include "context.h"
#include "fake.h"

#define CONTEXT	9u
#define SRAM	0x480000u	/* bytes: four chunks and a half */
#define VA	0x7000000000ull
#define STORE	CORE_ENGINE(EDGETPU_ENGINE_STORE)

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_regs[CORE_SRAM_SIZE / 4] = SRAM;
	fake_regs[CORE_ENGINES_IDLE / 4] = 1;
	return context_create(CONTEXT, 0x1000);
}

static int teardown(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < EDGETPU_MAX_SAVE_AREAS; i++)
		area_set(i, 0, 0, 0);
	return context_destroy(CONTEXT);
}

static void test_arguments(void **state)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;

	(void)state;
	assert_int_equal(area_set(EDGETPU_MAX_SAVE_AREAS, CONTEXT, VA, SRAM), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, VA + 1, SRAM), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, VA, SRAM - 4096), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, VA, SRAM + 1), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, space, SRAM), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, space - SRAM + 4096, SRAM), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, ~0xfffull, SRAM), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT + 1, VA, SRAM), EDGETPU_MBOX_ENOENT);
	assert_int_equal(area_set(0, CONTEXT, 0, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(area_count(), 0);
	assert_int_equal(area_set(0, CONTEXT, space - SRAM, SRAM), EDGETPU_MBOX_OK);
	assert_int_equal(area_set(63, CONTEXT, 0, SRAM), EDGETPU_MBOX_OK);
	assert_int_equal(area_set(0, CONTEXT, VA, SRAM), EDGETPU_MBOX_EEXIST);
	assert_int_equal(area_count(), 2);
	assert_int_equal(context_destroy(CONTEXT), EDGETPU_MBOX_EBUSY);
}

static void test_taking(void **state)
{
	struct area *a, *b;

	(void)state;
	assert_null(area_take());
	area_set(3, CONTEXT, VA, SRAM);
	area_set(7, CONTEXT, VA, SRAM);
	a = area_take();
	b = area_take();
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_null(area_take());
	assert_int_equal(area_set(3, 0, 0, 0), EDGETPU_MBOX_EBUSY);
	assert_int_equal(area_set(7, 0, 0, 0), EDGETPU_MBOX_EBUSY);
	area_release(a);
	assert_ptr_equal(area_take(), a);
	area_release(a);
	area_release(b);
	assert_int_equal(area_count(), 2);
}

/* One that failed is not used, but the host may take it back and give it anew. */
static void test_given_up(void **state)
{
	struct area *area;

	(void)state;
	area_set(5, CONTEXT, VA, SRAM);
	area = area_take();
	area_give_up(area);
	assert_int_equal(area_count(), 0);
	assert_null(area_take());
	assert_int_equal(area_set(5, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(area_count(), 0);
	area_set(5, CONTEXT, VA, SRAM);
	assert_int_equal(area_count(), 1);
	assert_ptr_equal(area_take(), area);
	area_release(area);
}

static void test_transfer(void **state)
{
	struct area *area;

	(void)state;
	area_set(5, CONTEXT, VA, SRAM);
	area = area_take();
	area_begin(area, EDGETPU_OP_STORE, SRAM);
	assert_int_equal(fake_regs[CORE_JOB_CONTEXT / 4], CONTEXT);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_VA_HI) / 4], VA >> 32);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_SIZE_LO) / 4], SRAM);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_FLAGS) / 4],
			 EDGETPU_REGION_READ | EDGETPU_REGION_WRITE);
	/* a full queue, then room */
	assert_int_equal(area_step(), CORE_EVENT_ENGINE);
	assert_int_equal(fake_regs[(STORE + CORE_ENGINE_PUSH) / 4], 0);
	fake_regs[(STORE + CORE_ENGINE_FREE) / 4] = 16;
	fake_regs[CORE_ENGINES_IDLE / 4] = 0;
	assert_int_equal(area_step(), CORE_EVENT_ENGINE);
	assert_true(fake_regs[(STORE + CORE_ENGINE_PUSH) / 4] != 0);
	assert_int_equal(fake_regs[(STORE + CORE_ENGINE_INDEX) / 4], EDGETPU_MAX_COMMANDS);
	fake_regs[CORE_ENGINES_IDLE / 4] = 1;
	assert_int_equal(area_step(), 0);
	/* nothing to move is done at once */
	area_begin(area, EDGETPU_OP_LOAD, 0);
	assert_int_equal(area_step(), 0);
	area_release(area);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_arguments),
		TEST(test_taking),
		TEST(test_given_up),
		TEST(test_transfer),
	};

	return cmocka_run_group_tests_name("fw_area", tests, NULL, NULL);
}
