// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of the ring's arithmetic, with a firmware that does as we say. */
#include <kunit/test.h>

#include "../edgetpu_ring.h"

#define COMMANDS 3

static int ring_init(struct kunit *test)
{
	struct edgetpu_ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	void *memory = kunit_kzalloc(test, EDGETPU_RING_BYTES(EDGETPU_RING_DEPTH), GFP_KERNEL);

	if (!ring || !memory)
		return -ENOMEM;
	edgetpu_ring_init(ring, memory, 0);
	edgetpu_ring_clear(ring);
	test->priv = ring;
	return 0;
}

static u32 push(struct edgetpu_ring *ring)
{
	struct edgetpu_job job = {};

	return edgetpu_ring_push(ring, &job);
}

/* As the firmware does it: the completion, then the fence */
static struct edgetpu_completion *finish(struct edgetpu_ring *ring, u32 seq)
{
	struct edgetpu_completion *c = &ring->completions[(seq - 1) % EDGETPU_RING_DEPTH];

	c->seq = cpu_to_le32(seq);
	c->status = cpu_to_le32(EDGETPU_STATUS_OK);
	c->commands = cpu_to_le32(COMMANDS);
	ring->header->fence = cpu_to_le32(seq);
	return c;
}

/* The number of the job that pop() gives, 0 for none, or a negative errno */
static s64 pop(struct edgetpu_ring *ring)
{
	struct edgetpu_completion completion;
	int ret = edgetpu_ring_pop(ring, COMMANDS, &completion);

	if (ret != 1)
		return ret;
	return le32_to_cpu(completion.seq);
}

/* Jobs 11 to 14 are in the ring. */
static void fill(struct edgetpu_ring *ring)
{
	edgetpu_ring_clear(ring);
	ring->emitted = 14;
	ring->last = 14;
	ring->completed = 10;
	ring->header->fence = cpu_to_le32(10);
}

static void an_empty_ring_has_nothing(struct kunit *test)
{
	struct edgetpu_ring *ring = test->priv;

	KUNIT_EXPECT_EQ(test, pop(ring), 0);
	KUNIT_EXPECT_EQ(test, edgetpu_ring_started(ring), 0);
	KUNIT_EXPECT_TRUE(test, edgetpu_ring_dry(ring));
}

static void completions_come_in_order(struct kunit *test)
{
	struct edgetpu_ring *ring = test->priv;

	KUNIT_EXPECT_EQ(test, push(ring), 1);
	KUNIT_EXPECT_EQ(test, push(ring), 2);
	KUNIT_EXPECT_EQ(test, pop(ring), 0);
	finish(ring, 1);
	finish(ring, 2);
	KUNIT_EXPECT_EQ(test, pop(ring), 1);
	KUNIT_EXPECT_FALSE(test, edgetpu_ring_dry(ring));
	KUNIT_EXPECT_EQ(test, pop(ring), 2);
	KUNIT_EXPECT_EQ(test, pop(ring), 0);
	KUNIT_EXPECT_TRUE(test, edgetpu_ring_dry(ring));
}

static void numbers_wrap(struct kunit *test)
{
	struct edgetpu_ring *ring = test->priv;
	u32 i, seq;

	ring->emitted = U32_MAX - 2;
	ring->completed = U32_MAX - 2;
	ring->header->fence = cpu_to_le32(U32_MAX - 2);
	for (i = 0; i < 6; i++) {
		seq = push(ring);
		KUNIT_EXPECT_EQ(test, seq, U32_MAX - 1 + i);
		KUNIT_EXPECT_EQ(test, pop(ring), 0);
		finish(ring, seq);
		KUNIT_EXPECT_EQ(test, pop(ring), seq);
	}
	KUNIT_EXPECT_FALSE(test, ring->broken);
}

static void a_full_ring_comes_back_whole(struct kunit *test)
{
	struct edgetpu_ring *ring = test->priv;
	u32 i;

	for (i = 0; i < EDGETPU_RING_DEPTH; i++)
		push(ring);
	for (i = 1; i <= EDGETPU_RING_DEPTH; i++)
		finish(ring, i);
	for (i = 1; i <= EDGETPU_RING_DEPTH; i++)
		KUNIT_EXPECT_EQ(test, pop(ring), i);
	KUNIT_EXPECT_EQ(test, pop(ring), 0);
}

static void a_fence_out_of_range_breaks_the_ring(struct kunit *test)
{
	static const u32 fences[] = { 0, 1, 9, 15, 16, 1000, U32_MAX, 0x80000000 };
	struct edgetpu_ring *ring = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fences); i++) {
		fill(ring);
		ring->header->fence = cpu_to_le32(fences[i]);
		KUNIT_EXPECT_EQ_MSG(test, pop(ring), -EPROTO, "fence %u", fences[i]);
		/* It stays so, whatever is written next. */
		finish(ring, 11);
		KUNIT_EXPECT_EQ(test, pop(ring), -EPROTO);
	}
}

static void a_completion_of_another_job_breaks_the_ring(struct kunit *test)
{
	static const u32 seqs[] = { 0, 2, U32_MAX, 1 + EDGETPU_RING_DEPTH };
	struct edgetpu_ring *ring = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seqs); i++) {
		edgetpu_ring_clear(ring);
		push(ring);
		finish(ring, 1)->seq = cpu_to_le32(seqs[i]);
		KUNIT_EXPECT_EQ_MSG(test, pop(ring), -EPROTO, "seq %u", seqs[i]);
	}
}

