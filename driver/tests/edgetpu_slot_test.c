// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of who gets a slot and who has to go; included by edgetpu_slot.c. */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>

#include <kunit/device.h>
#include <kunit/test.h>

#include "../edgetpu_fence.h"

#define SLOTS	6
#define CLIENTS 3

/* A device without hardware: slots, queues and clients alone */
struct slot_world {
	struct edgetpu_device edev;
	struct edgetpu_slot *slots;	/* SLOTS and no more: KASAN sees who goes beyond */
	struct edgetpu_ring_header headers[SLOTS];
	struct edgetpu_queue queues[SLOTS];
	struct edgetpu_queue wanting;	/* one that asks for a place; too large for a stack */
	struct edgetpu_file files[CLIENTS];
	struct edgetpu_account accounts[CLIENTS];
	struct edgetpu_user users[CLIENTS];
	u32 *regs;		/* BAR0, for who answers */
	u32 park_status;	/* of what RING_PARK is told */
	struct task_struct *firmware;
};

static void does_nothing(struct work_struct *work)
{
}

static void new_user(struct edgetpu_user *user)
{
	unsigned int i;

	for (i = 0; i < EDGETPU_NUM_LINES; i++)
		edgetpu_party_init(&user->parties[i]);
}

static int slot_test_init(struct kunit *test)
{
	struct slot_world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned int i;

	if (!w)
		return -ENOMEM;
	w->edev.drm.dev = kunit_device_register(test, "edgetpu-kunit");
	if (IS_ERR(w->edev.drm.dev))
		return PTR_ERR(w->edev.drm.dev);
	w->slots = kunit_kcalloc(test, SLOTS, sizeof(*w->slots), GFP_KERNEL);
	if (!w->slots)
		return -ENOMEM;
	w->edev.slots = w->slots;
	w->edev.hw.num_queues = SLOTS;
	spin_lock_init(&w->edev.list_lock);
	mutex_init(&w->edev.hw_lock);
	init_waitqueue_head(&w->edev.quiet_wait);
	edgetpu_meter_init(&w->edev.meter);
	w->edev.save.given = CLIENTS + 1;
	atomic_set(&w->edev.save.busy_clients, CLIENTS);
	for (i = 0; i < ARRAY_SIZE(w->edev.waiting); i++)
		INIT_LIST_HEAD(&w->edev.waiting[i]);
	INIT_DELAYED_WORK(&w->edev.slot_work, does_nothing);
	INIT_WORK(&w->edev.reset_work, does_nothing);
	INIT_DELAYED_WORK(&w->edev.watchdog, does_nothing);
	w->edev.recovery_wq = system_wq;
	for (i = 0; i < SLOTS; i++) {
		w->slots[i].index = i;
		w->slots[i].ring.header = &w->headers[i];
		w->queues[i].edev = &w->edev;
		spin_lock_init(&w->queues[i].lock);
		INIT_LIST_HEAD(&w->queues[i].waiting);
	}
	for (i = 0; i < CLIENTS; i++) {
		w->files[i].account = &w->accounts[i];
		w->accounts[i].user = &w->users[i];
		new_user(&w->users[i]);
	}
	test->priv = w;
	return 0;
}

static void slot_test_exit(struct kunit *test)
{
	struct slot_world *w = test->priv;

	if (!w)
		return;
	if (w->firmware)
		kthread_stop(w->firmware);
	cancel_delayed_work_sync(&w->edev.slot_work);
	cancel_work_sync(&w->edev.reset_work);
	cancel_delayed_work_sync(&w->edev.watchdog);
}

static void line_up(struct slot_world *w, unsigned int i, unsigned int client, bool parked,
		    bool first)
{
	struct edgetpu_queue *queue = &w->queues[i];

	queue->file = &w->files[client];
	spin_lock_irq(&queue->lock);
	edgetpu_queue_want_slot(queue, parked, first);
	spin_unlock_irq(&queue->lock);
}

static void stand_in_line(struct slot_world *w, unsigned int i, unsigned int client, bool parked)
{
	line_up(w, i, client, parked, false);
}

