// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns, to the cycle: what the timer is set to, and when a job makes way. Each look
 * at the clock takes ten cycles here.
 */
#include <string.h>

#include "area.h"
#include "context.h"
#include "dispatch.h"
#include "fake.h"
#include "ring.h"

#define CONTEXT	4u
#define FIRST	3u	/* rings */
#define SECOND	40u
#define RINGS	FAKE_HOST_BASE
#define RING_SIZE	0x4000u
#define COMMANDS	(FAKE_HOST_BASE + 0x10000)
#define TICK	480000u
#define SLICE	(1u << 21)
#define SRAM	0x10000u

static void on_push(uint32_t engine, const void *command)
{
	(void)command;
	fake_regs[(CORE_ENGINE(engine) + CORE_ENGINE_FREE) / 4] = 16;
}

/* Engines with room that never get done */
static int setup(void **state)
{
	struct edgetpu_command *command;
	uint32_t e, i;

	(void)state;
	fake_reset();
	fake_context = CONTEXT + 1;
	fake_push = on_push;
	fake_regs[CORE_SRAM_SIZE / 4] = SRAM;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		fake_regs[(CORE_ENGINE(e) + CORE_ENGINE_FREE) / 4] = 16;
		fake_regs[(CORE_ENGINE(e) + CORE_ENGINE_DROPPED) / 4] = CORE_ENGINE_DROPPED_NONE;
	}
	command = (void *)(fake_host + 0x10000);
	command->opcode = EDGETPU_OP_FILL;
	assert_int_equal(context_create(CONTEXT, 0), EDGETPU_MBOX_OK);
	for (i = 0; i < 4; i++)
		assert_int_equal(area_set(i, CONTEXT, 0x100000 * i, 2 * SRAM, 0), EDGETPU_MBOX_OK);
	assert_int_equal(dispatch_create_ring(FIRST, CONTEXT, 1, RINGS, 4, 0), EDGETPU_MBOX_OK);
	assert_int_equal(dispatch_create_ring(SECOND, CONTEXT, 1, RINGS + RING_SIZE, 4, 0),
			 EDGETPU_MBOX_OK);
	return 0;
}

static int teardown(void **state)
{
	uint32_t i;

	(void)state;
	dispatch_destroy_ring(FIRST);
	dispatch_destroy_ring(SECOND);
	for (i = 0; i < 4; i++)
		area_set(i, 0, 0, 0, 0);
	context_destroy(CONTEXT);
	fake_push = NULL;
	fake_context = 0;
	return 0;
}

/* A job of one command, with that limit */
static void post(uint32_t ring, uint64_t limit)
{
	struct edgetpu_job *desc = (void *)(fake_host + EDGETPU_RING_JOBS +
					    (ring == SECOND ? RING_SIZE : 0));

	memset(desc, 0, sizeof(*desc));
	desc->seq = 1;
	desc->num_commands = 1;
	desc->limit = limit;
	desc->regions[0].va = COMMANDS;
	desc->regions[0].size = EDGETPU_COMMAND_SIZE;
	desc->regions[0].flags = EDGETPU_REGION_READ;
	fake_doorbell(ring, 1);
	dispatch_doorbells();
}

static uint64_t cycles(void)
{
	return fake_regs[CORE_CYCLES_LO / 4] | (uint64_t)fake_regs[CORE_CYCLES_HI / 4] << 32;
}

/* The next look at the clock sees that cycle. */
static void next_look_at(uint64_t cycle)
{
	fake_pass(cycle - 10 - cycles());
}

static uint32_t timer(void)
{
	return fake_regs[CORE_TIMER / 4];
}

static bool dropped(void)
{
	return fake_regs[CORE_ENGINE_RESET / 4] == CORE_ENGINE_RESET_DROP;
}

/* Begins the first ring's job, whose turn ends at the cycle returned. */
static uint64_t begin(uint64_t limit)
{
	uint64_t before;

	post(FIRST, limit);
	before = cycles();
	assert_int_equal(dispatch_step(), 0);
	assert_true(timer() <= TICK);
	assert_true(dispatch_step() & CORE_EVENT_ENGINE || dispatch_step());
	/* the first look of all is when the turn begins */
	return before + 10 + SLICE;
}

