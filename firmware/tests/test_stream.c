// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command stream: which commands are pushed, in which order and by which numbers,
 * from the beginning or from a place in between.
 */
#include <string.h>

#include "fake.h"
#include "stream.h"

#define CONTEXT	5u
#define AT	0x1000u		/* in fake_host */
#define VA	(FAKE_HOST_BASE + AT)
#define MAX	400u

/* What was pushed */
static struct {
	uint32_t engine, index, tag;
} pushed[MAX];
static uint32_t num_pushed;
static uint32_t queue;		/* entries that are free, of each engine */

static void on_push(uint32_t engine, const void *command)
{
	const struct edgetpu_command *c = command;

	assert_true(num_pushed < MAX);
	pushed[num_pushed].engine = engine;
	pushed[num_pushed].index = fake_regs[(CORE_ENGINE(engine) + CORE_ENGINE_INDEX) / 4];
	pushed[num_pushed++].tag = c->tag;
	fake_regs[(CORE_ENGINE(engine) + CORE_ENGINE_FREE) / 4] = queue;
}

static struct edgetpu_command *commands(void)
{
	return (struct edgetpu_command *)(fake_host + AT);
}

static const uint8_t opcodes[] = { EDGETPU_OP_LOAD, EDGETPU_OP_COPY, EDGETPU_OP_STORE,
				   EDGETPU_OP_CONV };
static const uint32_t engines[] = { EDGETPU_ENGINE_LOAD, EDGETPU_ENGINE_VECTOR,
				    EDGETPU_ENGINE_STORE, EDGETPU_ENGINE_ARRAY };

static void set_free(uint32_t n)
{
	uint32_t e;

	queue = n;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		fake_regs[(CORE_ENGINE(e) + CORE_ENGINE_FREE) / 4] = n;
}

