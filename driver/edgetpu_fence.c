// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fence that syncobjs, sync files and reservations get to see.
 *
 * It is not the scheduler's own: that one points to the scheduler, which goes
 * with its queue, while a fence may live on in a sync file. Ours needs nothing
 * but this module's code, and so holds on to the module until after its last
 * RCU reader; edgetpu_exit() waits for the callbacks.
 */
#include <linux/dma-fence.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "edgetpu_device.h"
#include "edgetpu_fence.h"

/**
 * struct edgetpu_fence - end of a job
 * @base: the fence
 * @lock: @base, as struct dma_fence wants it
 */
struct edgetpu_fence {
	struct dma_fence base;
	spinlock_t lock;	/* base */
};

static const char *edgetpu_fence_name(struct dma_fence *fence)
{
	return EDGETPU_DRIVER_NAME;
}

static void edgetpu_fence_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct edgetpu_fence, base.rcu));
	module_put(THIS_MODULE);
}

static void edgetpu_fence_release(struct dma_fence *fence)
{
	call_rcu(&fence->rcu, edgetpu_fence_free_rcu);
}

static const struct dma_fence_ops edgetpu_fence_ops = {
	.get_driver_name = edgetpu_fence_name,
	.get_timeline_name = edgetpu_fence_name,
	.release = edgetpu_fence_release,
};

/* A fence that nobody knows yet: edgetpu_fence_init() or edgetpu_fence_free() is next. */
struct dma_fence *edgetpu_fence_alloc(void)
{
	struct edgetpu_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL_ACCOUNT);

	if (!fence)
		return NULL;
	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	return &fence->base;
}

void edgetpu_fence_init(struct dma_fence *fence, u64 context, u64 seqno)
{
	struct edgetpu_fence *efence = container_of(fence, struct edgetpu_fence, base);

	dma_fence_init(fence, &edgetpu_fence_ops, &efence->lock, context, seqno);
}

/* Gives back the reference of edgetpu_fence_alloc(), initialised or not. */
void edgetpu_fence_free(struct dma_fence *fence)
{
	if (fence->ops)
		dma_fence_put(fence);
	else
		edgetpu_fence_free_rcu(&fence->rcu);
}
