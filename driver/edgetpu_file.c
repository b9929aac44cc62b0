// SPDX-License-Identifier: GPL-2.0-only
/* Open files: each is a client, with an address space and queues of its own. */
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"

/* What an open file costs: what is here, and DRM's own part of it */
#define FILE_COST	(sizeof(struct edgetpu_file) + SZ_4K)

struct edgetpu_file *edgetpu_file_create(struct edgetpu_device *edev, u64 client)
{
	struct edgetpu_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!file)
		return ERR_PTR(ret);
	file->edev = edev;
	file->account = edgetpu_account_create(&edev->budget, client);
	if (!file->account)
		goto err_free;
	ret = edgetpu_account_charge(file->account, FILE_COST);
	if (ret)
		goto err_account;
	ret = edgetpu_vm_init(edev, &file->vm, file->account);
	if (ret)
		goto err_uncharge;
	kref_init(&file->ref);
	drm_dev_get(&edev->drm);
	__module_get(THIS_MODULE);
	xa_init_flags(&file->queues, XA_FLAGS_ALLOC1);
	return file;

err_uncharge:
	edgetpu_account_uncharge(file->account, FILE_COST);
err_account:
	edgetpu_account_put(file->account);
err_free:
	kfree(file);
	return ERR_PTR(ret);
}

struct edgetpu_file *edgetpu_file_get(struct edgetpu_file *file)
{
	kref_get(&file->ref);
	return file;
}

/* Closed, and the last of its queues is off the hardware. */
static void edgetpu_file_release(struct kref *ref)
{
	struct edgetpu_file *file = container_of(ref, struct edgetpu_file, ref);
	struct edgetpu_device *edev = file->edev;

	edgetpu_vm_fini(&file->vm);
	edgetpu_account_uncharge(file->account, FILE_COST);
	edgetpu_account_put(file->account);
	kfree(file);
	drm_dev_put(&edev->drm);
	module_put(THIS_MODULE);
}

/* May take reservation locks: where edgetpu_queue_put() may be called, too. */
void edgetpu_file_put(struct edgetpu_file *file)
{
	kref_put(&file->ref, edgetpu_file_release);
}

void edgetpu_file_show_fdinfo(struct drm_printer *p, struct drm_file *filp)
{
	static const char * const engines[EDGETPU_NUM_ENGINES] = {
		[EDGETPU_ENGINE_LOAD] = "load",
		[EDGETPU_ENGINE_STORE] = "store",
		[EDGETPU_ENGINE_ARRAY] = "array",
		[EDGETPU_ENGINE_VECTOR] = "vector",
	};
	struct edgetpu_file *file = filp->driver_priv;
	const u64 total = edgetpu_meter_total(&file->edev->meter);
	struct edgetpu_usage usage;
	unsigned int i;

	edgetpu_usage_read(file->edev, &file->usage, &usage);
	for (i = 0; i < EDGETPU_NUM_ENGINES; i++) {
		drm_printf(p, "drm-engine-%s:\t%llu ns\n", engines[i], usage.busy_ns[i]);
		drm_printf(p, "drm-cycles-%s:\t%llu\n", engines[i], usage.busy[i]);
		drm_printf(p, "drm-total-cycles-%s:\t%llu\n", engines[i], total);
	}
	drm_printf(p, "edgetpu-used:\t%llu ns\n", usage.used_ns);
	drm_printf(p, "edgetpu-cycles-used:\t%llu\n", usage.used);
	drm_printf(p, "edgetpu-cycles-switching:\t%llu\n", usage.switching);
	drm_printf(p, "edgetpu-jobs-done:\t%llu\n", usage.jobs_done);
	drm_printf(p, "edgetpu-jobs-failed:\t%llu\n", usage.jobs_failed);
	drm_printf(p, "edgetpu-jobs-unfinished:\t%d\n", atomic_read(&file->num_unfinished));
	drm_printf(p, "edgetpu-energy:\t%llu pJ\n",
		   div_u64(usage.energy, EDGETPU_ENERGY_UNITS));
	drm_show_memory_stats(p, filp);
	drm_printf(p, "edgetpu-charged-memory:\t%lld KiB\n",
		   atomic64_read(&file->account->used) >> 10);
	drm_printf(p, "edgetpu-user-memory:\t%lld KiB\n",
		   atomic64_read(&file->account->user->used) >> 10);
}
