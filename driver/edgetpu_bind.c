// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding: a queue gets a slot, which is a ring of the firmware's, and loses it again;
 * what becomes of its jobs then. Who is to have one is in edgetpu_slot.c.
 *
 * All of it runs with hw_lock held and allocates nothing: a job's fence depends on it.
 */
#include <drm/drm_print.h>

#include "edgetpu_bind.h"
#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_job.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_save.h"
#include "edgetpu_trace.h"

/* Resets of the device that a job outlives while it is saved: it may be what causes them. */
#define MAX_SURVIVED	8

static void slot_publish(struct edgetpu_device *edev, struct edgetpu_slot *slot,
			 struct edgetpu_queue *queue)
{
	lockdep_assert_held(&edev->hw_lock);
	spin_lock_irq(&edev->slots_lock);
	WRITE_ONCE(slot->queue, queue);
	spin_unlock_irq(&edev->slots_lock);
}

/*
 * Whether the firmware refused or died: what it holds is not what we think, and
 * nothing more is asked of it until it has been reset.
 */
int edgetpu_hardware_failed(struct edgetpu_device *edev, int error)
{
	edev->offline = true;
	/* -EAGAIN: whoever interrupts us resets it anyway */
	if (error != -EAGAIN)
		edgetpu_reset_request(edev);
	return error;
}

/*
 * Ends the jobs of a slot that are done, with interrupts let in between a few: as
 * many as may have been done before, for more comes another interrupt.
 */
void edgetpu_slot_process(struct edgetpu_device *edev, struct edgetpu_slot *slot)
{
	struct edgetpu_queue *queue;
	unsigned int n;
	bool more = true;

	for (n = 0; more && n < EDGETPU_RING_DEPTH; n += EDGETPU_JOBS_AT_ONCE) {
		more = false;
		spin_lock_irq(&edev->slots_lock);
		queue = slot->queue;
		if (queue) {
			spin_lock(&queue->lock);
			/* Otherwise it is being bound. */
			if (queue->slot)
				more = edgetpu_queue_process_locked(queue);
			spin_unlock(&queue->lock);
		}
		spin_unlock_irq(&edev->slots_lock);
	}
}

/* --- off the hardware --- */

/* On success the firmware knows the ring no more; otherwise a reset will see to it. */
static int ring_destroy(struct edgetpu_device *edev, struct edgetpu_slot *slot)
{
	int ret;

	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_DESTROY, &slot->index, 1, NULL, 0);
	if (!ret)
		ret = edgetpu_context_put(edev, edgetpu_slot_vm(slot));
	return ret ? edgetpu_hardware_failed(edev, ret) : 0;
}

/* Ends all jobs of a queue that has an error. */
void edgetpu_slot_end(struct edgetpu_queue *queue)
{
	bool more, released = false;

	do {
		spin_lock_irq(&queue->lock);
		more = edgetpu_queue_cancel_locked(queue);
		if (!more)
			released = edgetpu_queue_halt_locked(queue);
		spin_unlock_irq(&queue->lock);
	} while (more);
	if (released)
		edgetpu_queue_release(queue);
}

/* The queue's job that is parked, which is the first it has, or NULL */
static struct edgetpu_task *parked_task(struct edgetpu_queue *queue)
{
	struct edgetpu_task *task;

	lockdep_assert_held(&queue->lock);
	task = list_first_entry_or_null(&queue->inflight, struct edgetpu_task, node);
	return task && task->parked ? task : NULL;
}

/*
 * The hardware has the slot's ring no more. Jobs that had ended did; what becomes of
 * the others is for @started to say: the job that had begun, or 0. It has failed unless
 * it is parked. With @first the others go before all who wait.
 */
