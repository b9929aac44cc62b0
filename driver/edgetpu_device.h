/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device: its state, its registers, and the request to reset it, which
 * anybody may make. What carries it out is in edgetpu_recovery.c.
 *
 * Lock order, outermost first; each lock's comment says what it protects:
 *
 *	edgetpu_queue.submit_lock
 *	edgetpu_file.lock
 *	edgetpu_vms.lock
 *	edgetpu_vm.lock
 *	dma_resv (drm_exec)
 *	edgetpu_device.hw_lock		from here on nothing may allocate with
 *	edgetpu_device.rings_lock	GFP_KERNEL or wait for a fence
 *	edgetpu_queue.lock
 *	edgetpu_fence.lock
 *	edgetpu_buffers.lock
 */
#ifndef _EDGETPU_DEVICE_H_
#define _EDGETPU_DEVICE_H_

#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_print.h>

#include <edgetpu_hw.h>
#include <drm/edgetpu_accel.h>

#include "edgetpu_account.h"
#include "edgetpu_gem.h"
#include "edgetpu_vm.h"

struct edgetpu_queue;

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
 * struct edgetpu_device - one accelerator
 * @drm: the DRM device; everything that lives on after removal hangs on it
 * @regs: BAR0; touched only between probe and removal, or in drm_dev_enter()
 * @hw: configuration, read once at probe
 * @fw: firmware image
 * @log: firmware log in host memory; written by the device
 * @log_dma: where the device finds it
 * @budget: memory that clients may take
 * @buffers: all buffers
 * @vms: all address spaces
 * @num_tasks: jobs not yet freed, for debugfs
 * @single_vector: control and job interrupts share vector 0
 * @hw_lock: what the hardware holds: @contexts, @rings as far as changing it
 *	goes, @mbox_seq and the mailbox itself, MMU_INVALIDATE, @lost, reset. Taken
 *	on the way to signalling fences.
 * @contexts: address spaces by hardware context number
 * @rings: queues by ring number
 * @rings_lock: @rings against the interrupt handler
 * @mbox_wait: woken when the firmware has answered or died
 * @mbox_seq: of the last request
 * @lost: the device is gone or was given up; also read without @hw_lock
 * @resets: number of resets, for debugfs
 * @failed_resets: resets since a job last completed
 * @sched_wq: ordered; runs the schedulers of all queues
 * @recovery_wq: ordered; job timeouts, resets and stopping of queues run here,
 *	so that they never meet each other
 * @reset_work: resets the device
 * @unplug_work: takes the node away once the device is lost
 * @progress_hash: digest of all rings' headers when last looked at; recovery only
 * @progress_time: jiffies when it last changed
 */
struct edgetpu_device {
	struct drm_device drm;
	void __iomem *regs;
	struct drm_edgetpu_hardware_info hw;
	struct edgetpu_firmware fw;

	struct edgetpu_log *log;
	dma_addr_t log_dma;

	struct edgetpu_budget budget;
	struct edgetpu_buffers buffers;
	struct edgetpu_vms vms;
	atomic_t num_tasks;

	bool single_vector;

	struct mutex hw_lock;	/* what the hardware holds; see above */
	struct edgetpu_vm *contexts[EDGETPU_MAX_CONTEXTS];
	struct edgetpu_queue *rings[EDGETPU_MAX_RINGS];
	spinlock_t rings_lock;	/* rings against the interrupt */

	wait_queue_head_t mbox_wait;
	u32 mbox_seq;

	bool lost;
	u32 resets;
	u32 failed_resets;

	struct workqueue_struct *sched_wq;
	struct workqueue_struct *recovery_wq;
	struct work_struct reset_work;
	struct work_struct unplug_work;

	u32 progress_hash;
	unsigned long progress_time;
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

extern unsigned int edgetpu_timeout_ms;
extern struct workqueue_struct *edgetpu_release_wq;

int edgetpu_device_init(struct edgetpu_device *edev);
void edgetpu_reset_request(struct edgetpu_device *edev);
void edgetpu_reset_sync(struct edgetpu_device *edev);

#endif /* _EDGETPU_DEVICE_H_ */
