// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots: the few places that the hardware has for queues, and who has them.
 *
 * A queue with jobs and no slot waits in line. It gets a free slot, or that of the
 * queue which has been idle longest. When none is idle somebody has to go: whose job
 * has had a turn and is saved leaves it parked in its save area and stands in line
 * again, as those do of whom the firmware has begun nothing. What runs is not taken
 * off, but told to give way at the end of its turn. The same goes for hardware
 * contexts, of which a client has one for all its queues. So any number of clients may
 * be open and at work, and each waits for a turn of the others and not for their jobs.
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
#include "edgetpu_bind.h"
#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_job.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_queue.h"
#include "edgetpu_save.h"
#include "edgetpu_slot.h"
#include "edgetpu_trace.h"

/* How long a queue keeps its slot whose jobs end before their turn does, while others wait */
#define SLOT_QUANTUM	(HZ / 10)
/* Slots that are held at once, at most as many as wait */
#define MAX_HELD	4

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

/* --- who has to go --- */

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
		if (edgetpu_slot_vm(slot) != vm)
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
		used = context ? client_used(edev, edgetpu_slot_vm(slot)) : READ_ONCE(slot->used);
		if (used < oldest) {
			oldest = used;
			idle = slot;
		}
	}
	return idle;
}

/**
 * enum slot_use - what the firmware does for a slot, by its word
 * @SLOT_DRY: it has no job of it
 * @SLOT_WAITS: it has begun none
 * @SLOT_SAVED: one has begun and is saved
 * @SLOT_RUNS: one has begun
 */
enum slot_use {
	SLOT_DRY,
	SLOT_WAITS,
	SLOT_SAVED,
	SLOT_RUNS,
};

/* @served: out: it has had a turn, or jobs that have ended, since it was bound */
static enum slot_use slot_use(struct edgetpu_slot *slot, bool *served)
{
	struct edgetpu_queue *queue = slot->queue;
	const struct edgetpu_ring *ring = &slot->ring;
	enum slot_use use;
	u32 area;

	spin_lock_irq(&queue->lock);
	*served = ring->completed;
	if (edgetpu_ring_dry(ring)) {
		use = SLOT_DRY;
	} else if (!edgetpu_ring_started(ring)) {
		use = SLOT_WAITS;
	} else {
		*served |= edgetpu_ring_progress(ring);
		use = edgetpu_ring_saved(ring, &area) ? SLOT_SAVED : SLOT_RUNS;
	}
	spin_unlock_irq(&queue->lock);
	return use;
}

static bool slot_high(const struct edgetpu_slot *slot)
{
	return slot->queue->priority == DRM_EDGETPU_PRIORITY_HIGH;
}

/*
 * With too few save areas somebody waits for a job to end, and the firmware gives every
 * second turn to the one that began first: that one stays. NULL: there are enough.
 */
static struct edgetpu_slot *find_favourite(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL, *first = NULL;
	bool served;

	if (!edgetpu_save_short(edev))
		return NULL;
	while ((slot = next_bound(edev, slot))) {
		if (slot_use(slot, &served) == SLOT_SAVED &&
		    (!first || edgetpu_ring_start(&slot->ring) < edgetpu_ring_start(&first->ring)))
			first = slot;
	}
	return first;
}

/* Could a slot be taken at once? */
static bool goes_at_once(struct edgetpu_slot *slot)
{
	bool served;

	return !slot->held && !slot_high(slot) && slot_use(slot, &served) != SLOT_RUNS;
}

/* Could all slots of a client be taken at once, and so its context? */
static bool client_goes(struct edgetpu_device *edev, const struct edgetpu_vm *vm)
{
	struct edgetpu_slot *slot = NULL;

	while ((slot = next_bound(edev, slot))) {
		if (edgetpu_slot_vm(slot) == vm && !goes_at_once(slot))
			return false;
	}
	return true;
}

/* Does the client of @slot have others? */
static bool one_of_many(struct edgetpu_device *edev, const struct edgetpu_slot *slot)
{
	struct edgetpu_slot *other = NULL;

	while ((other = next_bound(edev, other))) {
		if (other != slot && edgetpu_slot_vm(other) == edgetpu_slot_vm(slot))
			return true;
	}
	return false;
}

