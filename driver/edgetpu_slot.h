/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_SLOT_H_
#define _EDGETPU_SLOT_H_

#include <linux/types.h>

#include "edgetpu_ring.h"

struct edgetpu_device;
struct edgetpu_queue;

/**
 * struct edgetpu_slot - a place on the hardware: a ring, and the queue that has it
 * @index: ring number
 * @ring: the ring; its memory lives as long as the driver is bound, so that no
 *	firmware can write to what has become someone else's. Used under the lock of
 *	@queue, or with hw_lock while there is none
 * @queue: who has it, or NULL; changed with edgetpu_device.hw_lock and slots_lock
 * @bound: jiffies since when
 * @used: time of the last completion, or of binding, in ns; @queue's lock
 * @held: no more jobs are written to the ring: others wait for it; @queue's lock
 * @patience: until the one that has begun has ended, not only until it is saved
 */
struct edgetpu_slot {
	u32 index;
	struct edgetpu_ring ring;
	struct edgetpu_queue *queue;
	unsigned long bound;
	u64 used;
	bool held;
	bool patience;
};

int edgetpu_slots_init(struct edgetpu_device *edev);
void edgetpu_slots_quiesce(struct edgetpu_device *edev, unsigned long timeout);
void edgetpu_slots_resume(struct edgetpu_device *edev);
void edgetpu_slots_process(struct edgetpu_device *edev);
bool edgetpu_slots_busy(struct edgetpu_device *edev, u32 *progress);
unsigned int edgetpu_slots_blame(struct edgetpu_device *edev);
bool edgetpu_slots_overdue(struct edgetpu_device *edev, unsigned long elapsed);
unsigned int edgetpu_slots_reset(struct edgetpu_device *edev);
void edgetpu_slots_lost(struct edgetpu_device *edev);

#endif /* _EDGETPU_SLOT_H_ */
