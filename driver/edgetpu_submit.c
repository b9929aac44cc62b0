// SPDX-License-Identifier: GPL-2.0-only
/*
 * SUBMIT: from user memory to the scheduler.
 *
 * Everything that can fail is done first, for all jobs of the call; then, from
 * arming the first to pushing the last, nothing can fail nor allocate.
 */
#include <linux/dma-fence-chain.h>
#include <linux/fcntl.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_syncobj.h>

#include <edgetpu_isa.h>

#include "compat.h"
#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_fence.h"
#include "edgetpu_file.h"
#include "edgetpu_gem.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_save.h"
#include "edgetpu_submit.h"
#include "edgetpu_sync.h"
#include "edgetpu_trace.h"

/* Elements larger than that are no future version of ours */
#define MAX_STRIDE	PAGE_SIZE

/*
 * What a job costs until it is freed: what is here, its fences, what the scheduler
 * keeps of it; and each of its syncs, as a dependency or a link of a chain
 */
#define TASK_COST	(sizeof(struct edgetpu_task) + SZ_1K)
#define SYNC_COST	(sizeof(struct edgetpu_signal) + sizeof(struct dma_fence_chain) + 16)

static_assert(DRM_EDGETPU_MAX_REGIONS == EDGETPU_NUM_REGIONS);
static_assert(DRM_EDGETPU_JOB_TRACE == EDGETPU_JOB_TRACE);
static_assert(DRM_EDGETPU_REGION_READ == EDGETPU_REGION_READ);
static_assert(DRM_EDGETPU_REGION_WRITE == EDGETPU_REGION_WRITE);

/* Of an array that userspace passes, all that can be said without looking into it */
int edgetpu_array_check(const struct drm_edgetpu_array *array, u32 min, u32 max)
{
	u64 end;

	if (array->count < min || array->count > max)
		return -EINVAL;
	if (!array->count)
		return 0;
	if (!array->stride)
		return -EINVAL;
	if (array->stride > MAX_STRIDE)
		return -E2BIG;
	if (check_add_overflow(array->array, (u64)array->stride * array->count, &end))
		return -EFAULT;
	return 0;
}

static void __user *array_element(const struct drm_edgetpu_array *array, u32 i)
{
	return u64_to_user_ptr(array->array + (u64)array->stride * i);
}

static int array_copy(const struct drm_edgetpu_array *array, u32 i, void *element, size_t size)
{
	return copy_struct_from_user(element, size, array_element(array, i), array->stride);
}

/* --- regions --- */

int edgetpu_region_check(const struct drm_edgetpu_region *region, u32 index)
{
	const u32 flags = DRM_EDGETPU_REGION_READ | DRM_EDGETPU_REGION_WRITE;

	if (region->pad)
		return -EINVAL;
	if (!region->size)
		return region->va || region->flags || index == EDGETPU_REGION_COMMAND ? -EINVAL : 0;
	if (region->va % 64 || !region->flags || region->flags & ~flags)
		return -EINVAL;
	if (index == EDGETPU_REGION_COMMAND && region->flags != DRM_EDGETPU_REGION_READ)
		return -EINVAL;
	return 0;
}

static u32 region_rights(const struct drm_edgetpu_region *region, u32 index)
{
	u32 rights = 0;

	if (index == EDGETPU_REGION_COMMAND)
		return DRM_EDGETPU_VM_BIND_COMMAND;
	if (region->flags & DRM_EDGETPU_REGION_READ)
		rights |= DRM_EDGETPU_VM_BIND_READ;
	if (region->flags & DRM_EDGETPU_REGION_WRITE)
		rights |= DRM_EDGETPU_VM_BIND_WRITE;
	return rights;
}