/*
 * Who goes for @queue, which wants a slot and, with @context, a context: 2 gladly, 1 if
 * there is nobody else, 0 not at once.
 */
static unsigned int slot_goes(struct edgetpu_device *edev, struct edgetpu_slot *slot,
			      struct edgetpu_queue *queue, bool context)
{
	const bool high = queue->priority == DRM_EDGETPU_PRIORITY_HIGH;
	bool served, had_turn;
	enum slot_use use = slot_use(slot, &served);

	had_turn = use == SLOT_SAVED && served;
	if (context) {
		if (!client_goes(edev, edgetpu_slot_vm(slot)))
			return 0;
		return had_turn ? 2 : high;
	}
	if (!goes_at_once(slot))
		return 0;
	/* Of its client's one runs at a time. */
	if (use == SLOT_WAITS && one_of_many(edev, slot))
		return 2;
	return had_turn || high;
}

/* Whose slot, or context, goes at once for @queue, or NULL; a client's second slot can wait. */
static struct edgetpu_slot *find_victim(struct edgetpu_device *edev, struct edgetpu_queue *queue,
					bool context)
{
	struct edgetpu_slot *slot = NULL, *best = NULL, *favourite = find_favourite(edev);
	unsigned int goes, most = 0;

	if (queue->line == EDGETPU_LINE_OTHERS)
		return NULL;
	while ((slot = next_bound(edev, slot))) {
		if (favourite && edgetpu_slot_vm(slot) == edgetpu_slot_vm(favourite))
			continue;
		goes = slot_goes(edev, slot, queue, context);
		if (goes > most ||
		    (goes && goes == most && time_before(slot->bound, best->bound))) {
			most = goes;
			best = slot;
		}
	}
	return best;
}

/* Takes all slots of a client, so that its context becomes free: as edgetpu_slot_take(). */
static int client_take(struct edgetpu_device *edev, const struct edgetpu_vm *vm)
{
	struct edgetpu_slot *slot = NULL;
	int ret = 0, busy = 0;

	while (!ret && (slot = next_bound(edev, slot))) {
		if (edgetpu_slot_vm(slot) != vm || slot->held)
			continue;
		ret = edgetpu_slot_take(edev, slot);
		if (ret == -EBUSY) {
			busy = ret;
			ret = 0;
		}
	}
	return ret ?: busy;
}

/* A free slot for @queue, and a context for its client, or NULL */
static struct edgetpu_slot *make_room(struct edgetpu_device *edev, struct edgetpu_queue *queue)
{
	struct edgetpu_slot *slot = NULL;
	bool available;
	int ret = 0;

	while (!ret || ret == -EBUSY) {
		available = edgetpu_context_available(edev, &queue->file->vm);
		if (available) {
			slot = find_free(edev);
			if (slot)
				return slot;
		}
		slot = find_idle(edev, !available);
		if (slot) {
			ret = edgetpu_slot_unbind(edev, slot);
			continue;
		}
		/* Who is asked once is held, and not asked again. */
		slot = find_victim(edev, queue, !available);
		if (!slot)
			return NULL;
		if (available)
			ret = edgetpu_slot_take(edev, slot);
		else
			ret = client_take(edev, edgetpu_slot_vm(slot));
	}
	return NULL;
}

static unsigned int count_waiting(struct edgetpu_device *edev, unsigned int max)
{
	struct edgetpu_party *party;
	struct list_head *queue;
	unsigned int i, n = 0;

	spin_lock_irq(&edev->list_lock);
	for (i = 0; i < ARRAY_SIZE(edev->waiting); i++) {
		list_for_each_entry(party, &edev->waiting[i], node) {
			list_for_each(queue, &party->queues) {
				if (n == max)
					goto out;
				n++;
			}
		}
	}
out:
	spin_unlock_irq(&edev->list_lock);
	return n;
}

/* The one that has its slot longest and has got something from it, or NULL */
static struct edgetpu_slot *find_longest(struct edgetpu_device *edev, bool patience)
{
	struct edgetpu_slot *slot = NULL, *longest = NULL;
	enum slot_use use;
	bool served;

	while ((slot = next_bound(edev, slot))) {
		use = slot_use(slot, &served);
		if (slot->held || (patience ? use == SLOT_SAVED : !served))
			continue;
		if (!longest || time_before(slot->bound, longest->bound))
			longest = slot;
	}
	return longest;
}

