// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues: each is a firmware ring, the scheduler that fills it, and that
 * scheduler's only entity.
 *
 * Life of a queue: created with a ring on the hardware; halted, when a job of it
 * fails, when it is destroyed or the device goes, which takes the ring away and
 * ends all jobs in order; closed, by its owner; freed with the last reference,
 * when the last of its jobs is.
 */
#include <linux/capability.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "compat.h"
#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_job.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_queue.h"
#include "edgetpu_recovery.h"

/* The scheduler looks at a job that takes long this often; see edgetpu_recovery.c. */
#define CHECK_INTERVAL_MS	1000u

static_assert(!(EDGETPU_QUEUE_DEPTH & (EDGETPU_QUEUE_DEPTH - 1)));
static_assert(EDGETPU_QUEUE_DEPTH <= EDGETPU_RING_MAX_ENTRIES);

struct edgetpu_queue *edgetpu_queue_get(struct edgetpu_queue *queue)
{
	kref_get(&queue->ref);
	return queue;
}

static void queue_release(struct kref *ref)
{
	struct edgetpu_queue *queue = container_of(ref, struct edgetpu_queue, ref);
	struct edgetpu_device *edev = queue->edev;

	drm_sched_fini(&queue->sched);
	edgetpu_file_put(queue->file);
	mutex_destroy(&queue->submit_lock);
	kfree(queue);
	drm_dev_put(&edev->drm);
	module_put(THIS_MODULE);
}

/*
 * Not from the scheduler's callbacks nor from the recovery workqueue where this
 * may be the last reference: stopping the scheduler waits for both.
 */
void edgetpu_queue_put(struct edgetpu_queue *queue)
{
	kref_put(&queue->ref, queue_release);
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

static int ring_alloc(struct edgetpu_device *edev, struct edgetpu_ring *ring)
{
	void *mem = dma_alloc_coherent(edev->drm.dev, EDGETPU_RING_BYTES(EDGETPU_QUEUE_DEPTH),
				       &ring->dma, GFP_KERNEL_ACCOUNT);

	if (!mem)
		return -ENOMEM;
	ring->header = mem;
	ring->jobs = mem + EDGETPU_RING_JOBS;
	ring->completions = mem + EDGETPU_RING_COMPLETIONS(EDGETPU_QUEUE_DEPTH);
	return 0;
}

static void ring_free(struct edgetpu_device *edev, struct edgetpu_ring *ring)
{
	if (ring->header)
		dma_free_coherent(edev->drm.dev, EDGETPU_RING_BYTES(EDGETPU_QUEUE_DEPTH),
				  ring->header, ring->dma);
}

/* Makes the ring as new; the hardware does not have it at this moment. */
void edgetpu_queue_clear_ring(struct edgetpu_queue *queue)
{
	lockdep_assert_held(&queue->lock);
	memset(queue->ring.header, 0, EDGETPU_RING_BYTES(EDGETPU_QUEUE_DEPTH));
	queue->emitted = 0;
	queue->completed = 0;
	queue->broken = false;
}

/* Tells the firmware of the ring; also after a reset. */
int edgetpu_queue_ring_create(struct edgetpu_queue *queue)
{
	const u32 args[] = {
		queue->slot, queue->file->vm.context, queue->priority,
		lower_32_bits(queue->ring.dma), upper_32_bits(queue->ring.dma),
		EDGETPU_QUEUE_DEPTH,
	};

	return edgetpu_mailbox_call(queue->edev, EDGETPU_MBOX_RING_CREATE, args,
				    ARRAY_SIZE(args), NULL, 0);
}

static void ring_publish(struct edgetpu_device *edev, int slot, struct edgetpu_queue *queue)
{
	spin_lock_irq(&edev->rings_lock);
	edev->rings[slot] = queue;
	spin_unlock_irq(&edev->rings_lock);
}

/* Finds a place on the hardware. -ENOSPC when there is none. */
static int queue_attach(struct edgetpu_queue *queue)
{
	struct edgetpu_device *edev = queue->edev;
	unsigned int slot;
	int ret;

	lockdep_assert_held(&edev->hw_lock);
	if (edev->lost)
		return -ENODEV;
	for (slot = 0; slot < edev->hw.num_queues; slot++) {
		if (!edev->rings[slot])
			break;
	}
	if (slot == edev->hw.num_queues)
		return -ENOSPC;
	ret = edgetpu_context_get(edev, &queue->file->vm);
	if (ret)
		goto err_reset;

	queue->slot = slot;
	ret = edgetpu_queue_ring_create(queue);
	if (ret) {
		queue->slot = -1;
		edgetpu_context_put(edev, &queue->file->vm);
		goto err_reset;
	}
	ring_publish(edev, slot, queue);
	return 0;

err_reset:
	/* Whether the firmware refused or died: what it holds is not what we think. */
	if (ret == -EIO || ret == -ETIMEDOUT)
		edgetpu_reset_request(edev);
	return ret;
}

/*
 * The hardware can reach the ring no more: ends its jobs, those that it had
 * still completed as they did, and frees the ring.
 */
void edgetpu_queue_detach(struct edgetpu_queue *queue, int error)
{
	struct edgetpu_device *edev = queue->edev;
	struct edgetpu_ring ring;

	lockdep_assert_held(&edev->hw_lock);
	if (queue->slot >= 0) {
		ring_publish(edev, queue->slot, NULL);
		queue->slot = -1;
	}

	spin_lock_irq(&queue->lock);
	if (!queue->halted)
		edgetpu_queue_process_locked(queue);
	queue->halted = true;
	if (!queue->error || error == -ENODEV)
		queue->error = error;
	edgetpu_queue_cancel_locked(queue, queue->error);
	ring = queue->ring;
	memset(&queue->ring, 0, sizeof(queue->ring));
	spin_unlock_irq(&queue->lock);

	ring_free(edev, &ring);
}

static void queue_halt_work(struct work_struct *work)
{
	struct edgetpu_queue *queue = container_of(work, struct edgetpu_queue, halt_work);
	struct edgetpu_device *edev = queue->edev;
	const bool signalling = dma_fence_begin_signalling();
	int ret, ret2;
	u32 slot;

	mutex_lock(&edev->hw_lock);
	if (queue->slot >= 0) {
		slot = queue->slot;
		ring_publish(edev, slot, NULL);
		ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_DESTROY, &slot, 1, NULL, 0);
		ret2 = edgetpu_context_put(edev, &queue->file->vm);
		queue->slot = -1;
		/* What the hardware would not let go of, a reset takes from it. */
		if ((ret && ret != -ENODEV) || (ret2 && ret2 != -ENODEV))
			edgetpu_reset(edev, NULL, false);
		edgetpu_queue_detach(queue, -ECANCELED);
	}
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
	edgetpu_queue_put(queue);
}

