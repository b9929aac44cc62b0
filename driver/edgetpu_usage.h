/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_USAGE_H_
#define _EDGETPU_USAGE_H_

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <edgetpu_hw.h>

struct edgetpu_device;
struct edgetpu_file;
struct edgetpu_queue;

/* The device counts energy in tenths of a picojoule */
#define EDGETPU_ENERGY_UNITS	10

/**
 * struct edgetpu_told - what a job has had of the device by its word
 * @used: cycles it had the engines
 * @busy: cycles each engine was at work for it
 */
struct edgetpu_told {
	u64 used;
	u32 busy[EDGETPU_NUM_ENGINES];
};

/**
 * struct edgetpu_usage - what a queue or a client has had; no number ever becomes less
 * @jobs_done: jobs that ended well
 * @jobs_failed: those that did not
 * @used: cycles that its jobs had the engines
 * @busy: cycles each engine was at work for them
 * @used_ns: the host's time in which they had the engines
 * @busy_ns: the same of each engine
 * @instructions: retired for jobs that have ended; as all that follows
 * @switching: cycles that went into saving and loading them
 * @stalled: cycles each engine had a command and waited
 * @misses: translations that were not in the TLB
 * @read: bytes read from memory
 * @written: bytes written there
 * @energy: in tenths of a picojoule
 * @turns: how often they got the engines
 */
struct edgetpu_usage {
	u64 jobs_done;
	u64 jobs_failed;
	u64 used;
	u64 busy[EDGETPU_NUM_ENGINES];
	u64 used_ns;
	u64 busy_ns[EDGETPU_NUM_ENGINES];
	u64 instructions;
	u64 switching;
	u64 stalled[EDGETPU_NUM_ENGINES];
	u64 misses;
	u64 read;
	u64 written;
	u64 energy;
	u64 turns;
};

/**
 * struct edgetpu_meter - shares the host's time out among those who used the device
 * @looking: one look at all rings at a time; outside edgetpu_device.slots_lock
 * @lock: all that follows, and every struct edgetpu_usage of the device
 * @jobs: jobs in rings
 * @at: newest model cycle that the device has told since it was booted
 * @total: model cycles that went by like that, of all boots
 * @looked: up to when the host's time is shared out, in ns
 * @cycles: model cycles between the last two looks
 * @ns: the host's time between them
 * @left: of it, what nobody has been given yet
 * @busy_left: the same for each engine
 *
 * The device tells cycles and no time of the host's. What runs on it runs one after the
 * other, so between two looks each job had a share of the time as of the cycles. While
 * no ring has a job no time counts. Nobody gets more than there was, whatever it tells.
 */
struct edgetpu_meter {
	struct mutex looking;	/* one at a time */
	spinlock_t lock;	/* all that follows */
	u32 jobs;
	u64 at;
	u64 total;
	u64 looked;
	u64 cycles;
	u64 ns;
	u64 left;
	u64 busy_left[EDGETPU_NUM_ENGINES];
};

static inline void edgetpu_meter_init(struct edgetpu_meter *meter)
{
	mutex_init(&meter->looking);
	spin_lock_init(&meter->lock);
}

void edgetpu_meter_job(struct edgetpu_meter *meter);
void edgetpu_meter_job_gone(struct edgetpu_meter *meter);
void edgetpu_meter_look(struct edgetpu_meter *meter, u64 at, u64 now);
void edgetpu_meter_restart(struct edgetpu_meter *meter);
u64 edgetpu_meter_total(struct edgetpu_meter *meter);

void edgetpu_usage_credit(struct edgetpu_queue *queue, struct edgetpu_told *had,
			  const struct edgetpu_told *told);
void edgetpu_usage_end(struct edgetpu_queue *queue, bool failed,
		       const struct edgetpu_completion *completion);
void edgetpu_usage_read(struct edgetpu_device *edev, const struct edgetpu_usage *from,
			struct edgetpu_usage *usage);

#endif /* _EDGETPU_USAGE_H_ */
