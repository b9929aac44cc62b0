/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device: its state, its registers, and what anybody may ask of those who
 * deal with the hardware: a reset, a look at who wants a slot.
 *
 * Lock order, outermost first; each lock's comment says what it protects:
 *
 *	edgetpu_queue.submit_lock
 *	edgetpu_save.lock
 *	edgetpu_vms.lock
 *	edgetpu_vm.lock
 *	edgetpu_vm.books
 *	dma_resv (drm_exec)
 *	edgetpu_device.hw_lock		from here on nothing may allocate with
 *	edgetpu_sensors.lock		GFP_KERNEL or wait for a fence
 *	edgetpu_meter.looking
 *	edgetpu_device.slots_lock
 *	edgetpu_queue.lock
 *	edgetpu_device.list_lock
 *	edgetpu_fence.lock
 *	edgetpu_buffers.lock
 *	edgetpu_meter.lock
 */
#ifndef _EDGETPU_DEVICE_H_
#define _EDGETPU_DEVICE_H_

#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_print.h>

#include <edgetpu_hw.h>
#include <drm/edgetpu_accel.h>

#include "edgetpu_account.h"
#include "edgetpu_dump.h"
#include "edgetpu_gem.h"
#include "edgetpu_queue.h"
#include "edgetpu_save.h"
#include "edgetpu_sensors.h"
#include "edgetpu_usage.h"
#include "edgetpu_vm.h"

struct drm_sched_backend_ops;
struct edgetpu_slot;

#define EDGETPU_DRIVER_NAME	"edgetpu"

/**
 * struct edgetpu_firmware - the image, kept where the device can fetch it again
 * @image: the complete file
 * @dma: where the device finds it
 * @size: bytes
 * @version: major << 16 | minor << 8 | patch, of its header
 */
struct edgetpu_firmware {
	void *image;
	dma_addr_t dma;
	u32 size;
	u32 version;
};

/**
 * struct edgetpu_invalidations - the hardware drops what it remembers of page tables
 *
 * Clients ask, and a worker has it done: a client that holds the hardware's lock while it
 * waits for it may be one that the scheduler lets starve, and all others with it.
 *
 * @work: does what has been asked for
 * @wanted: how often that was
 * @done: of these, how many are done
 */
struct edgetpu_invalidations {
	struct work_struct work;
	atomic_t wanted;
	u32 done;
};

/**
 * struct edgetpu_device - one accelerator
 * @drm: the DRM device; everything that lives on after removal hangs on it
 * @regs: BAR0; touched only between probe and removal, or in drm_dev_enter()
 * @hw: configuration, read once at probe
 * @fw: firmware image
 * @log: firmware log in host memory, of all boots; written by the device
 * @log_dma: where the device finds it
 * @boots: how often the firmware has been given it; changed with @hw_lock
 * @dump: what is noted down before a reset; @hw_lock
 * @budget: memory that clients may take
 * @buffers: all buffers
 * @vms: all address spaces
 * @sensors: what it tells of itself
 * @num_tasks: jobs not yet freed, for debugfs
 * @last_job_id: of the last job made: no two have the same
 * @meter: how much of the device clients have had
 * @save: where the firmware keeps jobs that wait for their turn
 * @single_vector: control and job interrupts share vector 0
 * @sched_ops: what the schedulers of the queues call
 * @hw_lock: what the hardware holds: @contexts, the slots and who has them,
 *	@mbox_seq and the mailbox itself, MMU_INVALIDATE, @lost, @offline, reset.
 *	Taken on the way to signalling fences.
 * @contexts: address spaces by hardware context number
 * @slots: a ring each, hw.num_queues of them
 * @slots_lock: the queues of @slots against the interrupt handler
 * @forgotten: how often the hardware has been made to forget all; changed with @hw_lock
 * @forgotten_wait: woken then, and when @invalidations are done
 * @invalidations: what address spaces have had the hardware drop
 * @mbox_wait: woken when the firmware has answered or died
 * @mbox_seq: of the last request
 * @lost: the device is gone or was given up; changed with @hw_lock and @list_lock
 * @offline: the firmware does not run, or not as it should, and is asked nothing:
 *	a reset is under way, ours or somebody's
 * @away: between somebody's announcing a reset of the function and having done it
 * @asleep: suspended; @offline, too
 * @quiet: nobody gets a slot, and who has one leaves it
 * @quiet_wait: woken when some may have left
 * @interrupted: somebody wants to reset the function: whoever waits gives up
 * @resets: number of resets, for debugfs
 * @failed_resets: resets since a job last completed that no job was to blame for
 * @list_lock: @waiting and what is in it, @halting, edgetpu_file.num_placed
 * @waiting: struct edgetpu_party by enum edgetpu_line: who has queues with jobs and without
 *	a slot; the first has waited longest for one
 * @turn: binds so far: which of @waiting is next
 * @crowded: some of them wait for others to make room
 * @halting: queues whose jobs are to end
 * @sched_wq: ordered; runs the schedulers of all queues
 * @recovery_wq: ordered; @slot_work, @watchdog, @reset_work and @invalidations run here,
 *	so that they never meet each other
 * @slot_work: serves @halting and @waiting
 * @watchdog: looks at the device while it has jobs
 * @reset_work: resets the device
 * @unplug_work: takes the node away once the device is lost
 * @progress_hash: digest of what runs on the device when last looked at; watchdog only
 * @progress_time: jiffies when it last changed
 * @watched: both are of the jobs that the device has now, or of those before them without
 *	a pause; @hw_lock
 * @look_time: jiffies when last looked at
 */
