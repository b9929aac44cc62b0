// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: jobs that take turns, are saved and go on.
 *
 * test_firmware_slices IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

/* --- turns ------------------------------------------------------------------------- */

static uint32_t saves;

/* Counts how often a job was saved. */
static bool count_saves(uint64_t addr)
{
	static bool saved[16];
	uint32_t i;

	(void)addr;
	for (i = 0; i < 16 && clients[i].host; i++) {
		if (is_saved(&clients[i]) && !saved[i])
			saves++;
		saved[i] = is_saved(&clients[i]);
	}
	return false;
}

static void turns(uint32_t n)
{
	uint32_t i;

	memset(clients, 0, sizeof(clients));
	saves = 0;
	act = count_saves;
	fwhost_add_areas(&host, n + 1);
	start_pipes(n);
	run();
	for (i = 0; i < n; i++)
		check_pipe(&clients[i]);
	assert_int_equal(edgetpu_device_sram_races(host.dev), 0);
	assert_true(saves >= n - 1);
}

static void test_results_survive(void **state)
{
	(void)state;
	turns(4);
}

static void test_results_survive_with_slow_memory(void **state)
{
	(void)state;
	turns(3);
}

static void test_sixteen_take_turns(void **state)
{
	uint64_t first = UINT64_MAX, last = 0, end;
	uint32_t i;

	(void)state;
	turns(15);
	for (i = 0; i < 15; i++) {
		end = fwring_completion(&clients[i].ring, 0)->end;
		first = end < first ? end : first;
		last = end > last ? end : last;
	}
	/* in turn they all end late */
	assert_true(first > last / 2);
}

/* What lies in SRAM, from its beginning to its end, is there in the next turn. */
static void test_all_of_sram_is_kept(void **state)
{
	const uint32_t apart = fwhost_config->sram_size / 32;
	uint32_t i, client;

	(void)state;
	memset(clients, 0, sizeof(clients));
	saves = 0;
	act = count_saves;
	fwhost_add_areas(&host, 3);
	create(2, NORMAL);
	for (client = 0; client < 2; client++) {
		fwhost_fill(fwclient_buffer(&clients[client], FWCLIENT_INPUT), 32 * 4096, client);
		fwclient_begin(&clients[client]);
		for (i = 0; i < 32; i++)
			fwclient_load(&clients[client], i * 4096, (i + 1) * apart - 4096, 4096);
		for (i = 0; i < 300; i++)
			fwclient_load(&clients[client], 0, 0, 4096)->u.dma.n1 = 100;
		for (i = 0; i < 32; i++)
			fwclient_store(&clients[client], i * 4096, (i + 1) * apart - 4096, 4096);
		post(&clients[client]);
	}
	run();
	assert_true(saves >= 2);
	for (client = 0; client < 2; client++) {
		assert_int_equal(fwring_completion(&clients[client].ring, 0)->status,
				 EDGETPU_STATUS_OK);
		assert_memory_equal(fwclient_buffer(&clients[client], FWCLIENT_INPUT),
				    fwclient_buffer(&clients[client], FWCLIENT_OUTPUT), 32 * 4096);
	}
}

/* Somebody alone is never saved, nor is anybody where there is no area. */
static void test_alone(void **state)
{
	(void)state;
	memset(clients, 0, sizeof(clients));
	saves = 0;
	act = count_saves;
	fwhost_add_areas(&host, 4);
	start_pipes(1);
	run();
	check_pipe(&clients[0]);
	assert_int_equal(saves, 0);
}

static void test_without_areas(void **state)
{
	(void)state;
	memset(clients, 0, sizeof(clients));
	saves = 0;
	act = count_saves;
	start_pipes(2);
	run();
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
	assert_int_equal(saves, 0);
	assert_true(fwring_completion(&clients[1].ring, 0)->start >=
		    fwring_completion(&clients[0].ring, 0)->end);
}

/* Two rings of one client take turns as well. */
static void test_rings_of_one_client(void **state)
{
	const struct edgetpu_completion *a, *b;
	struct fwring second;
	struct edgetpu_job job;

	(void)state;
	fwhost_add_areas(&host, 4);
	start_pipes(1);
	fwring_create(&second, &host, 9, 0, NORMAL);
	job = fwclient_job(&clients[0]);
	fwring_put(&second, &job);
	ring_bell(&second);
	post(&clients[0]);
	run();
	a = fwring_completion(&clients[0].ring, 0);
	b = fwring_completion(&second, 0);
	assert_int_equal(a->status, EDGETPU_STATUS_OK);
	assert_int_equal(b->status, EDGETPU_STATUS_OK);
	assert_true(a->start < b->end && b->start < a->end);
}

