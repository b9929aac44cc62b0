/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_QUEUE_H_
#define _EDGETPU_QUEUE_H_

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

#include <drm/edgetpu_accel.h>

#include "edgetpu_line.h"
#include "edgetpu_usage.h"

struct drm_device;
struct drm_file;
struct edgetpu_device;
struct edgetpu_file;
struct edgetpu_slot;

/* Jobs whose end a queue remembers */
#define EDGETPU_QUEUE_HISTORY	64

/**
 * struct edgetpu_queue - one queue of a client: a scheduler and its one entity
 * @ref: the file's, and one for each job
 * @edev: the device, of which it holds a reference
 * @file: the client, of which it holds a reference
 * @id: what the client knows it by
 * @priority: DRM_EDGETPU_PRIORITY_*
 * @limit: cycles that a job of it may have the engines; 0: any number
 * @sched: hands its jobs over as their dependencies are met
 * @entity: the scheduler's only one
 * @release_work: gives the file's reference back, once the queue has halted
 * @submit_lock: order of jobs: from choosing @seqno to pushing them; @closed
 * @seqno: of the last job submitted
 * @closed: nothing more may be pushed
 * @fence_context: of its jobs' fences
 * @waiting: in edgetpu_party.queues while it wants a slot; edgetpu_device.list_lock
 * @line: of them, the one it is in
 * @parked: it does with a job that is parked in a save area
 * @placed: has a slot or wants one; edgetpu_device.list_lock, as the two before
 * @halting: in edgetpu_device.halting until it has halted; its list_lock
 * @ended: completed when the queue has halted
 * @room: those who wait for @unfinished to become less
 * @lock: everything below
 * @unfinished: jobs that have not ended, and those about to be submitted
 * @slot: its place on the hardware, or NULL; changed with edgetpu_device.hw_lock too
 * @inflight: tasks handed over by the scheduler and not ended, in order
 * @error: 0, or the negative errno that all jobs from now on end with; read
 *	without the lock as well
 * @halted: the hardware has none of its jobs and will get none
 * @released: the file has let go of it
 * @history: how the last jobs ended, by seqno
 * @usage: what its jobs have had of the device; edgetpu_meter.lock
 */
struct edgetpu_queue {
	struct kref ref;
	struct edgetpu_device *edev;
	struct edgetpu_file *file;
	u32 id;
	u32 priority;
	u64 limit;

	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	struct work_struct release_work;

	struct mutex submit_lock;	/* order of jobs */
	u64 seqno;
	bool closed;
	u64 fence_context;

	struct list_head waiting;
	enum edgetpu_line line;
	bool parked;
	bool placed;
	struct list_head halting;
	struct completion ended;

	wait_queue_head_t room;
	spinlock_t lock;	/* all that follows */
	u32 unfinished;
	struct edgetpu_slot *slot;
	struct list_head inflight;
	int error;
	bool halted;
	bool released;
	struct drm_edgetpu_job_status history[EDGETPU_QUEUE_HISTORY];
	struct edgetpu_usage usage;
};

struct edgetpu_queue *edgetpu_queue_get(struct edgetpu_queue *queue);
void edgetpu_queue_put(struct edgetpu_queue *queue);
struct edgetpu_queue *edgetpu_queue_lookup(struct edgetpu_file *file, u32 id);
bool edgetpu_queue_want_slot(struct edgetpu_queue *queue, bool parked, bool first);
void edgetpu_queue_has_slot(struct edgetpu_queue *queue, bool has);
int edgetpu_queue_reserve(struct edgetpu_queue *queue, u32 num, bool nonblock);
void edgetpu_queue_unreserve_locked(struct edgetpu_queue *queue, u32 num);
void edgetpu_queue_unreserve(struct edgetpu_queue *queue, u32 num);
void edgetpu_queue_fail(struct edgetpu_queue *queue, int error);
bool edgetpu_queue_halt_locked(struct edgetpu_queue *queue);
void edgetpu_queue_release(struct edgetpu_queue *queue);
void edgetpu_queue_close_all(struct edgetpu_file *file);
int edgetpu_queue_counters(struct edgetpu_file *file, struct drm_edgetpu_counters *args);

int edgetpu_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *filp);
int edgetpu_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *filp);
int edgetpu_ioctl_job_status(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_QUEUE_H_ */
