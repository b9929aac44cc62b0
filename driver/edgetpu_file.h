/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_FILE_H_
#define _EDGETPU_FILE_H_

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "edgetpu_usage.h"
#include "edgetpu_vm.h"

struct drm_file;
struct drm_printer;
struct edgetpu_device;

/**
 * struct edgetpu_file - one client
 * @ref: the open file and each of its queues
 * @edev: its device
 * @account: memory it takes
 * @vm: its address space
 * @queues: queues by id
 * @next_queue: where the search for an id starts
 * @num_queues: how many there are
 * @num_unfinished: jobs of all its queues that have not ended, and those about to be submitted
 * @num_placed: those that have a slot or wait for one; edgetpu_device.list_lock
 * @num_parked: jobs of it that wait in save areas, without a ring; edgetpu_device.hw_lock
 * @usage: what its jobs have had of the device; edgetpu_meter.lock
 */
struct edgetpu_file {
	struct kref ref;
	struct edgetpu_device *edev;
	struct edgetpu_account *account;
	struct edgetpu_vm vm;
	struct xarray queues;
	u32 next_queue;
	atomic_t num_queues;
	atomic_t num_unfinished;
	u32 num_placed;
	u32 num_parked;
	struct edgetpu_usage usage;
};

struct edgetpu_file *edgetpu_file_create(struct edgetpu_device *edev, u64 client);
struct edgetpu_file *edgetpu_file_get(struct edgetpu_file *file);
void edgetpu_file_put(struct edgetpu_file *file);
void edgetpu_file_show_fdinfo(struct drm_printer *p, struct drm_file *filp);

#endif /* _EDGETPU_FILE_H_ */
