// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the device goes wrong.
 *
 * Timeout: the scheduler asks about a job that takes long every second or so.
 * As long as any ring shows progress the device lives, and the job waits or
 * works. When none has for edgetpu.timeout_ms, the device is reset.
 *
 * Reset: the firmware is booted anew, contexts and rings are made again.
 *  - A job that ran when the device stopped making progress fails with ETIMEDOUT
 *    and its queue is stopped: later jobs of it fail with ECANCELED.
 *  - A job that ran when the device was reset for another reason fails with
 *    ECANCELED; it may have written part of its results, so it is not run again.
 *    Its queue goes on.
 *  - A job that had not started is handed to the new firmware, unless it has
 *    been through several resets.
 *
 * Lost: when a reset does not bring the device back, or too many of them happen
 * with no job completed between, the device is cut off from memory, all fences
 * are signalled with ENODEV and the node goes away.
 *
 * All of it runs on the recovery workqueue, one at a time, in bounded time.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "compat.h"
#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_firmware.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_recovery.h"

/* Resets that a job which had not started may see before it fails */
#define MAX_REPLAYS		2
/* Resets without a job completed between, after which the device is given up */
#define MAX_FAILED_RESETS	8

/* --- is it alive? --- */

static u32 progress_hash(struct edgetpu_device *edev)
{
	unsigned int i;
	u32 hash = 0;

	for (i = 0; i < edev->hw.num_queues; i++) {
		const struct edgetpu_ring_header *header;

		if (!edev->rings[i])
			continue;
		header = edev->rings[i]->ring.header;
		hash = jhash_3words(le32_to_cpu(READ_ONCE(header->fence)),
				    le32_to_cpu(READ_ONCE(header->running)),
				    le32_to_cpu(READ_ONCE(header->progress)), hash ^ i);
	}
	return hash;
}

/* Has nothing moved on the device for too long, the job at the queue's head waiting? */
static bool hung(struct edgetpu_queue *queue)
{
	struct edgetpu_device *edev = queue->edev;
	u32 hash = progress_hash(edev);
	struct edgetpu_task *head;
	unsigned long since;
	bool waiting;

	lockdep_assert_held(&edev->hw_lock);
	if (hash != edev->progress_hash) {
		edev->progress_hash = hash;
		edev->progress_time = jiffies;
	}
	since = edev->progress_time;

	spin_lock_irq(&queue->lock);
	head = list_first_entry_or_null(&queue->inflight, struct edgetpu_task, node);
	waiting = head && head->ring_seq;
	if (waiting && time_after(head->emit_time, since))
		since = head->emit_time;
	spin_unlock_irq(&queue->lock);

	return waiting && time_after(jiffies, since + msecs_to_jiffies(edgetpu_timeout_ms));
}

/* The queue's scheduler is stopped. */
static void reset_if_hung(struct edgetpu_queue *queue)
{
	struct edgetpu_device *edev = queue->edev;

	if (edev->lost || queue->slot < 0)
		return;
	/* An interrupt may have been lost: completions count, whoever finds them. */
	edgetpu_queue_process(queue);

	if (!edgetpu_alive(edev)) {
		drm_err(&edev->drm, "device does not answer any more\n");
		edgetpu_reset(edev, queue, false);
	} else if (edgetpu_read(edev, EDGETPU_REG_CORE_STATUS) == EDGETPU_CORE_CRASHED) {
		edgetpu_reset(edev, queue, false);
	} else if (hung(queue)) {
		drm_err(&edev->drm, "no progress for %u ms, resetting\n", edgetpu_timeout_ms);
		edgetpu_reset(edev, queue, true);
	}
}

enum drm_gpu_sched_stat edgetpu_timedout_job(struct drm_sched_job *sched_job)
{
	struct edgetpu_queue *queue = to_edgetpu_task(sched_job)->queue;
	struct edgetpu_device *edev = queue->edev;
	const bool signalling = dma_fence_begin_signalling();
	struct drm_sched_job *pending;

	/* Takes the job back from where the scheduler has put it. */
	drm_sched_stop(&queue->sched, sched_job);

	mutex_lock(&edev->hw_lock);
	reset_if_hung(queue);
	mutex_unlock(&edev->hw_lock);

	/* Stopping took the jobs' fences, though all of them are still to be signalled. */
	list_for_each_entry(pending, &queue->sched.pending_list, list)
		pending->s_fence->parent = dma_fence_get(to_edgetpu_task(pending)->fence);
	edgetpu_sched_start(&queue->sched);

	dma_fence_end_signalling(signalling);
	return EDGETPU_SCHED_STAT_HANDLED;
}

/* --- reset --- */

static void report_crash(struct edgetpu_device *edev)
{
	if (!edgetpu_alive(edev) ||
	    edgetpu_read(edev, EDGETPU_REG_CORE_STATUS) != EDGETPU_CORE_CRASHED)
		return;
	drm_err(&edev->drm, "firmware crashed: pc %#x cause %#x tval %#x\n",
		edgetpu_read(edev, EDGETPU_REG_CRASH_PC),
		edgetpu_read(edev, EDGETPU_REG_CRASH_CAUSE),
		edgetpu_read(edev, EDGETPU_REG_CRASH_TVAL));
}

