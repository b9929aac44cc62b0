/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_QUEUE_H_
#define _EDGETPU_QUEUE_H_

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

#include <edgetpu_hw.h>
#include <drm/edgetpu_accel.h>

struct drm_device;
struct drm_file;
struct edgetpu_device;
struct edgetpu_file;

/* Jobs of one queue that the firmware can see at once */
#define EDGETPU_QUEUE_DEPTH	32

/* Jobs whose end a queue remembers */
#define EDGETPU_QUEUE_HISTORY	64

/**
 * struct edgetpu_ring - a firmware ring in host memory; all but the jobs is written
 * by the device and so not to be trusted
 * @header: at its start
 * @jobs: what we write
 * @completions: what the firmware answers
 * @dma: where the device finds it
 */
struct edgetpu_ring {
	struct edgetpu_ring_header *header;
	struct edgetpu_job *jobs;
	struct edgetpu_completion *completions;
	dma_addr_t dma;
};

/**
 * struct edgetpu_queue - one queue of a client: a scheduler, its one entity and
 * the firmware ring they feed
 * @ref: the file's, one for each job, one for a pending @halt_work
 * @edev: the device, of which it holds a reference
 * @file: the client, of which it holds a reference
 * @priority: DRM_EDGETPU_PRIORITY_*
 * @slot: ring number, or -1 when the hardware has it no more; edgetpu_device.hw_lock
 * @sched: one per ring
 * @entity: one per scheduler
 * @halt_work: takes the ring away from the hardware and ends its jobs
 * @submit_lock: order of jobs: from choosing @seqno to pushing them; @closed
 * @seqno: of the last job submitted
 * @closed: nothing more may be pushed
 * @fence_context: of its jobs' fences
 * @lock: everything below
 * @ring: its memory; NULL pointers once the hardware has it no more
 * @inflight: tasks handed over by the scheduler and not ended, in order
 * @emitted: jobs written to the ring, free running
 * @completed: jobs of those whose completion was read
 * @error: 0, or the negative errno that all jobs from now on end with
 * @broken: the firmware wrote nonsense to the ring; a reset is on its way
 * @halted: the hardware has the ring no more
 * @history: how the last jobs ended, by seqno
 */
struct edgetpu_queue {
	struct kref ref;
	struct edgetpu_device *edev;
	struct edgetpu_file *file;
	u32 priority;
	int slot;

	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	struct work_struct halt_work;

	struct mutex submit_lock;	/* order of jobs */
	u64 seqno;
	bool closed;
	u64 fence_context;

	spinlock_t lock;	/* all that follows */
	struct edgetpu_ring ring;
	struct list_head inflight;
	u32 emitted;
	u32 completed;
	int error;
	bool broken;
	bool halted;
	struct drm_edgetpu_job_status history[EDGETPU_QUEUE_HISTORY];
};

struct edgetpu_queue *edgetpu_queue_get(struct edgetpu_queue *queue);
void edgetpu_queue_put(struct edgetpu_queue *queue);
struct edgetpu_queue *edgetpu_queue_lookup(struct edgetpu_file *file, u32 id);
int edgetpu_queue_ring_create(struct edgetpu_queue *queue);
void edgetpu_queue_clear_ring(struct edgetpu_queue *queue);
void edgetpu_queue_detach(struct edgetpu_queue *queue, int error);
void edgetpu_queue_fail(struct edgetpu_queue *queue, int error);
void edgetpu_queue_close_all(struct edgetpu_file *file);

int edgetpu_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *filp);
int edgetpu_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *filp);
int edgetpu_ioctl_job_status(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_QUEUE_H_ */
