// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: save areas, and a host that is in the way
 * while a job waits in one.
 *
 * test_firmware_areas IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

/* --- areas ----------------------------------------------------------------------------- */

/* Which of two jobs of two clients began before the other's end? */
static bool took_turns(void)
{
	const struct edgetpu_completion *a = fwring_completion(&clients[0].ring, 0);
	const struct edgetpu_completion *b = fwring_completion(&clients[1].ring, 0);

	return a->start < b->end && b->start < a->end;
}

/* The last free area is for the highest priority: with two there is none for turns. */
static void test_last_area(void **state)
{
	(void)state;
	memset(clients, 0, sizeof(clients));
	fwhost_add_areas(&host, 2);
	start_pipes(2);
	run();
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
	assert_false(took_turns());
}

static uint32_t set_area(uint32_t area, uint32_t context, uint64_t va, uint32_t bytes)
{
	return FWHOST_MBOX(&host, EDGETPU_MBOX_SAVE_AREA, area, context, va, va >> 32, bytes);
}

static void test_area_refusals(void **state)
{
	const uint32_t bytes = fwhost_area_bytes();
	const uint64_t va = FWHOST_AREA_VA(0);

	(void)state;
	fwhost_add_areas(&host, 2);
	assert_int_equal(set_area(0, FWHOST_AREA_CONTEXT, va, bytes), EDGETPU_MBOX_EEXIST);
	assert_int_equal(set_area(EDGETPU_MAX_SAVE_AREAS, FWHOST_AREA_CONTEXT, va, bytes),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(0xffffffff, FWHOST_AREA_CONTEXT, va, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(2, FWHOST_AREA_CONTEXT, va + 64, bytes), EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(2, FWHOST_AREA_CONTEXT, va, bytes + 64), EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(2, FWHOST_AREA_CONTEXT, va, bytes - 4096), EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(2, FWHOST_AREA_CONTEXT, (1ull << EDGETPU_VA_BITS) - 4096, bytes),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(2, FWHOST_AREA_CONTEXT, 0xfffffffffffff000ull, bytes),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(set_area(2, 5, va, bytes), EDGETPU_MBOX_ENOENT);
	assert_int_equal(set_area(2, FWHOST_AREA_CONTEXT, va, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, FWHOST_AREA_CONTEXT),
			 EDGETPU_MBOX_EBUSY);
	assert_int_equal(set_area(0, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(set_area(1, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, FWHOST_AREA_CONTEXT),
			 EDGETPU_MBOX_OK);
}

/* An area that holds a job cannot be taken back; afterwards it can. */
static bool take_back_when_saved(uint64_t addr)
{
	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_SAVE_AREA, 0 });
	return true;
}

static void test_area_in_use(void **state)
{
	uint32_t i;

	(void)state;
	fwhost_add_areas(&host, 3);
	act = take_back_when_saved;
	start_pipes(2);
	run();
	assert_true(acted);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_EBUSY);
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
	for (i = 0; i < 3; i++)
		assert_int_equal(set_area(i, 0, 0, 0), EDGETPU_MBOX_OK);
}

/* Areas that are taken back while a job runs: it runs to its end. */
static bool take_back_early(uint64_t addr)
{
	(void)addr;
	if (state_of(&clients[0]) != EDGETPU_RING_RUNNING)
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_SAVE_AREA, 0 });
	return true;
}

static void test_area_taken_back(void **state)
{
	(void)state;
	fwhost_add_areas(&host, 3);
	act = take_back_early;
	start_pipes(2);
	run();
	assert_true(acted);
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
}

/* As many jobs as areas have begun, as one that is free is taken back: no other begins. */
static bool take_back_and_post(uint64_t addr)
{
	(void)addr;
	if (!is_saved(&clients[0]) || state_of(&clients[1]) != EDGETPU_RING_RUNNING)
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_SAVE_AREA, 2 });
	post(&clients[2]);
	return true;
}

static void test_no_room_for_more(void **state)
{
	uint64_t first, second;

	(void)state;
	fwhost_add_areas(&host, 3);
	act = take_back_and_post;
	create(3, NORMAL);
	build_pipe(&clients[2], 77);
	build_pipe(&clients[0], 75);
	build_pipe(&clients[1], 76);
	post(&clients[0]);
	post(&clients[1]);
	run();
	assert_true(acted);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
	check_pipe(&clients[2]);
	first = fwring_completion(&clients[0].ring, 0)->end;
	second = fwring_completion(&clients[1].ring, 0)->end;
	assert_true(fwring_completion(&clients[2].ring, 0)->start >=
		    (first < second ? first : second));
}