/* Decides what becomes of a queue's jobs. The hardware is in reset. */
static void sort_out_jobs(struct edgetpu_queue *queue, bool timed_out)
{
	struct edgetpu_task *task, *next;
	u32 running;

	spin_lock_irq(&queue->lock);
	edgetpu_queue_process_locked(queue);
	running = le32_to_cpu(READ_ONCE(queue->ring.header->running));

	list_for_each_entry_safe(task, next, &queue->inflight, node) {
		const bool ran = task->ring_seq && task->ring_seq == running;
		int error = queue->error;

		if (!error && ran)
			error = timed_out ? -ETIMEDOUT : -ECANCELED;
		else if (!error && task->ring_seq && task->replays++ == MAX_REPLAYS)
			error = -ECANCELED;
		task->ring_seq = 0;
		if (!error)
			continue;
		edgetpu_task_end(task, error, NULL);
		if (error == -ETIMEDOUT)
			edgetpu_queue_fail(queue, -ECANCELED);
	}
	edgetpu_queue_clear_ring(queue);
	spin_unlock_irq(&queue->lock);
}

static void replay_jobs(struct edgetpu_queue *queue)
{
	struct edgetpu_task *task;

	spin_lock_irq(&queue->lock);
	list_for_each_entry(task, &queue->inflight, node)
		edgetpu_task_emit(task);
	spin_unlock_irq(&queue->lock);
}

/* Boots the firmware and tells it all that the one before knew. */
static int restart(struct edgetpu_device *edev)
{
	unsigned int i;
	int ret;

	ret = edgetpu_firmware_boot(edev);
	for (i = 0; !ret && i < edev->hw.num_contexts; i++) {
		if (edev->contexts[i])
			ret = edgetpu_context_create(edev, edev->contexts[i]);
	}
	for (i = 0; !ret && i < edev->hw.num_queues; i++) {
		if (edev->rings[i])
			ret = edgetpu_queue_ring_create(edev->rings[i]);
	}
	return ret;
}

/**
 * edgetpu_reset() - start over; on the recovery workqueue only
 * @edev: device, hw_lock held
 * @stopped: a queue whose scheduler the caller has stopped and will start, or NULL
 * @timed_out: what runs on the device is to blame
 */
void edgetpu_reset(struct edgetpu_device *edev, struct edgetpu_queue *stopped, bool timed_out)
{
	struct edgetpu_queue *queue;
	unsigned int i;
	int ret = -EIO;

	lockdep_assert_held(&edev->hw_lock);
	if (edev->lost)
		return;
	report_crash(edev);

	for (i = 0; i < edev->hw.num_queues; i++) {
		if (edev->rings[i] && edev->rings[i] != stopped)
			drm_sched_wqueue_stop(&edev->rings[i]->sched);
	}

	edev->resets++;
	WRITE_ONCE(edev->failed_resets, edev->failed_resets + 1);
	if (edev->failed_resets <= MAX_FAILED_RESETS)
		ret = edgetpu_firmware_reset(edev);
	for (i = 0; !ret && i < edev->hw.num_queues; i++) {
		if (edev->rings[i])
			sort_out_jobs(edev->rings[i], timed_out);
	}
	if (!ret)
		ret = restart(edev);
	for (i = 0; i < edev->hw.num_queues; i++) {
		queue = edev->rings[i];
		if (queue && !ret)
			replay_jobs(queue);
		if (queue && queue != stopped)
			drm_sched_wqueue_start(&queue->sched);
	}
	if (!ret) {
		drm_info(&edev->drm, "reset done\n");
		return;
	}
	drm_err(&edev->drm, "reset does not help (%d), giving the device up\n", ret);
	edgetpu_device_lost(edev);
	schedule_work(&edev->unplug_work);
}

/* --- lost --- */

/* The device is gone or must not touch memory any more. hw_lock is held. */
void edgetpu_device_lost(struct edgetpu_device *edev)
{
	unsigned int i;

	lockdep_assert_held(&edev->hw_lock);
	WRITE_ONCE(edev->lost, true);
	pci_clear_master(to_pci_dev(edev->drm.dev));
	for (i = 0; i < edev->hw.num_queues; i++) {
		struct edgetpu_queue *queue = edev->rings[i];

		if (!queue)
			continue;
		edgetpu_queue_detach(queue, -ENODEV);
		edgetpu_context_put(edev, &queue->file->vm);
	}
}

static void unplug_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, unplug_work);

	drm_dev_unplug(&edev->drm);
}

static void reset_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, reset_work);
	const bool signalling = dma_fence_begin_signalling();

	mutex_lock(&edev->hw_lock);
	edgetpu_reset(edev, NULL, false);
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
}

void edgetpu_recovery_init(struct edgetpu_device *edev)
{
	INIT_WORK(&edev->reset_work, reset_work);
	INIT_WORK(&edev->unplug_work, unplug_work);
}
