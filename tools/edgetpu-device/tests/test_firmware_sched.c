// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: who gets how much of it.
 *
 * test_firmware_sched IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

/* Is @a within @percent of @b? */
static void assert_near(uint64_t a, uint64_t b, uint32_t percent)
{
	if (a * 100 > b * (100 + percent) || a * 100 < b * (100 - percent))
		fail_msg("%llu is not near %llu", (unsigned long long)a, (unsigned long long)b);
}

/* A stream of loads that takes some 20,000 cycles, or @times that */
static void build(struct fwclient *client, uint32_t times)
{
	uint32_t i;

	fwclient_begin(client);
	for (i = 0; i < 2 * times; i++)
		fwclient_load(client, 0, 0, FWCLIENT_BYTES);
}

/* Puts @n jobs of the stream built into @ring, and rings without letting the device run. */
static void post_many(struct fwring *ring, struct fwclient *client, uint32_t n)
{
	struct edgetpu_job job = fwclient_job(client);

	while (n--)
		fwring_put(ring, &job);
	ring_bell(ring);
}

/* Cycles that jobs of @ring had which ended by @cycle */
static uint64_t used_by(struct fwring *ring, uint64_t cycle)
{
	uint64_t used = 0;
	uint32_t i;

	for (i = 0; i < ring->tail; i++) {
		const struct edgetpu_completion *c = fwring_completion(ring, i);

		assert_int_equal(c->status, EDGETPU_STATUS_OK);
		if (c->end <= cycle)
			used += c->end - c->start;
	}
	return used;
}

/* When the last of @ring's jobs ended */
static uint64_t end_of(struct fwring *ring)
{
	return fwring_completion(ring, 0)->end;
}

/* Clients with jobs of different lengths have the same share each. */
static void equal_shares(uint32_t n)
{
	uint64_t first_done = UINT64_MAX;
	uint32_t i;

	for (i = 0; i < n; i++) {
		fwclient_create(&clients[i], &host, i, NORMAL);
		build(&clients[i], 1 + i % 4);
	}
	for (i = 0; i < n; i++)
		post_many(&clients[i].ring, &clients[i], 120 / (1 + i % 4));
	run();
	for (i = 0; i < n; i++)
		if (end_of(&clients[i].ring) < first_done)
			first_done = end_of(&clients[i].ring);
	for (i = 1; i < n; i++)
		assert_near(used_by(&clients[i].ring, first_done),
			    used_by(&clients[0].ring, first_done), 10);
}

static void test_one_client(void **state)
{
	(void)state;
	equal_shares(1);
}

static void test_four_clients(void **state)
{
	(void)state;
	equal_shares(4);
}

static void test_sixteen_clients(void **state)
{
	(void)state;
	equal_shares(16);
}

/* A client with one ring has as much as one with fifteen. */
static void test_one_ring_against_fifteen(void **state)
{
	struct fwring more[15];
	uint64_t many = 0, end;
	uint32_t i;

	(void)state;
	fwclient_create(&clients[0], &host, 0, NORMAL);
	fwclient_create(&clients[1], &host, 1, NORMAL);
	build(&clients[0], 1);
	build(&clients[1], 1);
	more[0] = clients[1].ring;
	for (i = 1; i < 15; i++)
		fwring_create(&more[i], &host, 1 + i, 1, NORMAL);
	post_many(&clients[0].ring, &clients[0], 120);
	for (i = 0; i < 15; i++)
		post_many(&more[i], &clients[1], 20);
	run();
	end = end_of(&clients[0].ring);
	for (i = 0; i < 15; i++)
		many += used_by(&more[i], end);
	assert_near(used_by(&clients[0].ring, end), many, 10);
}

/* Eight to one; the lowest gets on. */
static void test_low_beside_normal(void **state)
{
	uint64_t low;

	(void)state;
	fwclient_create(&clients[0], &host, 0, LOW);
	fwclient_create(&clients[1], &host, 1, NORMAL);
	build(&clients[0], 12);
	build(&clients[1], 12);
	post_many(&clients[0].ring, &clients[0], 40);
	post_many(&clients[1].ring, &clients[1], 120);
	run();
	low = used_by(&clients[0].ring, end_of(&clients[1].ring));
	assert_true(low > 0);
	assert_true(end_of(&clients[1].ring) < end_of(&clients[0].ring));
}

/* A job of the highest priority does not wait behind the jobs of others. */
static void test_high_goes_first(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		fwclient_create(&clients[i], &host, i, i == 3 ? HIGH : NORMAL);
		build(&clients[i], 1);
	}
	for (i = 0; i < 4; i++)
		post_many(&clients[i].ring, &clients[i], 20);
	run();
	for (i = 0; i < 3; i++)
		assert_true(end_of(&clients[3].ring) < fwring_completion(&clients[i].ring, 18)->end);
}

/* --- bounds ---------------------------------------------------------------------- */

