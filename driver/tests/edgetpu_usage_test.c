// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of who has had how much, by the word of a device that may say anything. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include <kunit/test.h>

#include "../edgetpu_device.h"
#include "../edgetpu_file.h"
#include "../edgetpu_queue.h"
#include "../edgetpu_usage.h"

/* A queue of a client of a device, and what the job in its ring was credited */
struct usage_world {
	struct edgetpu_device edev;
	struct edgetpu_file file;
	struct edgetpu_queue queue;
	struct edgetpu_told had;
};

static struct usage_world *usage_world(struct kunit *test)
{
	struct usage_world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	edgetpu_meter_init(&w->edev.meter);
	spin_lock_init(&w->queue.lock);
	w->queue.edev = &w->edev;
	w->queue.file = &w->file;
	return w;
}

/* A job is put in a ring at @now. */
static void usage_job(struct usage_world *w, u64 now)
{
	spin_lock_irq(&w->queue.lock);
	edgetpu_meter_job(&w->edev.meter);
	spin_unlock_irq(&w->queue.lock);
	w->edev.meter.looked = now;
}

static void usage_tell(struct usage_world *w, u64 used, u32 busy)
{
	const struct edgetpu_told told = { .used = used, .busy = { busy } };

	spin_lock_irq(&w->queue.lock);
	edgetpu_usage_credit(&w->queue, &w->had, &told);
	spin_unlock_irq(&w->queue.lock);
}

static void usage_end(struct usage_world *w, bool failed,
		      const struct edgetpu_completion *completion)
{
	spin_lock_irq(&w->queue.lock);
	edgetpu_usage_end(&w->queue, failed, completion);
	spin_unlock_irq(&w->queue.lock);
}

static void a_job_is_credited_what_is_new(struct kunit *test)
{
	struct usage_world *w = usage_world(test);
	const struct edgetpu_usage *of = &w->queue.usage;

	usage_job(w, 1000);
	edgetpu_meter_look(&w->edev.meter, 400, 2000);
	usage_tell(w, 300, 100);
	KUNIT_EXPECT_EQ(test, of->used, 300);
	KUNIT_EXPECT_EQ(test, of->busy[0], 100);
	KUNIT_EXPECT_EQ(test, of->used_ns, 750);
	KUNIT_EXPECT_EQ(test, of->busy_ns[0], 250);
	edgetpu_meter_look(&w->edev.meter, 500, 2100);
	usage_tell(w, 350, 110);
	KUNIT_EXPECT_EQ(test, of->used, 350);
	KUNIT_EXPECT_EQ(test, of->busy[0], 110);
	KUNIT_EXPECT_EQ(test, of->used_ns, 800);
	KUNIT_EXPECT_EQ(test, of->busy_ns[0], 260);
	KUNIT_EXPECT_EQ(test, of->busy[1], 0);
	KUNIT_EXPECT_MEMEQ(test, of, &w->file.usage, sizeof(*of));
	KUNIT_EXPECT_EQ(test, edgetpu_meter_total(&w->edev.meter), 500);
}

static void nothing_becomes_less(struct kunit *test)
{
	struct usage_world *w = usage_world(test);
	const struct edgetpu_usage *of = &w->queue.usage;
	struct edgetpu_usage before;

	usage_job(w, 1000);
	edgetpu_meter_look(&w->edev.meter, 400, 2000);
	usage_tell(w, 300, 100);
	before = *of;
	/* the same again, less, and a clock that goes back, the device's and the host's */
	usage_tell(w, 300, 100);
	usage_tell(w, 10, 5);
	edgetpu_meter_look(&w->edev.meter, 300, 3000);
	usage_tell(w, 0, 0);
	KUNIT_EXPECT_MEMEQ(test, of, &before, sizeof(before));
	edgetpu_meter_look(&w->edev.meter, 500, 1500);
	usage_tell(w, 301, 101);
	KUNIT_EXPECT_EQ(test, of->used, 301);
	KUNIT_EXPECT_EQ(test, of->used_ns, before.used_ns);
	KUNIT_EXPECT_EQ(test, edgetpu_meter_total(&w->edev.meter), 500);
	/* after a reset the device's clock begins at 0; what was had stays */
	edgetpu_meter_restart(&w->edev.meter);
	edgetpu_meter_look(&w->edev.meter, 50, 2200);
	KUNIT_EXPECT_EQ(test, edgetpu_meter_total(&w->edev.meter), 550);
	KUNIT_EXPECT_EQ(test, of->used, 301);
}

/* Somebody resets the device, whose clock begins at 0 then. */
struct usage_reset {
	struct edgetpu_meter *meter;
	struct completion begun;
	struct completion done;
};

static int usage_restart(void *opaque)
{
	struct usage_reset *reset = opaque;

	complete(&reset->begun);
	edgetpu_meter_restart(reset->meter);
	complete(&reset->done);
	return 0;
}

