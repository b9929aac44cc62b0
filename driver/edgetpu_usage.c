// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has had how much of the device. All numbers are the device's word: whatever it
 * says, what a client has been told it had never becomes less and never wraps.
 */
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/timekeeping.h>

#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_queue.h"
#include "edgetpu_usage.h"

static void add(u64 *sum, u64 n)
{
	if (check_add_overflow(*sum, n, sum))
		*sum = U64_MAX;
}

/* --- the host's time --- */

/* A job is put in a ring: from now on the device is at work, if it was not. */
void edgetpu_meter_job(struct edgetpu_meter *meter)
{
	spin_lock(&meter->lock);
	if (!meter->jobs++)
		meter->looked = ktime_get_ns();
	spin_unlock(&meter->lock);
}

/* It has ended, or is in no ring any more. */
void edgetpu_meter_job_gone(struct edgetpu_meter *meter)
{
	spin_lock(&meter->lock);
	meter->jobs--;
	spin_unlock(&meter->lock);
}

/**
 * edgetpu_meter_look() - before what jobs have had since the last look is credited
 * @meter: the device's
 * @at: newest model cycle told in any ring
 * @now: the host's time, ns
 *
 * Where nothing is new those who were at work are still to get theirs of the last look.
 */
void edgetpu_meter_look(struct edgetpu_meter *meter, u64 at, u64 now)
{
	unsigned int i;

	spin_lock_irq(&meter->lock);
	if (at > meter->at) {
		meter->cycles = at - meter->at;
		add(&meter->total, meter->cycles);
		meter->at = at;
		meter->ns = now > meter->looked ? now - meter->looked : 0;
		meter->looked = max(now, meter->looked);
		meter->left = meter->ns;
		for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
			meter->busy_left[i] = meter->ns;
	}
	spin_unlock_irq(&meter->lock);
}

/*
 * The device has been reset, no ring is in use: its clock starts at 0. Who has read what
 * the rings told before is done with it first.
 */
void edgetpu_meter_restart(struct edgetpu_meter *meter)
{
	mutex_lock(&meter->looking);
	spin_lock_irq(&meter->lock);
	meter->at = 0;
	spin_unlock_irq(&meter->lock);
	mutex_unlock(&meter->looking);
}

u64 edgetpu_meter_total(struct edgetpu_meter *meter)
{
	u64 total;

	spin_lock_irq(&meter->lock);
	total = meter->total;
	spin_unlock_irq(&meter->lock);
	return total;
}

/* The time of @cycles, as far as there is any left of it */
static u64 take_time(const struct edgetpu_meter *meter, u64 cycles, u64 *left)
{
	u64 ns;

	if (!meter->cycles)
		return 0;
	/* At most meter->ns: it does not overflow. */
	ns = mul_u64_u64_div_u64(min(cycles, meter->cycles), meter->ns, meter->cycles);
	ns = min(ns, *left);
	*left -= ns;
	return ns;
}

/* --- what a job had --- */

static void credit(struct edgetpu_usage *usage, const struct edgetpu_usage *more)
{
	unsigned int i;

	add(&usage->used, more->used);
	add(&usage->used_ns, more->used_ns);
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++) {
		add(&usage->busy[i], more->busy[i]);
		add(&usage->busy_ns[i], more->busy_ns[i]);
	}
}

/**
 * edgetpu_usage_credit() - a job of a queue is told to have had that much so far
 * @queue: queue, locked
 * @had: what it has been credited until now
 * @told: by the device
 */
void edgetpu_usage_credit(struct edgetpu_queue *queue, struct edgetpu_told *had,
			  const struct edgetpu_told *told)
{
	struct edgetpu_meter *meter = &queue->edev->meter;
	struct edgetpu_usage more = {};
	unsigned int i;

	lockdep_assert_held(&queue->lock);
	spin_lock(&meter->lock);
	if (told->used > had->used) {
		more.used = told->used - had->used;
		more.used_ns = take_time(meter, more.used, &meter->left);
		had->used = told->used;
	}
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++) {
		if (told->busy[i] <= had->busy[i])
			continue;
		more.busy[i] = told->busy[i] - had->busy[i];
		more.busy_ns[i] = take_time(meter, more.busy[i], &meter->busy_left[i]);
		had->busy[i] = told->busy[i];
	}
	credit(&queue->usage, &more);
	credit(&queue->file->usage, &more);
	spin_unlock(&meter->lock);
}

static void end(struct edgetpu_usage *usage, bool failed,
		const struct edgetpu_completion *completion)
{
	const struct edgetpu_counts *counts;
	unsigned int i;

	add(failed ? &usage->jobs_failed : &usage->jobs_done, 1);
	if (!completion)
		return;
	counts = &completion->counts;
	add(&usage->instructions, le32_to_cpu(completion->instructions));
	add(&usage->switching, le64_to_cpu(counts->switching));
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
		add(&usage->stalled[i], le32_to_cpu(counts->stalled[i]));
	add(&usage->misses, le32_to_cpu(counts->misses));
	add(&usage->read, le64_to_cpu(counts->read));
	add(&usage->written, le64_to_cpu(counts->written));
	add(&usage->energy, le64_to_cpu(counts->energy));
	add(&usage->turns, le32_to_cpu(counts->turns));
}

/**
 * edgetpu_usage_end() - a job of a queue has ended; what it had at work is credited before
 * @queue: queue, locked
 * @failed: whether it did
 * @completion: what the device says of it, or NULL
 */
void edgetpu_usage_end(struct edgetpu_queue *queue, bool failed,
		       const struct edgetpu_completion *completion)
{
	struct edgetpu_meter *meter = &queue->edev->meter;

	lockdep_assert_held(&queue->lock);
	spin_lock(&meter->lock);
	end(&queue->usage, failed, completion);
	end(&queue->file->usage, failed, completion);
	spin_unlock(&meter->lock);
}

/* A copy in which everything is of one moment */
void edgetpu_usage_read(struct edgetpu_device *edev, const struct edgetpu_usage *from,
			struct edgetpu_usage *usage)
{
	spin_lock_irq(&edev->meter.lock);
	*usage = *from;
	spin_unlock_irq(&edev->meter.lock);
}