/* It has got a slot. */
static void is_served(struct slot_world *w, unsigned int i)
{
	struct edgetpu_queue *queue = &w->queues[i];

	spin_lock_irq(&queue->lock);
	edgetpu_queue_has_slot(queue, true);
	spin_unlock_irq(&queue->lock);
}

/* Slot @i has a queue of client @client with @jobs on the hardware, last used at @used. */
static void place(struct slot_world *w, unsigned int i, unsigned int client, u32 jobs, u64 used)
{
	w->queues[i].file = &w->files[client];
	w->slots[i].queue = &w->queues[i];
	w->slots[i].ring.emitted = jobs;
	w->slots[i].ring.last = jobs;
	w->slots[i].used = used;
}

static void the_first_free_slot_is_found(struct kunit *test)
{
	struct slot_world *w = test->priv;
	unsigned int i;

	KUNIT_EXPECT_PTR_EQ(test, find_free(&w->edev), &w->slots[0]);
	for (i = 0; i < SLOTS - 1; i++)
		place(w, i, 0, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, find_free(&w->edev), &w->slots[SLOTS - 1]);
	place(w, SLOTS - 1, 0, 0, 0);
	KUNIT_EXPECT_NULL(test, find_free(&w->edev));
}

static void all_that_are_bound_are_met_once(struct kunit *test)
{
	struct slot_world *w = test->priv;
	struct edgetpu_slot *slot = NULL;

	KUNIT_EXPECT_NULL(test, next_bound(&w->edev, NULL));
	place(w, 1, 0, 0, 0);
	place(w, SLOTS - 1, 0, 0, 0);
	slot = next_bound(&w->edev, NULL);
	KUNIT_EXPECT_PTR_EQ(test, slot, &w->slots[1]);
	slot = next_bound(&w->edev, slot);
	KUNIT_EXPECT_PTR_EQ(test, slot, &w->slots[SLOTS - 1]);
	KUNIT_EXPECT_NULL(test, next_bound(&w->edev, slot));
}

static void the_one_idle_longest_goes(struct kunit *test)
{
	struct slot_world *w = test->priv;

	KUNIT_EXPECT_NULL(test, find_idle(&w->edev, false));
	place(w, 0, 0, 1, 10); /* at work */
	KUNIT_EXPECT_NULL(test, find_idle(&w->edev, false));
	place(w, 1, 0, 0, 30);
	place(w, 2, 1, 0, 20);
	place(w, 3, 2, 0, 40);
	KUNIT_EXPECT_PTR_EQ(test, find_idle(&w->edev, false), &w->slots[2]);
}

/* A context is free only when all queues of its client have gone. */
static void a_context_is_taken_from_a_client_idle_as_a_whole(struct kunit *test)
{
	struct slot_world *w = test->priv;
	struct edgetpu_slot *idle;

	place(w, 0, 0, 0, 1); /* idle longest, but its client is at work */
	place(w, 1, 0, 1, 90);
	place(w, 2, 1, 0, 50);
	place(w, 3, 1, 0, 20);
	place(w, 4, 2, 0, 60);
	KUNIT_EXPECT_EQ(test, client_used(&w->edev, &w->files[0].vm), U64_MAX);
	KUNIT_EXPECT_EQ(test, client_used(&w->edev, &w->files[1].vm), 50);
	idle = find_idle(&w->edev, true);
	KUNIT_ASSERT_NOT_NULL(test, idle);
	KUNIT_EXPECT_PTR_EQ(test, idle->queue->file, &w->files[1]);
}

static void those_who_wait_are_counted_up_to_a_limit(struct kunit *test)
{
	struct slot_world *w = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, count_waiting(&w->edev, 4), 0);
	w->queues[0].priority = DRM_EDGETPU_PRIORITY_HIGH;
	for (i = 0; i < SLOTS; i++)
		stand_in_line(w, i, i / 2, false);
	for (i = 0; i < EDGETPU_NUM_LINES; i++)
		KUNIT_EXPECT_FALSE(test, list_empty(&w->edev.waiting[i]));
	KUNIT_EXPECT_EQ(test, count_waiting(&w->edev, 4), 4);
	KUNIT_EXPECT_EQ(test, count_waiting(&w->edev, 100), SLOTS);
}

#define DONE	(EDGETPU_RING_DEPTH - 1)

