// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues: objects of software alone, a scheduler and its only entity. A place on
 * the hardware (edgetpu_slot.c) is bound to a queue while it has work.
 *
 * Life of a queue: created; halted, when a job of it fails, when it is destroyed or
 * the device goes, which takes it off the hardware and ends all jobs in order;
 * released, by its owner; freed with the last reference, when the last of its
 * jobs is. Nothing of it waits for the hardware but QUEUE_DESTROY, killably.
 */
#include <linux/capability.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "compat.h"
#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_queue.h"
#include "edgetpu_ring.h"

/* What a queue costs: what is here, and the scheduler's part of it */
#define QUEUE_COST	(sizeof(struct edgetpu_queue) + SZ_1K)

struct edgetpu_queue *edgetpu_queue_get(struct edgetpu_queue *queue)
{
	kref_get(&queue->ref);
	return queue;
}

static void queue_free(struct kref *ref)
{
	struct edgetpu_queue *queue = container_of(ref, struct edgetpu_queue, ref);
	struct edgetpu_device *edev = queue->edev;

	drm_sched_fini(&queue->sched);
	edgetpu_account_uncharge(queue->file->account, QUEUE_COST);
	edgetpu_file_put(queue->file);
	mutex_destroy(&queue->submit_lock);
	kfree(queue);
	drm_dev_put(&edev->drm);
	module_put(THIS_MODULE);
}

/*
 * Not from the scheduler's callbacks nor from the recovery workqueue: stopping the
 * scheduler waits for the former, and what the last reference takes along can wait
 * for fences that the latter signals.
 */
void edgetpu_queue_put(struct edgetpu_queue *queue)
{
	kref_put(&queue->ref, queue_free);
}

struct edgetpu_queue *edgetpu_queue_lookup(struct edgetpu_file *file, u32 id)
{
	struct edgetpu_queue *queue;

	xa_lock(&file->queues);
	queue = xa_load(&file->queues, id);
	if (queue)
		kref_get(&queue->ref);
	xa_unlock(&file->queues);
	return queue;
}

/* Who has jobs that have not ended is busy, and counted, and keeps the device awake. */
static void add_unfinished(struct edgetpu_queue *queue, u32 num)
{
	struct edgetpu_save *save = &queue->edev->save;

	lockdep_assert_held(&queue->lock);
	if (!queue->unfinished) {
		atomic_inc(&save->busy_queues);
		edgetpu_pm_keep(queue->edev);
	}
	queue->unfinished += num;
	if (atomic_add_return(num, &queue->file->num_unfinished) == num)
		atomic_inc(&save->busy_clients);
}

static bool take_room(struct edgetpu_queue *queue, u32 num)
{
	bool taken;

	spin_lock_irq(&queue->lock);
	taken = queue->unfinished + num <= DRM_EDGETPU_MAX_UNFINISHED;
	if (taken)
		add_unfinished(queue, num);
	spin_unlock_irq(&queue->lock);
	return taken;
}

/**
 * edgetpu_queue_reserve() - make room for jobs
 * @queue: queue
 * @num: jobs, at most DRM_EDGETPU_MAX_UNFINISHED
 * @nonblock: do not wait
 *
 * The device is awake. Each job gives its place back when it ends.
 *
 * Return: 0; -EAGAIN when there is no room and @nonblock, -ERESTARTSYS
 */
int edgetpu_queue_reserve(struct edgetpu_queue *queue, u32 num, bool nonblock)
{
	if (nonblock)
		return take_room(queue, num) ? 0 : -EAGAIN;
	return wait_event_interruptible(queue->room, take_room(queue, num));
}

/* For jobs that have ended */
void edgetpu_queue_unreserve_locked(struct edgetpu_queue *queue, u32 num)
{
	struct edgetpu_save *save = &queue->edev->save;

	lockdep_assert_held(&queue->lock);
	queue->unfinished -= num;
	if (!queue->unfinished) {
		atomic_dec(&save->busy_queues);
		edgetpu_pm_put(queue->edev);
	}
	if (!atomic_sub_return(num, &queue->file->num_unfinished))
		atomic_dec(&save->busy_clients);
	wake_up(&queue->room);
}

/* For jobs that come to nothing */
void edgetpu_queue_unreserve(struct edgetpu_queue *queue, u32 num)
{
	spin_lock_irq(&queue->lock);
	edgetpu_queue_unreserve_locked(queue, num);
	spin_unlock_irq(&queue->lock);
}