/* What rings told before it, whoever has read that then, is not taken for what they tell now. */
static void a_look_is_before_a_reset_or_after(struct kunit *test)
{
	struct usage_world *w = usage_world(test);
	struct edgetpu_meter *meter = &w->edev.meter;
	struct usage_reset reset = { .meter = meter };
	struct task_struct *thread;

	init_completion(&reset.begun);
	init_completion(&reset.done);
	mutex_lock(&meter->looking);
	thread = kthread_run(usage_restart, &reset, "edgetpu-kunit");
	if (!IS_ERR(thread)) {
		wait_for_completion(&reset.begun);
		msleep(50);
		edgetpu_meter_look(meter, 1000, 2000);
	}
	mutex_unlock(&meter->looking);
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	wait_for_completion(&reset.done);
	edgetpu_meter_look(meter, 10, 3000);
	KUNIT_EXPECT_EQ(test, edgetpu_meter_total(meter), 1010);
}

static void nobody_gets_more_time_than_there_was(struct kunit *test)
{
	struct usage_world *w = usage_world(test);
	const struct edgetpu_usage *of = &w->queue.usage;

	usage_job(w, 1000);
	edgetpu_meter_look(&w->edev.meter, 10, 1500);
	usage_tell(w, U64_MAX, U32_MAX);
	KUNIT_EXPECT_EQ(test, of->used_ns, 500);
	KUNIT_EXPECT_EQ(test, of->busy_ns[0], 500);
	/* another job of the same look: nothing is left */
	w->had = (struct edgetpu_told){ 0 };
	usage_tell(w, 5, 5);
	KUNIT_EXPECT_EQ(test, of->used_ns, 500);
	KUNIT_EXPECT_EQ(test, of->busy_ns[0], 500);
	/* cycles before the device has told any of its own */
	w = usage_world(test);
	usage_tell(w, 100, 100);
	KUNIT_EXPECT_EQ(test, w->queue.usage.used, 100);
	KUNIT_EXPECT_EQ(test, w->queue.usage.used_ns, 0);
}

/* While no ring has a job no time counts, and the first one begins when it comes. */
static void idle_time_is_nobodys(struct kunit *test)
{
	struct usage_world *w = usage_world(test);
	struct edgetpu_meter *meter = &w->edev.meter;
	u64 now;

	spin_lock_irq(&w->queue.lock);
	edgetpu_meter_job(meter);
	now = meter->looked;
	edgetpu_meter_job(meter);
	KUNIT_EXPECT_EQ(test, meter->looked, now);
	edgetpu_meter_job_gone(meter);
	edgetpu_meter_job_gone(meter);
	meter->looked = 1;
	edgetpu_meter_job(meter);
	spin_unlock_irq(&w->queue.lock);
	KUNIT_EXPECT_GE(test, meter->looked, now);
}

static void sums_end_at_the_most_there_is(struct kunit *test)
{
	struct edgetpu_completion completion = { .instructions = cpu_to_le32(3) };
	struct usage_world *w = usage_world(test);
	const struct edgetpu_usage *of = &w->queue.usage;
	unsigned int i;

	completion.counts.switching = cpu_to_le64(U64_MAX - 1);
	completion.counts.read = cpu_to_le64(U64_MAX);
	completion.counts.written = cpu_to_le64(7);
	completion.counts.energy = cpu_to_le64(1ull << 63);
	completion.counts.misses = cpu_to_le32(U32_MAX);
	completion.counts.turns = cpu_to_le32(2);
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		completion.counts.stalled[i] = cpu_to_le32(i + 1);
	usage_end(w, false, &completion);
	usage_end(w, true, &completion);
	/* cancelled before the device said anything */
	usage_end(w, true, NULL);
	KUNIT_EXPECT_EQ(test, of->jobs_done, 1);
	KUNIT_EXPECT_EQ(test, of->jobs_failed, 2);
	KUNIT_EXPECT_EQ(test, of->instructions, 6);
	KUNIT_EXPECT_EQ(test, of->switching, U64_MAX);
	KUNIT_EXPECT_EQ(test, of->read, U64_MAX);
	KUNIT_EXPECT_EQ(test, of->written, 14);
	KUNIT_EXPECT_EQ(test, of->energy, U64_MAX);
	KUNIT_EXPECT_EQ(test, of->misses, 2ull * U32_MAX);
	KUNIT_EXPECT_EQ(test, of->turns, 4);
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		KUNIT_EXPECT_EQ(test, of->stalled[i], 2 * (i + 1));
	KUNIT_EXPECT_MEMEQ(test, of, &w->file.usage, sizeof(*of));
}

static struct kunit_case usage_cases[] = {
	KUNIT_CASE(a_job_is_credited_what_is_new),
	KUNIT_CASE(nothing_becomes_less),
	KUNIT_CASE(a_look_is_before_a_reset_or_after),
	KUNIT_CASE(nobody_gets_more_time_than_there_was),
	KUNIT_CASE(idle_time_is_nobodys),
	KUNIT_CASE(sums_end_at_the_most_there_is),
	{}
};

static struct kunit_suite usage_suite = {
	.name = "edgetpu_usage",
	.test_cases = usage_cases,
};

kunit_test_suite(usage_suite);