/* Commands of all engines in turn, tagged by their number */
static int setup(void **state)
{
	uint32_t i, e;

	(void)state;
	fake_reset();
	fake_context = CONTEXT + 1;
	fake_push = on_push;
	num_pushed = 0;
	set_free(16);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		fake_regs[(CORE_ENGINE(e) + CORE_ENGINE_DROPPED) / 4] = CORE_ENGINE_DROPPED_NONE;
	for (i = 0; i < MAX; i++) {
		commands()[i].opcode = opcodes[i % 4];
		commands()[i].tag = 7000 + i;
		if (i % 4 == 0 || i % 4 == 2)
			commands()[i].u.dma.region = 1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stream_end();
	fake_push = NULL;
	fake_context = 0;
	return 0;
}

/* Pushes all there are, of which none has to wait; the fault, if any */
static struct fault push_all(void)
{
	struct fault fault = { .status = EDGETPU_STATUS_OK };
	uint32_t calls, wait;

	for (calls = 0; calls < 1000 && !stream_done() && !fault.status; calls++) {
		wait = stream_push(&fault);
		if (!fault.status)
			assert_int_equal(wait, 0);
	}
	assert_true(calls < 1000);
	return fault;
}

static void expect_pushed(uint32_t at, uint32_t index)
{
	assert_true(at < num_pushed);
	assert_int_equal(pushed[at].index, index);
	assert_int_equal(pushed[at].tag, 7000 + index);
	assert_int_equal(pushed[at].engine, engines[index % 4]);
}

static void test_all_in_order(void **state)
{
	static const uint32_t counts[] = { 1, 7, 8, 9, 39, 40, 41, 72, 399 };
	uint32_t n, i;

	(void)state;
	for (n = 0; n < sizeof(counts) / sizeof(counts[0]); n++) {
		num_pushed = 0;
		stream_begin(CONTEXT, VA, counts[n], NULL);
		assert_false(stream_done());
		assert_int_equal(push_all().status, EDGETPU_STATUS_OK);
		assert_int_equal(num_pushed, counts[n]);
		for (i = 0; i < counts[n]; i++)
			expect_pushed(i, i);
	}
}

/* A full queue is waited for; what others may take they do not get out of turn. */
static void test_full_queue(void **state)
{
	struct fault fault = { .status = EDGETPU_STATUS_OK };
	uint32_t i;

	(void)state;
	set_free(0);
	stream_begin(CONTEXT, VA, 30, NULL);
	assert_int_equal(stream_push(&fault), CORE_EVENT_ENGINE);
	assert_int_equal(num_pushed, 0);
	fake_regs[(CORE_ENGINE(EDGETPU_ENGINE_VECTOR) + CORE_ENGINE_FREE) / 4] = 3;
	assert_int_equal(stream_push(&fault), CORE_EVENT_ENGINE);
	assert_int_equal(num_pushed, 0);
	set_free(1);
	/* no more than is known to be free, then it is looked at anew */
	queue = 0;
	assert_int_equal(stream_push(&fault), CORE_EVENT_ENGINE);
	assert_int_equal(num_pushed, 4);
	set_free(16);
	assert_int_equal(push_all().status, EDGETPU_STATUS_OK);
	for (i = 0; i < 30; i++)
		expect_pushed(i, i);
	assert_int_equal(num_pushed, 30);
	assert_int_equal(fault.status, EDGETPU_STATUS_OK);
}

/* What is fetched comes from there, in two buffers, and is waited for. */
static void test_fetch(void **state)
{
	struct fault fault = { .status = EDGETPU_STATUS_OK };

	(void)state;
	fake_cdma_slow = true;
	stream_begin(CONTEXT, 0x123400000000ull, 100, NULL);
	assert_int_equal(fake_regs[CORE_CDMA_CONTEXT / 4], CONTEXT + 1);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_LO / 4], 0);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_HI / 4], 0x1234);
	assert_int_equal(fake_regs[CORE_CDMA_LEN / 4], 8 * EDGETPU_COMMAND_SIZE);
	assert_int_equal(fake_regs[CORE_CDMA_START / 4], CORE_CDMA_TO_TCM);
	assert_int_equal(stream_push(&fault), CORE_EVENT_CDMA);
	assert_int_equal(num_pushed, 0);
	fake_regs[CORE_CDMA_STATUS / 4] = EDGETPU_STATUS_OK;
	stream_push(&fault);
	/* the next ones are on their way while these are pushed */
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_LO / 4], 8 * EDGETPU_COMMAND_SIZE);
	assert_int_equal(fake_regs[CORE_CDMA_LEN / 4], 32 * EDGETPU_COMMAND_SIZE);
	fake_regs[CORE_CDMA_STATUS / 4] = EDGETPU_STATUS_OK;
	fake_cdma_slow = false;
}

static void test_fetch_fault(void **state)
{
	const uint32_t room = (FAKE_HOST_SIZE - AT) / EDGETPU_COMMAND_SIZE;
	struct fault fault;

	(void)state;
	/* the batch that leaves memory, of which 12 commands are in it */
	stream_begin(CONTEXT, FAKE_HOST_BASE + FAKE_HOST_SIZE - 20 * EDGETPU_COMMAND_SIZE, 60, NULL);
	memcpy(fake_host + FAKE_HOST_SIZE - 20 * EDGETPU_COMMAND_SIZE, commands(),
	       20 * EDGETPU_COMMAND_SIZE);
	stream_end();
	stream_begin(CONTEXT, FAKE_HOST_BASE + FAKE_HOST_SIZE - 20 * EDGETPU_COMMAND_SIZE, 60, NULL);
	fault = push_all();
	assert_int_equal(fault.status, EDGETPU_STATUS_BUS_ERROR);
	assert_int_equal(fault.engine, EDGETPU_ENGINE_FIRMWARE);
	assert_int_equal(fault.command, 20);
	assert_true(fault.va == FAKE_HOST_BASE + FAKE_HOST_SIZE);
	assert_int_equal(num_pushed, 8);
	assert_true(room > 60);
	stream_end();
}