/* Jobs that are done on two slots; what is let in between their ends is counted */
struct slot_crowd {
	struct edgetpu_task tasks[2 * DONE];
	struct dma_fence_cb callbacks[2 * DONE];
	struct edgetpu_completion completions[2][EDGETPU_RING_DEPTH];
	struct irq_work interrupt;
	unsigned int ended;
	unsigned int at_once;
	unsigned int most_at_once;
};

static struct slot_crowd *slot_crowd;

static void crowd_interrupt(struct irq_work *work)
{
	slot_crowd->at_once = 0;
}

/* Interrupts are off: the one that is asked for comes when they are on again. */
static void crowd_ended(struct dma_fence *fence, struct dma_fence_cb *callback)
{
	struct slot_crowd *crowd = slot_crowd;

	crowd->ended++;
	crowd->most_at_once = max(crowd->most_at_once, ++crowd->at_once);
	irq_work_queue(&crowd->interrupt);
}

static void crowd_add(struct kunit *test, struct slot_world *w, unsigned int i, u32 seq)
{
	struct slot_crowd *crowd = slot_crowd;
	struct edgetpu_task *task = &crowd->tasks[i * DONE + seq - 1];
	struct edgetpu_completion *completion = &crowd->completions[i][seq - 1];

	task->queue = &w->queues[i];
	task->ring_seq = seq;
	task->fence = edgetpu_fence_alloc();
	KUNIT_ASSERT_NOT_NULL(test, task->fence);
	edgetpu_fence_init(task->fence, i + 1, seq);
	dma_fence_add_callback(task->fence, &crowd->callbacks[task - crowd->tasks], crowd_ended);
	list_add_tail(&task->node, &w->queues[i].inflight);
	completion->seq = cpu_to_le32(seq);
	completion->status = cpu_to_le32(EDGETPU_STATUS_OK);
}

static void interrupts_are_let_in_between_a_few_jobs(struct kunit *test)
{
	struct slot_crowd *crowd = kunit_kzalloc(test, sizeof(*crowd), GFP_KERNEL);
	struct slot_world *w = test->priv;
	unsigned int i, seq;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	slot_crowd = crowd;
	init_irq_work(&crowd->interrupt, crowd_interrupt);
	spin_lock_init(&w->edev.slots_lock);
	for (i = 0; i < 2; i++) {
		place(w, i, i, DONE, 0);
		w->queues[i].edev = &w->edev;
		w->queues[i].slot = &w->slots[i];
		w->queues[i].unfinished = DONE;
		/* until these have ended */
		edgetpu_pm_keep(&w->edev);
		atomic_set(&w->files[i].num_unfinished, DONE);
		init_waitqueue_head(&w->queues[i].room);
		INIT_LIST_HEAD(&w->queues[i].inflight);
		w->slots[i].ring.completions = crowd->completions[i];
		w->headers[i].fence = cpu_to_le32(DONE);
		for (seq = 1; seq <= DONE; seq++)
			crowd_add(test, w, i, seq);
	}
	edgetpu_slots_process(&w->edev);
	irq_work_sync(&crowd->interrupt);
	KUNIT_EXPECT_EQ(test, crowd->ended, 2 * DONE);
	KUNIT_EXPECT_EQ(test, w->queues[0].unfinished, 0);
	KUNIT_EXPECT_LE(test, crowd->most_at_once, 8);
	for (i = 0; i < 2 * DONE; i++)
		edgetpu_fence_free(crowd->tasks[i].fence);
}

/* What the firmware says of the one job of slot @i, of client @client, bound since @bound */
static void tell(struct slot_world *w, unsigned int i, unsigned int client, u32 state,
		 u32 progress, unsigned long bound)
{
	struct edgetpu_ring_header *header = w->slots[i].ring.header;

	place(w, i, client, 1, 0);
	w->slots[i].bound = bound;
	header->state = cpu_to_le32(state);
	header->running = cpu_to_le32(state != EDGETPU_RING_IDLE);
	header->progress = cpu_to_le32(progress);
	w->queues[i].priority = DRM_EDGETPU_PRIORITY_NORMAL;
}