static int task_regions(struct edgetpu_task *task, struct edgetpu_file *file,
			const struct drm_edgetpu_array *array)
{
	struct edgetpu_region *desc = task->desc.regions;
	struct drm_edgetpu_region region;
	struct drm_gem_object *obj;
	int ret;
	u32 i;

	ret = edgetpu_array_check(array, 1, DRM_EDGETPU_MAX_REGIONS);
	if (ret)
		return ret;
	for (i = 0; i < array->count; i++) {
		ret = array_copy(array, i, &region, sizeof(region));
		if (!ret)
			ret = edgetpu_region_check(&region, i);
		if (ret)
			return ret;
		if (!region.size)
			continue;
		obj = edgetpu_vm_lookup(&file->vm, region.va, region.size,
					region_rights(&region, i));
		if (IS_ERR(obj))
			return PTR_ERR(obj);
		task->bos[i] = obj;
		desc[i].va = cpu_to_le64(region.va);
		desc[i].size = cpu_to_le64(region.size);
		desc[i].flags = cpu_to_le32(region.flags);
	}
	return 0;
}

/* What the job says of its regions, against what they are */
static int task_check_sizes(const struct edgetpu_task *task, const struct drm_edgetpu_job *job)
{
	const struct edgetpu_region *region = task->desc.regions;

	if ((u64)job->num_commands * sizeof(struct edgetpu_command) > le64_to_cpu(region->size))
		return -EINVAL;
	if (!(job->flags & DRM_EDGETPU_JOB_TRACE))
		return 0;
	region += job->trace_region;
	if (!(le32_to_cpu(region->flags) & EDGETPU_REGION_WRITE) ||
	    (u64)job->num_commands * sizeof(struct edgetpu_trace) > le64_to_cpu(region->size))
		return -EINVAL;
	return 0;
}

static int task_charge(struct edgetpu_task *task, u64 bytes)
{
	int ret = edgetpu_account_charge(task->queue->file->account, bytes);

	if (!ret)
		task->cost += bytes;
	return ret;
}

/* --- syncobjs --- */

static int task_syncs(struct edgetpu_task **tasks, u32 index, struct drm_file *filp,
		      const struct drm_edgetpu_array *array)
{
	struct edgetpu_task *task = tasks[index];
	struct drm_edgetpu_sync_op op;
	int ret;
	u32 i;

	ret = edgetpu_array_check(array, 0, DRM_EDGETPU_MAX_SYNCS);
	if (ret || !array->count)
		return ret;
	ret = task_charge(task, array->count * SYNC_COST);
	if (ret)
		return ret;
	task->signals = edgetpu_sync_alloc(array->count);
	if (!task->signals)
		return -ENOMEM;
	for (i = 0; i < array->count; i++) {
		ret = array_copy(array, i, &op, sizeof(op));
		if (!ret)
			ret = edgetpu_sync_check(&op);
		/* there may be thousands of them, each with a long timeline to look at */
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
		if (ret)
			return ret;
		if (op.flags & DRM_EDGETPU_SYNC_SIGNAL)
			ret = edgetpu_sync_signal(task->signals, filp, &op);
		else
			ret = edgetpu_sync_wait(tasks, index, filp, &op);
		if (ret)
			return ret;
	}
	return 0;
}

/* --- one job --- */

static struct edgetpu_task *task_alloc(struct edgetpu_queue *queue, struct drm_file *filp)
{
	struct edgetpu_task *task = kzalloc(sizeof(*task), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!task)
		return ERR_PTR(-ENOMEM);
	kref_init(&task->ref);
	INIT_LIST_HEAD(&task->node);
	task->desc.id = cpu_to_le64(atomic64_inc_return(&queue->edev->last_job_id));
	atomic_inc(&queue->edev->num_tasks);
	task->queue = edgetpu_queue_get(queue);
	task->pid = task_tgid_nr(current);
	ret = task_charge(task, TASK_COST);
	if (!ret) {
		task->fence = edgetpu_fence_alloc();
		ret = task->fence ? 0 : -ENOMEM;
	}
	if (!ret)
		ret = edgetpu_sched_job_init(&task->sched_job, &queue->entity, filp);
	if (ret) {
		edgetpu_task_put(task);
		return ERR_PTR(ret);
	}
	return task;
}

/* Fills tasks[index], which it allocates, from one job of user memory. */
static int task_create(struct edgetpu_task **tasks, u32 index, struct edgetpu_queue *queue,
		       struct drm_file *filp, const struct drm_edgetpu_array *jobs)
{
	struct drm_edgetpu_job job;
	struct edgetpu_task *task;
	int ret;

