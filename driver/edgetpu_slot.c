// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots: the few places that the hardware has for queues, and who has them.
 *
 * A queue with jobs and no slot waits in line. It gets a free slot, or that of the
 * queue which has been idle longest; when none is idle, those who have had theirs
 * longest are held: they finish what the firmware has and stand in line again for
 * the rest. The same goes for hardware contexts, of which a client has one for all
 * its queues. So any number of clients may be open and at work.
 *
 * All of it runs on the recovery workqueue and allocates nothing: a job's fence
 * depends on it.
 */
#include <linux/dma-mapping.h>
#include <linux/jhash.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include <drm/drm_managed.h>

#include "compat.h"
#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_job.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_queue.h"
#include "edgetpu_save.h"
#include "edgetpu_slot.h"

/* How long a busy queue keeps its slot while others wait */
#define SLOT_QUANTUM	(HZ / 10)
/* Slots that are held at once, at most as many as wait */
#define MAX_HELD	4
/* Of so many turns one goes to those who want another slot, be there others without or not */
#define SHARE_OF_OTHERS	4

/* The slot after @slot, or the first, that a queue has; NULL at the end */
static struct edgetpu_slot *next_bound(struct edgetpu_device *edev, struct edgetpu_slot *slot)
{
	for (slot = slot ? slot + 1 : edev->slots; slot < edev->slots + edev->hw.num_queues;
	     slot++) {
		if (slot->queue)
			return slot;
	}
	return NULL;
}

static struct edgetpu_slot *find_free(struct edgetpu_device *edev)
{
	unsigned int i;

	for (i = 0; i < edev->hw.num_queues; i++) {
		if (!edev->slots[i].queue)
			return &edev->slots[i];
	}
	return NULL;
}

static void slot_work(struct work_struct *work);

static void slots_fini(struct drm_device *drm, void *unused)
{
	cancel_delayed_work_sync(&to_edgetpu(drm)->slot_work);
}

int edgetpu_slots_init(struct edgetpu_device *edev)
{
	const size_t bytes = PAGE_ALIGN(EDGETPU_RING_BYTES(EDGETPU_RING_DEPTH));
	dma_addr_t dma;
	unsigned int i;
	void *memory;

	INIT_DELAYED_WORK(&edev->slot_work, slot_work);
	edev->slots = drmm_kcalloc(&edev->drm, edev->hw.num_queues, sizeof(*edev->slots),
				   GFP_KERNEL);
	memory = dmam_alloc_coherent(edev->drm.dev, edev->hw.num_queues * bytes, &dma, GFP_KERNEL);
	if (!edev->slots || !memory)
		return -ENOMEM;
	for (i = 0; i < edev->hw.num_queues; i++) {
		edev->slots[i].index = i;
		edgetpu_ring_init(&edev->slots[i].ring, memory + i * bytes, dma + i * bytes);
	}
	return drmm_add_action_or_reset(&edev->drm, slots_fini, NULL);
}

static struct edgetpu_vm *slot_vm(const struct edgetpu_slot *slot)
{
	return &slot->queue->file->vm;
}

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
static int hardware_failed(struct edgetpu_device *edev, int error)
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
static void slot_process(struct edgetpu_device *edev, struct edgetpu_slot *slot)
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
		ret = edgetpu_context_put(edev, slot_vm(slot));
	return ret ? hardware_failed(edev, ret) : 0;
}

/* Ends all jobs of a queue that has an error. */
static void queue_end(struct edgetpu_queue *queue)
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

/*
 * The hardware has the slot's ring no more. Jobs that had ended did; what becomes of
 * the others is for @started to say: the job that had begun, or 0.
 */
static void slot_detach(struct edgetpu_device *edev, struct edgetpu_slot *slot, u32 started)
{
	struct edgetpu_queue *queue = slot->queue;
	struct edgetpu_task *task, *next;
	bool failed;

	slot_publish(edev, slot, NULL);
	spin_lock_irq(&queue->lock);
	list_for_each_entry_safe(task, next, &queue->inflight, node) {
		const bool ran = started && task->ring_seq == started;

		task->ring_seq = 0;
		if (ran && !queue->error)
			edgetpu_task_end(task, -ECANCELED, NULL);
	}
	queue->slot = NULL;
	edgetpu_queue_has_slot(queue, false);
	failed = queue->error;
	if (!failed && !list_empty(&queue->inflight))
		edgetpu_queue_want_slot(queue);
	spin_unlock_irq(&queue->lock);
	if (failed)
		queue_end(queue);
}

