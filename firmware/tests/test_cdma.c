// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control DMA: requests in order over one channel, which takes its time here.
 */
#include <string.h>

#include "cdma.h"
#include "fake.h"

static uint8_t local[64] __attribute__((aligned(4)));
static struct cdma_request first, second;

/* A channel that stays busy until a test says otherwise */
static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_cdma_slow = true;
	fake_waits = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_cdma_slow = false;
	return 0;
}

static void start(struct cdma_request *req, uint64_t addr)
{
	cdma_start(req, CDMA_HOST, addr, local, sizeof(local), CORE_CDMA_TO_HOST);
}

static void end(uint32_t status)
{
	fake_regs[CORE_CDMA_STATUS / 4] = status;
}

static void test_registers(void **state)
{
	(void)state;
	cdma_start(&first, CDMA_CONTEXT(7), 0x123456789abcull, local, 32, CORE_CDMA_TO_TCM);
	assert_int_equal(fake_regs[CORE_CDMA_CONTEXT / 4], 8);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_LO / 4], 0x56789abc);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_HI / 4], 0x1234);
	assert_int_equal(fake_regs[CORE_CDMA_LEN / 4], 32);
	assert_int_equal(fake_regs[CORE_CDMA_START / 4], CORE_CDMA_TO_TCM);
	end(EDGETPU_STATUS_OK);
	assert_int_equal(cdma_wait(&first), EDGETPU_STATUS_OK);
	assert_int_equal(fake_waits, 0);
}

static void test_busy_and_idle(void **state)
{
	(void)state;
	assert_true(cdma_idle());
	start(&first, 0);
	assert_true(cdma_busy(&first));
	assert_false(cdma_busy(&second));
	assert_false(cdma_idle());
	assert_false(cdma_idle());
	end(EDGETPU_STATUS_BUS_ERROR);
	fake_regs[CORE_CDMA_FAULT_LO / 4] = 0x1000;
	fake_regs[CORE_CDMA_FAULT_HI / 4] = 0x22;
	/* who asks whether it is idle does not take the outcome away */
	assert_true(cdma_idle());
	assert_true(cdma_idle());
	fake_regs[CORE_CDMA_FAULT_LO / 4] = 0;
	end(EDGETPU_STATUS_OK);
	assert_false(cdma_busy(&first));
	assert_int_equal(cdma_wait(&first), EDGETPU_STATUS_BUS_ERROR);
	assert_int_equal(first.fault, 0x2200001000ull);
}

/* One that finds the channel taken waits for the one before it, asleep. */
static void test_one_at_a_time(void **state)
{
	(void)state;
	start(&first, 0x1000);
	fake_cdma_ends = 3;
	start(&second, 0x2000);
	assert_int_equal(fake_waits, 3);
	assert_int_equal(fake_regs[CORE_EVENT_ENABLE / 4], CORE_EVENT_CDMA);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_LO / 4], 0x2000);
	assert_false(cdma_busy(&first));
	assert_int_equal(first.status, EDGETPU_STATUS_OK);
	assert_true(cdma_busy(&second));
	fake_cdma_ends = 2;
	assert_int_equal(cdma_wait(&second), EDGETPU_STATUS_OK);
	assert_int_equal(fake_waits, 5);
	assert_true(cdma_idle());
}

/* The event of the transfer before is not the next one's. */
static void test_event_is_cleared(void **state)
{
	(void)state;
	fake_regs[CORE_EVENT_PENDING / 4] = CORE_EVENT_CDMA | CORE_EVENT_MAILBOX;
	start(&first, 0);
	assert_int_equal(fake_regs[CORE_EVENT_PENDING / 4], CORE_EVENT_MAILBOX);
	end(EDGETPU_STATUS_OK);
	cdma_wait(&first);
}

static void test_copy(void **state)
{
	uint32_t from[4] = { 1, 2, 3, 4 }, to[4] = { 0 };

	(void)state;
	fake_cdma_slow = false;
	assert_int_equal(cdma_copy(CDMA_HOST, FAKE_HOST_BASE + 64, from, 16, CORE_CDMA_TO_HOST),
			 EDGETPU_STATUS_OK);
	assert_int_equal(cdma_copy(CDMA_HOST, FAKE_HOST_BASE + 64, to, 16, CORE_CDMA_TO_TCM),
			 EDGETPU_STATUS_OK);
	assert_memory_equal(from, to, sizeof(to));
	assert_int_equal(cdma_copy(CDMA_HOST, 0, to, 16, CORE_CDMA_TO_TCM),
			 EDGETPU_STATUS_BUS_ERROR);
	assert_true(cdma_idle());
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_busy_and_idle),
		TEST(test_one_at_a_time),
		TEST(test_event_is_cleared),
		TEST(test_copy),
	};

	return cmocka_run_group_tests_name("fw_cdma", tests, NULL, NULL);
}