/* Every record of a trace is there, and its times are those of one clock. */
static void test_trace(void **state)
{
	const struct edgetpu_trace *trace;
	const struct edgetpu_completion *c;
	struct edgetpu_job job;
	uint32_t i;

	(void)state;
	memset(clients, 0, sizeof(clients));
	saves = 0;
	act = count_saves;
	fwhost_add_areas(&host, 3);
	create(2, NORMAL);
	for (i = 0; i < 2; i++) {
		build_pipe(&clients[i], i);
		job = fwclient_job(&clients[i]);
		job.flags = EDGETPU_JOB_TRACE;
		job.trace_region = FWCLIENT_TRACE;
		fwring_put(&clients[i].ring, &job);
		ring_bell(&clients[i].ring);
	}
	run();
	assert_true(saves >= 2);
	for (i = 0; i < 3 * ROUNDS; i++) {
		c = fwring_completion(&clients[0].ring, 0);
		trace = (const void *)fwclient_buffer(&clients[0], FWCLIENT_TRACE);
		assert_int_equal(trace[i].tag, 1001 + i);
		assert_true(trace[i].start < trace[i].end);
		assert_true(trace[i].end <= c->end - c->start);
		if (i >= 3)
			assert_true(trace[i].start >= trace[i - 3].end);
	}
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
}

/*
 * With fewer areas than clients one of them has to wait for a job's end: that comes as
 * fast as if there were two jobs, however many there are.
 */
static void test_newcomer_without_an_area(void **state)
{
	const struct edgetpu_completion *last, *first;
	uint32_t i;

	(void)state;
	fwhost_add_areas(&host, 8);
	start_pipes(8);
	run();
	for (i = 0; i < 8; i++)
		check_pipe(&clients[i]);
	first = fwring_completion(&clients[0].ring, 0);
	last = fwring_completion(&clients[7].ring, 0);
	assert_true(last->start >= first->end);
	for (i = 1; i < 7; i++) {
		assert_true(fwring_completion(&clients[i].ring, 0)->start < first->end);
		assert_true(fwring_completion(&clients[i].ring, 0)->end > last->start);
	}
	/* a first turn of each, then twice the job; all seven take seven times that */
	assert_true(last->start - first->start <
		    8 * (1u << 21) + 2 * (uint64_t)first->busy[EDGETPU_ENGINE_LOAD]);
}

/* --- progress ------------------------------------------------------------------------- */

static uint32_t progress_seen;

static bool look_at_progress(uint64_t addr)
{
	const struct edgetpu_ring_header *header = fwring_header(&clients[0].ring);

	(void)addr;
	if (header->state == EDGETPU_RING_RUNNING && header->progress > progress_seen)
		progress_seen = header->progress;
	return false;
}

/* A job of one long command is seen to get on. */
static void test_progress_inside_a_command(void **state)
{
	(void)state;
	create(1, NORMAL);
	fwclient_begin(&clients[0]);
	fwclient_load(&clients[0], 0, 0, 4096)->u.dma.n1 = 900;
	progress_seen = 0;
	act = look_at_progress;
	assert_int_equal(fwclient_run(&clients[0])->status, EDGETPU_STATUS_OK);
	assert_true(progress_seen > 500);
}

/* --- the highest priority ------------------------------------------------------------- */

#define ENDLESS		(1u << 20)	/* commands */
#define ENDLESS_VA	0x3410000000ull

static uint64_t posted_at;

/* Some cycles into whatever runs, the last client has a job. */
static bool post_high(uint64_t addr)
{
	(void)addr;
	if (now() < posted_at)
		return false;
	posted_at = now();
	post(&clients[1]);
	return true;
}

/*
 * A job of 2^20 commands, each as long as @bytes loaded take, over SRAM that is dirty
 * to its end. The page of its commands is mapped again and again.
 */