/* Takes a slot with no job on the hardware. -EBUSY when it has one after all. */
static int slot_unbind(struct edgetpu_device *edev, struct edgetpu_slot *slot)
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
	ret = ring_destroy(edev, slot);
	if (!ret)
		slot_detach(edev, slot, 0);
	return ret;
}

/* The queue has an error: all jobs of it end, the one that runs too. */
static void queue_halt(struct edgetpu_device *edev, struct edgetpu_queue *queue)
{
	struct edgetpu_slot *slot = queue->slot;

	if (!slot) {
		queue_end(queue);
		return;
	}
	spin_lock_irq(&queue->lock);
	slot->held = true;
	spin_unlock_irq(&queue->lock);
	/* Otherwise the queue halts when the device has been reset. */
	if (edev->offline || ring_destroy(edev, slot))
		return;
	slot_process(edev, slot);
	slot_detach(edev, slot, 0);
}

/* --- onto the hardware --- */

static int ring_create(struct edgetpu_device *edev, const struct edgetpu_slot *slot)
{
	const u32 args[] = {
		slot->index, slot_vm(slot)->context, slot->queue->priority,
		lower_32_bits(slot->ring.dma), upper_32_bits(slot->ring.dma),
		EDGETPU_RING_DEPTH,
	};

	return edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_CREATE, args, ARRAY_SIZE(args), NULL,
				    0);
}

static int slot_bind(struct edgetpu_device *edev, struct edgetpu_slot *slot,
		     struct edgetpu_queue *queue)
{
	struct edgetpu_vm *vm = &queue->file->vm;
	int ret;

	ret = edgetpu_context_get(edev, vm);
	if (ret)
		return hardware_failed(edev, ret);
	edgetpu_ring_clear(&slot->ring);
	slot->bound = jiffies;
	slot->used = ktime_get_ns();
	slot_publish(edev, slot, queue);
	ret = ring_create(edev, slot);
	/* Refused, it stays there without jobs until the reset has sorted things out. */
	spin_lock_irq(&queue->lock);
	slot->held = ret;
	queue->slot = slot;
	edgetpu_queue_has_slot(queue, true);
	if (!queue->error)
		edgetpu_queue_emit_locked(queue);
	spin_unlock_irq(&queue->lock);
	return ret ? hardware_failed(edev, ret) : 0;
}

/* The slot has no job on the hardware, and gets none without our seeing it soon. */
static bool slot_dry(struct edgetpu_slot *slot)
{
	struct edgetpu_queue *queue = slot->queue;
	bool dry;

	spin_lock_irq(&queue->lock);
	dry = edgetpu_ring_dry(&slot->ring);
	spin_unlock_irq(&queue->lock);
	return dry;
}

/* When the slots of the client that has this one were last used; ~0: they are in use. */
static u64 client_used(struct edgetpu_device *edev, const struct edgetpu_vm *vm)
{
	struct edgetpu_slot *slot = NULL;
	u64 used = 0;

	while ((slot = next_bound(edev, slot))) {
		if (slot_vm(slot) != vm)
			continue;
		if (!slot_dry(slot))
			return U64_MAX;
		used = max(used, READ_ONCE(slot->used));
	}
	return used;
}

/* The slot that has been idle longest; with @context, of a client that is idle as a whole. */
static struct edgetpu_slot *find_idle(struct edgetpu_device *edev, bool context)
{
	struct edgetpu_slot *slot = NULL, *idle = NULL;
	u64 used, oldest = U64_MAX;

	while ((slot = next_bound(edev, slot))) {
		if (!slot_dry(slot))
			continue;
		used = context ? client_used(edev, slot_vm(slot)) : READ_ONCE(slot->used);
		if (used < oldest) {
			oldest = used;
			idle = slot;
		}
	}
	return idle;
}

/* A free slot, and a context free for @vm, or NULL */
static struct edgetpu_slot *make_room(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	struct edgetpu_slot *slot = NULL;
	bool available;
	int ret = 0;

	while (!ret || ret == -EBUSY) {
		available = edgetpu_context_available(edev, vm);
		if (available) {
			slot = find_free(edev);
			if (slot)
				return slot;
		}
		slot = find_idle(edev, !available);
		if (!slot)
			return NULL;
		ret = slot_unbind(edev, slot);
	}
	return NULL;
}

