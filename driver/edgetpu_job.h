/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_JOB_H_
#define _EDGETPU_JOB_H_

#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

#include "edgetpu_usage.h"

/* Jobs that end under one lock: each wakes whoever waits, with interrupts off. */
#define EDGETPU_JOBS_AT_ONCE	8

struct dma_fence_chain;
struct drm_gem_object;
struct drm_syncobj;
struct edgetpu_dump_job;
struct edgetpu_queue;

/**
 * struct edgetpu_task - a job on its way through the driver; struct edgetpu_job is
 * the ring's entry
 * @ref: the SUBMIT that made it, and the scheduler from when it is queued
 * @sched_job: the scheduler's part
 * @queue: the queue, of which it holds a reference
 * @fence: signalled when the job has ended; what the world outside sees
 * @desc: the ring's entry but for its sequence number
 * @bos: buffers of the regions, of which it holds references
 * @signals: whom it tells besides, or NULL; the SUBMIT's
 * @seqno: number in its queue
 * @pid: the process that submitted it
 * @node: in edgetpu_queue.inflight
 * @parked: number of the save area in which it is parked, and 1; or 0: in none.
 *	edgetpu_device.hw_lock, but for whoever made it
 * @survived: resets of the device that it has outlived there
 * @ring_seq: sequence number in the ring; 0 while it is in none
 * @cost: bytes that its client has been charged
 * @had: what its client has been credited for it
 * @host_time: jiffies that it was seen to have the engines
 * @verdict: 0, or the error that it ends with whatever the firmware says
 * @release_work: lets go of the buffers, away from the scheduler
 */
struct edgetpu_task {
	struct kref ref;
	struct drm_sched_job sched_job;
	struct edgetpu_queue *queue;
	struct dma_fence *fence;
	struct edgetpu_job desc;
	struct drm_gem_object *bos[EDGETPU_NUM_REGIONS];
	struct edgetpu_signals *signals;
	u64 seqno;
	pid_t pid;
	struct list_head node;
	u32 parked;
	u32 survived;
	u32 ring_seq;
	struct edgetpu_told had;
	unsigned long host_time;
	int verdict;
	u64 cost;
	struct work_struct release_work;
};

static inline struct edgetpu_task *to_edgetpu_task(struct drm_sched_job *job)
{
	return container_of(job, struct edgetpu_task, sched_job);
}

extern const struct drm_sched_backend_ops edgetpu_sched_ops;

void edgetpu_task_put(struct edgetpu_task *task);
void edgetpu_task_end(struct edgetpu_task *task, int error,
		      const struct edgetpu_completion *completion);
void edgetpu_task_describe(const struct edgetpu_task *task, struct edgetpu_dump_job *job,
			   u32 flags);
void edgetpu_task_leave_ring(struct edgetpu_task *task);
void edgetpu_queue_emit_locked(struct edgetpu_queue *queue);
bool edgetpu_queue_process_locked(struct edgetpu_queue *queue);
bool edgetpu_queue_cancel_locked(struct edgetpu_queue *queue);

#endif /* _EDGETPU_JOB_H_ */
