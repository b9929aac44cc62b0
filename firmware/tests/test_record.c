// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of saved jobs: which are complete and sane.
 */
#include <string.h>

#include "fake.h"
#include "record.h"

#define SRAM	0x480000u

static struct edgetpu_saved saved;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_regs[CORE_SRAM_SIZE / 4] = SRAM;
	saved = (struct edgetpu_saved){
		.id = 7, .num_commands = 100, .sram_bytes = SRAM,
		.place = { .next = { 100, 99, 3, 0 }, .done = { 40, 20, 3, 0 } },
	};
	record_seal(&saved);
	return 0;
}

static void test_good(void **state)
{
	(void)state;
	assert_true(record_good(&saved));
	memset(&saved, 0, sizeof(saved));
	assert_false(record_good(&saved));
}

/* Whichever bit is another one */
static void test_every_bit_counts(void **state)
{
	uint8_t *bytes = (uint8_t *)&saved;
	uint32_t i;

	(void)state;
	for (i = 0; i < 8 * sizeof(saved); i++) {
		bytes[i / 8] ^= 1u << i % 8;
		assert_false(record_good(&saved));
		bytes[i / 8] ^= 1u << i % 8;
	}
	assert_true(record_good(&saved));
}

/* Written up to some word behind the check, over an older one */
static void test_cut_short(void **state)
{
	struct edgetpu_saved old = saved, cut;
	uint32_t bytes;

	(void)state;
	saved.id = 8;
	saved.counts.used = 1234567;
	saved.place.next[3] = 2;
	saved.store_cycles = 99;
	record_seal(&saved);
	for (bytes = 8; bytes <= offsetof(struct edgetpu_saved, store_cycles); bytes += 4) {
		cut = old;
		memcpy(&cut, &saved, bytes);
		assert_false(record_good(&cut));
	}
}

static bool good(void)
{
	record_seal(&saved);
	return record_good(&saved);
}

static void test_sanity(void **state)
{
	(void)state;
	saved.sram_bytes = SRAM + 1;
	assert_false(good());
	saved.sram_bytes = SRAM;
	saved.place.next[2] = 101;
	assert_false(good());
	saved.place.next[2] = 100;
	assert_true(good());
	saved.place.done[2] = 101;
	assert_false(good());
	saved.place.done[2] = 100;
	assert_true(good());
	saved.place.next[1] = 100;
	assert_true(good());
	/* nothing is left to do */
	saved.place.next[3] = 100;
	assert_false(good());
	saved.place.next[3] = 5;
	saved.num_commands = EDGETPU_MAX_COMMANDS + 1;
	assert_false(good());
	saved.num_commands = EDGETPU_MAX_COMMANDS;
	assert_true(good());
}

/* With another clock the times between are the same. */
static void test_rebase(void **state)
{
	(void)state;
	saved.at = 1ull << 40;
	saved.start = saved.at - 1000;
	saved.trace_zero = saved.at - 900;
	record_rebase(&saved);
	assert_true(saved.at <= core_cycles());
	assert_true(saved.at - saved.start == 1000);
	assert_true(saved.at - saved.trace_zero == 900);
}

static void test_descriptor(void **state)
{
	struct edgetpu_job job = { .num_commands = 1 }, other = job;
	uint8_t *bytes = (uint8_t *)&other;
	uint32_t i;

	(void)state;
	other.seq = 5;
	assert_int_equal(record_descriptor(&job), record_descriptor(&other));
	for (i = sizeof(job.seq); i < sizeof(job); i++) {
		bytes[i] ^= 0x10;
		assert_int_not_equal(record_descriptor(&job), record_descriptor(&other));
		bytes[i] ^= 0x10;
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, NULL)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_every_bit_counts),
		TEST(test_cut_short),
		TEST(test_sanity),
		TEST(test_rebase),
		TEST(test_descriptor),
	};

	return cmocka_run_group_tests_name("fw_record", tests, NULL, NULL);
}