/*
 * Nobody goes at once for @queue: those who have been there longest, and have had their
 * time, are to finish; looks again when the next one has. With @context whole clients
 * go. For a client's second slot no job is parked.
 */
static void hold_longest(struct edgetpu_device *edev, struct edgetpu_queue *queue, bool context)
{
	const bool patience = queue->line == EDGETPU_LINE_OTHERS;
	const unsigned int wanted = count_waiting(edev, MAX_HELD);
	struct edgetpu_slot *slot = NULL;
	unsigned int held = 0;
	int ret;

	while ((slot = next_bound(edev, slot)))
		held += slot->held;
	for (; held < wanted; held++) {
		slot = find_longest(edev, patience);
		if (!slot)
			return;
		if (time_before(jiffies, slot->bound + SLOT_QUANTUM)) {
			mod_delayed_work(edev->recovery_wq, &edev->slot_work,
					 slot->bound + SLOT_QUANTUM - jiffies);
			return;
		}
		if (context)
			ret = client_take(edev, edgetpu_slot_vm(slot));
		else if (patience)
			ret = edgetpu_slot_hold(edev, slot, true);
		else
			ret = edgetpu_slot_take(edev, slot);
		if (ret && ret != -EBUSY)
			return;
		if (!ret)
			edgetpu_slots_kick(edev);
	}
}

/* --- who is served --- */

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

/*
 * Can the firmware begin a job of another client? With too few save areas one such
 * client is bound, so that it sees that somebody waits, and the others stay in line.
 */
static bool newcomer_fits(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL;
	unsigned int begun = edev->save.num_parked, waits = 0;
	bool served;

	if (!edgetpu_save_short(edev))
		return true;
	while ((slot = next_bound(edev, slot))) {
		switch (slot_use(slot, &served)) {
		case SLOT_DRY:
			break;
		case SLOT_WAITS:
			waits += !served;
			break;
		default:
			begun++;
		}
	}
	/* One area is for high priority. */
	return !waits || begun + waits + 2 <= edev->save.given;
}

/* With @newcomers one of whom nothing has begun as well, but a client's parked jobs first. */
static struct edgetpu_queue *first_of_party(struct edgetpu_party *party, bool newcomers)
{
	struct edgetpu_queue *queue;

	list_for_each_entry(queue, &party->queues, waiting) {
		if (queue->priority == DRM_EDGETPU_PRIORITY_HIGH || queue->parked ||
		    (newcomers && !queue->file->num_parked))
			return queue;
	}
	return NULL;
}

/* The first of a line that can do something with a slot */
static struct edgetpu_queue *first_of_line(struct edgetpu_device *edev, enum edgetpu_line line)
{
	const bool newcomers = line != EDGETPU_LINE_FIRST || newcomer_fits(edev);
	struct edgetpu_queue *first = NULL;
	struct edgetpu_party *party;

	spin_lock_irq(&edev->list_lock);
	list_for_each_entry(party, &edev->waiting[line], node) {
		first = first_of_party(party, newcomers);
		if (first)
			break;
	}
	spin_unlock_irq(&edev->list_lock);
	return first;
}

/* Anyone, in no order */
static struct edgetpu_queue *any_waiting(struct edgetpu_device *edev)
{
	struct edgetpu_queue *queue = NULL;
	struct edgetpu_party *party;
	unsigned int i;

	spin_lock_irq(&edev->list_lock);
	for (i = 0; !queue && i < ARRAY_SIZE(edev->waiting); i++) {
		party = list_first_entry_or_null(&edev->waiting[i], struct edgetpu_party, node);
		if (party)
			queue = list_first_entry(&party->queues, struct edgetpu_queue, waiting);
	}
	spin_unlock_irq(&edev->list_lock);
	return queue;
}

/* Binds the first of a line: true if there was one, and room for it. */
static bool serve_line(struct edgetpu_device *edev, enum edgetpu_line line)
{
	struct edgetpu_queue *queue = first_of_line(edev, line);
	struct edgetpu_slot *slot;

	if (!queue || edev->offline)
		return false;
	slot = make_room(edev, queue);
	if (slot)
		return !edgetpu_slot_bind(edev, slot, queue);
	if (!edev->offline)
		hold_longest(edev, queue, !edgetpu_context_available(edev, &queue->file->vm));
	return false;
}