/* A job that failed may have run fewer. */
static void success_means_all_commands(struct kunit *test)
{
	static const u32 counts[] = { 0, COMMANDS - 1, COMMANDS + 1, U32_MAX };
	struct edgetpu_ring *ring = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		struct edgetpu_completion *c;

		edgetpu_ring_clear(ring);
		push(ring);
		c = finish(ring, 1);
		c->commands = cpu_to_le32(counts[i]);
		KUNIT_EXPECT_EQ_MSG(test, pop(ring), -EPROTO, "%u commands", counts[i]);

		edgetpu_ring_clear(ring);
		push(ring);
		c = finish(ring, 1);
		c->commands = cpu_to_le32(counts[i]);
		c->status = cpu_to_le32(EDGETPU_STATUS_OK + 1);
		KUNIT_EXPECT_EQ_MSG(test, pop(ring), 1, "%u commands", counts[i]);
	}
}

static void only_a_job_in_the_ring_can_have_started(struct kunit *test)
{
	static const struct {
		u32 running;
		u32 seq;
	} cases[] = {
		{ 0, 0 }, { 10, 0 }, { 11, 11 }, { 14, 14 }, { 15, 0 }, { U32_MAX, 0 },
	};
	struct edgetpu_ring *ring = test->priv;
	unsigned int i;

	fill(ring);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ring->header->running = cpu_to_le32(cases[i].running);
		ring->header->state = cpu_to_le32(EDGETPU_RING_RUNNING);
		KUNIT_EXPECT_EQ(test, edgetpu_ring_started(ring), cases[i].seq);
		KUNIT_EXPECT_EQ(test, edgetpu_ring_running(ring), cases[i].seq);
		/* started, and without the engines */
		ring->header->state = cpu_to_le32(EDGETPU_RING_IDLE);
		KUNIT_EXPECT_EQ(test, edgetpu_ring_started(ring), cases[i].seq);
		KUNIT_EXPECT_EQ(test, edgetpu_ring_running(ring), 0);
	}
}

static void a_stopped_ring_is_dry_after_what_has_started(struct kunit *test)
{
	struct edgetpu_ring *ring = test->priv;

	fill(ring);
	edgetpu_ring_stop(ring, 11, 1);
	KUNIT_EXPECT_FALSE(test, ring->broken);
	finish(ring, 11);
	KUNIT_EXPECT_EQ(test, pop(ring), 11);
	KUNIT_EXPECT_FALSE(test, edgetpu_ring_dry(ring));
	finish(ring, 12);
	KUNIT_EXPECT_EQ(test, pop(ring), 12);
	KUNIT_EXPECT_TRUE(test, edgetpu_ring_dry(ring));
}

static void a_stop_that_makes_no_sense_breaks_the_ring(struct kunit *test)
{
	static const struct {
		u32 fence;
		u32 started;
	} cases[] = {
		{ 9, 0 }, { 14, 1 }, { 15, 0 }, { 10, 2 }, { U32_MAX, 1 }, { 11, U32_MAX },
	};
	struct edgetpu_ring *ring = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fill(ring);
		edgetpu_ring_stop(ring, cases[i].fence, cases[i].started);
		KUNIT_EXPECT_TRUE_MSG(test, ring->broken, "case %u", i);
	}
}

/* By the device's word, which counts only for a job that is there. */
static void a_saved_job_is_one_that_has_started(struct kunit *test)
{
	struct edgetpu_ring *ring = test->priv;
	u32 area = 99;

	fill(ring);
	ring->header->state = cpu_to_le32(EDGETPU_RING_SAVED);
	ring->header->area = cpu_to_le32(7);
	ring->header->start = cpu_to_le64(-5);
	KUNIT_EXPECT_FALSE(test, edgetpu_ring_saved(ring, &area));
	ring->header->running = cpu_to_le32(11);
	KUNIT_EXPECT_TRUE(test, edgetpu_ring_saved(ring, &area));
	KUNIT_EXPECT_EQ(test, area, 7);
	KUNIT_EXPECT_EQ(test, edgetpu_ring_start(ring), -5);
	KUNIT_EXPECT_EQ(test, edgetpu_ring_running(ring), 0);
	ring->header->running = cpu_to_le32(15);
	KUNIT_EXPECT_FALSE(test, edgetpu_ring_saved(ring, &area));
	ring->header->running = cpu_to_le32(11);
	ring->header->state = cpu_to_le32(EDGETPU_RING_RUNNING);
	KUNIT_EXPECT_FALSE(test, edgetpu_ring_saved(ring, &area));
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(an_empty_ring_has_nothing),
	KUNIT_CASE(completions_come_in_order),
	KUNIT_CASE(numbers_wrap),
	KUNIT_CASE(a_full_ring_comes_back_whole),
	KUNIT_CASE(a_fence_out_of_range_breaks_the_ring),
	KUNIT_CASE(a_completion_of_another_job_breaks_the_ring),
	KUNIT_CASE(success_means_all_commands),
	KUNIT_CASE(only_a_job_in_the_ring_can_have_started),
	KUNIT_CASE(a_stopped_ring_is_dry_after_what_has_started),
	KUNIT_CASE(a_stop_that_makes_no_sense_breaks_the_ring),
	KUNIT_CASE(a_saved_job_is_one_that_has_started),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "edgetpu_ring",
	.init = ring_init,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