/* Whose place goes for one that wants it; -1: nobody's */
static int victim(struct slot_world *w, u32 priority, enum edgetpu_line line, bool context)
{
	struct edgetpu_slot *slot;

	w->wanting.priority = priority;
	w->wanting.line = line;
	mutex_lock(&w->edev.hw_lock);
	slot = find_victim(&w->edev, &w->wanting, context);
	mutex_unlock(&w->edev.hw_lock);
	return slot ? slot->index : -1;
}

static int ordinary_victim(struct slot_world *w, bool context)
{
	return victim(w, DRM_EDGETPU_PRIORITY_NORMAL, EDGETPU_LINE_FIRST, context);
}

static int high_victim(struct slot_world *w, bool context)
{
	return victim(w, DRM_EDGETPU_PRIORITY_HIGH, EDGETPU_LINE_HIGH, context);
}

static void who_has_had_a_turn_goes_and_who_runs_stays(struct kunit *test)
{
	struct slot_world *w = test->priv;

	tell(w, 0, 0, EDGETPU_RING_RUNNING, 9, 1);
	tell(w, 1, 1, EDGETPU_RING_IDLE, 0, 2);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), -1);
	/* taken over with what it had, and not been on since */
	tell(w, 2, 2, EDGETPU_RING_SAVED, 0, 3);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), -1);
	tell(w, 2, 2, EDGETPU_RING_SAVED, 5, 3);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), 2);
	tell(w, 1, 1, EDGETPU_RING_SAVED, 5, 2);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), 1);
	w->slots[1].held = true;
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), 2);
}

/* Not the one that runs, of which there is one, nor another of its kind */
static void high_priority_takes_the_place_of_anyone(struct kunit *test)
{
	struct slot_world *w = test->priv;

	tell(w, 0, 0, EDGETPU_RING_RUNNING, 9, 1);
	KUNIT_EXPECT_EQ(test, high_victim(w, true), -1);
	KUNIT_EXPECT_EQ(test, high_victim(w, false), -1);
	tell(w, 1, 1, EDGETPU_RING_IDLE, 0, 2);
	KUNIT_EXPECT_EQ(test, high_victim(w, true), 1);
	KUNIT_EXPECT_EQ(test, high_victim(w, false), 1);
	tell(w, 2, 2, EDGETPU_RING_SAVED, 5, 3);
	KUNIT_EXPECT_EQ(test, high_victim(w, true), 2);
	w->queues[1].priority = DRM_EDGETPU_PRIORITY_HIGH;
	w->queues[2].priority = DRM_EDGETPU_PRIORITY_HIGH;
	KUNIT_EXPECT_EQ(test, high_victim(w, true), -1);
	KUNIT_EXPECT_EQ(test, high_victim(w, false), -1);
}

/* A context goes with all the slots of its client, and not while one of them runs. */
static void a_client_goes_as_a_whole(struct kunit *test)
{
	struct slot_world *w = test->priv;

	tell(w, 0, 0, EDGETPU_RING_SAVED, 5, 1);
	tell(w, 1, 0, EDGETPU_RING_RUNNING, 5, 2);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), -1);
	tell(w, 1, 0, EDGETPU_RING_IDLE, 0, 2);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), 0);
}

/* For a slot alone one goes that its client can spare, and nobody's for a second one. */
static void of_many_slots_one_that_waits_goes(struct kunit *test)
{
	struct slot_world *w = test->priv;

	tell(w, 0, 0, EDGETPU_RING_SAVED, 5, 1);
	tell(w, 1, 1, EDGETPU_RING_RUNNING, 5, 2);
	tell(w, 2, 1, EDGETPU_RING_IDLE, 0, 3);
	tell(w, 3, 1, EDGETPU_RING_IDLE, 0, 4);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, false), 2);
	KUNIT_EXPECT_EQ(test, victim(w, DRM_EDGETPU_PRIORITY_NORMAL, EDGETPU_LINE_OTHERS, false),
			-1);
}

/* With too few areas the job that began first stays until it ends. */
static void the_first_to_begin_stays_when_areas_are_short(struct kunit *test)
{
	struct slot_world *w = test->priv;

	tell(w, 0, 0, EDGETPU_RING_SAVED, 5, 1);
	tell(w, 1, 1, EDGETPU_RING_SAVED, 5, 2);
	w->headers[0].start = cpu_to_le64(-100);
	w->headers[1].start = cpu_to_le64(100);
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), 0);
	w->edev.save.given = CLIENTS;
	KUNIT_EXPECT_EQ(test, ordinary_victim(w, true), 1);
}