/* From now on every job of the queue ends with @error. Any context. */
void edgetpu_queue_fail(struct edgetpu_queue *queue, int error)
{
	lockdep_assert_held(&queue->lock);
	if (!queue->error)
		queue->error = error;
	edgetpu_queue_get(queue);
	if (!queue_work(queue->edev->recovery_wq, &queue->halt_work))
		edgetpu_queue_put(queue);
}

static struct edgetpu_queue *queue_alloc(struct edgetpu_device *edev, struct edgetpu_file *file,
					 u32 priority)
{
	const unsigned int check_ms = min(edgetpu_timeout_ms, CHECK_INTERVAL_MS);
	struct drm_gpu_scheduler *sched;
	struct edgetpu_queue *queue;
	int ret;

	queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	kref_init(&queue->ref);
	queue->edev = edev;
	queue->file = file;
	queue->priority = priority;
	queue->slot = -1;
	queue->fence_context = dma_fence_context_alloc(1);
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->inflight);
	INIT_WORK(&queue->halt_work, queue_halt_work);

	ret = ring_alloc(edev, &queue->ring);
	if (ret)
		goto err_free;
	ret = edgetpu_sched_init(&queue->sched, &edgetpu_sched_ops, edev->sched_wq,
				 edev->recovery_wq, EDGETPU_QUEUE_DEPTH,
				 msecs_to_jiffies(check_ms), edev->drm.dev);
	if (ret)
		goto err_ring;
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
err_ring:
	ring_free(edev, &queue->ring);
err_free:
	kfree(queue);
	return ERR_PTR(ret);
}

/* No id leads here any more: ends all jobs in bounded time, and lets go of the queue. */
static void queue_close(struct edgetpu_queue *queue)
{
	mutex_lock(&queue->submit_lock);
	queue->closed = true;
	mutex_unlock(&queue->submit_lock);

	spin_lock_irq(&queue->lock);
	edgetpu_queue_fail(queue, -ECANCELED);
	spin_unlock_irq(&queue->lock);
	flush_work(&queue->halt_work);

	edgetpu_sched_entity_kill(&queue->entity);
	edgetpu_queue_put(queue);
}

int edgetpu_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct edgetpu_file *file = filp->driver_priv;
	struct drm_edgetpu_queue_create *args = data;
	struct edgetpu_device *edev = file->edev;
	struct edgetpu_queue *queue;
	int ret, idx;

	if (args->flags || args->pad || args->priority > DRM_EDGETPU_PRIORITY_HIGH)
		return -EINVAL;
	if (args->priority == DRM_EDGETPU_PRIORITY_HIGH && !capable(CAP_SYS_NICE))
		return -EACCES;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ret = mutex_lock_interruptible(&file->lock);
	if (ret)
		goto out_exit;
	if (file->num_queues == DRM_EDGETPU_MAX_QUEUES) {
		ret = -ENOSPC;
		goto out_unlock;
	}
	queue = queue_alloc(edev, file, args->priority);
	if (IS_ERR(queue)) {
		ret = PTR_ERR(queue);
		goto out_unlock;
	}

	mutex_lock(&edev->hw_lock);
	ret = queue_attach(queue);
	mutex_unlock(&edev->hw_lock);
	if (ret) {
		ring_free(edev, &queue->ring);
		edgetpu_sched_entity_kill(&queue->entity);
		edgetpu_queue_put(queue);
		goto out_unlock;
	}

	/* From here on another thread may find the queue and destroy it. */
	ret = xa_alloc_cyclic(&file->queues, &args->id, queue, XA_LIMIT(1, INT_MAX),
			      &file->next_queue, GFP_KERNEL_ACCOUNT);
	if (ret < 0) {
		queue_close(queue);
	} else {
		file->num_queues++;
		ret = 0;
	}
out_unlock:
	mutex_unlock(&file->lock);
out_exit:
	drm_dev_exit(idx);
	return ret;
}

int edgetpu_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_queue_destroy *args = data;
	struct edgetpu_file *file = filp->driver_priv;
	struct edgetpu_queue *queue;

	if (args->pad)
		return -EINVAL;
	mutex_lock(&file->lock);
	queue = xa_erase(&file->queues, args->id);
	if (queue)
		file->num_queues--;
	mutex_unlock(&file->lock);
	if (!queue)
		return -ENOENT;
	queue_close(queue);
	return 0;
}

/* The file is closing. */
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
