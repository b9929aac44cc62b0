// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a job, top to bottom: the scheduler hands it over (run), it is
 * written to the ring of the slot that its queue has and the doorbell rung (emit),
 * the firmware's interrupt brings its completion (process), its fence is signalled
 * (end) and it is freed. How it gets to the scheduler is in edgetpu_submit.c, how
 * its queue to a slot in edgetpu_slot.c, what happens when the firmware is silent
 * in edgetpu_recovery.c.
 */
#include <linux/math64.h>
#include <linux/slab.h>

#include <drm/drm_gem.h>

#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_fence.h"
#include "edgetpu_file.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_slot.h"
#include "edgetpu_trace.h"

/* --- down to the hardware --- */

/* Writes to the ring what is not in it. The scheduler's credits keep within its size. */
void edgetpu_queue_emit_locked(struct edgetpu_queue *queue)
{
	struct edgetpu_device *edev = queue->edev;
	struct edgetpu_slot *slot = queue->slot;
	const u32 emitted = slot->ring.emitted;
	struct edgetpu_task *task;

	lockdep_assert_held(&queue->lock);
	if (slot->held)
		return;
	list_for_each_entry(task, &queue->inflight, node) {
		if (task->ring_seq)
			continue;
		task->desc.limit = cpu_to_le64(queue->limit);
		task->ring_seq = edgetpu_ring_push(&slot->ring, &task->desc);
		trace_edgetpu_run(task, slot);
		edgetpu_meter_job(&edev->meter);
	}
	if (slot->ring.emitted == emitted)
		return;
	/* The write to the doorbell is ordered behind the jobs by writel() itself. */
	edgetpu_write(edev, EDGETPU_REG_DOORBELL(slot->index), slot->ring.emitted);
	edgetpu_watchdog_arm(edev);
}

static struct dma_fence *edgetpu_run_job(struct drm_sched_job *sched_job)
{
	struct edgetpu_task *task = to_edgetpu_task(sched_job);
	struct edgetpu_queue *queue = task->queue;
	struct dma_fence *fence = dma_fence_get(task->fence);
	const bool signalling = dma_fence_begin_signalling();
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	list_add_tail(&task->node, &queue->inflight);
	if (queue->halted)
		edgetpu_queue_cancel_locked(queue);
	else if (queue->error)
		; /* about to be halted, which ends its jobs in order */
	else if (queue->slot)
		edgetpu_queue_emit_locked(queue);
	else if (!edgetpu_queue_want_slot(queue, false, false))
		edgetpu_queue_cancel_locked(queue);
	spin_unlock_irqrestore(&queue->lock, flags);

	dma_fence_end_signalling(signalling);
	return fence;
}

/* --- up from the hardware --- */

static int status_errno(const struct edgetpu_completion *completion)
{
	switch (le32_to_cpu(completion->status)) {
	case EDGETPU_STATUS_OK:
		return 0;
	case EDGETPU_STATUS_KILLED:
		return -ECANCELED;
	case EDGETPU_STATUS_TIME_LIMIT:
		return -ETIMEDOUT;
	case EDGETPU_STATUS_LOST:
		return -EIO;
	default:
		return -EFAULT;
	}
}

/* It is in no ring any more. */
void edgetpu_task_leave_ring(struct edgetpu_task *task)
{
	lockdep_assert_held(&task->queue->lock);
	if (task->ring_seq)
		edgetpu_meter_job_gone(&task->queue->edev->meter);
	task->ring_seq = 0;
}

/* What the job that has started has had so far is its client's. */
static void credit_started(struct edgetpu_queue *queue)
{
	struct edgetpu_task *task;
	struct edgetpu_told told;
	const u32 started = edgetpu_ring_told(&queue->slot->ring, &told);

	if (!started)
		return;
	list_for_each_entry(task, &queue->inflight, node) {
		if (task->ring_seq != started)
			continue;
		edgetpu_usage_credit(queue, &task->had, &told);
		return;
	}
}

/* What a job had in all */
static void settle(struct edgetpu_task *task, bool failed,
		   const struct edgetpu_completion *completion)
{
	struct edgetpu_told told;
	unsigned int i;

	if (completion) {
		told.used = le64_to_cpu(completion->counts.used);
		for (i = 0; i < EDGETPU_NUM_ENGINES; i++)
			told.busy[i] = le32_to_cpu(completion->busy[i]);
		edgetpu_usage_credit(task->queue, &task->had, &told);
	}
	edgetpu_usage_end(task->queue, failed, completion);
}

