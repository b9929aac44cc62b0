// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: what a job is told to have taken, in one turn
 * or in many, and on the way there.
 *
 * test_firmware_counters IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

#define CLIENTS	4u

/* Where what a client's running job is told to have had must not go back */
static struct {
	uint32_t running;
	uint64_t at;
	uint64_t used;
	uint32_t busy[EDGETPU_NUM_ENGINES];
	uint32_t looks;		/* that found something new */
} seen[CLIENTS];

static void look(uint32_t i)
{
	const struct edgetpu_ring_header *header = fwring_header(&clients[i].ring);
	uint32_t e;

	if (header->running != seen[i].running)
		memset(&seen[i].used, 0, sizeof(seen[i]) - offsetof(__typeof__(seen[i]), used));
	assert_true(header->at >= seen[i].at);
	seen[i].at = header->at;
	seen[i].running = header->running;
	if (!header->running) {
		assert_true(!header->used && !header->busy[EDGETPU_ENGINE_LOAD]);
		return;
	}
	assert_true(header->used >= seen[i].used);
	seen[i].looks += header->used > seen[i].used;
	seen[i].used = header->used;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		assert_true(header->busy[e] >= seen[i].busy[e]);
		assert_true(header->busy[e] <= header->used);
		seen[i].busy[e] = header->busy[e];
	}
}

static struct edgetpu_completion last_seen[CLIENTS];

static bool look_at_all(uint64_t addr)
{
	uint32_t i, e;

	(void)addr;
	for (i = 0; i < CLIENTS && clients[i].host; i++) {
		const uint32_t running = seen[i].running, looks = seen[i].looks;

		look(i);
		if (running && !seen[i].running)
			seen[i].looks = looks;
		for (e = 0; e < EDGETPU_NUM_ENGINES && seen[i].running; e++)
			last_seen[i].busy[e] = seen[i].busy[e];
		if (seen[i].running)
			last_seen[i].counts.used = seen[i].used;
	}
	return false;
}

static struct edgetpu_completion completions[CLIENTS];

/* @n clients with a pipe each, to their ends */
static void run_pipes(uint32_t n)
{
	uint32_t i;

	memset(clients, 0, sizeof(clients));
	memset(seen, 0, sizeof(seen));
	memset(last_seen, 0, sizeof(last_seen));
	act = look_at_all;
	fwhost_add_areas(&host, n + 1);
	start_pipes(n);
	run();
	for (i = 0; i < n; i++) {
		check_pipe(&clients[i]);
		completions[i] = *fwring_completion(&clients[i].ring, 0);
	}
}

#define PIPE_BYTES	(ROUNDS * 384u * 700u)

/* All of it is in one turn: what the commands ask for, and little besides. */
static void test_one_turn(void **state)
{
	const struct edgetpu_completion *c = &completions[0];
	const uint32_t fetched = 3 * ROUNDS * EDGETPU_COMMAND_SIZE + sizeof(struct edgetpu_job);
	uint64_t told;

	(void)state;
	run_pipes(1);
	assert_int_equal(c->counts.turns, 1);
	assert_true(c->counts.switching == 0);
	assert_true(c->counts.used <= c->end - c->start && c->counts.used + 1000 > c->end - c->start);
	assert_true(c->counts.read == PIPE_BYTES + fetched);
	/* a header each time that the host was told how far it is */
	told = c->counts.written - ROUNDS * 384;
	assert_true(told >= (uint64_t)seen[0].looks * sizeof(struct edgetpu_ring_header));
	assert_int_equal(told % sizeof(struct edgetpu_ring_header), 0);
	assert_true(told <= (c->counts.used / 480000 + 3) * sizeof(struct edgetpu_ring_header));
	assert_true(c->counts.misses >= (2 * ROUNDS * 384 + fetched) / 32768);
	assert_true(c->counts.misses < 3 * ROUNDS);
	/* the store engine does little and waits most of the time, the load engine never */
	assert_true(c->counts.stalled[EDGETPU_ENGINE_STORE] > c->counts.used / 2);
	assert_true(c->counts.stalled[EDGETPU_ENGINE_LOAD] < c->counts.used / 20);
	assert_int_equal(c->counts.stalled[EDGETPU_ENGINE_ARRAY], 0);
	/* host memory alone takes 64 pJ a byte */
	assert_true(c->counts.energy > 640ull * PIPE_BYTES);
	assert_true(c->counts.energy < 2 * 640ull * PIPE_BYTES);
}

static void expect_near(uint64_t a, uint64_t b)
{
	assert_true(a <= b + b / 50 && a + a / 50 >= b);
}

