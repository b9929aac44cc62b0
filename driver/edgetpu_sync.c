// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a job waits for and whom it tells: syncobjs, which userspace names, and
 * the reservations of its buffers.
 *
 * All jobs leave their fence with all their buffers: one that nobody else knows
 * may be given away while the job runs. They wait for the fences of buffers that
 * others have a hand in; those of a private one its owner orders with syncobjs.
 */
#include <linux/dma-fence-array.h>
#include <linux/dma-fence-chain.h>
#include <linux/dma-resv.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <drm/drm_gem.h>
#include <drm/drm_syncobj.h>

#include "compat.h"
#include "edgetpu_account.h"
#include "edgetpu_file.h"
#include "edgetpu_gem.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_sync.h"

/* Fences of a reservation that a job waits for one by one; more are bound up */
#define MOST_SINGLE	64
/* ... so many at a time, each at that cost */
#define GROUP_SIZE	256
#define GROUP_COST	(sizeof(struct dma_fence_array_cb) + sizeof(struct dma_fence *))

/* --- syncobjs --- */

int edgetpu_sync_check(const struct drm_edgetpu_sync_op *op)
{
	const u32 flags = DRM_EDGETPU_SYNC_SIGNAL | DRM_EDGETPU_SYNC_TIMELINE;

	if (op->flags & ~flags)
		return -EINVAL;
	if (!(op->flags & DRM_EDGETPU_SYNC_TIMELINE))
		return op->timeline_value ? -EINVAL : 0;
	return op->flags & DRM_EDGETPU_SYNC_SIGNAL && !op->timeline_value ? -EINVAL : 0;
}

/* Adds to @before what the jobs that have @signals do to @syncobj, in order. */
void edgetpu_sync_note(struct edgetpu_sync_before *before, const struct edgetpu_signal *signals,
		       u32 num, const struct drm_syncobj *syncobj)
{
	u32 i;

	/* A syncobj can have several handles: it is the object that counts. */
	for (i = 0; i < num; i++) {
		if (signals[i].syncobj != syncobj)
			continue;
		if (signals[i].replaces) {
			before->replaced = true;
			before->point = 0;
		}
		before->point = max(before->point, signals[i].point);
	}
}

/*
 * The fence to wait for, besides the earlier jobs of the call, which are waited for
 * by the queue's order: as if each job had a call of its own, so a point that is
 * pending from elsewhere is waited for although an earlier job adds a later one, and
 * a point added comes after all that was on the timeline before. NULL: none.
 */
static int find_fence(struct drm_syncobj *syncobj, u64 point,
		      const struct edgetpu_sync_before *before, struct dma_fence **fence)
{
	struct dma_fence *head, *found;
	int ret = -EINVAL;

	*fence = NULL;
	if (before->replaced)
		return point <= before->point ? 0 : -EINVAL;
	head = drm_syncobj_fence_get(syncobj);
	if (head) {
		found = dma_fence_get(head);
		ret = dma_fence_chain_find_seqno(&found, point);
		*fence = ret ? head : found;
		dma_fence_put(ret ? found : head);
	}
	if (ret && before->point && before->point >= point)
		ret = 0;
	if (ret) {
		dma_fence_put(*fence);
		*fence = NULL;
	}
	return ret;
}

/* Makes tasks[index] wait; the tasks before it are of the same call. */
int edgetpu_sync_wait(struct edgetpu_task **tasks, u32 index, struct drm_file *filp,
		      const struct drm_edgetpu_sync_op *op)
{
	struct edgetpu_sync_before before = { 0 };
	struct drm_syncobj *syncobj;
	struct dma_fence *fence;
	int ret;
	u32 i;

	syncobj = drm_syncobj_find(filp, op->handle);
	if (!syncobj)
		return -ENOENT;
	for (i = 0; i < index; i++) {
		if (tasks[i]->signals)
			edgetpu_sync_note(&before, tasks[i]->signals->list, tasks[i]->signals->num,
					  syncobj);
	}
	ret = find_fence(syncobj, op->timeline_value, &before, &fence);
	drm_syncobj_put(syncobj);
	if (ret || !fence)
		return ret;
	return drm_sched_job_add_dependency(&tasks[index]->sched_job, fence);
}

/* For at most @max syncobjs, or NULL */
struct edgetpu_signals *edgetpu_sync_alloc(u32 max)
{
	struct edgetpu_signals *signals;