/*
 * Nothing more is written to the ring, and of what is in it the firmware starts no
 * job any more.
 */
static int slot_hold(struct edgetpu_device *edev, struct edgetpu_slot *slot)
{
	struct edgetpu_queue *queue = slot->queue;
	u32 stopped[2];
	int ret;

	spin_lock_irq(&queue->lock);
	slot->held = true;
	spin_unlock_irq(&queue->lock);
	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_RING_STOP, &slot->index, 1, stopped,
				   ARRAY_SIZE(stopped));
	if (ret)
		return hardware_failed(edev, ret);

	spin_lock_irq(&queue->lock);
	edgetpu_ring_stop(&slot->ring, stopped[1], stopped[0]);
	if (slot->ring.broken)
		ret = -EPROTO;
	else if (edgetpu_ring_dry(&slot->ring))
		edgetpu_slots_kick(edev);
	spin_unlock_irq(&queue->lock);
	return ret ? hardware_failed(edev, ret) : 0;
}

/* Holds all slots of a client, so that its context becomes free. */
static int client_hold(struct edgetpu_device *edev, const struct edgetpu_vm *vm)
{
	struct edgetpu_slot *slot = NULL;
	int ret;

	while ((slot = next_bound(edev, slot))) {
		if (slot_vm(slot) != vm || slot->held)
			continue;
		ret = slot_hold(edev, slot);
		if (ret)
			return ret;
	}
	return 0;
}

static unsigned int count_waiting(struct edgetpu_device *edev, unsigned int max)
{
	struct edgetpu_queue *queue;
	unsigned int i, n = 0;

	spin_lock_irq(&edev->list_lock);
	for (i = 0; i < ARRAY_SIZE(edev->waiting); i++) {
		list_for_each_entry(queue, &edev->waiting[i], waiting) {
			if (n == max)
				break;
			n++;
		}
	}
	spin_unlock_irq(&edev->list_lock);
	return n;
}

/*
 * Nobody is idle: makes those go who have been there longest, and who have had
 * their time; looks again when the next one has. With @context whole clients go.
 */
static void hold_longest(struct edgetpu_device *edev, bool context)
{
	const unsigned int wanted = count_waiting(edev, MAX_HELD);
	struct edgetpu_slot *slot = NULL, *longest;
	unsigned int held = 0;

	while ((slot = next_bound(edev, slot)))
		held += slot->held;
	for (; held < wanted; held++) {
		longest = NULL;
		while ((slot = next_bound(edev, slot))) {
			if (!slot->held &&
			    (!longest || time_before(slot->bound, longest->bound)))
				longest = slot;
		}
		if (!longest)
			return;
		if (time_before(jiffies, longest->bound + SLOT_QUANTUM)) {
			mod_delayed_work(edev->recovery_wq, &edev->slot_work,
					 longest->bound + SLOT_QUANTUM - jiffies);
			return;
		}
		if (context ? client_hold(edev, slot_vm(longest)) : slot_hold(edev, longest))
			return;
	}
}

static struct edgetpu_queue *first_halting(struct edgetpu_device *edev)
{
	struct edgetpu_queue *queue;

	spin_lock_irq(&edev->list_lock);
	queue = list_first_entry_or_null(&edev->halting, struct edgetpu_queue, halting);
	if (queue)
		list_del_init(&queue->halting);
	spin_unlock_irq(&edev->list_lock);
	return queue;
}

static struct edgetpu_queue *first_waiting(struct edgetpu_device *edev)
{
	const bool others = edev->turn % SHARE_OF_OTHERS == SHARE_OF_OTHERS - 1;
	struct list_head *line = &edev->waiting[others];
	struct edgetpu_queue *queue;

	spin_lock_irq(&edev->list_lock);
	if (list_empty(line))
		line = &edev->waiting[!others];
	queue = list_first_entry_or_null(line, struct edgetpu_queue, waiting);
	spin_unlock_irq(&edev->list_lock);
	return queue;
}