/* One that is bad ends it, wherever it is; those before it were pushed. */
static void test_bad_command(void **state)
{
	struct fault fault;
	uint32_t bad;

	(void)state;
	for (bad = 0; bad < 60; bad += 7) {
		setup(state);
		commands()[bad].opcode = 0x77;
		stream_begin(CONTEXT, VA, 60, NULL);
		fault = push_all();
		assert_int_equal(fault.status, EDGETPU_STATUS_BAD_COMMAND);
		assert_int_equal(fault.engine, EDGETPU_ENGINE_FIRMWARE);
		assert_int_equal(fault.command, bad);
		assert_int_equal(num_pushed, bad);
		stream_end();
	}
}

/* Waits may be for what was pushed of each engine, in this stream. */
static void test_waits(void **state)
{
	struct fault fault;

	(void)state;
	commands()[9].wait[EDGETPU_ENGINE_LOAD] = 3;
	commands()[10].wait[EDGETPU_ENGINE_VECTOR] = 3;
	commands()[11].wait[EDGETPU_ENGINE_STORE] = 4;
	stream_begin(CONTEXT, VA, 40, NULL);
	fault = push_all();
	assert_int_equal(fault.status, EDGETPU_STATUS_BAD_COMMAND);
	assert_int_equal(fault.command, 11);
	stream_end();
	/* from the beginning again: nothing has been pushed */
	stream_begin(CONTEXT, VA, 40, NULL);
	assert_int_equal(push_all().command, 11);
}

/* --- in between -------------------------------------------------------------------------- */

static void test_goes_on(void **state)
{
	/* of LOAD, STORE, ARRAY and VECTOR, in the engines' order */
	struct edgetpu_place place;
	uint32_t i, n = 0;

	(void)state;
	memset(&place, 0, sizeof(place));
	place.next[EDGETPU_ENGINE_LOAD] = 60;
	place.next[EDGETPU_ENGINE_STORE] = 22;
	place.next[EDGETPU_ENGINE_ARRAY] = 90;	/* has done all of its own */
	place.next[EDGETPU_ENGINE_VECTOR] = 45;
	place.done[EDGETPU_ENGINE_LOAD] = 15;
	place.done[EDGETPU_ENGINE_STORE] = 5;
	place.done[EDGETPU_ENGINE_ARRAY] = 22;
	place.done[EDGETPU_ENGINE_VECTOR] = 11;
	/* the stores wait for what had been done before, and for no more */
	commands()[22].wait[EDGETPU_ENGINE_LOAD] = 15;
	commands()[26].wait[EDGETPU_ENGINE_VECTOR] = 11;
	commands()[30].wait[EDGETPU_ENGINE_ARRAY] = 22;
	commands()[30].wait[EDGETPU_ENGINE_STORE] = 7;
	stream_begin(CONTEXT, VA, 90, &place);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_LO / 4],
			 (uint32_t)VA + 22 * EDGETPU_COMMAND_SIZE);
	assert_int_equal(push_all().status, EDGETPU_STATUS_OK);
	for (i = 22; i < 90; i++)
		if (i >= place.next[engines[i % 4]])
			expect_pushed(n++, i);
	assert_int_equal(num_pushed, n);
}

static void test_goes_on_bounds(void **state)
{
	struct edgetpu_place place;
	struct fault fault;

	(void)state;
	memset(&place, 0, sizeof(place));
	place.next[EDGETPU_ENGINE_LOAD] = 12;
	place.next[EDGETPU_ENGINE_STORE] = 10;
	place.next[EDGETPU_ENGINE_ARRAY] = 11;
	place.next[EDGETPU_ENGINE_VECTOR] = 13;
	place.done[EDGETPU_ENGINE_LOAD] = 3;
	commands()[12].wait[EDGETPU_ENGINE_LOAD] = 4;
	stream_begin(CONTEXT, VA, 60, &place);
	fault = push_all();
	assert_int_equal(fault.status, EDGETPU_STATUS_BAD_COMMAND);
	assert_int_equal(fault.command, 12);
	assert_int_equal(num_pushed, 2);
	expect_pushed(0, 10);
	expect_pushed(1, 11);
	stream_end();
	/* one that no engine runs is refused also where others are left out */
	setup(state);
	commands()[11].opcode = 0x77;
	stream_begin(CONTEXT, VA, 60, &place);
	fault = push_all();
	assert_int_equal(fault.status, EDGETPU_STATUS_BAD_COMMAND);
	assert_int_equal(fault.command, 11);
	assert_int_equal(num_pushed, 1);
}