/* --- what a queue asks of the hardware's side, from any context --- */

static void queue_place(struct edgetpu_queue *queue, bool placed)
{
	lockdep_assert_held(&queue->edev->list_lock);
	if (placed && !queue->placed)
		queue->file->num_placed++;
	if (!placed && queue->placed)
		queue->file->num_placed--;
	queue->placed = placed;
}

static enum edgetpu_line queue_line(const struct edgetpu_queue *queue)
{
	if (queue->priority == DRM_EDGETPU_PRIORITY_HIGH)
		return EDGETPU_LINE_HIGH;
	return queue->parked || !queue->file->num_placed ? EDGETPU_LINE_FIRST : EDGETPU_LINE_OTHERS;
}

/* Behind all who wait, or before them: the user among users, the queue among his. */
static void line_enter(struct edgetpu_queue *queue, bool first)
{
	struct edgetpu_party *party = &queue->file->account->user->parties[queue->line];
	struct list_head *line = &queue->edev->waiting[queue->line];

	lockdep_assert_held(&queue->edev->list_lock);
	if (first) {
		list_add(&queue->waiting, &party->queues);
		list_move(&party->node, line);
		return;
	}
	list_add_tail(&queue->waiting, &party->queues);
	if (list_empty(&party->node))
		list_add_tail(&party->node, line);
}

/* If it stands in a line; @served: before the next of the same user all others come. */
static void line_leave(struct edgetpu_queue *queue, bool served)
{
	struct edgetpu_party *party = &queue->file->account->user->parties[queue->line];

	lockdep_assert_held(&queue->edev->list_lock);
	if (list_empty(&queue->waiting))
		return;
	list_del_init(&queue->waiting);
	if (list_empty(&party->queues))
		list_del_init(&party->node);
	else if (served)
		list_move_tail(&party->node, &queue->edev->waiting[queue->line]);
}

/**
 * edgetpu_queue_want_slot() - there are jobs in flight and no slot
 * @queue: queue, locked
 * @parked: the first of the jobs is parked in a save area
 * @first: it goes before all who wait
 *
 * Return: false when there will never be one
 */
bool edgetpu_queue_want_slot(struct edgetpu_queue *queue, bool parked, bool first)
{
	struct edgetpu_device *edev = queue->edev;
	bool lost;

	lockdep_assert_held(&queue->lock);
	spin_lock(&edev->list_lock);
	/* Whoever loses the device ends those that stand in line by then. */
	lost = edev->lost && list_empty(&queue->waiting);
	if (!lost && list_empty(&queue->waiting)) {
		queue->parked = parked;
		queue->line = queue_line(queue);
		line_enter(queue, first);
		queue_place(queue, true);
		edgetpu_slots_kick(edev);
	}
	spin_unlock(&edev->list_lock);
	return !lost;
}

/* It has got a slot and does not wait any more, or has lost it. */
void edgetpu_queue_has_slot(struct edgetpu_queue *queue, bool has)
{
	struct edgetpu_device *edev = queue->edev;

	lockdep_assert_held(&queue->lock);
	spin_lock(&edev->list_lock);
	line_leave(queue, has);
	queue_place(queue, has);
	spin_unlock(&edev->list_lock);
}

/* From now on every job of the queue ends with @error, those in flight soon. */
void edgetpu_queue_fail(struct edgetpu_queue *queue, int error)
{
	struct edgetpu_device *edev = queue->edev;

	lockdep_assert_held(&queue->lock);
	if (!queue->error)
		WRITE_ONCE(queue->error, error);
	if (queue->halted)
		return;
	spin_lock(&edev->list_lock);
	line_leave(queue, false);
	if (list_empty(&queue->halting)) {
		list_add_tail(&queue->halting, &edev->halting);
		edgetpu_slots_kick(edev);
	}
	spin_unlock(&edev->list_lock);
}

/*
 * The hardware has none of the queue's jobs, all have ended. When the file has let
 * go of the queue the caller does so too, after unlocking: edgetpu_queue_release().
 */
bool edgetpu_queue_halt_locked(struct edgetpu_queue *queue)
{
	struct edgetpu_device *edev = queue->edev;

	lockdep_assert_held(&queue->lock);
	if (queue->halted)
		return false;
	queue->halted = true;
	spin_lock(&edev->list_lock);
	line_leave(queue, false);
	list_del_init(&queue->halting);
	queue_place(queue, false);
	spin_unlock(&edev->list_lock);
	complete_all(&queue->ended);
	return queue->released;
}

