/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_SYNC_H_
#define _EDGETPU_SYNC_H_

#include <linux/types.h>

#include <drm/edgetpu_accel.h>

struct dma_fence;
struct dma_fence_chain;
struct drm_exec;
struct drm_file;
struct drm_syncobj;
struct edgetpu_task;

/**
 * struct edgetpu_signal - what a job does to a syncobj
 * @syncobj: it
 * @replaces: its fence takes the place of all there was
 * @point: of the timeline that is added, after that; 0 for none
 * @chain: the link for it, allocated beforehand
 */
struct edgetpu_signal {
	struct drm_syncobj *syncobj;
	bool replaces;
	u64 point;
	struct dma_fence_chain *chain;
};

/**
 * struct edgetpu_signals - all that a job does to syncobjs
 * @fence: the job's, of which it has a reference once it is queued
 * @num: syncobjs
 * @list: one each
 */
struct edgetpu_signals {
	struct dma_fence *fence;
	u32 num;
	struct edgetpu_signal list[];
};

/**
 * struct edgetpu_sync_before - what earlier jobs of a call will do to a syncobj
 * @replaced: one of them puts its fence in the place of all there was
 * @point: the last point added, after that; 0 for none
 */
struct edgetpu_sync_before {
	bool replaced;
	u64 point;
};

int edgetpu_sync_check(const struct drm_edgetpu_sync_op *op);
void edgetpu_sync_note(struct edgetpu_sync_before *before, const struct edgetpu_signal *signals,
		       u32 num, const struct drm_syncobj *syncobj);

int edgetpu_sync_wait(struct edgetpu_task **tasks, u32 index, struct drm_file *filp,
		      const struct drm_edgetpu_sync_op *op);
struct edgetpu_signals *edgetpu_sync_alloc(u32 max);
int edgetpu_sync_signal(struct edgetpu_signals *signals, struct drm_file *filp,
			const struct drm_edgetpu_sync_op *op);
void edgetpu_sync_publish(struct edgetpu_signals *signals);
void edgetpu_sync_free(struct edgetpu_signals *signals);

int edgetpu_sync_lock_buffers(struct drm_exec *exec, struct edgetpu_task **tasks, u32 num);
int edgetpu_sync_wait_buffers(struct edgetpu_task **tasks, u32 num);
void edgetpu_sync_publish_buffers(struct edgetpu_task *task);

#endif /* _EDGETPU_SYNC_H_ */