void edgetpu_slot_detach(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 started,
			 bool first)
{
	struct edgetpu_queue *queue = slot->queue;
	struct edgetpu_task *task, *next;
	bool failed;

	slot_publish(edev, slot, NULL);
	spin_lock_irq(&queue->lock);
	trace_edgetpu_unbind(queue, slot);
	list_for_each_entry_safe(task, next, &queue->inflight, node) {
		const bool ran = started && task->ring_seq == started;

		edgetpu_task_leave_ring(task);
		if (ran && !task->parked && !queue->error)
			edgetpu_task_end(task, -ECANCELED, NULL);
	}
	queue->slot = NULL;
	edgetpu_queue_has_slot(queue, false);
	failed = queue->error;
	if (!failed && !list_empty(&queue->inflight))
		edgetpu_queue_want_slot(queue, parked_task(queue), first);
	spin_unlock_irq(&queue->lock);
	if (failed)
		edgetpu_slot_end(queue);
}

/*
 * Job @seq of the slot's ring is parked in an area, by the device's word: can that be? The
 * interrupt finds the ring until the slot is left, and has no hw_lock, which it takes to end
 * a parked job.
 */
static bool slot_park(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 seq, u32 area)
{
	struct edgetpu_queue *queue = slot->queue;
	struct edgetpu_task *task;
	bool parked = false;

	spin_lock_irq(&queue->lock);
	task = list_first_entry_or_null(&queue->inflight, struct edgetpu_task, node);
	if (task && task->ring_seq == seq)
		parked = edgetpu_save_park(edev, area, task);
	if (parked) {
		edgetpu_ring_retire(&slot->ring);
		trace_edgetpu_slice(task, area, true);
	}
	spin_unlock_irq(&queue->lock);
	return parked;
}

/*
 * Nothing more is written to the ring, of what is in it the firmware starts no job any
 * more, and what it has started gives way; only with @patience it goes on to its end.
 */
int edgetpu_slot_hold(struct edgetpu_device *edev, struct edgetpu_slot *slot, bool patience)
{
	const u32 args[] = { slot->index, !patience };
	struct edgetpu_queue *queue = slot->queue;
	u32 stopped[2];
	int ret;

	spin_lock_irq(&queue->lock);
	slot->held = true;
	slot->patience = patience;
	spin_unlock_irq(&queue->lock);
	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_STOP, args, ARRAY_SIZE(args), stopped,
				   ARRAY_SIZE(stopped));
	if (ret)
		return edgetpu_hardware_failed(edev, ret);

	spin_lock_irq(&queue->lock);
	edgetpu_ring_stop(&slot->ring, stopped[1], stopped[0]);
	if (slot->ring.broken)
		ret = -EPROTO;
	else if (edgetpu_ring_dry(&slot->ring))
		edgetpu_slots_kick(edev);
	spin_unlock_irq(&queue->lock);
	return ret ? edgetpu_hardware_failed(edev, ret) : 0;
}

/* What RING_PARK says of a ring: true if it makes sense, and then a job may be parked. */
static bool slot_parked(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 area, u32 fence)
{
	edgetpu_slot_process(edev, slot);
	if (slot->ring.broken || slot->ring.completed != fence)
		return false;
	return area == EDGETPU_NO_AREA || slot_park(edev, slot, fence + 1, area);
}

/*
 * Takes a slot whose job does not run: one that is saved stays where it is saved, those
 * that have not begun are the queue's again. -EBUSY when one runs after all: then it is
 * held until that gives way.
 */
int edgetpu_slot_take(struct edgetpu_device *edev, struct edgetpu_slot *slot)
{
	struct edgetpu_queue *queue = slot->queue;
	u32 parked[2];
	int ret;

	spin_lock_irq(&queue->lock);
	slot->held = true;
	spin_unlock_irq(&queue->lock);
	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_PARK, &slot->index, 1, parked,
				   ARRAY_SIZE(parked));
	if (ret == -EBUSY)
		return edgetpu_slot_hold(edev, slot, false) ?: -EBUSY;
	if (!ret && !slot_parked(edev, slot, parked[0], parked[1]))
		ret = -EPROTO;
	if (!ret)
		ret = edgetpu_context_put(edev, edgetpu_slot_vm(slot));
	if (ret)
		return edgetpu_hardware_failed(edev, ret);
	edgetpu_slot_detach(edev, slot, 0, false);
	return 0;
}