/* Halted and closed: gives back the file's reference where that may take time. */
void edgetpu_queue_release(struct edgetpu_queue *queue)
{
	queue_work(edgetpu_release_wq, &queue->release_work);
}

/* --- life --- */

static void queue_release_work(struct work_struct *work)
{
	struct edgetpu_queue *queue = container_of(work, struct edgetpu_queue, release_work);

	edgetpu_sched_entity_kill(&queue->entity);
	edgetpu_queue_put(queue);
}

static struct edgetpu_queue *queue_alloc(struct edgetpu_device *edev, struct edgetpu_file *file,
					 u32 priority, u32 limit_ms)
{
	struct drm_gpu_scheduler *sched;
	struct edgetpu_queue *queue;
	int ret;

	ret = edgetpu_account_charge(file->account, QUEUE_COST);
	if (ret)
		return ERR_PTR(ret);
	queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue) {
		ret = -ENOMEM;
		goto err_uncharge;
	}
	kref_init(&queue->ref);
	queue->edev = edev;
	queue->file = file;
	queue->priority = priority;
	queue->limit = (u64)limit_ms * edev->hw.clock_khz;
	queue->fence_context = dma_fence_context_alloc(1);
	init_waitqueue_head(&queue->room);
	spin_lock_init(&queue->lock);
	init_completion(&queue->ended);
	INIT_LIST_HEAD(&queue->inflight);
	INIT_LIST_HEAD(&queue->waiting);
	INIT_LIST_HEAD(&queue->halting);
	INIT_WORK(&queue->release_work, queue_release_work);

	ret = edgetpu_sched_init(&queue->sched, edev->sched_ops, edev->sched_wq,
				 EDGETPU_RING_DEPTH, edev->drm.dev);
	if (ret)
		goto err_free;
	sched = &queue->sched;
	ret = drm_sched_entity_init(&queue->entity, 0, &sched, 1, NULL);
	if (ret)
		goto err_sched;

	mutex_init(&queue->submit_lock);
	drm_dev_get(&edev->drm);
	edgetpu_file_get(file);
	__module_get(THIS_MODULE);
	return queue;

err_sched:
	drm_sched_fini(&queue->sched);
err_free:
	kfree(queue);
err_uncharge:
	edgetpu_account_uncharge(file->account, QUEUE_COST);
	return ERR_PTR(ret);
}

/* Nothing more will be pushed: has all jobs end, and lets go when they have. Does not wait. */
static void queue_close(struct edgetpu_queue *queue)
{
	bool halted;

	spin_lock_irq(&queue->lock);
	queue->released = true;
	halted = queue->halted;
	edgetpu_queue_fail(queue, -ECANCELED);
	spin_unlock_irq(&queue->lock);
	if (halted)
		edgetpu_queue_release(queue);
}

/* The time a job may take: the driver's own limit, or one that the queue is made with. */
static int queue_limit(const struct drm_edgetpu_queue_create *args, u32 *limit_ms)
{
	const u32 ours = READ_ONCE(edgetpu_job_limit_ms);
	const bool given = args->flags & DRM_EDGETPU_QUEUE_JOB_LIMIT;

	if (given != !!args->job_limit_ms)
		return -EINVAL;
	*limit_ms = given ? args->job_limit_ms : ours;
	if (given && ours && *limit_ms > ours && !capable(CAP_SYS_NICE))
		return -EACCES;
	return 0;
}

int edgetpu_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct edgetpu_file *file = filp->driver_priv;
	struct drm_edgetpu_queue_create *args = data;
	struct edgetpu_queue *queue;
	u32 limit_ms;
	int ret, idx;

	if (args->flags & ~DRM_EDGETPU_QUEUE_JOB_LIMIT ||
	    args->priority > DRM_EDGETPU_PRIORITY_HIGH)
		return -EINVAL;
	ret = queue_limit(args, &limit_ms);
	if (ret)
		return ret;
	if (args->priority == DRM_EDGETPU_PRIORITY_HIGH && !capable(CAP_SYS_NICE))
		return -EACCES;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	if (!atomic_add_unless(&file->num_queues, 1, DRM_EDGETPU_MAX_QUEUES)) {
		ret = -ENOSPC;
		goto out_exit;
	}
	queue = queue_alloc(file->edev, file, args->priority, limit_ms);
	if (IS_ERR(queue)) {
		ret = PTR_ERR(queue);
		goto err_count;
	}
	ret = xa_alloc_cyclic(&file->queues, &args->id, NULL, XA_LIMIT(1, INT_MAX),
			      &file->next_queue, GFP_KERNEL_ACCOUNT);
	if (ret < 0) {
		queue_close(queue);
		goto err_count;
	}
	ret = 0;
	queue->id = args->id;
	/* From here on another thread may find the queue and destroy it. Its place is there. */
	xa_store(&file->queues, args->id, queue, GFP_KERNEL_ACCOUNT);
	goto out_exit;