static void start_endless(struct fwclient *client, uint32_t bytes, uint64_t limit)
{
	const uint32_t top = fwhost_config->sram_size;
	struct edgetpu_command *commands;
	struct edgetpu_job job;
	uint64_t va;
	uint32_t i;

	fwclient_begin(client);
	for (i = 0; i < 32; i++) {
		fwclient_load(client, 0, top - 4096, 4096)->u.dma.n1 = bytes / 4096;
		commands = (void *)fwclient_buffer(client, 0);
		memset(commands[i].wait, 0, sizeof(commands[i].wait));
	}
	for (va = 0; va < (uint64_t)ENDLESS * EDGETPU_COMMAND_SIZE; va += 4096)
		fwhost_map(&host, client->table, ENDLESS_VA + va, client->buffer[0],
			   EDGETPU_PTE_COMMAND);
	job = fwclient_job(client);
	job.num_commands = ENDLESS;
	job.limit = limit;
	job.regions[0].va = ENDLESS_VA;
	job.regions[0].size = (uint64_t)ENDLESS * EDGETPU_COMMAND_SIZE;
	fwring_put(&client->ring, &job);
	ring_bell(&client->ring);
}

/*
 * Where saving takes long turns are long: no more than a quarter of the time goes into
 * saving and loading, and yet both get on.
 */
static void test_turns_are_worth_it(void **state)
{
	const uint64_t limit = 150000000, begin = now();
	const struct edgetpu_completion *c;
	uint64_t last = 0;
	uint32_t i;

	(void)state;
	memset(clients, 0, sizeof(clients));
	saves = 0;
	act = count_saves;
	fwhost_add_areas(&host, 3);
	create(2, NORMAL);
	for (i = 0; i < 2; i++)
		start_endless(&clients[i], 1 << 20, limit);
	run();
	for (i = 0; i < 2; i++) {
		c = fwring_completion(&clients[i].ring, 0);
		assert_int_equal(c->status, EDGETPU_STATUS_TIME_LIMIT);
		last = c->end > last ? c->end : last;
	}
	print_message("# %u saves, %llu cycles\n", saves, (unsigned long long)(last - begin));
	assert_in_range(saves, 4, 8);
	assert_in_range(last - begin, 2 * limit, 2 * limit * 3 / 2);
}

/* Cycles from the doorbell of a job of the highest priority to its beginning */
static uint64_t latency(uint32_t bytes)
{
	const struct edgetpu_completion *c;

	create(1, NORMAL);
	fwclient_create(&clients[1], &host, 1, HIGH);
	fwhost_add_areas(&host, 2);
	fwclient_round_trip(&clients[1]);
	start_endless(&clients[0], bytes, 1ull << 30);
	posted_at = now() + 30000000;
	act = post_high;
	run();
	assert_true(acted);
	c = fwring_completion(&clients[1].ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_int_equal(fwring_completion(&clients[0].ring, 0)->status,
			 EDGETPU_STATUS_TIME_LIMIT);
	assert_true(c->end < fwring_completion(&clients[0].ring, 0)->end);
	print_message("# %llu cycles from doorbell to start, %llu to end\n",
		      (unsigned long long)(c->start - posted_at),
		      (unsigned long long)(c->end - posted_at));
	return c->start - posted_at;
}

/* The command that runs, and 8 MiB at 26 bytes a cycle */
static void test_high_overtakes(void **state)
{
	(void)state;
	assert_true(latency(1 << 20) < 400000);
}

static void test_high_overtakes_long_commands(void **state)
{
	(void)state;
	assert_true(latency(8 << 20) < 700000);
}

/* The same at 1.04 bytes a cycle */
static void test_high_overtakes_with_slow_memory(void **state)
{
	(void)state;
	assert_true(latency(1 << 20) < 9500000);
}

static void test_high_overtakes_long_commands_with_slow_memory(void **state)
{
	(void)state;
	assert_true(latency(4063232) < EDGETPU_MAX_COMMAND_CYCLES + 8500000);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

static int setup_pcie(void **state)
{
	fwhost_config = &edgetpu_config_pcie;
	return setup(state);
}

#define TEST_PCIE(f)	cmocka_unit_test_setup_teardown(f, setup_pcie, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_results_survive),
		TEST_PCIE(test_results_survive_with_slow_memory),
		TEST(test_sixteen_take_turns),
		TEST(test_all_of_sram_is_kept),
		TEST(test_alone),
		TEST(test_without_areas),
		TEST(test_rings_of_one_client),
		TEST(test_newcomer_without_an_area),
		TEST(test_trace),
		TEST_PCIE(test_turns_are_worth_it),
		TEST_PCIE(test_progress_inside_a_command),
		TEST(test_high_overtakes),
		TEST(test_high_overtakes_long_commands),
		TEST_PCIE(test_high_overtakes_with_slow_memory),
		TEST_PCIE(test_high_overtakes_long_commands_with_slow_memory),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware_slices", tests, NULL, NULL);
}