static void record_counts(struct drm_edgetpu_job_status *entry,
			  const struct edgetpu_completion *completion)
{
	const struct edgetpu_counts *counts = &completion->counts;
	unsigned int i;

	for (i = 0; i < EDGETPU_NUM_ENGINES; i++) {
		entry->busy[i] = le32_to_cpu(completion->busy[i]);
		entry->stalled[i] = le32_to_cpu(counts->stalled[i]);
	}
	entry->used = le64_to_cpu(counts->used);
	entry->switching = le64_to_cpu(counts->switching);
	entry->bytes_read = le64_to_cpu(counts->read);
	entry->bytes_written = le64_to_cpu(counts->written);
	entry->energy_pj = div_u64(le64_to_cpu(counts->energy), EDGETPU_ENERGY_UNITS);
	entry->tlb_misses = le32_to_cpu(counts->misses);
	entry->turns = le32_to_cpu(counts->turns);
}

static void record(struct edgetpu_task *task, int error,
		   const struct edgetpu_completion *completion)
{
	struct edgetpu_queue *queue = task->queue;
	struct drm_edgetpu_job_status *entry;
	u64 start, end;

	settle(task, error, completion);
	entry = &queue->history[task->seqno % EDGETPU_QUEUE_HISTORY];
	if (entry->seqno != task->seqno)
		return;
	entry->state = error ? DRM_EDGETPU_JOB_FAILED : DRM_EDGETPU_JOB_DONE;
	entry->error = -error;
	/* What was cancelled counts as not run, if the firmware was ahead of us or not. */
	if (!completion || error == -ECANCELED)
		return;
	if (error == -EFAULT) {
		entry->fault = le32_to_cpu(completion->status);
		entry->fault_engine = le32_to_cpu(completion->engine);
		entry->fault_command = le32_to_cpu(completion->command);
		entry->fault_va = le64_to_cpu(completion->fault_va);
	}
	start = le64_to_cpu(completion->start);
	end = le64_to_cpu(completion->end);
	/* One that has outlived a reset may have started before the clock did. */
	entry->cycles = max_t(s64, end - start, 0);
	entry->instructions = le32_to_cpu(completion->instructions);
	record_counts(entry, completion);
}

/**
 * edgetpu_task_end() - the one place where a job's fence is signalled
 * @task: the job; its queue's lock is held
 * @error: 0 or negative errno
 * @completion: what the firmware says of it, or NULL
 */
void edgetpu_task_end(struct edgetpu_task *task, int error,
		      const struct edgetpu_completion *completion)
{
	lockdep_assert_held(&task->queue->lock);
	edgetpu_save_drop(task->queue->edev, task);
	list_del_init(&task->node);
	edgetpu_queue_unreserve_locked(task->queue, 1);
	record(task, error, completion);
	trace_edgetpu_done(task, error, completion);
	edgetpu_task_leave_ring(task);
	if (error)
		dma_fence_set_error(task->fence, error);
	dma_fence_signal(task->fence);
}

/*
 * Ends jobs the scheduler has handed over, with the queue's error, or because the
 * device is lost. The hardware has none of them. A few at a time: true if there are
 * more.
 */
bool edgetpu_queue_cancel_locked(struct edgetpu_queue *queue)
{
	struct edgetpu_task *task, *next;
	unsigned int n = 0;

	lockdep_assert_held(&queue->lock);
	list_for_each_entry_safe(task, next, &queue->inflight, node) {
		if (n++ == EDGETPU_JOBS_AT_ONCE)
			return true;
		edgetpu_task_end(task, task->verdict ?: queue->error ?: -ENODEV, NULL);
	}
	return false;
}

/* For a dump; its queue is locked. @flags: EDGETPU_DUMP_* */
void edgetpu_task_describe(const struct edgetpu_task *task, struct edgetpu_dump_job *job,
			   u32 flags)
{
	const struct edgetpu_queue *queue = task->queue;

	*job = (struct edgetpu_dump_job) {
		.id = task->desc.id,
		.client = cpu_to_le64(queue->file->account->client),
		.seqno = cpu_to_le64(task->seqno),
		.used = cpu_to_le64(task->had.used),
		.queue = cpu_to_le32(queue->id),
		.ring = cpu_to_le32(queue->slot->index),
		.seq = cpu_to_le32(task->ring_seq),
		.pid = cpu_to_le32(task->pid),
		.num_commands = task->desc.num_commands,
		.flags = cpu_to_le32(flags),
	};
}

/* It was over its limit: perhaps an engine hangs, of which the device still tells. */
static void note_overtime(struct edgetpu_task *task, const struct edgetpu_completion *completion)
{
	struct edgetpu_device *edev = task->queue->edev;

	if (!edev->dump.data || atomic_cmpxchg(&edev->dump.has_late, 0, 1))
		return;
	edgetpu_task_describe(task, &edev->dump.late, EDGETPU_DUMP_BLAMED | EDGETPU_DUMP_ENDED);
	/* All of it: its client has not been credited the rest yet. */
	edev->dump.late.used = completion->counts.used;
	queue_work(edev->recovery_wq, &edev->dump.late_work);
}