/* Whose turn it is; what cannot be served keeps nobody else from it, and nobody starves. */
static bool serve_next(struct edgetpu_device *edev)
{
	static const u8 order[][EDGETPU_NUM_LINES] = {
		{ EDGETPU_LINE_HIGH, EDGETPU_LINE_FIRST, EDGETPU_LINE_OTHERS },
		{ EDGETPU_LINE_FIRST, EDGETPU_LINE_HIGH, EDGETPU_LINE_OTHERS },
		{ EDGETPU_LINE_HIGH, EDGETPU_LINE_FIRST, EDGETPU_LINE_OTHERS },
		{ EDGETPU_LINE_OTHERS, EDGETPU_LINE_HIGH, EDGETPU_LINE_FIRST },
	};
	const u8 *lines = order[edev->turn % ARRAY_SIZE(order)];
	unsigned int i;

	for (i = 0; i < EDGETPU_NUM_LINES; i++) {
		if (serve_line(edev, lines[i]))
			return true;
	}
	return false;
}

/* Those held that have finished what the firmware had, or have given way */
static void take_held(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL;
	enum slot_use use;
	bool served;

	while ((slot = next_bound(edev, slot))) {
		if (edev->offline || !slot->held)
			continue;
		use = slot_use(slot, &served);
		if (use == SLOT_DRY || (use == SLOT_SAVED && !slot->patience))
			edgetpu_slot_take(edev, slot);
	}
}

/* A parked job of which the firmware finds nothing has ended with the firmware before. */
static void task_gone(struct edgetpu_task *task)
{
	struct edgetpu_queue *queue = task->queue;

	spin_lock_irq(&queue->lock);
	if (!queue->error)
		edgetpu_task_end(task, -ECANCELED, NULL);
	spin_unlock_irq(&queue->lock);
}

static void give_areas(struct edgetpu_device *edev)
{
	struct edgetpu_task *gone;
	int ret;

	do {
		ret = edgetpu_save_give(edev, &gone);
		if (gone)
			task_gone(gone);
	} while (gone && !ret);
	if (ret)
		edgetpu_hardware_failed(edev, ret);
}

/* Whoever has a slot leaves it: at once, or when what runs gives way. */
static void clear_slots(struct edgetpu_device *edev)
{
	struct edgetpu_slot *slot = NULL;

	while (!edev->offline && (slot = next_bound(edev, slot))) {
		if (!slot->held)
			edgetpu_slot_take(edev, slot);
		else if (slot->patience)
			edgetpu_slot_hold(edev, slot, false);
	}
}

/*
 * A queue that has not halted is not freed, and none halts but under hw_lock. Others
 * have that in between, the watchdog too, however long a device would keep us going.
 */
static void slot_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device, slot_work.work);
	const bool signalling = dma_fence_begin_signalling();
	struct edgetpu_queue *queue;
	unsigned int bound = 0;

	mutex_lock(&edev->hw_lock);
	/* From here on whoever is saved says so: nobody is missed. */
	WRITE_ONCE(edev->crowded, true);
	while ((queue = first_halting(edev)))
		edgetpu_slot_halt(edev, queue);
	take_held(edev);
	if (!edev->offline && !edev->lost)
		give_areas(edev);
	if (edev->quiet)
		clear_slots(edev);
	while (bound < edev->hw.num_queues && !edev->offline && !edev->quiet && serve_next(edev))
		bound++;
	wake_up_all(&edev->quiet_wait);
	if (!any_waiting(edev) && !edev->quiet)
		WRITE_ONCE(edev->crowded, false);
	else if (bound == edev->hw.num_queues)
		edgetpu_slots_kick(edev);
	else
		queue_delayed_work(edev->recovery_wq, &edev->slot_work, SLOT_QUANTUM);
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
}

/* --- before sleep --- */

static bool all_clear(struct edgetpu_device *edev)
{
	unsigned int i;

	for (i = 0; i < edev->hw.num_queues; i++) {
		if (READ_ONCE(edev->slots[i].queue))
			return false;
	}
	return true;
}