/* Unmaps page @n of area 0. */
static void unmap_area(uint32_t n)
{
	fwhost_map(&host, host.area_table, FWHOST_AREA_VA(0) + n * 4096ull, 0, 0);
}

/* What cannot be saved goes on, with nothing lost; the area is not used again. */
static void test_area_gone_before(void **state)
{
	(void)state;
	fwhost_add_areas(&host, 3);
	unmap_area(3);
	start_pipes(2);
	run();
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
	assert_true(fwhost_log_has(&host, "error: save area: status 6"));
	assert_int_equal(set_area(0, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(set_area(0, FWHOST_AREA_CONTEXT, FWHOST_AREA_VA(0),
				  fwhost_area_bytes()), EDGETPU_MBOX_OK);
}

/* What cannot be loaded again is lost, and nothing but that. */
static bool unmap_when_saved(uint64_t addr)
{
	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	unmap_area(3);
	edgetpu_device_write(host.dev, EDGETPU_REG_MMU_INVALIDATE, FWHOST_AREA_CONTEXT);
	return true;
}

static void test_area_gone_after(void **state)
{
	const struct edgetpu_completion *c;

	(void)state;
	fwhost_add_areas(&host, 3);
	act = unmap_when_saved;
	start_pipes(2);
	run();
	assert_true(acted);
	c = fwring_completion(&clients[0].ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_LOST);
	assert_int_equal(c->engine, EDGETPU_ENGINE_FIRMWARE);
	assert_true(c->commands > 0 && c->commands < 3 * ROUNDS);
	check_pipe(&clients[1]);
	fwclient_check_good(&clients[0], 3);
}

/* --- what is told of a job that was interrupted ---------------------------------------------- */

/* The same work is done, and told of, as in a job that has the engines to itself. */
static void test_counts_of_turns(void **state)
{
	struct edgetpu_completion shared, alone;
	unsigned int e;

	(void)state;
	fwhost_add_areas(&host, 3);
	start_pipes(2);
	run();
	check_pipe(&clients[0]);
	assert_true(took_turns());
	shared = *fwring_completion(&clients[0].ring, 0);
	post(&clients[0]);
	run();
	check_pipe(&clients[0]);
	alone = *fwring_completion(&clients[0].ring, 0);
	assert_true(shared.end - shared.start > (alone.end - alone.start) * 3 / 2);
	assert_in_range(shared.instructions, alone.instructions, alone.instructions * 11 / 10);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		/* how engines meet on the memory bus is not the same twice */
		assert_in_range(shared.busy[e], alone.busy[e] * 9 / 10, alone.busy[e] * 11 / 10);
		assert_int_equal(shared.busy[e] == 0, e == EDGETPU_ENGINE_ARRAY);
	}
	assert_int_equal(fwring_header(&clients[0].ring)->progress,
			 fwring_completion(&clients[0].ring, 0)->commands);
}

/* Nor is anything of it told of the ring's next job, which is refused. */
static void test_refused_after_saved(void **state)
{
	const struct edgetpu_completion *c;
	unsigned int e;

	(void)state;
	fwhost_add_areas(&host, 3);
	start_pipes(2);
	run();
	assert_true(took_turns());
	fwring_put(&clients[0].ring, &(struct edgetpu_job){ 0 });
	ring_bell(&clients[0].ring);
	run();
	c = fwring_completion(&clients[0].ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_JOB);
	assert_int_equal(c->commands, 0);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		assert_int_equal(c->busy[e], 0);
	assert_true(c->instructions < 1000);
	assert_int_equal(fwring_header(&clients[0].ring)->progress, 0);
}

/* The progress a host sees of a job never goes back, and goes on when it does. */
static uint32_t last_progress, steps_seen;

static bool progress_grows(uint64_t addr)
{
	const struct edgetpu_ring_header *header = fwring_header(&clients[0].ring);

	(void)addr;
	if (header->running != 1)
		return false;
	assert_true(header->progress >= last_progress);
	steps_seen += header->progress > last_progress;
	last_progress = header->progress;
	return false;
}

static void test_progress_of_turns(void **state)
{
	(void)state;
	last_progress = 0;
	steps_seen = 0;
	fwhost_add_areas(&host, 3);
	act = progress_grows;
	start_pipes(2);
	run();
	check_pipe(&clients[0]);
	assert_true(took_turns());
	assert_true(steps_seen > 8);
	/* commands, and the work inside of them */
	assert_in_range(last_progress, 3 * ROUNDS / 2, 3 * ROUNDS * 3);
}

/* --- who pays ------------------------------------------------------------------------------------ */

static struct {
	uint64_t begun;		/* cycle at which the pipe did */
	uint64_t high;		/* cycle at which the high job was posted; 0: not yet */
	uint32_t next;		/* who had the engines behind it; 99: not known yet */
} turn;

/* Soon after the pipe of client 0 began, one comes that is more important. */
static bool post_high_then_look(uint64_t addr)
{
	(void)addr;
	if (!turn.begun) {
		if (state_of(&clients[0]) == EDGETPU_RING_RUNNING)
			turn.begun = now();
		return false;
	}
	if (!turn.high) {
		if (now() < turn.begun + 30000)
			return false;
		turn.high = now();
		post(&clients[2]);
		return false;
	}
	if (fwring_header(&clients[2].ring)->fence != 1)
		return false;
	if (state_of(&clients[0]) == EDGETPU_RING_RUNNING)
		turn.next = 0;
	else if (state_of(&clients[1]) == EDGETPU_RING_RUNNING)
		turn.next = 1;
	return turn.next != 99;
}

/*
 * Saving a job for one of the highest priority is on that one's account: of two that
 * had used about the same, the one that was interrupted is still the next.
 */
static void test_high_pays_for_the_save(void **state)
{
	uint32_t i;

	(void)state;
	memset(&turn, 0, sizeof(turn));
	turn.next = 99;
	fwhost_add_areas(&host, 4);
	create(2, NORMAL);
	fwclient_create(&clients[2], &host, 2, HIGH);
	/* the other has used some 100,000 cycles */
	fwclient_begin(&clients[1]);
	for (i = 0; i < 10; i++)
		fwclient_load(&clients[1], 0, 0, FWCLIENT_BYTES);
	assert_int_equal(fwclient_run(&clients[1])->status, EDGETPU_STATUS_OK);
	fwclient_round_trip(&clients[2]);
	for (i = 0; i < 2; i++) {
		build_pipe(&clients[i], 100 + i);
		/* all of SRAM is saved, in some 300,000 */
		((struct edgetpu_command *)fwclient_buffer(&clients[i], 0))->u.dma.sram =
			fwhost_config->sram_size - 4096;
	}
	act = post_high_then_look;
	post(&clients[0]);
	post(&clients[1]);
	run();
	assert_true(acted);
	assert_int_equal(turn.next, 0);
	/* it was saved, indeed */
	assert_true(fwring_completion(&clients[2].ring, 0)->start - turn.high > 300000);
}

/* --- the host acts between ------------------------------------------------------------------ */

static bool destroy_when_saved(uint64_t addr)
{
	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_DESTROY, 0 });
	return true;
}

