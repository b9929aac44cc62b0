// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save areas: what the host may say of them, and the commands that fill them.
 */
#include "area.h"
#include "context.h"
#include "fake.h"

#define CONTEXT	9u
#define SRAM	0x480000u	/* bytes: four chunks and a half */
#define BYTES	EDGETPU_SAVE_AREA_BYTES(SRAM)
#define VA	0x7000000000ull
#define STORE	CORE_ENGINE(EDGETPU_ENGINE_STORE)

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_regs[CORE_SRAM_SIZE / 4] = SRAM;
	fake_regs[CORE_ENGINES_IDLE / 4] = 1;
	return context_create(CONTEXT, 0x1000);
}

static int teardown(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < EDGETPU_MAX_SAVE_AREAS; i++)
		area_set(i, 0, 0, 0, 0);
	return context_destroy(CONTEXT);
}

static void test_arguments(void **state)
{
	const uint64_t space = 1ull << EDGETPU_VA_BITS;

	(void)state;
	assert_int_equal(area_set(EDGETPU_MAX_SAVE_AREAS, CONTEXT, VA, BYTES, 0),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, VA + 1, BYTES, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, VA, SRAM, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, VA, BYTES + 1, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, space, BYTES, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, space - BYTES + 4096, BYTES, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT, ~0xfffull, BYTES, 0), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(0, CONTEXT + 1, VA, BYTES, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(area_set(0, CONTEXT, 0, 0, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(area_count(), 0);
	assert_int_equal(area_set(0, CONTEXT, space - BYTES, BYTES, 0), EDGETPU_MBOX_OK);
	assert_int_equal(area_set(63, CONTEXT, 0, BYTES, 0), EDGETPU_MBOX_OK);
	assert_int_equal(area_set(0, CONTEXT, VA, BYTES, 0), EDGETPU_MBOX_EEXIST);
	assert_int_equal(area_count(), 2);
	assert_int_equal(context_destroy(CONTEXT), EDGETPU_MBOX_EBUSY);
}

static void test_taking(void **state)
{
	struct area *a, *b;

	(void)state;
	assert_null(area_take());
	area_set(3, CONTEXT, VA, BYTES, 0);
	area_set(7, CONTEXT, VA, BYTES, 0);
	a = area_take();
	b = area_take();
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_null(area_take());
	assert_int_equal(area_set(3, 0, 0, 0, 0), EDGETPU_MBOX_EBUSY);
	assert_int_equal(area_set(7, 0, 0, 0, 0), EDGETPU_MBOX_EBUSY);
	area_release(a);
	assert_ptr_equal(area_take(), a);
	area_release(a);
	area_release(b);
	assert_int_equal(area_count(), 2);
}

/* One that failed is not used, but the host may take it back and give it anew. */
static void test_given_up(void **state)
{
	struct area *area;

	(void)state;
	area_set(5, CONTEXT, VA, BYTES, 0);
	area = area_take();
	area_give_up(area);
	assert_int_equal(area_count(), 0);
	assert_null(area_take());
	assert_int_equal(area_set(5, 0, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(area_count(), 0);
	area_set(5, CONTEXT, VA, BYTES, 0);
	assert_int_equal(area_count(), 1);
	assert_ptr_equal(area_take(), area);
	area_release(area);
}

/* A parked job's area is no place for others, and is known by its number. */
static void test_parking(void **state)
{
	struct edgetpu_saved saved = { .id = 77 }, out;
	struct area *area, *last;

	(void)state;
	area_set(3, CONTEXT, VA, BYTES, 0);
	area_set(127, CONTEXT, VA, BYTES, 0);
	area = area_take();
	assert_int_equal(area_index(area), 3);
	assert_false(area_any_parked());
	assert_null(area_unpark(3, &out));
	area_park(area, &saved);
	assert_true(area_any_parked());
	assert_int_equal(area_count(), 1);
	last = area_take();
	assert_int_equal(area_index(last), 127);
	assert_null(area_take());
	assert_null(area_unpark(127, &out));
	assert_null(area_unpark(4, &out));
	assert_null(area_unpark(EDGETPU_MAX_SAVE_AREAS, &out));
	assert_ptr_equal(area_unpark(3, &out), area);
	assert_int_equal(out.id, 77);
	assert_null(area_unpark(3, &out));
	assert_int_equal(area_count(), 2);
	assert_int_equal(area_set(3, 0, 0, 0, 0), EDGETPU_MBOX_EBUSY);
	/* the host may take back what is parked, and then it is gone */
	area_park(area, &saved);
	assert_int_equal(area_set(3, 0, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_false(area_any_parked());
	assert_int_equal(area_count(), 1);
	assert_int_equal(area_set(3, CONTEXT, VA, BYTES, 0), EDGETPU_MBOX_OK);
	assert_null(area_unpark(3, &out));
	assert_ptr_equal(area_take(), area);
	area_release(area);
	assert_int_equal(area_set(127, 0, 0, 0, 0), EDGETPU_MBOX_EBUSY);
	area_release(last);
}

/* Nothing is read but through the area's context; what is no record is refused. */
static void test_parked_before(void **state)
{
	(void)state;
	assert_int_equal(area_set(3, CONTEXT, FAKE_HOST_BASE, BYTES, 1), EDGETPU_MBOX_ENODATA);
	assert_int_equal(fake_regs[CORE_CDMA_CONTEXT / 4], CONTEXT + 1);
	assert_int_equal(fake_regs[CORE_CDMA_ADDR_LO / 4], (uint32_t)FAKE_HOST_BASE + SRAM);
	assert_int_equal(area_set(3, CONTEXT, VA, BYTES, 2), EDGETPU_MBOX_EINVAL);
	assert_int_equal(area_set(3, 0, 0, 0, 0), EDGETPU_MBOX_ENOENT);
	assert_int_equal(area_count(), 0);
	assert_false(area_any_parked());
}

static void test_transfer(void **state)
{
	struct area *area;

	(void)state;
	area_set(5, CONTEXT, VA, BYTES, 0);
	area = area_take();
	area_begin(area, EDGETPU_OP_STORE, SRAM);
	assert_int_equal(fake_regs[CORE_JOB_CONTEXT / 4], CONTEXT);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_VA_HI) / 4], VA >> 32);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_SIZE_LO) / 4], BYTES);
	assert_int_equal(fake_regs[(CORE_REGION(1) + CORE_REGION_FLAGS) / 4],
			 EDGETPU_REGION_READ | EDGETPU_REGION_WRITE);
	/* a full queue, then room */
	assert_int_equal(area_step(), CORE_EVENT_ENGINE);
	assert_int_equal(fake_regs[(STORE + CORE_ENGINE_PUSH) / 4], 0);
	fake_regs[(STORE + CORE_ENGINE_FREE) / 4] = 16;
	fake_regs[CORE_ENGINES_IDLE / 4] = 0;
	assert_int_equal(area_step(), CORE_EVENT_ENGINE);
	assert_true(fake_regs[(STORE + CORE_ENGINE_PUSH) / 4] != 0);
	assert_int_equal(fake_regs[(STORE + CORE_ENGINE_INDEX) / 4], EDGETPU_MAX_COMMANDS);
	fake_regs[CORE_ENGINES_IDLE / 4] = 1;
	assert_int_equal(area_step(), 0);
	/* nothing to move is done at once */
	area_begin(area, EDGETPU_OP_LOAD, 0);
	assert_int_equal(area_step(), 0);
	area_release(area);
}

/* Chunks of a mebibyte, one behind the other, the last with what is left; one line each */
static struct {
	uint32_t engine;
	uint64_t offset;
	uint32_t sram, len, context;
} chunks[16];
static uint32_t num_chunks;

static void pushed(uint32_t engine, const void *command)
{
	const struct edgetpu_command *c = command;

	assert_true(num_chunks < 16);
	assert_int_equal(c->u.dma.region, 1);
	assert_int_equal(c->u.dma.n1, 1);
	assert_int_equal(c->u.dma.n2, 1);
	assert_int_equal(edgetpu_isa_engine(c->opcode), engine);
	chunks[num_chunks].engine = engine;
	chunks[num_chunks].offset = c->u.dma.offset;
	chunks[num_chunks].sram = c->u.dma.sram;
	chunks[num_chunks].len = c->u.dma.len;
	chunks[num_chunks++].context = fake_regs[CORE_JOB_CONTEXT / 4];
}

static void move(uint32_t opcode, uint32_t bytes)
{
	const uint32_t engine = edgetpu_isa_engine(opcode);
	struct area *area;
	uint32_t i;

	area = area_take();
	num_chunks = 0;
	fake_push = pushed;
	fake_regs[CORE_ENGINES_IDLE / 4] = 0;
	area_begin(area, opcode, bytes);
	for (i = 0; i < 16; i++) {
		fake_regs[(CORE_ENGINE(engine) + CORE_ENGINE_FREE) / 4] = i % 2;
		/* only one goes in at a time: the fake's queue is full again */
		assert_int_equal(area_step(), CORE_EVENT_ENGINE);
	}
	fake_regs[CORE_ENGINES_IDLE / 4] = 1;
	assert_int_equal(area_step(), 0);
	fake_push = NULL;
	area_release(area);
}

static void test_chunks(void **state)
{
	uint32_t i;

	(void)state;
	area_set(5, CONTEXT, VA, BYTES, 0);
	move(EDGETPU_OP_STORE, SRAM);
	assert_int_equal(num_chunks, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(chunks[i].engine, EDGETPU_ENGINE_STORE);
		assert_int_equal(chunks[i].offset, i << 20);
		assert_int_equal(chunks[i].sram, i << 20);
		assert_int_equal(chunks[i].len, i < 4 ? 1 << 20 : 1 << 19);
		assert_int_equal(chunks[i].context, CONTEXT);
	}
	move(EDGETPU_OP_LOAD, (1 << 20) + 1);
	assert_int_equal(num_chunks, 2);
	assert_int_equal(chunks[0].engine, EDGETPU_ENGINE_LOAD);
	assert_int_equal(chunks[1].offset, 1 << 20);
	assert_int_equal(chunks[1].len, 1);
	move(EDGETPU_OP_LOAD, 1 << 20);
	assert_int_equal(num_chunks, 1);
	assert_int_equal(chunks[0].len, 1 << 20);
	area_set(5, 0, 0, 0, 0);
}

/* An area lies in its own context, and counts as its user, once. */
static void test_users(void **state)
{
	(void)state;
	assert_int_equal(context_create(CONTEXT + 1, 0x2000), EDGETPU_MBOX_OK);
	assert_int_equal(area_set(1, CONTEXT + 1, VA, BYTES + 4096, 0), EDGETPU_MBOX_OK);
	assert_int_equal(context_destroy(CONTEXT + 1), EDGETPU_MBOX_EBUSY);
	assert_int_equal(area_set(1, 0, 0, 0, 0), EDGETPU_MBOX_OK);
	assert_int_equal(context_destroy(CONTEXT + 1), EDGETPU_MBOX_OK);
	assert_int_equal(area_count(), 0);
	/* the last page there is */
	assert_int_equal(area_set(1, CONTEXT, (1ull << EDGETPU_VA_BITS) - BYTES, BYTES, 0),
			 EDGETPU_MBOX_OK);
	assert_int_equal(area_set(EDGETPU_MAX_SAVE_AREAS - 1, CONTEXT, 0, BYTES, 0),
			 EDGETPU_MBOX_OK);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_arguments),
		TEST(test_taking),
		TEST(test_given_up),
		TEST(test_parking),
		TEST(test_parked_before),
		TEST(test_transfer),
		TEST(test_chunks),
		TEST(test_users),
	};

	return cmocka_run_group_tests_name("fw_area", tests, NULL, NULL);
}