/* Turns change what is done for a job by what it takes to save and load it, and no more. */
static void test_many_turns(void **state)
{
	struct edgetpu_completion alone;
	uint64_t sum = 0, end = 0, saved;
	uint32_t i, e;

	(void)state;
	run_pipes(1);
	alone = completions[0];
	fwhost_free(&host);
	setup(NULL);
	run_pipes(CLIENTS);
	for (i = 0; i < CLIENTS; i++) {
		const struct edgetpu_completion *c = &completions[i];

		assert_true(c->counts.turns > 1);
		expect_near(c->counts.used, alone.counts.used);
		for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
			expect_near(c->busy[e], alone.busy[e]);
		expect_near(c->counts.stalled[EDGETPU_ENGINE_STORE],
			    alone.counts.stalled[EDGETPU_ENGINE_STORE]);
		/* the slots of SRAM are below 0x100000 + 8 * 4096, and come back as they went */
		saved = (c->counts.turns - 1) * (0x100000ull + 7 * 4096 + 384);
		assert_true(c->counts.read >= alone.counts.read + saved);
		assert_true(c->counts.read < alone.counts.read + saved + c->counts.turns * 32768ull);
		assert_true(c->counts.written >= alone.counts.written + saved);
		assert_true(c->counts.written < alone.counts.written + saved + 32768);
		assert_true(c->counts.energy > alone.counts.energy + 2 * 640 * saved);
		assert_true(c->counts.energy < alone.counts.energy + 4 * 640 * saved);
		assert_true(c->counts.misses > alone.counts.misses);
		assert_true(c->counts.switching > (c->counts.turns - 1) * 0x100000ull / 27);
		sum += c->counts.used + c->counts.switching;
		end = c->end > end ? c->end : end;
	}
	/* one at a time: together they are all the time there was */
	assert_true(sum <= end - completions[0].start);
	expect_near(sum, end - completions[0].start);
}

/* The host is told all the time, never more than the job has at its end, and nearly that. */
static void test_on_the_way(void **state)
{
	uint32_t i, e;

	(void)state;
	run_pipes(CLIENTS);
	for (i = 0; i < CLIENTS; i++) {
		assert_true(seen[i].looks >= 6);
		assert_true(last_seen[i].counts.used <= completions[i].counts.used);
		assert_true(last_seen[i].counts.used + 500000 > completions[i].counts.used);
		for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
			assert_true(last_seen[i].busy[e] <= completions[i].busy[e]);
		assert_true(last_seen[i].busy[EDGETPU_ENGINE_LOAD] >
			    completions[i].busy[EDGETPU_ENGINE_LOAD] / 2);
	}
}

static struct fwclient stopped;

static bool destroy(uint64_t addr)
{
	const struct edgetpu_ring_header *header = fwring_header(&stopped.ring);

	(void)addr;
	if (header->used < 1000000)
		return false;
	memcpy(last_seen[0].busy, header->busy, sizeof(header->busy));
	last_seen[0].counts.used = header->used;
	fwhost_post(&host, (const uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_DESTROY,
								  stopped.ring.index });
	return true;
}

/* A command that is stopped had its engine until then: what was told is not taken back. */
static void test_killed(void **state)
{
	const struct edgetpu_completion *c;
	uint32_t e;

	(void)state;
	memset(&stopped, 0, sizeof(stopped));
	fwclient_create(&stopped, &host, 0, NORMAL);
	build_pipe(&stopped, 1);
	act = destroy;
	post(&stopped);
	run();
	c = fwring_completion(&stopped.ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_KILLED);
	assert_true(last_seen[0].counts.used >= 1000000);
	assert_true(c->counts.used >= last_seen[0].counts.used);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		assert_true(c->busy[e] >= last_seen[0].busy[e]);
	assert_true(c->counts.energy && c->counts.read > 1000000);
}

/* A job is not told what another did, nor is one that never began. */
static void test_bad_job(void **state)
{
	struct edgetpu_job job;

	(void)state;
	run_pipes(1);
	job = fwclient_job(&clients[0]);
	job.num_commands = 0;
	fwring_put(&clients[0].ring, &job);
	ring_bell(&clients[0].ring);
	run();
	completions[1] = *fwring_completion(&clients[0].ring, 0);
	assert_int_equal(completions[1].status, EDGETPU_STATUS_BAD_JOB);
	assert_true(completions[1].counts.read == sizeof(job));
	assert_true(completions[1].counts.written == 0);
	assert_true(completions[1].counts.energy == sizeof(job) * 640);
	assert_true(completions[1].counts.used < 2000);
	assert_int_equal(completions[1].counts.stalled[EDGETPU_ENGINE_STORE], 0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_turn),
		TEST(test_many_turns),
		TEST(test_on_the_way),
		TEST(test_killed),
		TEST(test_bad_job),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware_counters", tests, NULL, NULL);
}