static bool destroy_while_stored(uint64_t addr)
{
	if (!in_areas(addr) || state_of(&clients[0]) != EDGETPU_RING_RUNNING)
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_DESTROY, 0 });
	return true;
}

static bool destroy_while_loaded(uint64_t addr)
{
	static bool was_saved;

	if (is_saved(&clients[0]))
		was_saved = true;
	if (!was_saved || !in_areas(addr) || !is_saved(&clients[1]))
		return false;
	was_saved = false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_DESTROY, 0 });
	return true;
}

/* A job is killed wherever it is, and its area is free again. */
static void destroy(bool (*when)(uint64_t addr))
{
	const struct edgetpu_completion *c;
	uint32_t i;

	fwhost_add_areas(&host, 3);
	act = when;
	start_pipes(2);
	run();
	assert_true(acted);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	c = fwring_completion(&clients[0].ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_KILLED);
	assert_true(c->commands > 0 && c->commands < 3 * ROUNDS);
	check_pipe(&clients[1]);
	for (i = 0; i < 3; i++)
		assert_int_equal(set_area(i, 0, 0, 0), EDGETPU_MBOX_OK);
	fwring_create(&clients[0].ring, &host, 0, 0, NORMAL);
	fwclient_check_good(&clients[0], 4);
	fwclient_check_good(&clients[1], 5);
}