err_count:
	atomic_dec(&file->num_queues);
out_exit:
	drm_dev_exit(idx);
	return ret;
}

/* Returns when no job of the queue is on the hardware any more, or on a fatal signal. */
int edgetpu_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_queue_destroy *args = data;
	struct edgetpu_file *file = filp->driver_priv;
	struct edgetpu_queue *queue;
	bool closed;
	int ret;

	if (args->pad)
		return -EINVAL;
	queue = edgetpu_queue_lookup(file, args->id);
	if (!queue)
		return -ENOENT;
	ret = mutex_lock_killable(&queue->submit_lock);
	if (ret)
		goto out_put;
	closed = queue->closed;
	queue->closed = true;
	mutex_unlock(&queue->submit_lock);
	/* Another thread was here before. */
	if (closed) {
		ret = -ENOENT;
		goto out_put;
	}
	xa_erase(&file->queues, args->id);
	atomic_dec(&file->num_queues);
	queue_close(queue);
	ret = wait_for_completion_killable(&queue->ended);
out_put:
	edgetpu_queue_put(queue);
	return ret;
}

/* The file is closing: nobody submits any more. */
void edgetpu_queue_close_all(struct edgetpu_file *file)
{
	struct edgetpu_queue *queue;
	unsigned long id;

	xa_for_each(&file->queues, id, queue)
		queue_close(queue);
	xa_destroy(&file->queues);
}

int edgetpu_ioctl_job_status(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_job_status *args = data, *entry;
	struct edgetpu_queue *queue;
	u64 seqno = args->seqno;
	int ret = 0;

	if (args->pad)
		return -EINVAL;
	queue = edgetpu_queue_lookup(filp->driver_priv, args->queue_id);
	if (!queue)
		return -ENOENT;

	entry = &queue->history[seqno % EDGETPU_QUEUE_HISTORY];
	spin_lock_irq(&queue->lock);
	if (entry->seqno == seqno && seqno) {
		const u32 id = args->queue_id;

		*args = *entry;
		args->queue_id = id;
	} else if (entry->seqno > seqno && seqno) {
		ret = -ESTALE;
	} else {
		ret = -ENOENT;
	}
	spin_unlock_irq(&queue->lock);
	edgetpu_queue_put(queue);
	return ret;
}

static void counters_copy(struct drm_edgetpu_counters *args, const struct edgetpu_usage *usage)
{
	args->jobs_done = usage->jobs_done;
	args->jobs_failed = usage->jobs_failed;
	args->used = usage->used;
	memcpy(args->busy, usage->busy, sizeof(args->busy));
	args->used_ns = usage->used_ns;
	memcpy(args->busy_ns, usage->busy_ns, sizeof(args->busy_ns));
	memcpy(args->stalled, usage->stalled, sizeof(args->stalled));
	args->switching = usage->switching;
	args->bytes_read = usage->read;
	args->bytes_written = usage->written;
	args->energy_pj = div_u64(usage->energy, EDGETPU_ENERGY_UNITS);
	args->tlb_misses = usage->misses;
	args->turns = usage->turns;
	args->instructions = usage->instructions;
}

/* Of a queue, or of all that the file has had; the device has been looked at. */
int edgetpu_queue_counters(struct edgetpu_file *file, struct drm_edgetpu_counters *args)
{
	struct edgetpu_queue *queue;
	struct edgetpu_usage usage;

	if (!args->queue_id) {
		edgetpu_usage_read(file->edev, &file->usage, &usage);
		counters_copy(args, &usage);
		return 0;
	}
	queue = edgetpu_queue_lookup(file, args->queue_id);
	if (!queue)
		return -ENOENT;
	edgetpu_usage_read(file->edev, &queue->usage, &usage);
	edgetpu_queue_put(queue);
	counters_copy(args, &usage);
	return 0;
}