/* Takes a slot with no job on the hardware. -EBUSY when it has one after all. */
int edgetpu_slot_unbind(struct edgetpu_device *edev, struct edgetpu_slot *slot)
{
	struct edgetpu_queue *queue = slot->queue;
	bool busy;
	int ret;

	spin_lock_irq(&queue->lock);
	busy = !edgetpu_ring_dry(&slot->ring);
	if (!busy)
		slot->held = true;
	spin_unlock_irq(&queue->lock);
	if (busy)
		return -EBUSY;
	ret = edgetpu_slot_take(edev, slot);
	/* Where nothing is there is nothing to wait for: we would be told so for ever. */
	return ret == -EBUSY ? edgetpu_hardware_failed(edev, -EPROTO) : ret;
}

/* The queue has an error: all jobs of it end, the one that runs too. */
void edgetpu_slot_halt(struct edgetpu_device *edev, struct edgetpu_queue *queue)
{
	struct edgetpu_slot *slot = queue->slot;

	if (!slot) {
		edgetpu_slot_end(queue);
		return;
	}
	spin_lock_irq(&queue->lock);
	slot->held = true;
	spin_unlock_irq(&queue->lock);
	/* Otherwise the queue halts when the device has been reset. */
	if (edev->offline || ring_destroy(edev, slot))
		return;
	edgetpu_slot_process(edev, slot);
	edgetpu_slot_detach(edev, slot, 0, false);
}

/* --- onto the hardware --- */

/* A ring that takes over a parked job, if there is one */
static int ring_create(struct edgetpu_device *edev, const struct edgetpu_slot *slot,
		       const struct edgetpu_task *parked)
{
	const u32 args[] = {
		slot->index, edgetpu_slot_vm(slot)->context, slot->queue->priority,
		lower_32_bits(slot->ring.dma), upper_32_bits(slot->ring.dma),
		EDGETPU_RING_DEPTH, parked ? parked->parked : 0,
	};

	return edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_CREATE, args, ARRAY_SIZE(args), NULL,
				    0);
}

int edgetpu_slot_bind(struct edgetpu_device *edev, struct edgetpu_slot *slot,
		      struct edgetpu_queue *queue)
{
	struct edgetpu_vm *vm = &queue->file->vm;
	struct edgetpu_task *parked;
	int ret;

	ret = edgetpu_context_get(edev, vm);
	if (ret)
		return edgetpu_hardware_failed(edev, ret);
	edgetpu_ring_clear(&slot->ring);
	slot->bound = jiffies;
	slot->used = ktime_get_ns();
	slot_publish(edev, slot, queue);
	/* It does not end without hw_lock. */
	spin_lock_irq(&queue->lock);
	parked = parked_task(queue);
	spin_unlock_irq(&queue->lock);
	ret = ring_create(edev, slot, parked);
	/* Refused, it stays there without jobs until the reset has sorted things out. */
	spin_lock_irq(&queue->lock);
	slot->held = ret;
	slot->patience = false;
	queue->slot = slot;
	edgetpu_queue_has_slot(queue, true);
	trace_edgetpu_bind(queue, slot);
	if (parked && !ret) {
		trace_edgetpu_slice(parked, parked->parked - 1, false);
		edgetpu_save_unpark(edev, parked);
	}
	/* What the firmware has taken over is in the ring, also of a queue that is to be halted. */
	if (parked || !queue->error)
		edgetpu_queue_emit_locked(queue);
	spin_unlock_irq(&queue->lock);
	if (ret)
		return edgetpu_hardware_failed(edev, ret);
	edev->turn++;
	return 0;
}

/* --- after a reset --- */

/* The slot's job that was saved when the device was reset is parked from now on. */
void edgetpu_slot_survives(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 seq,
			   u32 area)
{
	struct edgetpu_queue *queue = slot->queue;
	struct edgetpu_task *task;
	bool too_often;

	spin_lock_irq(&queue->lock);
	task = list_first_entry_or_null(&queue->inflight, struct edgetpu_task, node);
	too_often = task && ++task->survived > MAX_SURVIVED;
	spin_unlock_irq(&queue->lock);
	if (!too_often)
		slot_park(edev, slot, seq, area);
}