/* A full queue among those that are left out */
static void test_goes_on_with_full_queue(void **state)
{
	struct fault fault = { .status = EDGETPU_STATUS_OK };
	struct edgetpu_place place;
	uint32_t e;

	(void)state;
	memset(&place, 0, sizeof(place));
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		place.next[e] = 20;
	place.next[EDGETPU_ENGINE_STORE] = 2;
	set_free(0);
	stream_begin(CONTEXT, VA, 24, &place);
	assert_int_equal(stream_push(&fault), CORE_EVENT_ENGINE);
	assert_int_equal(num_pushed, 0);
	set_free(16);
	assert_int_equal(push_all().status, EDGETPU_STATUS_OK);
	/* 2, 6, 10, 14, 18, then all four */
	assert_int_equal(num_pushed, 9);
	expect_pushed(0, 2);
	expect_pushed(4, 18);
	expect_pushed(5, 20);
	expect_pushed(8, 23);
}

/* Where it is: what was dropped, or else what was not pushed yet */
static void test_place(void **state)
{
	struct edgetpu_place place, from;
	uint32_t e;

	(void)state;
	set_free(0);
	memset(&from, 0, sizeof(from));
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		from.next[e] = 8;
	from.next[EDGETPU_ENGINE_ARRAY] = 30;
	stream_begin(CONTEXT, VA, 40, &from);
	set_free(1);
	queue = 0;
	/* one of each but ARRAY, then another LOAD, for which there is no room */
	assert_int_equal(stream_push(&(struct fault){ 0 }), CORE_EVENT_ENGINE);
	assert_int_equal(num_pushed, 3);
	fake_regs[(CORE_ENGINE(EDGETPU_ENGINE_LOAD) + CORE_ENGINE_DROPPED) / 4] = 8;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		fake_regs[(CORE_ENGINE(e) + CORE_ENGINE_COMPLETED) / 4] = 2 + e;
	assert_true(stream_place(&place));
	assert_int_equal(place.next[EDGETPU_ENGINE_LOAD], 8);
	assert_int_equal(place.next[EDGETPU_ENGINE_VECTOR], 12);
	assert_int_equal(place.next[EDGETPU_ENGINE_STORE], 12);
	assert_int_equal(place.next[EDGETPU_ENGINE_ARRAY], 30);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		assert_int_equal(place.done[e], 2 + e);
	stream_end();
	/* nothing is left of one that is through, unless it was dropped */
	set_free(16);
	stream_begin(CONTEXT, VA, 8, NULL);
	push_all();
	fake_regs[(CORE_ENGINE(EDGETPU_ENGINE_LOAD) + CORE_ENGINE_DROPPED) / 4] =
		CORE_ENGINE_DROPPED_NONE;
	assert_false(stream_place(&place));
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		assert_int_equal(place.next[e], 8);
	fake_regs[(CORE_ENGINE(EDGETPU_ENGINE_VECTOR) + CORE_ENGINE_DROPPED) / 4] = 5;
	assert_true(stream_place(&place));
	assert_int_equal(place.next[EDGETPU_ENGINE_VECTOR], 5);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_in_order),
		TEST(test_full_queue),
		TEST(test_fetch),
		TEST(test_fetch_fault),
		TEST(test_bad_command),
		TEST(test_waits),
		TEST(test_goes_on),
		TEST(test_goes_on_bounds),
		TEST(test_goes_on_with_full_queue),
		TEST(test_place),
	};

	return cmocka_run_group_tests_name("fw_stream", tests, NULL, NULL);
}