/* Those held that have finished what the firmware had stand in line again. */
static void unbind_held(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL;

	while ((slot = next_bound(edev, slot))) {
		if (!edev->offline && slot->held && slot_dry(slot))
			slot_unbind(edev, slot);
	}
}

/* A queue that has not halted is not freed, and none halts but under hw_lock. */
static void slot_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, slot_work.work);
	const bool signalling = dma_fence_begin_signalling();
	struct edgetpu_queue *queue;
	struct edgetpu_slot *slot;
	int ret;

	mutex_lock(&edev->hw_lock);
	while ((queue = first_halting(edev)))
		queue_halt(edev, queue);
	unbind_held(edev);
	if (!edev->offline && !edev->lost) {
		ret = edgetpu_save_give(edev);
		if (ret)
			hardware_failed(edev, ret);
	}

	while (!edev->offline && (queue = first_waiting(edev))) {
		slot = make_room(edev, &queue->file->vm);
		if (!slot) {
			hold_longest(edev, !edgetpu_context_available(edev, &queue->file->vm));
			break;
		}
		if (slot_bind(edev, slot, queue))
			break;
		edev->turn++;
	}
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
}

/* --- for the interrupt, the watchdog and recovery --- */

/* Ends the jobs that are done. */
void edgetpu_slots_process(struct edgetpu_device *edev)
{
	const bool signalling = dma_fence_begin_signalling();
	unsigned int i;

	for (i = 0; i < edev->hw.num_queues; i++) {
		/* One that is bound from now on raises an interrupt of its own. */
		if (READ_ONCE(edev->slots[i].queue))
			slot_process(edev, &edev->slots[i]);
	}
	dma_fence_end_signalling(signalling);
}

/**
 * edgetpu_slots_busy() - has the hardware jobs, and how far is it?
 * @edev: device, hw_lock held
 * @progress: out: a digest of what runs; the same one twice means that nothing moved
 *
 * Only one job runs at a time, so that what others do says nothing about it.
 *
 * Return: whether there are jobs that have not ended
 */
bool edgetpu_slots_busy(struct edgetpu_device *edev, u32 *progress)
{
	struct edgetpu_slot *slot = NULL;
	u32 hash = 0, completed = 0;
	bool busy = false;

	lockdep_assert_held(&edev->hw_lock);
	while ((slot = next_bound(edev, slot))) {
		struct edgetpu_queue *queue = slot->queue;
		u32 running;

		spin_lock_irq(&queue->lock);
		busy |= !edgetpu_ring_dry(&slot->ring);
		completed += slot->ring.completed;
		running = edgetpu_ring_running(&slot->ring);
		if (running)
			hash = jhash_3words(running, edgetpu_ring_progress(&slot->ring),
					    slot->index, hash);
		spin_unlock_irq(&queue->lock);
	}
	/* With nothing running, jobs that end are what shows life. */
	*progress = hash ?: completed;
	return busy;
}

/* The job of a slot that has the engines, by the device's word, or NULL; its queue is locked. */
static struct edgetpu_task *running_task(const struct edgetpu_slot *slot)
{
	const u32 running = edgetpu_ring_running(&slot->ring);
	struct edgetpu_task *task;

	list_for_each_entry(task, &slot->queue->inflight, node) {
		if (running && task->ring_seq == running)
			return task;
	}
	return NULL;
}

/* Its job ends with ETIMEDOUT and its queue with it, the hardware permitting. */
static void blame(struct edgetpu_task *task)
{
	task->verdict = -ETIMEDOUT;
	edgetpu_queue_fail(task->queue, -ECANCELED);
}

/* What runs does not get on. Returns how many there are. */
unsigned int edgetpu_slots_blame(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL;
	unsigned int blamed = 0;

	lockdep_assert_held(&edev->hw_lock);
	while ((slot = next_bound(edev, slot))) {
		struct edgetpu_queue *queue = slot->queue;
		struct edgetpu_task *task;

		spin_lock_irq(&queue->lock);
		task = running_task(slot);
		if (task) {
			blame(task);
			blamed++;
		}
		spin_unlock_irq(&queue->lock);
	}
	return blamed;
}

/* Of the host's time, how much a job of the queue may have; 0: any */
static unsigned long host_limit(const struct edgetpu_queue *queue)
{
	const u64 ms = div_u64(queue->limit, queue->edev->hw.clock_khz) *
		       READ_ONCE(edgetpu_host_time_factor);

	return ms ? max(msecs_to_jiffies(min_t(u64, ms, UINT_MAX)), 1ul) : 0;
}