static void job_completed(struct edgetpu_slot *slot, struct edgetpu_task *task,
			  const struct edgetpu_completion *completion)
{
	struct edgetpu_queue *queue = task->queue;
	/* What stands behind a job that failed does not count as done. */
	const int status = status_errno(completion);
	const int error = task->verdict ?: queue->error ?: status;

	if (status && status != -ECANCELED)
		trace_edgetpu_fault(task, status, completion);
	if (!error)
		WRITE_ONCE(queue->edev->failed_resets, 0);
	if (error == -EFAULT)
		drm_dbg(&queue->edev->drm, "ring %u: job faults: status %u engine %u command %u\n",
			slot->index, le32_to_cpu(completion->status),
			le32_to_cpu(completion->engine), le32_to_cpu(completion->command));
	if (le32_to_cpu(completion->status) == EDGETPU_STATUS_TIME_LIMIT && !queue->error)
		note_overtime(task, completion);
	edgetpu_task_end(task, error, completion);
	if (error && !queue->error)
		edgetpu_queue_fail(queue, -ECANCELED);
	WRITE_ONCE(slot->used, ktime_get_ns());
	/* A held slot that has run dry can go to those who wait. */
	if (slot->held && edgetpu_ring_dry(&slot->ring))
		edgetpu_slots_kick(queue->edev);
}

/* Takes completions from the ring and ends their jobs, a few: true if there may be more. */
bool edgetpu_queue_process_locked(struct edgetpu_queue *queue)
{
	struct edgetpu_device *edev = queue->edev;
	struct edgetpu_slot *slot = queue->slot;
	struct edgetpu_completion completion;
	struct edgetpu_task *task;
	unsigned int n;
	int ret = 1;
	u32 area;

	lockdep_assert_held(&queue->lock);
	if (slot->ring.broken)
		return false;
	for (n = 0; ret > 0 && n < EDGETPU_JOBS_AT_ONCE; n++) {
		/* There is one for each job of the ring that has not ended. */
		task = list_first_entry_or_null(&queue->inflight, struct edgetpu_task, node);
		ret = edgetpu_ring_pop(&slot->ring,
				       task ? le32_to_cpu(task->desc.num_commands) : 0,
				       &completion);
		if (ret > 0)
			job_completed(slot, task, &completion);
	}
	if (!ret)
		credit_started(queue);
	if (ret < 0) {
		drm_err_ratelimited(&edev->drm, "ring %u: firmware writes nonsense, resetting\n",
				    slot->index);
		edgetpu_reset_request(edev);
	}
	if ((slot->held || READ_ONCE(edev->crowded)) && edgetpu_ring_saved(&slot->ring, &area))
		edgetpu_slots_kick(edev);
	return ret > 0;
}

/* --- and away --- */

/* Frees a job that was never armed, or the rest of one that has ended. */
static void edgetpu_task_free(struct kref *ref)
{
	struct edgetpu_task *task = container_of(ref, struct edgetpu_task, ref);
	unsigned int i;

	if (task->sched_job.s_fence)
		drm_sched_job_cleanup(&task->sched_job);
	for (i = 0; i < EDGETPU_NUM_REGIONS; i++) {
		if (task->bos[i])
			drm_gem_object_put(task->bos[i]);
	}
	if (task->fence)
		edgetpu_fence_free(task->fence);
	edgetpu_account_uncharge(task->queue->file->account, task->cost);
	atomic_dec(&task->queue->edev->num_tasks);
	edgetpu_queue_put(task->queue);
	kfree(task);
}

/* May sleep, and lock a buffer. */
void edgetpu_task_put(struct edgetpu_task *task)
{
	kref_put(&task->ref, edgetpu_task_free);
}

static void edgetpu_task_release(struct work_struct *work)
{
	edgetpu_task_put(container_of(work, struct edgetpu_task, release_work));
}

/*
 * Buffers are let go of elsewhere: it can take a reservation lock which someone
 * holds who waits for a fence of the queue that this very workqueue serves.
 */
static void edgetpu_free_job(struct drm_sched_job *sched_job)
{
	struct edgetpu_task *task = to_edgetpu_task(sched_job);
	struct edgetpu_queue *queue = task->queue;
	unsigned long flags;

	/* The entity was killed before the job's turn came. */
	spin_lock_irqsave(&queue->lock, flags);
	if (!dma_fence_is_signaled(task->fence))
		edgetpu_task_end(task, queue->error ?: -ECANCELED, NULL);
	spin_unlock_irqrestore(&queue->lock, flags);

	drm_sched_job_cleanup(sched_job);
	INIT_WORK(&task->release_work, edgetpu_task_release);
	queue_work(edgetpu_release_wq, &task->release_work);
}

/* No timedout_job: what can hang is the device, not a queue; see edgetpu_recovery.c. */
const struct drm_sched_backend_ops edgetpu_sched_ops = {
	.run_job = edgetpu_run_job,
	.free_job = edgetpu_free_job,
};