	return kvzalloc(struct_size(signals, list, max), GFP_KERNEL_ACCOUNT);
}

/* The entry of the syncobj, which takes over the caller's reference */
static struct edgetpu_signal *entry_of(struct edgetpu_signals *signals, struct drm_syncobj *syncobj)
{
	u32 i;

	for (i = 0; i < signals->num; i++) {
		if (signals->list[i].syncobj == syncobj) {
			drm_syncobj_put(syncobj);
			return &signals->list[i];
		}
	}
	signals->list[signals->num].syncobj = syncobj;
	return &signals->list[signals->num++];
}

/*
 * Adding a point costs as much as there are points that have not signalled, so a job
 * adds only the last of a timeline's: its fence is the same for all of them.
 */
int edgetpu_sync_signal(struct edgetpu_signals *signals, struct drm_file *filp,
			const struct drm_edgetpu_sync_op *op)
{
	struct drm_syncobj *syncobj = drm_syncobj_find(filp, op->handle);
	struct edgetpu_signal *signal;

	if (!syncobj)
		return -ENOENT;
	signal = entry_of(signals, syncobj);
	if (!(op->flags & DRM_EDGETPU_SYNC_TIMELINE)) {
		signal->replaces = true;
		signal->point = 0;
		return 0;
	}
	signal->point = max(signal->point, op->timeline_value);
	/* dma_fence_chain_alloc() is not accounted. */
	if (!signal->chain)
		signal->chain = kmalloc(sizeof(*signal->chain), GFP_KERNEL_ACCOUNT);
	return signal->chain ? 0 : -ENOMEM;
}

/*
 * The job is queued. Cannot fail: the links of the chains are there. It takes its
 * time with timelines on which many points are pending, so no lock is held.
 */
void edgetpu_sync_publish(struct edgetpu_signals *signals)
{
	u32 i;

	for (i = 0; i < signals->num; i++) {
		struct edgetpu_signal *signal = &signals->list[i];

		if (signal->replaces)
			drm_syncobj_replace_fence(signal->syncobj, signals->fence);
		if (signal->point) {
			drm_syncobj_add_point(signal->syncobj, signal->chain, signals->fence,
					      signal->point);
			signal->chain = NULL;
		}
		cond_resched();
	}
}

void edgetpu_sync_free(struct edgetpu_signals *signals)
{
	u32 i;

	if (!signals)
		return;
	for (i = 0; i < signals->num; i++) {
		drm_syncobj_put(signals->list[i].syncobj);
		dma_fence_chain_free(signals->list[i].chain);
	}
	dma_fence_put(signals->fence);
	kvfree(signals);
}

/* --- reservations --- */

static bool task_writes(const struct edgetpu_task *task, u32 region)
{
	return le32_to_cpu(task->desc.regions[region].flags) & EDGETPU_REGION_WRITE;
}

/* Has the job to wait for it? The queue's own jobs run in order anyway. */
static bool task_waits(const struct edgetpu_task *task, struct dma_fence *fence)
{
	return fence->context != task->queue->fence_context && !dma_fence_is_signaled(fence);
}

/* Makes the job wait for all of @fences, which it takes over. */
static int task_wait_group(struct edgetpu_task *task, struct dma_fence **fences, u32 num)
{
	const u64 cost = num * GROUP_COST;
	struct dma_fence_array *group;
	int ret;

	ret = edgetpu_account_charge(task->queue->file->account, cost);
	if (ret)
		goto err_put;
	task->cost += cost;
	ret = -ENOMEM;
	group = edgetpu_fence_array_create(num, fences);
	if (!group)
		goto err_put;
	return drm_sched_job_add_dependency(&task->sched_job, &group->base);

err_put:
	while (num)
		dma_fence_put(fences[--num]);
	kfree(fences);
	return ret;
}

/* The scheduler looks at all a job waits for whenever something is added, so it is little. */
static int task_wait_many(struct edgetpu_task *task, struct dma_resv *resv,
			  enum dma_resv_usage usage)
{
	struct dma_fence **group = NULL, *fence;
	struct dma_resv_iter cursor;
	u32 num = 0;
	int ret;

	dma_resv_for_each_fence(&cursor, resv, usage, fence) {
		if (!task_waits(task, fence))
			continue;
		if (!group)
			group = kmalloc_array(GROUP_SIZE, sizeof(*group), GFP_KERNEL_ACCOUNT);
		if (!group)
			return -ENOMEM;
		group[num++] = dma_fence_get(fence);
		if (num < GROUP_SIZE)
			continue;
		ret = task_wait_group(task, group, num);
		if (ret)
			return ret;
		group = NULL;
		num = 0;
	}
	return group ? task_wait_group(task, group, num) : 0;
}