static void test_idle(void **state)
{
	(void)state;
	fake_regs[CORE_TIMER / 4] = 77;
	assert_int_equal(dispatch_step(), CORE_EVENT_MAILBOX);
	assert_int_equal(timer(), 0);
	/* a tick without a job is no matter */
	fake_regs[CORE_TIMER / 4] = 77;
	dispatch_tick();
	assert_int_equal(timer(), 77);
}

static void test_tick(void **state)
{
	uint64_t end;

	(void)state;
	end = begin(0);
	assert_int_equal(timer(), TICK);
	dispatch_tick();
	assert_int_equal(timer(), TICK);
	/* the turn ends before the next one: two looks, the second for the timer */
	next_look_at(end - 110);
	dispatch_tick();
	assert_int_equal(timer(), 100);
	/* at a turn's end, to the cycle, ticks go on as ever */
	next_look_at(end - 10);
	dispatch_tick();
	assert_int_equal(timer(), TICK);
	assert_false(dropped());
}

static void test_limit(void **state)
{
	const struct edgetpu_ring_header *header = (const void *)fake_host;
	uint32_t before;

	(void)state;
	begin(1000);
	before = timer();
	assert_in_range(before, 900, 990);
	dispatch_tick();
	assert_int_equal(header->fence, 0);
	assert_in_range(timer(), 1, before - 1);
	fake_pass(1000);
	dispatch_tick();
	assert_int_equal(header->fence, 1);
	assert_int_equal(header->running, 0);
	assert_int_equal(dispatch_step(), CORE_EVENT_MAILBOX);
}

/* It is another's turn when this one's is over, and not a cycle before. */
static void test_turn_ends(void **state)
{
	uint64_t end;

	(void)state;
	end = begin(0);
	post(SECOND, 0);
	assert_false(dropped());
	next_look_at(end - 1);
	dispatch_tick();
	assert_false(dropped());
	dispatch_tick();
	assert_true(dropped());
}

static void test_turn_ends_exactly(void **state)
{
	uint64_t end;

	(void)state;
	end = begin(0);
	post(SECOND, 0);
	next_look_at(end);
	dispatch_tick();
	assert_true(dropped());
}

/* Nobody else wants it: it goes on. */
static void test_alone(void **state)
{
	uint64_t end;

	(void)state;
	end = begin(0);
	next_look_at(end + 5 * SLICE);
	dispatch_tick();
	assert_false(dropped());
	assert_int_equal(timer(), TICK);
}

/* A doorbell of another's does not wait for the tick. */
static void test_doorbell_at_the_end(void **state)
{
	uint64_t end;

	(void)state;
	end = begin(0);
	next_look_at(end + 100);
	post(SECOND, 0);
	assert_true(dropped());
}

static void test_high_at_once(void **state)
{
	(void)state;
	dispatch_destroy_ring(SECOND);
	assert_int_equal(dispatch_create_ring(SECOND, CONTEXT, 2, RINGS + RING_SIZE, 4, 0),
			 EDGETPU_MBOX_OK);
	begin(0);
	assert_false(dropped());
	post(SECOND, 0);
	assert_true(dropped());
}

/* Without an area there is nowhere to go. */
static void test_no_area(void **state)
{
	uint64_t end;
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(area_set(i, 0, 0, 0, 0), EDGETPU_MBOX_OK);
	end = begin(0);
	post(SECOND, 0);
	next_look_at(end + SLICE);
	dispatch_tick();
	assert_false(dropped());
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_idle),
		TEST(test_tick),
		TEST(test_limit),
		TEST(test_turn_ends),
		TEST(test_turn_ends_exactly),
		TEST(test_alone),
		TEST(test_doorbell_at_the_end),
		TEST(test_high_at_once),
		TEST(test_no_area),
	};

	return cmocka_run_group_tests_name("fw_dispatch", tests, NULL, NULL);
}