static void test_destroy_when_saved(void **state)
{
	(void)state;
	destroy(destroy_when_saved);
}

static void test_destroy_while_stored(void **state)
{
	(void)state;
	destroy(destroy_while_stored);
}

static void test_destroy_while_loaded(void **state)
{
	(void)state;
	destroy(destroy_while_loaded);
}

/* A ring that is stopped while its job is saved sees it end; the next does not begin. */
static bool stop_when_saved(uint64_t addr)
{
	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	fwhost_post(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_STOP, 0 });
	return true;
}

static void test_stop_when_saved(void **state)
{
	(void)state;
	fwhost_add_areas(&host, 3);
	act = stop_when_saved;
	start_pipes(2);
	post(&clients[0]);
	run();
	assert_true(acted);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(1)), 1);
	assert_int_equal(fwring_header(&clients[0].ring)->fence, 1);
	assert_int_equal(state_of(&clients[0]), EDGETPU_RING_IDLE);
	check_pipe(&clients[1]);
}

/* Whatever is asked during a save, it is answered, and jobs do not mind. */
static bool ask_while_stored(uint64_t addr)
{
	static const uint32_t requests[][EDGETPU_MBOX_WORDS] = {
		{ EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL },
		{ EDGETPU_MBOX_SAVE_AREA, 0 },
		{ EDGETPU_MBOX_SAVE_AREA, 2, FWHOST_AREA_CONTEXT, 0x40000000, 0, 8 << 20 },
		{ EDGETPU_MBOX_CONTEXT_DESTROY, FWHOST_AREA_CONTEXT },
		{ EDGETPU_MBOX_CONTEXT_DESTROY, 0 },
		{ EDGETPU_MBOX_RING_DESTROY, 40 },
		{ EDGETPU_MBOX_RING_STOP, 41 },
		{ EDGETPU_MBOX_CONTEXT_CREATE, 0, 0x1000 },
		{ EDGETPU_MBOX_RING_CREATE, 0, 0, 0, 0x80000000, 0, 8 },
		{ 77 },
	};
	static uint32_t n;

	if (!in_areas(addr) ||
	    edgetpu_device_read(host.dev, EDGETPU_REG_MBOX_RSP_SEQ) != host.mbox_seq)
		return false;
	fwhost_post(&host, requests[n++ % (sizeof(requests) / sizeof(requests[0]))]);
	edgetpu_device_write(host.dev, EDGETPU_REG_DOORBELL(0), 0xdeadbeef);
	edgetpu_device_write(host.dev, EDGETPU_REG_DOORBELL(63), 1);
	return false;
}

static void test_mailbox_meanwhile(void **state)
{
	uint32_t before;

	(void)state;
	fwhost_add_areas(&host, 3);
	act = ask_while_stored;
	start_pipes(2);
	before = host.mbox_seq;
	run();
	assert_true(host.mbox_seq - before > 10);
	check_pipe(&clients[0]);
	check_pipe(&clients[1]);
}

/* --- command memory that changes ------------------------------------------------------------- */

static uint32_t rewrite_seed;

/* Other commands, good and bad, take the place of those that were there. */
static bool rewrite_when_saved(uint64_t addr)
{
	static const uint8_t opcodes[] = { EDGETPU_OP_LOAD, EDGETPU_OP_STORE, EDGETPU_OP_COPY,
					   EDGETPU_OP_FILL, 0x77 };
	struct edgetpu_command *c = (void *)fwclient_buffer(&clients[0], 0);
	uint32_t i, kinds = rewrite_seed % 2 ? 4 : 5, r;

	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	for (i = 0; i < 3 * ROUNDS; i++) {
		rewrite_seed = rewrite_seed * 1664525 + 1013904223;
		r = rewrite_seed >> 8;
		if (r % 4)
			continue;
		c[i].opcode = opcodes[(r >> 4) % kinds];
		memset(&c[i].u, 0, sizeof(c[i].u));
		if (r & 1u << 12)
			memset(c[i].wait, 0, sizeof(c[i].wait));
		c[i].u.dma.region = c[i].opcode == EDGETPU_OP_LOAD ? FWCLIENT_INPUT :
								      FWCLIENT_OUTPUT;
		c[i].u.dma.len = 64;
		c[i].u.dma.n1 = 1;
		c[i].u.dma.n2 = 1;
		if (c[i].opcode != EDGETPU_OP_COPY && c[i].opcode != EDGETPU_OP_FILL)
			continue;
		memset(&c[i].u, 0, sizeof(c[i].u));
		c[i].u.copy.out = 64;
		c[i].u.copy.len = 64;
		c[i].u.copy.n1 = 1;
		c[i].u.copy.n2 = 1;
	}
	return true;
}