struct edgetpu_device {
	struct drm_device drm;
	void __iomem *regs;
	struct drm_edgetpu_hardware_info hw;
	struct edgetpu_firmware fw;

	struct edgetpu_log *log;
	dma_addr_t log_dma;
	u32 boots;
	struct edgetpu_dump dump;

	struct edgetpu_budget budget;
	struct edgetpu_buffers buffers;
	struct edgetpu_vms vms;
	struct edgetpu_sensors sensors;
	atomic_t num_tasks;
	atomic64_t last_job_id;

	struct edgetpu_meter meter;
	struct edgetpu_save save;

	bool single_vector;
	const struct drm_sched_backend_ops *sched_ops;

	struct mutex hw_lock;	/* what the hardware holds; see above */
	struct edgetpu_vm *contexts[EDGETPU_MAX_CONTEXTS];
	struct edgetpu_slot *slots;
	spinlock_t slots_lock;	/* the slots' queues against the interrupt */

	u32 forgotten;
	wait_queue_head_t forgotten_wait;
	struct edgetpu_invalidations invalidations;
	wait_queue_head_t mbox_wait;
	u32 mbox_seq;

	bool lost;
	bool offline;
	bool away;
	bool asleep;
	bool interrupted;
	bool quiet;
	wait_queue_head_t quiet_wait;
	u32 resets;
	u32 failed_resets;

	spinlock_t list_lock;	/* waiting, halting, edgetpu_file.num_placed */
	struct list_head waiting[EDGETPU_NUM_LINES];
	unsigned int turn;
	bool crowded;
	struct list_head halting;

	struct workqueue_struct *sched_wq;
	struct workqueue_struct *recovery_wq;
	struct delayed_work slot_work;
	struct delayed_work watchdog;
	struct work_struct reset_work;
	struct work_struct unplug_work;

	u32 progress_hash;
	unsigned long progress_time;
	bool watched;
	unsigned long look_time;
};

static inline struct edgetpu_device *to_edgetpu(struct drm_device *drm)
{
	return container_of(drm, struct edgetpu_device, drm);
}

static inline u32 edgetpu_read(struct edgetpu_device *edev, u32 reg)
{
	return readl(edev->regs + reg);
}

static inline void edgetpu_write(struct edgetpu_device *edev, u32 reg, u32 value)
{
	writel(value, edev->regs + reg);
}

/* A device that has died reads as zeroes or as all ones: neither is its ID. */
static inline bool edgetpu_alive(struct edgetpu_device *edev)
{
	return edgetpu_read(edev, EDGETPU_REG_ID) == EDGETPU_ID;
}

/* It is awake, and stays so; from any context. */
static inline void edgetpu_pm_keep(struct edgetpu_device *edev)
{
	pm_runtime_get_noresume(edev->drm.dev);
}

/* It may sleep, when nobody has wanted it for a while; from any context. */
static inline void edgetpu_pm_put(struct edgetpu_device *edev)
{
	pm_runtime_mark_last_busy(edev->drm.dev);
	pm_runtime_put_autosuspend(edev->drm.dev);
}

extern unsigned int edgetpu_timeout_ms;
extern unsigned int edgetpu_job_limit_ms;
extern unsigned int edgetpu_host_time_factor;
extern unsigned int edgetpu_save_areas;
extern struct workqueue_struct *edgetpu_release_wq;

int edgetpu_device_init(struct edgetpu_device *edev);
int edgetpu_pm_get(struct edgetpu_device *edev);
int edgetpu_wait_zero(struct edgetpu_device *edev, u32 reg, u64 sleep_us, u64 timeout_us);
bool edgetpu_hardware_possible(const struct drm_edgetpu_hardware_info *hw);
void edgetpu_slots_kick(struct edgetpu_device *edev);
void edgetpu_watchdog_arm(struct edgetpu_device *edev);
void edgetpu_reset_request(struct edgetpu_device *edev);
u32 edgetpu_invalidate_request(struct edgetpu_device *edev);
bool edgetpu_invalidated(struct edgetpu_device *edev, u32 ticket);

#endif /* _EDGETPU_DEVICE_H_ */