static int longest(struct slot_world *w, bool patience)
{
	struct edgetpu_slot *slot = find_longest(&w->edev, patience);

	return slot ? slot->index : -1;
}

/* Who has had nothing of its slot yet keeps it; with patience, who would have to be parked. */
static void of_those_not_held_the_one_longest_there_is_to_finish(struct kunit *test)
{
	struct slot_world *w = test->priv;

	tell(w, 0, 0, EDGETPU_RING_RUNNING, 0, 1);
	KUNIT_EXPECT_EQ(test, longest(w, false), -1);
	tell(w, 1, 1, EDGETPU_RING_RUNNING, 5, 4);
	tell(w, 2, 2, EDGETPU_RING_SAVED, 5, 3);
	tell(w, 3, 2, EDGETPU_RING_SAVED, 5, 2);
	KUNIT_EXPECT_EQ(test, longest(w, false), 3);
	KUNIT_EXPECT_EQ(test, longest(w, true), 0);
	w->slots[0].held = true;
	w->slots[3].held = true;
	KUNIT_EXPECT_EQ(test, longest(w, false), 2);
	KUNIT_EXPECT_EQ(test, longest(w, true), 1);
	w->slots[1].held = true;
	KUNIT_EXPECT_EQ(test, longest(w, true), -1);
}

static int first_in_line(struct slot_world *w)
{
	struct edgetpu_queue *queue;

	mutex_lock(&w->edev.hw_lock);
	queue = first_of_line(&w->edev, EDGETPU_LINE_FIRST);
	mutex_unlock(&w->edev.hw_lock);
	return queue ? queue - w->queues : -1;
}

/* Of a client with a parked job that one is next, and no other. */
static void parked_jobs_come_before_others_of_their_client(struct kunit *test)
{
	struct slot_world *w = test->priv;

	w->files[0].num_parked = 1;
	stand_in_line(w, 0, 0, false);
	KUNIT_EXPECT_EQ(test, first_in_line(w), -1);
	stand_in_line(w, 1, 0, true);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 1);
	w->files[0].num_parked = 0;
	KUNIT_EXPECT_EQ(test, first_in_line(w), 0);
}

/* The files of one user have turns with each of the others', not all before him. */
static void users_have_turns_in_line(struct kunit *test)
{
	struct slot_world *w = test->priv;
	unsigned int i;

	w->accounts[1].user = &w->users[0];
	stand_in_line(w, 0, 0, true);
	stand_in_line(w, 1, 1, true);
	stand_in_line(w, 2, 0, true);
	stand_in_line(w, 3, 2, true);
	stand_in_line(w, 4, 2, true);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 0);
	is_served(w, 0);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 3);
	is_served(w, 3);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 1);
	/* who comes again, too, is behind those who wait */
	stand_in_line(w, 0, 0, true);
	is_served(w, 1);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 4);
	/* who cannot begin keeps his place, and stands in nobody's way */
	w->queues[4].parked = false;
	w->files[2].num_parked = 1;
	KUNIT_EXPECT_EQ(test, first_in_line(w), 2);
	is_served(w, 2);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 0);
	w->files[2].num_parked = 0;
	KUNIT_EXPECT_EQ(test, first_in_line(w), 4);
	is_served(w, 4);
	is_served(w, 0);
	KUNIT_EXPECT_EQ(test, first_in_line(w), -1);
	for (i = 0; i < EDGETPU_NUM_LINES; i++)
		KUNIT_EXPECT_TRUE(test, list_empty(&w->edev.waiting[i]));
}

/* Those whom a reset takes from the hardware are not behind those who wait. */
static void who_had_a_slot_at_a_reset_is_first_in_line(struct kunit *test)
{
	struct slot_world *w = test->priv;

	w->accounts[1].user = &w->users[0];
	stand_in_line(w, 0, 0, true);
	stand_in_line(w, 1, 2, true);
	line_up(w, 3, 2, true, true);
	line_up(w, 2, 1, true, true);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 2);
	is_served(w, 2);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 3);
	is_served(w, 3);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 0);
}