	ret = array_copy(jobs, index, &job, sizeof(job));
	if (ret)
		return ret;
	if (job.flags & ~DRM_EDGETPU_JOB_TRACE || job.pad)
		return -EINVAL;
	if (!job.num_commands || job.num_commands > EDGETPU_MAX_COMMANDS)
		return -EINVAL;
	if (job.flags & DRM_EDGETPU_JOB_TRACE ? job.trace_region >= EDGETPU_NUM_REGIONS :
						job.trace_region)
		return -EINVAL;

	task = task_alloc(queue, filp);
	if (IS_ERR(task))
		return PTR_ERR(task);
	tasks[index] = task;
	task->desc.flags = cpu_to_le32(job.flags);
	task->desc.num_commands = cpu_to_le32(job.num_commands);
	task->desc.trace_region = cpu_to_le32(job.trace_region);

	ret = task_regions(task, filp->driver_priv, &job.regions);
	if (!ret)
		ret = task_check_sizes(task, &job);
	if (!ret)
		ret = task_syncs(tasks, index, filp, &job.syncs);
	return ret;
}

/* --- all jobs --- */

static u64 __user *seqno_of(const struct drm_edgetpu_array *jobs, u32 i)
{
	return array_element(jobs, i) + offsetof(struct drm_edgetpu_job, seqno);
}

static bool has_seqno(const struct drm_edgetpu_array *jobs)
{
	return jobs->stride >= offsetofend(struct drm_edgetpu_job, seqno);
}

/*
 * Tells userspace the numbers that the jobs will have, the last thing that can fail.
 * Locks are held that a page fault may need: what is not in memory is -EAGAIN.
 */
static int write_seqnos(struct edgetpu_queue *queue, const struct drm_edgetpu_array *jobs)
{
	u32 i;

	for (i = 0; has_seqno(jobs) && i < jobs->count; i++) {
		u64 seqno = queue->seqno + 1 + i;

		if (copy_to_user_nofault(seqno_of(jobs, i), &seqno, sizeof(seqno)))
			return -EAGAIN;
	}
	return 0;
}