/**
 * edgetpu_slots_overdue() - has a job had the engines for too long?
 * @edev: device, hw_lock held
 * @elapsed: jiffies since this was last asked
 *
 * The firmware ends a job that is over its limit, and the device says how far a job is:
 * a device that lies could keep one for ever. The host has a clock of its own.
 *
 * Return: whether there is one, which is blamed
 */
bool edgetpu_slots_overdue(struct edgetpu_device *edev, unsigned long elapsed)
{
	struct edgetpu_slot *slot = NULL;
	bool overdue = false;

	lockdep_assert_held(&edev->hw_lock);
	while ((slot = next_bound(edev, slot))) {
		struct edgetpu_queue *queue = slot->queue;
		const unsigned long limit = host_limit(queue);
		struct edgetpu_task *task;

		spin_lock_irq(&queue->lock);
		task = running_task(slot);
		if (task && limit) {
			task->host_time += elapsed;
			if (task->host_time > limit) {
				blame(task);
				overdue = true;
			}
		}
		spin_unlock_irq(&queue->lock);
	}
	return overdue;
}

/* The seqno of the job of a slot that a reset has cut off, or 0 */
static u32 started_job(const struct edgetpu_ring *ring)
{
	/* Of a ring that makes no sense, the first may have run: it is not run twice. */
	if (ring->broken)
		return ring->completed != ring->emitted ? ring->completed + 1 : 0;
	return edgetpu_ring_started(ring);
}

/**
 * edgetpu_slots_reset() - the hardware has been reset and knows no queue any more
 * @edev: device, hw_lock held
 *
 * A job that ran fails, the others wait for a slot again, before all who do.
 *
 * Return: number of jobs that ran
 */
unsigned int edgetpu_slots_reset(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL;
	unsigned int i, ran = 0;
	struct list_head others[2];

	lockdep_assert_held(&edev->hw_lock);
	edgetpu_contexts_forget(edev);
	edgetpu_save_forget(edev);
	spin_lock_irq(&edev->list_lock);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		INIT_LIST_HEAD(&others[i]);
		list_splice_init(&edev->waiting[i], &others[i]);
	}
	spin_unlock_irq(&edev->list_lock);
	while ((slot = next_bound(edev, slot))) {
		struct edgetpu_queue *queue = slot->queue;
		u32 started;

		slot_process(edev, slot);
		spin_lock_irq(&queue->lock);
		started = started_job(&slot->ring);
		ran += started && !slot->ring.broken;
		spin_unlock_irq(&queue->lock);
		slot_detach(edev, slot, started);
	}
	spin_lock_irq(&edev->list_lock);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		list_splice_tail(&others[i], &edev->waiting[i]);
	spin_unlock_irq(&edev->list_lock);
	return ran;
}

static void queue_lost(struct edgetpu_queue *queue)
{
	spin_lock_irq(&queue->lock);
	WRITE_ONCE(queue->error, -ENODEV);
	spin_unlock_irq(&queue->lock);
	queue_end(queue);
}

/* The device is lost and reaches no memory: all jobs end. */
void edgetpu_slots_lost(struct edgetpu_device *edev)
{
	struct edgetpu_queue *queue;
	struct edgetpu_slot *slot = NULL;

	lockdep_assert_held(&edev->hw_lock);
	spin_lock_irq(&edev->list_lock);
	WRITE_ONCE(edev->lost, true);
	spin_unlock_irq(&edev->list_lock);
	edgetpu_contexts_forget(edev);
	edgetpu_save_forget(edev);
	while ((slot = next_bound(edev, slot))) {
		queue = slot->queue;
		slot_process(edev, slot);
		spin_lock_irq(&queue->lock);
		WRITE_ONCE(queue->error, -ENODEV);
		spin_unlock_irq(&queue->lock);
		slot_detach(edev, slot, 0);
	}
	while ((queue = first_waiting(edev)))
		queue_lost(queue);
	while ((queue = first_halting(edev)))
		queue_lost(queue);
}

/* What it tests is static, so it is a part of this file where there is KUnit. */
#ifdef EDGETPU_KUNIT
#include "tests/edgetpu_slot_test.c"
#endif
