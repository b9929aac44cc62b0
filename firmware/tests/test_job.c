// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job's time, and what becomes of it when the engines have it no more: to the cycle.
 */
#include <string.h>

#include "fake.h"
#include "job.h"

static struct job job;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	memset(&job, 0, sizeof(job));
	return 0;
}

/* One that waits has used what it had used. */
static void test_limit_of_a_saved_job(void **state)
{
	(void)state;
	job.state = JOB_SAVED;
	job.done.counts.used = 5ull << 32;
	assert_false(job_over_limit(&job));
	assert_true(job_limit_left(&job) == UINT64_MAX);
	job.desc.limit = (5ull << 32) + 1;
	assert_false(job_over_limit(&job));
	assert_int_equal(job_limit_left(&job), 1);
	job.desc.limit = 5ull << 32;
	assert_true(job_over_limit(&job));
	assert_int_equal(job_limit_left(&job), 0);
	job.desc.limit = 7;
	assert_true(job_over_limit(&job));
	assert_int_equal(job_limit_left(&job), 0);
}

/* In one that has the engines time passes; each look at the clock takes ten cycles here. */
static void test_limit_of_a_running_job(void **state)
{
	static const enum job_state states[] = { JOB_RUNNING, JOB_FLUSHING, JOB_STOPPING };
	uint32_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		job.state = states[i];
		job.done.counts.used = 1000;
		job.since = core_cycles();
		fake_pass(500 - 10);
		/* 1500 now */
		job.desc.limit = 1501;
		assert_false(job_over_limit(&job));
		job.desc.limit = 1510;
		assert_true(job_over_limit(&job));
		job.desc.limit = 2000;
		assert_int_equal(job_limit_left(&job), 2000 - 1520);
	}
	/* its SRAM moves: that is not its own time */
	job.state = JOB_STORING;
	job.desc.limit = 1001;
	fake_pass(100000);
	assert_false(job_over_limit(&job));
	assert_int_equal(job_limit_left(&job), 1);
	job.state = JOB_LOADING;
	assert_int_equal(job_limit_left(&job), 1);
}

/* Nothing to do where there is no job under way */
static void test_steps_of_nothing(void **state)
{
	(void)state;
	job.state = JOB_NONE;
	assert_int_equal(job_step(&job), 0);
	assert_false(job_active(&job));
	job.state = JOB_SAVED;
	assert_int_equal(job_step(&job), 0);
	assert_true(job_active(&job));
	assert_int_equal(job.state, JOB_SAVED);
}

static void set_count(uint32_t lo, uint64_t value)
{
	fake_regs[lo / 4] = value;
	fake_regs[lo / 4 + 1] = value >> 32;
}

/* They add up over the turns of a job. */
static void test_counts(void **state)
{
	struct edgetpu_counts counts = { .misses = UINT32_MAX - 9, .energy = 1 };

	(void)state;
	set_count(CORE_COUNT_READ_LO, (1ull << 32) - 1);
	set_count(CORE_COUNT_WRITTEN_LO, 5ull << 40);
	set_count(CORE_COUNT_ENERGY_LO, 7);
	fake_regs[CORE_COUNT_MISSES / 4] = 4;
	engines_count(&counts);
	assert_true(counts.read == (1ull << 32) - 1);
	assert_true(counts.written == 5ull << 40);
	assert_true(counts.energy == 8);
	assert_int_equal(counts.misses, UINT32_MAX - 5);
	fake_regs[CORE_COUNT_MISSES / 4] = 6;
	engines_count(&counts);
	assert_true(counts.read == (1ull << 33) - 2);
	assert_true(counts.written == 10ull << 40);
	assert_true(counts.energy == 15);
	assert_int_equal(counts.misses, UINT32_MAX);
}

#define TEST(f)	cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_limit_of_a_saved_job),
		TEST(test_limit_of_a_running_job),
		TEST(test_steps_of_nothing),
		TEST(test_counts),
	};

	return cmocka_run_group_tests_name("fw_job", tests, NULL, NULL);
}