/* One that cannot begin yet is bound, for all to see; the next stays in line. */
static void one_newcomer_waits_on_the_hardware_when_areas_are_short(struct kunit *test)
{
	struct slot_world *w = test->priv;

	w->edev.save.given = CLIENTS;
	stand_in_line(w, 4, 2, false);
	tell(w, 0, 0, EDGETPU_RING_SAVED, 5, 1);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 4);
	tell(w, 1, 1, EDGETPU_RING_IDLE, 0, 2);
	KUNIT_EXPECT_EQ(test, first_in_line(w), -1);
	stand_in_line(w, 5, 2, true);
	KUNIT_EXPECT_EQ(test, first_in_line(w), 5);
	w->edev.save.given = CLIENTS + 1;
	KUNIT_EXPECT_EQ(test, first_in_line(w), 4);
}

/* --- with a firmware that answers --- */

static u32 *reg(struct slot_world *w, u32 offset)
{
	return w->regs + offset / sizeof(*w->regs);
}

static int answer_all(void *opaque)
{
	struct slot_world *w = opaque;

	while (!kthread_should_stop()) {
		/* What is asked is there before its number */
		const u32 seq = smp_load_acquire(reg(w, EDGETPU_REG_MBOX_REQ_SEQ));

		if (seq != *reg(w, EDGETPU_REG_MBOX_RSP_SEQ)) {
			const bool park = *reg(w, EDGETPU_REG_MBOX_REQ(0)) ==
					  EDGETPU_MBOX_RING_PARK;

			*reg(w, EDGETPU_REG_MBOX_RSP(0)) = park ? w->park_status : EDGETPU_MBOX_OK;
			*reg(w, EDGETPU_REG_MBOX_RSP(1)) = park ? EDGETPU_NO_AREA : 0;
			/* ... and so is the answer. */
			smp_store_release(reg(w, EDGETPU_REG_MBOX_RSP_SEQ), seq);
			wake_up_all(&w->edev.mbox_wait);
		}
		usleep_range(20, 50);
	}
	return 0;
}

