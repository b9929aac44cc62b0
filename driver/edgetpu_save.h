/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_SAVE_H_
#define _EDGETPU_SAVE_H_

#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <edgetpu_hw.h>

#include "edgetpu_vm.h"

struct edgetpu_bo;
struct edgetpu_device;
struct edgetpu_task;

/**
 * struct edgetpu_save - memory in which the firmware keeps jobs that wait for their turn
 * @lock: @bos, and changing @count; outside of edgetpu_vm.lock
 * @vm: an address space of the driver's own, in a context that no job uses
 * @bos: an area each
 * @count: how many there are, the first of @bos; shrinks with hw_lock too
 * @given: those that the firmware has; edgetpu_device.hw_lock
 * @parked: by area, the job that waits there without a ring; edgetpu_device.hw_lock
 * @num_parked: how many of them; edgetpu_device.hw_lock
 * @dropped: areas whose parked jobs have ended: the firmware is to forget them
 * @unknown: the firmware has no use for them
 * @busy_clients: clients with jobs that have not ended, from SUBMIT on
 * @busy_queues: queues with such jobs
 * @size_work: adds areas, and takes them back when nobody has worked for a while
 */
struct edgetpu_save {
	struct mutex lock;	/* bos, count */
	struct edgetpu_vm vm;
	struct edgetpu_bo *bos[EDGETPU_MAX_SAVE_AREAS];
	unsigned int count;
	unsigned int given;
	struct edgetpu_task *parked[EDGETPU_MAX_SAVE_AREAS];
	unsigned int num_parked;
	DECLARE_BITMAP(dropped, EDGETPU_MAX_SAVE_AREAS);
	bool unknown;
	atomic_t busy_clients;
	atomic_t busy_queues;
	struct delayed_work size_work;
};

int edgetpu_save_init(struct edgetpu_device *edev);
void edgetpu_save_fini(struct edgetpu_device *edev);
void edgetpu_save_grow(struct edgetpu_device *edev);
void edgetpu_save_grow_now(struct edgetpu_device *edev);
int edgetpu_save_give(struct edgetpu_device *edev, struct edgetpu_task **gone);
void edgetpu_save_forget(struct edgetpu_device *edev);
bool edgetpu_save_short(struct edgetpu_device *edev);
bool edgetpu_save_park(struct edgetpu_device *edev, u32 area, struct edgetpu_task *task);
void edgetpu_save_unpark(struct edgetpu_device *edev, struct edgetpu_task *task);
void edgetpu_save_drop(struct edgetpu_device *edev, struct edgetpu_task *task);

#endif /* _EDGETPU_SAVE_H_ */