/* The stream becomes shorter in one engine: its commands are all another's. */
static bool replace_when_saved(uint64_t addr)
{
	struct edgetpu_command *c = (void *)fwclient_buffer(&clients[0], 0);
	uint32_t i;

	(void)addr;
	if (!is_saved(&clients[0]))
		return false;
	for (i = 0; i < 3 * ROUNDS; i++) {
		c[i] = c[0];
		c[i].u.dma.n1 = 1;
	}
	return true;
}

/*
 * Such a job ends, well or badly; success is only told of as many commands as were
 * asked for, or the host would take the firmware for a liar. Others do not notice.
 */
static void rewrite(bool (*how)(uint64_t addr))
{
	const struct edgetpu_completion *c;

	fwhost_add_areas(&host, 3);
	act = how;
	start_pipes(2);
	run();
	assert_true(acted);
	assert_int_equal(fwring_header(&clients[0].ring)->fence, 1);
	c = fwring_completion(&clients[0].ring, 0);
	if (c->status == EDGETPU_STATUS_OK)
		assert_int_equal(c->commands, 3 * ROUNDS);
	check_pipe(&clients[1]);
	fwclient_check_good(&clients[0], 6);
}

static void test_commands_rewritten(void **state)
{
	uint32_t seed;

	for (seed = 1; seed < 30; seed++) {
		rewrite_seed = seed;
		rewrite(rewrite_when_saved);
		teardown(state);
		setup(state);
	}
}

static void test_commands_replaced(void **state)
{
	(void)state;
	rewrite(replace_when_saved);
	assert_int_equal(fwring_completion(&clients[0].ring, 1)->status,
			 EDGETPU_STATUS_BAD_COMMAND);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* A job ends at its limit wherever it is then; its area is free again. */
static void test_limit_at_each_stage(void **state)
{
	const struct edgetpu_completion *c;
	struct edgetpu_job job;
	uint32_t i, round, area;

	(void)state;
	fwhost_add_areas(&host, 3);
	create(2, NORMAL);
	build_pipe(&clients[0], 1);
	build_pipe(&clients[1], 2);
	for (round = 0; round < 24; round++) {
		for (i = 0; i < 2; i++) {
			job = fwclient_job(&clients[i]);
			/* around the end of the first turn */
			job.limit = (1u << 21) - 20000 + round * 4000 + i * 150000;
			fwring_put(&clients[i].ring, &job);
			edgetpu_device_write(host.dev, EDGETPU_REG_DOORBELL(i),
					     clients[i].ring.tail);
		}
		run();
		for (i = 0; i < 2; i++) {
			c = fwring_completion(&clients[i].ring, 0);
			assert_int_equal(c->status, EDGETPU_STATUS_TIME_LIMIT);
			assert_true(c->commands > 0 && c->commands < 3 * ROUNDS);
			assert_int_equal(c->command, c->commands);
		}
	}
	for (area = 0; area < 3; area++)
		assert_int_equal(set_area(area, 0, 0, 0), EDGETPU_MBOX_OK);
	fwclient_check_good(&clients[0], 7);
	fwclient_check_good(&clients[1], 8);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_last_area),
		TEST(test_area_refusals),
		TEST(test_area_in_use),
		TEST(test_area_taken_back),
		TEST(test_no_room_for_more),
		TEST(test_area_gone_before),
		TEST(test_area_gone_after),
		TEST(test_counts_of_turns),
		TEST(test_refused_after_saved),
		TEST(test_progress_of_turns),
		TEST(test_high_pays_for_the_save),
		TEST(test_destroy_when_saved),
		TEST(test_destroy_while_stored),
		TEST(test_destroy_while_loaded),
		TEST(test_stop_when_saved),
		TEST(test_mailbox_meanwhile),
		TEST(test_commands_rewritten),
		TEST(test_commands_replaced),
		TEST(test_limit_at_each_stage),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware_areas", tests, NULL, NULL);
}