/* Brings what write_seqnos() needs into memory, without a lock: it may take any time. */
static int fault_in_seqnos(const struct drm_edgetpu_array *jobs)
{
	u32 i;

	for (i = 0; i < jobs->count; i++) {
		if (fault_in_writeable((char __user *)seqno_of(jobs, i), sizeof(u64)))
			return -EFAULT;
	}
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

/* The job, and what it has to wait for */
static void trace_submission(struct edgetpu_task *task)
{
	struct dma_fence *fence;
	unsigned long i;

	trace_edgetpu_submit(task);
	if (!trace_edgetpu_depend_enabled())
		return;
	xa_for_each(&task->sched_job.dependencies, i, fence) {
		if (!test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
			trace_edgetpu_depend(task, fence);
	}
}

/* The point of no return. The scheduler has a reference of its own once it is pushed. */
static void queue_push(struct edgetpu_queue *queue, struct edgetpu_task *task)
{
	struct drm_edgetpu_job_status *entry;
	const bool signalling = dma_fence_begin_signalling();

	task->seqno = ++queue->seqno;
	edgetpu_fence_init(task->fence, queue->fence_context, task->seqno);
	if (task->signals)
		task->signals->fence = dma_fence_get(task->fence);

	spin_lock_irq(&queue->lock);
	entry = &queue->history[task->seqno % EDGETPU_QUEUE_HISTORY];
	memset(entry, 0, sizeof(*entry));
	entry->seqno = task->seqno;
	entry->state = DRM_EDGETPU_JOB_PENDING;
	spin_unlock_irq(&queue->lock);

	trace_submission(task);
	kref_get(&task->ref);
	drm_sched_job_arm(&task->sched_job);
	edgetpu_sync_publish_buffers(task);
	drm_sched_entity_push_job(&task->sched_job);
	dma_fence_end_signalling(signalling);
}

/*
 * With success the scheduler has all tasks, without it none. It may be done with some while
 * buffers are still locked here: that is why they stay the caller's too, for he who frees
 * a buffer takes its lock.
 */
static int lock_and_push(struct edgetpu_queue *queue, struct edgetpu_task **tasks,
			 const struct drm_edgetpu_array *jobs)
{
	struct drm_exec exec;
	int ret;
	u32 i;

	edgetpu_exec_init(&exec);
	ret = edgetpu_sync_lock_buffers(&exec, tasks, jobs->count);
	if (!ret)
		ret = edgetpu_sync_wait_buffers(tasks, jobs->count);
	if (!ret)
		ret = write_seqnos(queue, jobs);
	for (i = 0; !ret && i < jobs->count; i++)
		queue_push(queue, tasks[i]);
	drm_exec_fini(&exec);
	return ret;
}

static int try_submit(struct edgetpu_queue *queue, struct edgetpu_task **tasks,
		      const struct drm_edgetpu_array *jobs)
{
	int ret, idx;

	ret = mutex_lock_interruptible(&queue->submit_lock);
	if (ret)
		return ret;
	ret = queue->closed ? -ENOENT : READ_ONCE(queue->error);
	if (!ret && !drm_dev_enter(&queue->edev->drm, &idx))
		ret = -ENODEV;
	if (!ret) {
		ret = lock_and_push(queue, tasks, jobs);
		drm_dev_exit(idx);
	}
	mutex_unlock(&queue->submit_lock);
	return ret;
}

/* What keeps the device awake afterwards are the jobs. */
static int wake(struct edgetpu_device *edev)
{
	int ret, idx;

	if (!drm_dev_enter(&edev->drm, &idx))
		return -ENODEV;
	ret = edgetpu_pm_get(edev);
	drm_dev_exit(idx);
	return ret;
}

static int queue_submit(struct edgetpu_queue *queue, struct edgetpu_task **tasks,
			const struct drm_edgetpu_array *jobs, bool nonblock)
{
	struct edgetpu_device *edev = queue->edev;
	int ret;
	u32 i;

	ret = wake(edev);
	if (ret)
		return ret;
	ret = edgetpu_queue_reserve(queue, jobs->count, nonblock);
	if (ret)
		goto out_put;
	edgetpu_save_grow(edev);
	do {
		ret = try_submit(queue, tasks, jobs);
	} while (ret == -EAGAIN && !(ret = fault_in_seqnos(jobs)));
	if (ret)
		edgetpu_queue_unreserve(queue, jobs->count);
	for (i = 0; !ret && i < jobs->count; i++) {
		if (tasks[i]->signals)
			edgetpu_sync_publish(tasks[i]->signals);
	}
out_put:
	edgetpu_pm_put(edev);
	return ret;
}

int edgetpu_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_submit *args = data;
	struct edgetpu_task **tasks;
	struct edgetpu_queue *queue;
	bool nonblock;
	int ret;
	u32 i;

	if (args->flags & ~DRM_EDGETPU_SUBMIT_NONBLOCK)
		return -EINVAL;
	nonblock = args->flags || filp->filp->f_flags & O_NONBLOCK;
	ret = edgetpu_array_check(&args->jobs, 1, DRM_EDGETPU_MAX_JOBS);
	if (ret)
		return ret;
	queue = edgetpu_queue_lookup(filp->driver_priv, args->queue_id);
	if (!queue)
		return -ENOENT;
	tasks = kcalloc(args->jobs.count, sizeof(*tasks), GFP_KERNEL_ACCOUNT);
	if (!tasks) {
		ret = -ENOMEM;
		goto out_put;
	}

	for (i = 0; !ret && i < args->jobs.count; i++)
		ret = task_create(tasks, i, queue, filp, &args->jobs);
	if (!ret)
		ret = queue_submit(queue, tasks, &args->jobs, nonblock);

	for (i = 0; i < args->jobs.count; i++) {
		if (!tasks[i])
			continue;
		edgetpu_sync_free(tasks[i]->signals);
		edgetpu_task_put(tasks[i]);
	}
	kfree(tasks);
out_put:
	edgetpu_queue_put(queue);
	return ret;
}
