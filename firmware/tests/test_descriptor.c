// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job descriptors: each fault alone is refused.
 */
#include <string.h>

#include "descriptor.h"
#include "fake.h"

#define SEQ	41u

static struct edgetpu_job make(void)
{
	struct edgetpu_job job;

	memset(&job, 0, sizeof(job));
	job.seq = SEQ;
	job.num_commands = 3;
	job.regions[EDGETPU_REGION_COMMAND].va = 0x10000;
	job.regions[EDGETPU_REGION_COMMAND].size = 3 * EDGETPU_COMMAND_SIZE;
	job.regions[EDGETPU_REGION_COMMAND].flags = EDGETPU_REGION_READ;
	job.regions[5].va = 0x40;
	job.regions[5].size = 3 * sizeof(struct edgetpu_trace);
	job.regions[5].flags = EDGETPU_REGION_WRITE;
	return job;
}

#define EXPECT(change, status)						\
	do {								\
		struct edgetpu_job job = make();			\
									\
		change;							\
		assert_int_equal(descriptor_check(&job, SEQ), status);		\
	} while (0)

#define GOOD(change)	EXPECT(change, EDGETPU_STATUS_OK)
#define BAD(change)	EXPECT(change, EDGETPU_STATUS_BAD_JOB)

static void test_head(void **state)
{
	(void)state;
	GOOD((void)0);
	BAD(job.seq++);
	BAD(job.seq--);
	BAD(job.flags = 2);
	BAD(job.pad[0] = 1);
	BAD(job.pad[7] = 1u << 31);
	GOOD(job.limit = ~0ull);
	GOOD(job.id = ~0ull);
}

static void test_count(void **state)
{
	(void)state;
	GOOD(job.num_commands = 1);
	BAD(job.num_commands = 0);
	BAD(job.num_commands = 4);
	BAD(job.num_commands = 0xffffffff);
	GOOD(job.num_commands = EDGETPU_MAX_COMMANDS;
	     job.regions[0].size = (uint64_t)EDGETPU_MAX_COMMANDS * EDGETPU_COMMAND_SIZE);
	BAD(job.num_commands = EDGETPU_MAX_COMMANDS + 1;
	    job.regions[0].size = 1ull << 32);
	BAD(job.regions[0].size--);
	BAD(job.regions[0].size = 0);
}

static void test_regions(void **state)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;

	(void)state;
	BAD(job.regions[5].va += 32);
	BAD(job.regions[5].flags = 4);
	BAD(job.regions[5].pad = 1);
	BAD(job.regions[5].va = space);
	BAD(job.regions[5].va = 0xffffffffffffffc0ull);
	BAD(job.regions[5].size = 0xffffffffffffffffull);
	BAD(job.regions[5].va = space - 64; job.regions[5].size = 65);
	GOOD(job.regions[5].va = space - 64; job.regions[5].size = 64);
	GOOD(job.regions[5].va = 0; job.regions[5].size = space);
	BAD(job.regions[0].va += 1);
}

static void test_trace(void **state)
{
	(void)state;
	GOOD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = 5);
	BAD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = 6);
	BAD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = 8);
	BAD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = 0xffffffff);
	BAD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = EDGETPU_REGION_COMMAND;
	    job.regions[0].flags = EDGETPU_REGION_WRITE);
	BAD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = 5;
	    job.regions[5].flags = EDGETPU_REGION_READ);
	BAD(job.flags = EDGETPU_JOB_TRACE; job.trace_region = 5; job.regions[5].size--);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests_name("fw_descriptor", tests, NULL, NULL);
}