static int task_wait_resv(struct edgetpu_task *task, struct dma_resv *resv, bool write)
{
	const enum dma_resv_usage usage = dma_resv_usage_rw(write);
	struct dma_resv_iter cursor;
	struct dma_fence *fence;
	u32 num = 0;
	int ret = 0;

	dma_resv_for_each_fence(&cursor, resv, usage, fence)
		num += task_waits(task, fence);
	if (num > MOST_SINGLE)
		return task_wait_many(task, resv, usage);
	dma_resv_for_each_fence(&cursor, resv, usage, fence) {
		if (!ret && task_waits(task, fence))
			ret = drm_sched_job_add_dependency(&task->sched_job, dma_fence_get(fence));
	}
	return ret;
}

/* The buffer of region @r when no region before it has the same reservation */
static struct drm_gem_object *task_resv(const struct edgetpu_task *task, u32 r)
{
	u32 i;

	for (i = 0; i < r; i++) {
		if (task->bos[i] && task->bos[r] && task->bos[i]->resv == task->bos[r]->resv)
			return NULL;
	}
	return task->bos[r];
}

/* What the job does with the reservation of region @r, in all its regions */
static enum dma_resv_usage task_usage(const struct edgetpu_task *task, u32 r)
{
	u32 i;

	for (i = r; i < EDGETPU_NUM_REGIONS; i++) {
		if (task->bos[i] && task->bos[i]->resv == task->bos[r]->resv &&
		    task_writes(task, i))
			return DMA_RESV_USAGE_WRITE;
	}
	return DMA_RESV_USAGE_READ;
}

/* Makes room for the fence of every job, whichever share a buffer. */
int edgetpu_sync_lock_buffers(struct drm_exec *exec, struct edgetpu_task **tasks, u32 num)
{
	int ret = 0;
	u32 i, r;

	drm_exec_until_all_locked(exec) {
		for (i = 0; i < num; i++) {
			for (r = 0; r < EDGETPU_NUM_REGIONS; r++) {
				struct drm_gem_object *obj = task_resv(tasks[i], r);

				if (!obj)
					continue;
				ret = drm_exec_prepare_obj(exec, obj, num);
				drm_exec_retry_on_contention(exec);
				if (ret)
					return ret;
			}
		}
	}
	return 0;
}

/* Does a region before that, of the job or of one before it, wait for as much? */
static bool waited_before(struct edgetpu_task **tasks, u32 index, u32 region)
{
	const struct dma_resv *resv = tasks[index]->bos[region]->resv;
	const bool write = task_writes(tasks[index], region);
	u32 i, r;

	for (i = 0; i <= index; i++) {
		for (r = 0; r < (i < index ? EDGETPU_NUM_REGIONS : region); r++) {
			if (tasks[i]->bos[r] && tasks[i]->bos[r]->resv == resv &&
			    (task_writes(tasks[i], r) || !write))
				return true;
		}
	}
	return false;
}

/* Jobs of a queue run in order: what the first waits for those behind it need not. */
int edgetpu_sync_wait_buffers(struct edgetpu_task **tasks, u32 num)
{
	int ret;
	u32 i, r;

	for (i = 0; i < num; i++) {
		for (r = 0; r < EDGETPU_NUM_REGIONS; r++) {
			struct drm_gem_object *obj = tasks[i]->bos[r];

			if (!obj || !edgetpu_bo_shared(to_edgetpu_bo(obj)) ||
			    waited_before(tasks, i, r))
				continue;
			ret = fatal_signal_pending(current) ? -EINTR :
			      task_wait_resv(tasks[i], obj->resv, task_writes(tasks[i], r));
			if (ret)
				return ret;
		}
	}
	return 0;
}

/* One fence a reservation: there is no room for more. Cannot fail. */
void edgetpu_sync_publish_buffers(struct edgetpu_task *task)
{
	u32 r;

	for (r = 0; r < EDGETPU_NUM_REGIONS; r++) {
		struct drm_gem_object *obj = task_resv(task, r);

		if (obj)
			dma_resv_add_fence(obj->resv, task->fence, task_usage(task, r));
	}
}