static const struct edgetpu_completion *run_limited(struct fwclient *client, uint64_t limit)
{
	struct edgetpu_job job = fwclient_job(client);

	job.limit = limit;
	fwring_put(&client->ring, &job);
	fwring_ring(&client->ring);
	assert_int_equal(fwring_header(&client->ring)->fence, client->ring.tail);
	return fwring_completion(&client->ring, 0);
}

static void test_time_limit(void **state)
{
	const struct edgetpu_completion *c;
	struct fwclient *client = &clients[0];
	uint64_t limit, full;

	(void)state;
	fwclient_create(client, &host, 0, NORMAL);
	build(client, 500);
	c = run_limited(client, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_int_equal(c->commands, 1000);
	full = c->end - c->start;
	c = run_limited(client, full + 100000);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	for (limit = 1; limit < full; limit = 3 * limit + 1000) {
		c = run_limited(client, limit);
		assert_int_equal(c->status, EDGETPU_STATUS_TIME_LIMIT);
		assert_int_equal(c->engine, EDGETPU_ENGINE_FIRMWARE);
		assert_int_equal(c->command, c->commands);
		assert_true(c->commands < 1000);
		assert_true(c->end - c->start >= limit && c->end - c->start < limit + 20000);
	}
	fwclient_check_good(client, 1);
}

/* How many commands were done is told of jobs that end badly, too. */
static void test_commands_completed(void **state)
{
	const struct edgetpu_completion *c;
	struct fwclient *client = &clients[0];

	(void)state;
	fwclient_create(client, &host, 0, NORMAL);
	build(client, 20);
	fwclient_load(client, 0, 0xffff0000, 64);
	c = fwclient_run(client);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_SRAM);
	assert_int_equal(c->commands, 40);
	fwclient_check_good(client, 1);
	assert_int_equal(fwring_completion(&client->ring, 0)->commands, 3);
}

/* Nothing of a ring begins once it was stopped; what has begun ends well. */
static struct {
	uint64_t addr;	/* when the device touches this */
	uint32_t ring;
	bool done;
} stop;

static void stop_on_map(struct fwhost *h, uint64_t addr)
{
	if (stop.done || addr != stop.addr)
		return;
	stop.done = true;
	fwhost_post(h, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_STOP, stop.ring });
}

static void test_stop(void **state)
{
	struct fwclient *client = &clients[0];
	uint32_t reply[EDGETPU_MBOX_WORDS];

	(void)state;
	fwclient_create(client, &host, 5, NORMAL);
	build(client, 50);
	fwclient_load(client, 0x20000, 0, 64);
	stop.addr = client->buffer[FWCLIENT_INPUT] + 0x20000;
	stop.ring = client->ring.index;
	stop.done = false;
	post_many(&client->ring, client, 3);
	host.on_map = stop_on_map;
	run();
	host.on_map = NULL;
	assert_true(stop.done);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(1)), 1);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(2)), 0);
	assert_int_equal(fwring_header(&client->ring)->fence, 1);
	assert_int_equal(fwring_header(&client->ring)->state, EDGETPU_RING_IDLE);
	assert_int_equal(fwring_completion(&client->ring, 2)->status, EDGETPU_STATUS_OK);
	/* asked again, it says that all has ended */
	assert_int_equal(fwhost_mbox(&host, (uint32_t[EDGETPU_MBOX_WORDS])
				     { EDGETPU_MBOX_RING_STOP, stop.ring }, reply), EDGETPU_MBOX_OK);
	assert_int_equal(reply[1], 0);
	assert_int_equal(reply[2], 1);
	post_many(&client->ring, client, 1);
	run();
	assert_int_equal(fwring_header(&client->ring)->fence, 1);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_STOP, 6), EDGETPU_MBOX_ENOENT);
	fwclient_destroy(client);
}

/* However many jobs fail, the log does not fill up with them. */
static void test_faults_do_not_flood_the_log(void **state)
{
	const struct edgetpu_log *log = fwhost_ptr(&host, host.log);
	struct fwclient *client = &clients[0];
	uint32_t i;

	(void)state;
	fwclient_create(client, &host, 0, NORMAL);
	fwclient_begin(client);
	fwclient_load(client, 0, 0xffff0000, 64);
	for (i = 0; i < 2000; i++)
		assert_int_equal(fwclient_run(client)->status, EDGETPU_STATUS_BAD_SRAM);
	assert_true(log->head < 64 * 128);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_client),
		TEST(test_four_clients),
		TEST(test_sixteen_clients),
		TEST(test_one_ring_against_fifteen),
		TEST(test_low_beside_normal),
		TEST(test_high_goes_first),
		TEST(test_time_limit),
		TEST(test_commands_completed),
		TEST(test_stop),
		TEST(test_faults_do_not_flood_the_log),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware_sched", tests, NULL, NULL);
}