/**
 * edgetpu_slots_quiesce() - all leave their slots, and nobody gets one
 * @edev: device
 * @timeout: how long to wait for jobs that run to give way, in jiffies
 *
 * Jobs that had begun are parked, the others are their queues' again, until
 * edgetpu_slots_resume(). What has not given way by then, and what an offline device
 * has, is for a reset to take.
 */
void edgetpu_slots_quiesce(struct edgetpu_device *edev, unsigned long timeout)
{
	mutex_lock(&edev->hw_lock);
	edev->quiet = true;
	mutex_unlock(&edev->hw_lock);
	edgetpu_save_grow_now(edev);
	edgetpu_slots_kick(edev);
	wait_event_timeout(edev->quiet_wait, all_clear(edev) || READ_ONCE(edev->offline), timeout);
}

/* They may come back. */
void edgetpu_slots_resume(struct edgetpu_device *edev)
{
	mutex_lock(&edev->hw_lock);
	edev->quiet = false;
	mutex_unlock(&edev->hw_lock);
	edgetpu_slots_kick(edev);
}

/* --- for the interrupt, the watchdog and recovery --- */

/* That the firmware has told of, in any ring in use */
static u64 newest_cycle(struct edgetpu_device *edev)
{
	unsigned int i;
	u64 newest = 0;

	for (i = 0; i < edev->hw.num_queues; i++) {
		if (READ_ONCE(edev->slots[i].queue))
			newest = max(newest, edgetpu_ring_at(&edev->slots[i].ring));
	}
	return newest;
}

/* Ends the jobs that are done; what others have had so far is their clients'. */
void edgetpu_slots_process(struct edgetpu_device *edev)
{
	const bool signalling = dma_fence_begin_signalling();
	unsigned int i;

	mutex_lock(&edev->meter.looking);
	edgetpu_meter_look(&edev->meter, newest_cycle(edev), ktime_get_ns());
	for (i = 0; i < edev->hw.num_queues; i++) {
		/* One that is bound from now on raises an interrupt of its own. */
		if (READ_ONCE(edev->slots[i].queue))
			edgetpu_slot_process(edev, &edev->slots[i]);
	}
	mutex_unlock(&edev->meter.looking);
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
	trace_edgetpu_fault(task, -ETIMEDOUT, NULL);
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
 * A job that ran fails, one that was saved goes on from there, and all but the failed
 * wait for a slot again, before those who do.
 *
 * Return: number of jobs that ran
 */
unsigned int edgetpu_slots_reset(struct edgetpu_device *edev)
{
	unsigned int i, ran = 0;

	lockdep_assert_held(&edev->hw_lock);
	edgetpu_contexts_forget(edev);
	/* The last goes to the front of its line before the first does. */
	for (i = edev->hw.num_queues; i--; ) {
		struct edgetpu_slot *slot = &edev->slots[i];
		struct edgetpu_queue *queue = slot->queue;
		u32 started, area;
		bool saved;

		if (!queue)
			continue;
		edgetpu_slot_process(edev, slot);
		spin_lock_irq(&queue->lock);
		started = started_job(&slot->ring);
		ran += started && !slot->ring.broken;
		saved = !slot->ring.broken && edgetpu_ring_saved(&slot->ring, &area);
		spin_unlock_irq(&queue->lock);
		if (saved)
			edgetpu_slot_survives(edev, slot, started, area);
		edgetpu_slot_detach(edev, slot, started, true);
	}
	edgetpu_save_forget(edev);
	edgetpu_meter_restart(&edev->meter);
	return ran;
}

static void queue_lost(struct edgetpu_queue *queue)
{
	spin_lock_irq(&queue->lock);
	WRITE_ONCE(queue->error, -ENODEV);
	spin_unlock_irq(&queue->lock);
	edgetpu_slot_end(queue);
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
		edgetpu_slot_process(edev, slot);
		spin_lock_irq(&queue->lock);
		WRITE_ONCE(queue->error, -ENODEV);
		spin_unlock_irq(&queue->lock);
		edgetpu_slot_detach(edev, slot, 0, false);
	}
	while ((queue = any_waiting(edev)))
		queue_lost(queue);
	while ((queue = first_halting(edev)))
		queue_lost(queue);
}

/* What it tests is static, so it is a part of this file where there is KUnit. */
#ifdef EDGETPU_KUNIT
#include "tests/edgetpu_slot_test.c"
#endif
