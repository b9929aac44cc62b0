/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_BIND_H_
#define _EDGETPU_BIND_H_

#include "edgetpu_file.h"
#include "edgetpu_queue.h"
#include "edgetpu_slot.h"

/* The address space of the client that has the slot */
static inline struct edgetpu_vm *edgetpu_slot_vm(const struct edgetpu_slot *slot)
{
	return &slot->queue->file->vm;
}

int edgetpu_hardware_failed(struct edgetpu_device *edev, int error);
int edgetpu_slot_bind(struct edgetpu_device *edev, struct edgetpu_slot *slot,
		      struct edgetpu_queue *queue);
int edgetpu_slot_hold(struct edgetpu_device *edev, struct edgetpu_slot *slot, bool patience);
int edgetpu_slot_take(struct edgetpu_device *edev, struct edgetpu_slot *slot);
int edgetpu_slot_unbind(struct edgetpu_device *edev, struct edgetpu_slot *slot);
void edgetpu_slot_process(struct edgetpu_device *edev, struct edgetpu_slot *slot);
void edgetpu_slot_survives(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 seq,
			   u32 area);
void edgetpu_slot_detach(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 started,
			 bool first);
void edgetpu_slot_halt(struct edgetpu_device *edev, struct edgetpu_queue *queue);
void edgetpu_slot_end(struct edgetpu_queue *queue);

#endif /* _EDGETPU_BIND_H_ */
