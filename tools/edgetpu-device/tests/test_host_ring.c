// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's half of a job ring, against what a device may write.
 */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/ring.h"

#define ENTRIES	4u

static union {
	struct edgetpu_ring_header header;
	uint8_t bytes[EDGETPU_RING_BYTES(ENTRIES)];
} block;

static struct ring ring;
static struct edgetpu_completion got;

static int setup(void **state)
{
	const struct edgetpu_job job = { .num_commands = htole32(7) };
	unsigned int i;

	(void)state;
	memset(&block, 0, sizeof(block));
	ring = (struct ring){ .block = &block, .entries = ENTRIES };
	for (i = 0; i < ENTRIES; i++)
		ring_post(&ring, &job);
	return 0;
}

/* What the device says of job @n */
static struct edgetpu_completion *said(unsigned int n)
{
	struct edgetpu_completion *c =
		(void *)(block.bytes + EDGETPU_RING_COMPLETIONS(ENTRIES));

	return &c[n % ENTRIES];
}

static void complete(unsigned int n, uint32_t status, uint32_t commands)
{
	said(n)->seq = htole32(n + 1);
	said(n)->status = htole32(status);
	said(n)->commands = htole32(commands);
	block.header.fence = htole32(n + 1);
}

static void test_in_order(void **state)
{
	(void)state;
	assert_true(ring_full(&ring));
	assert_int_equal(ring_reap(&ring, &got), 0);
	complete(0, EDGETPU_STATUS_OK, 7);
	complete(1, EDGETPU_STATUS_KILLED, 3);
	assert_int_equal(ring_reap(&ring, &got), 1);
	assert_int_equal(le32toh(got.seq), 1);
	assert_int_equal(ring_reap(&ring, &got), 1);
	assert_int_equal(le32toh(got.status), EDGETPU_STATUS_KILLED);
	assert_int_equal(ring_reap(&ring, &got), 0);
	assert_false(ring_full(&ring));
}

static void test_success_of_less(void **state)
{
	(void)state;
	complete(0, EDGETPU_STATUS_OK, 6);
	assert_int_equal(ring_reap(&ring, &got), -EPROTO);
	complete(0, EDGETPU_STATUS_OK, 0);
	assert_int_equal(ring_reap(&ring, &got), -EPROTO);
	complete(0, EDGETPU_STATUS_OK, 8);
	assert_int_equal(ring_reap(&ring, &got), -EPROTO);
}

static void test_other_job(void **state)
{
	(void)state;
	complete(0, EDGETPU_STATUS_OK, 7);
	said(0)->seq = htole32(2);
	assert_int_equal(ring_reap(&ring, &got), -EPROTO);
}

static void test_fence_too_far(void **state)
{
	(void)state;
	complete(0, EDGETPU_STATUS_OK, 7);
	block.header.fence = htole32(ENTRIES + 1);
	assert_int_equal(ring_reap(&ring, &got), -EPROTO);
}

/* The device is alive while running or progress changes. */
static void test_progress(void **state)
{
	uint64_t before = ring_progress(&ring);

	(void)state;
	block.header.running = htole32(1);
	assert_true(ring_progress(&ring) != before);
	before = ring_progress(&ring);
	block.header.progress = htole32(1);
	assert_true(ring_progress(&ring) != before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_in_order, setup),
		cmocka_unit_test_setup(test_success_of_less, setup),
		cmocka_unit_test_setup(test_other_job, setup),
		cmocka_unit_test_setup(test_fence_too_far, setup),
		cmocka_unit_test_setup(test_progress, setup),
	};

	return cmocka_run_group_tests_name("host_ring", tests, NULL, NULL);
}