/* Registers, rings of memory, contexts that all have; and to RING_PARK is said @status. */
static void start_firmware(struct kunit *test, u32 status)
{
	struct slot_world *w = test->priv;
	struct task_struct *firmware;
	unsigned int i;
	void *memory;

	w->park_status = status;
	w->regs = kunit_kzalloc(test, EDGETPU_REG_DOORBELL(SLOTS), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->regs);
	w->edev.regs = (void __iomem __force *)w->regs;
	init_waitqueue_head(&w->edev.mbox_wait);
	spin_lock_init(&w->edev.slots_lock);
	w->edev.save.given = 0;
	INIT_LIST_HEAD(&w->edev.halting);
	for (i = 0; i < SLOTS; i++) {
		memory = kunit_kzalloc(test, EDGETPU_RING_BYTES(EDGETPU_RING_DEPTH), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, memory);
		edgetpu_ring_init(&w->slots[i].ring, memory, 0);
	}
	for (i = 0; i < SLOTS; i++)
		INIT_LIST_HEAD(&w->queues[i].inflight);
	for (i = 0; i < CLIENTS; i++)
		w->files[i].vm.users = 1;
	firmware = kthread_run(answer_all, w, "edgetpu-kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(firmware));
	w->firmware = firmware;
}

/* Others have hw_lock before more are bound than there are slots. */
static void no_more_are_bound_at_once_than_there_are_slots(struct kunit *test)
{
	struct slot_world *w = test->priv;
	unsigned int i;

	start_firmware(test, EDGETPU_MBOX_OK);
	w->edev.hw.num_queues = 2;
	for (i = 0; i < SLOTS; i++)
		stand_in_line(w, i, i / 2, false);
	slot_work(&w->edev.slot_work.work);
	KUNIT_EXPECT_FALSE(test, w->edev.offline);
	KUNIT_EXPECT_EQ(test, w->edev.turn, 2);
	KUNIT_EXPECT_EQ(test, count_waiting(&w->edev, SLOTS), SLOTS - 2);
	/* it comes again at once, and who has a slot and no job goes */
	KUNIT_EXPECT_FALSE(test, timer_pending(&w->edev.slot_work.timer));
	slot_work(&w->edev.slot_work.work);
	slot_work(&w->edev.slot_work.work);
	KUNIT_EXPECT_EQ(test, w->edev.turn, SLOTS);
	KUNIT_EXPECT_EQ(test, count_waiting(&w->edev, SLOTS), 0);
}

/* There is nothing to wait for: the device is reset, and not asked again. */
static void a_ring_without_jobs_is_never_busy(struct kunit *test)
{
	struct slot_world *w = test->priv;
	int ret;

	start_firmware(test, EDGETPU_MBOX_EBUSY);
	place(w, 0, 0, 0, 1);
	mutex_lock(&w->edev.hw_lock);
	ret = edgetpu_slot_unbind(&w->edev, &w->slots[0]);
	mutex_unlock(&w->edev.hw_lock);
	KUNIT_EXPECT_EQ(test, ret, -EPROTO);
	KUNIT_EXPECT_TRUE(test, w->edev.offline);
}

/* Jobs came since it was chosen: it stays, and the firmware hears nothing of it. */
static void a_ring_with_jobs_is_not_taken(struct kunit *test)
{
	struct slot_world *w = test->priv;
	int ret;

	start_firmware(test, EDGETPU_MBOX_OK);
	place(w, 0, 0, 1, 1);
	mutex_lock(&w->edev.hw_lock);
	ret = edgetpu_slot_unbind(&w->edev, &w->slots[0]);
	mutex_unlock(&w->edev.hw_lock);
	KUNIT_EXPECT_EQ(test, ret, -EBUSY);
	KUNIT_EXPECT_FALSE(test, w->slots[0].held);
	KUNIT_EXPECT_PTR_EQ(test, w->slots[0].queue, &w->queues[0]);
	KUNIT_EXPECT_EQ(test, *reg(w, EDGETPU_REG_MBOX_REQ_SEQ), 0);
	KUNIT_EXPECT_FALSE(test, w->edev.offline);
}

/* One that has no job left, or is saved where no end of it is waited for */
static void who_is_held_goes_when_it_has_given_way(struct kunit *test)
{
	struct slot_world *w = test->priv;
	unsigned int i;

	start_firmware(test, EDGETPU_MBOX_OK);
	w->files[0].vm.users = 3;
	w->files[1].vm.users = 2;
	tell(w, 0, 0, EDGETPU_RING_SAVED, 5, 1);
	tell(w, 1, 0, EDGETPU_RING_SAVED, 5, 2);
	w->slots[1].patience = true;
	tell(w, 2, 1, EDGETPU_RING_RUNNING, 5, 3);
	place(w, 3, 0, 0, 4);
	for (i = 0; i < 4; i++)
		w->slots[i].held = true;
	/* not held */
	tell(w, 4, 1, EDGETPU_RING_SAVED, 5, 5);
	mutex_lock(&w->edev.hw_lock);
	take_held(&w->edev);
	mutex_unlock(&w->edev.hw_lock);
	KUNIT_EXPECT_NULL(test, w->slots[0].queue);
	KUNIT_EXPECT_NOT_NULL(test, w->slots[1].queue);
	KUNIT_EXPECT_NOT_NULL(test, w->slots[2].queue);
	KUNIT_EXPECT_NULL(test, w->slots[3].queue);
	KUNIT_EXPECT_NOT_NULL(test, w->slots[4].queue);
	KUNIT_EXPECT_FALSE(test, w->edev.offline);
}

/* Its queue has come to an end meanwhile: who looks at the ring must not find it idle. */
static void what_was_taken_over_is_in_the_ring(struct kunit *test)
{
	struct edgetpu_task *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);
	struct slot_world *w = test->priv;
	struct edgetpu_queue *queue = &w->queues[0];

	KUNIT_ASSERT_NOT_NULL(test, task);
	start_firmware(test, EDGETPU_MBOX_OK);
	w->edev.save.given = 1;
	queue->file = &w->files[0];
	task->queue = queue;
	mutex_lock(&w->edev.hw_lock);
	spin_lock_irq(&queue->lock);
	list_add_tail(&task->node, &queue->inflight);
	KUNIT_EXPECT_TRUE(test, edgetpu_save_park(&w->edev, 0, task));
	queue->error = -ECANCELED;
	spin_unlock_irq(&queue->lock);
	KUNIT_EXPECT_EQ(test, edgetpu_slot_bind(&w->edev, &w->slots[0], queue), 0);
	KUNIT_EXPECT_EQ(test, task->parked, 0);
	KUNIT_EXPECT_EQ(test, task->ring_seq, 1);
	KUNIT_EXPECT_NULL(test, find_idle(&w->edev, false));
	mutex_unlock(&w->edev.hw_lock);
	KUNIT_EXPECT_FALSE(test, w->edev.offline);
}

/* As long as its slot is not given to another, the device might still say that it is done. */
static void what_is_parked_is_not_completed(struct kunit *test)
{
	struct edgetpu_completion *written = kunit_kzalloc(test, sizeof(*written), GFP_KERNEL);
	struct edgetpu_task *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);
	struct slot_world *w = test->priv;
	struct edgetpu_ring *ring = &w->slots[0].ring;
	struct edgetpu_queue *queue = &w->queues[0];
	struct edgetpu_completion completion;

	KUNIT_ASSERT_NOT_NULL(test, written);
	KUNIT_ASSERT_NOT_NULL(test, task);
	place(w, 0, 0, 2, 1);
	ring->completions = written;
	w->headers[0].running = cpu_to_le32(1);
	INIT_LIST_HEAD(&queue->inflight);
	task->queue = queue;
	task->ring_seq = 1;
	list_add_tail(&task->node, &queue->inflight);
	mutex_lock(&w->edev.hw_lock);
	edgetpu_slot_survives(&w->edev, &w->slots[0], 1, 0);
	mutex_unlock(&w->edev.hw_lock);
	KUNIT_EXPECT_EQ(test, task->parked, 1);
	KUNIT_EXPECT_EQ(test, edgetpu_ring_started(ring), 0);
	KUNIT_EXPECT_TRUE(test, edgetpu_ring_dry(ring));
	written->seq = cpu_to_le32(1);
	written->status = cpu_to_le32(EDGETPU_STATUS_KILLED);
	w->headers[0].fence = cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, edgetpu_ring_pop(ring, 0, &completion), -EPROTO);
}

static struct kunit_case slot_cases[] = {
	KUNIT_CASE(who_has_had_a_turn_goes_and_who_runs_stays),
	KUNIT_CASE(high_priority_takes_the_place_of_anyone),
	KUNIT_CASE(a_client_goes_as_a_whole),
	KUNIT_CASE(of_many_slots_one_that_waits_goes),
	KUNIT_CASE(the_first_to_begin_stays_when_areas_are_short),
	KUNIT_CASE(of_those_not_held_the_one_longest_there_is_to_finish),
	KUNIT_CASE(parked_jobs_come_before_others_of_their_client),
	KUNIT_CASE(users_have_turns_in_line),
	KUNIT_CASE(who_had_a_slot_at_a_reset_is_first_in_line),
	KUNIT_CASE(one_newcomer_waits_on_the_hardware_when_areas_are_short),
	KUNIT_CASE(interrupts_are_let_in_between_a_few_jobs),
	KUNIT_CASE(the_first_free_slot_is_found),
	KUNIT_CASE(all_that_are_bound_are_met_once),
	KUNIT_CASE(the_one_idle_longest_goes),
	KUNIT_CASE(a_context_is_taken_from_a_client_idle_as_a_whole),
	KUNIT_CASE(those_who_wait_are_counted_up_to_a_limit),
	KUNIT_CASE(no_more_are_bound_at_once_than_there_are_slots),
	KUNIT_CASE(a_ring_without_jobs_is_never_busy),
	KUNIT_CASE(a_ring_with_jobs_is_not_taken),
	KUNIT_CASE(what_was_taken_over_is_in_the_ring),
	KUNIT_CASE(who_is_held_goes_when_it_has_given_way),
	KUNIT_CASE(what_is_parked_is_not_completed),
	{}
};

static struct kunit_suite slot_suite = {
	.name = "edgetpu_slot",
	.init = slot_test_init,
	.exit = slot_test_exit,
	.test_cases = slot_cases,
};

kunit_test_suite(slot_suite);
