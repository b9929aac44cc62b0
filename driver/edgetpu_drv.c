// SPDX-License-Identifier: GPL-2.0-only
/* Edge TPU-style accelerator: module, PCI device, DRM device, queries. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "compat.h"
#include "edgetpu_context.h"
#include "edgetpu_debugfs.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_firmware.h"
#include "edgetpu_gem.h"
#include "edgetpu_hwmon.h"
#include "edgetpu_prime.h"
#include "edgetpu_vm.h"
#include "edgetpu_irq.h"
#include "edgetpu_job.h"
#include "edgetpu_pm.h"
#include "edgetpu_queue.h"
#include "edgetpu_recovery.h"
#include "edgetpu_slot.h"
#include "edgetpu_submit.h"
#include "edgetpu_sysfs.h"

#define MIN_TIMEOUT_MS	100u
#define MAX_TIMEOUT_MS	3600000u

/* --- DEV_QUERY --- */

/* Copies @info as far as it goes, zeroes what userspace has behind it. */
static int query_copy(struct drm_edgetpu_dev_query *args, const void *info, u32 size)
{
	u8 __user *to = u64_to_user_ptr(args->pointer);
	const u32 room = args->size;
	u32 done, chunk;

	args->size = size;
	if (!args->pointer)
		return 0;
	done = min(size, room);
	if (copy_to_user(to, info, done))
		return -EFAULT;
	for (; done < room; done += chunk) {
		chunk = min_t(u32, room - done, SZ_1M);
		if (fatal_signal_pending(current))
			return -EINTR;
		if (clear_user(to + done, chunk))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

static int edgetpu_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct edgetpu_device *edev = to_edgetpu(drm);
	struct drm_edgetpu_dev_query *args = data;
	const struct drm_edgetpu_firmware_info firmware = {
		.version = edev->fw.version,
		.protocol = EDGETPU_COMMAND_FORMAT,
	};

	switch (args->type) {
	case DRM_EDGETPU_QUERY_HARDWARE:
		return query_copy(args, &edev->hw, sizeof(edev->hw));
	case DRM_EDGETPU_QUERY_FIRMWARE:
		return query_copy(args, &firmware, sizeof(firmware));
	default:
		return -EINVAL;
	}
}

/* --- open files --- */

static int edgetpu_open(struct drm_device *drm, struct drm_file *filp)
{
	struct edgetpu_file *file;
	int idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	file = edgetpu_file_create(to_edgetpu(drm), filp->client_id);
	drm_dev_exit(idx);
	if (IS_ERR(file))
		return PTR_ERR(file);
	filp->driver_priv = file;
	return 0;
}

/* Does not wait: the address space goes when the hardware has forgotten the last queue. */
static void edgetpu_postclose(struct drm_device *drm, struct drm_file *filp)
{
	struct edgetpu_file *file = filp->driver_priv;

	edgetpu_queue_close_all(file);
	edgetpu_file_put(file);
}

/* --- DRM device --- */

/* What runs has had something since the last look. Nothing is asked of the device. */
static bool look(struct drm_device *drm)
{
	int idx;

	if (!drm_dev_enter(drm, &idx))
		return false;
	edgetpu_slots_process(to_edgetpu(drm));
	drm_dev_exit(idx);
	return true;
}

static int edgetpu_ioctl_counters(struct drm_device *drm, void *data, struct drm_file *filp)
{
	struct drm_edgetpu_counters *args = data;

	if (args->pad)
		return -EINVAL;
	return look(drm) ? edgetpu_queue_counters(filp->driver_priv, args) : -ENODEV;
}

static void edgetpu_show_fdinfo(struct drm_printer *p, struct drm_file *filp)
{
	look(filp->minor->dev);
	edgetpu_file_show_fdinfo(p, filp);
}

static const struct drm_ioctl_desc edgetpu_ioctls[] = {
	DRM_IOCTL_DEF_DRV(EDGETPU_DEV_QUERY, edgetpu_ioctl_dev_query, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_BO_CREATE, edgetpu_ioctl_bo_create, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_BO_INFO, edgetpu_ioctl_bo_info, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_VM_BIND, edgetpu_ioctl_vm_bind, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_QUEUE_CREATE, edgetpu_ioctl_queue_create, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_QUEUE_DESTROY, edgetpu_ioctl_queue_destroy, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_SUBMIT, edgetpu_ioctl_submit, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_JOB_STATUS, edgetpu_ioctl_job_status, 0),
	DRM_IOCTL_DEF_DRV(EDGETPU_COUNTERS, edgetpu_ioctl_counters, 0),
};

/*
 * DRM's own that this node has are those of a render node. The others are for displays and
 * their masters, of whom a file of an accelerator has none; some of them follow the pointer
 * all the same.
 */
static bool has_ioctl(unsigned int cmd)
{
	switch (DRM_IOCTL_NR(cmd)) {
	case DRM_IOCTL_NR(DRM_IOCTL_VERSION):
	case DRM_IOCTL_NR(DRM_IOCTL_GET_CAP):
	case DRM_IOCTL_NR(DRM_IOCTL_GEM_CLOSE):
	case DRM_IOCTL_NR(DRM_IOCTL_PRIME_HANDLE_TO_FD):
	case DRM_IOCTL_NR(DRM_IOCTL_PRIME_FD_TO_HANDLE):
	case DRM_COMMAND_BASE ... DRM_COMMAND_END - 1:
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_CREATE):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_DESTROY):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_TRANSFER):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_WAIT):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_EVENTFD):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_RESET):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_SIGNAL):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL):
	case DRM_IOCTL_NR(DRM_IOCTL_SYNCOBJ_QUERY):
#ifdef DRM_IOCTL_SET_CLIENT_NAME
	case DRM_IOCTL_NR(DRM_IOCTL_SET_CLIENT_NAME):
#endif
		return true;
	}
	return false;
}

static long edgetpu_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return has_ioctl(cmd) ? drm_ioctl(filp, cmd, arg) : -EOPNOTSUPP;
}

#ifdef CONFIG_COMPAT
static long edgetpu_compat_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return has_ioctl(cmd) ? drm_compat_ioctl(filp, cmd, arg) : -EOPNOTSUPP;
}
#else
#define edgetpu_compat_ioctl NULL
#endif

/* DRM_ACCEL_FOPS but for the ioctls */
static const struct file_operations edgetpu_fops = {
	.owner = THIS_MODULE,
	.open = accel_open,
	.release = drm_release,
	.unlocked_ioctl = edgetpu_ioctl,
	.compat_ioctl = edgetpu_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = drm_gem_mmap,
	.fop_flags = FOP_UNSIGNED_OFFSET,
	.show_fdinfo = drm_show_fdinfo,
};

static const struct drm_driver edgetpu_drm_driver = {
	.driver_features = DRIVER_GEM | DRIVER_COMPUTE_ACCEL | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.open = edgetpu_open,
	.postclose = edgetpu_postclose,
	.gem_prime_import = edgetpu_prime_import,
	.prime_handle_to_fd = edgetpu_prime_handle_to_fd,
	.show_fdinfo = edgetpu_show_fdinfo,
	.ioctls = edgetpu_ioctls,
	.num_ioctls = ARRAY_SIZE(edgetpu_ioctls),
	.fops = &edgetpu_fops,
	.name = EDGETPU_DRIVER_NAME,
	.desc = "Edge TPU-style machine learning accelerator",
	.major = 1,
	.minor = 0,
};

/* --- PCI device --- */

static int edgetpu_read_hardware(struct edgetpu_device *edev)
{
	struct drm_edgetpu_hardware_info *hw = &edev->hw;
	struct device *dev = edev->drm.dev;
	u32 id = edgetpu_read(edev, EDGETPU_REG_ID);

	if (id != EDGETPU_ID)
		return dev_err_probe(dev, -ENODEV, "not an Edge TPU: its ID reads %#x\n", id);
	hw->hw_version = edgetpu_read(edev, EDGETPU_REG_HW_VERSION);
	if (hw->hw_version >> 16 != EDGETPU_HW_VERSION >> 16)
		return dev_err_probe(dev, -ENODEV,
				     "hardware version %u.%u, this driver knows %u.x\n",
				     hw->hw_version >> 16, hw->hw_version & 0xffff,
				     EDGETPU_HW_VERSION >> 16);
	hw->array_rows = edgetpu_read(edev, EDGETPU_REG_ARRAY_ROWS);
	hw->array_cols = edgetpu_read(edev, EDGETPU_REG_ARRAY_COLS);
	hw->vector_lanes = edgetpu_read(edev, EDGETPU_REG_VECTOR_LANES);
	hw->vector_macs = edgetpu_read(edev, EDGETPU_REG_VECTOR_MACS);
	hw->clock_khz = edgetpu_read(edev, EDGETPU_REG_CLOCK_KHZ);
	hw->sram_size = edgetpu_read(edev, EDGETPU_REG_SRAM_SIZE);
	hw->dram_mbps = edgetpu_read(edev, EDGETPU_REG_DRAM_MBPS);
	hw->dram_latency = edgetpu_read(edev, EDGETPU_REG_DRAM_LATENCY);
	hw->va_bits = edgetpu_read(edev, EDGETPU_REG_VA_BITS);
	hw->num_contexts = edgetpu_read(edev, EDGETPU_REG_NUM_CONTEXTS);
	hw->num_queues = edgetpu_read(edev, EDGETPU_REG_NUM_RINGS);

	if (edgetpu_hardware_possible(hw))
		return 0;
	return dev_err_probe(dev, -ENODEV,
			     "impossible configuration: %u VA bits, %u kHz, %u contexts, %u rings, %u bytes of SRAM\n",
			     hw->va_bits, hw->clock_khz, hw->num_contexts, hw->num_queues,
			     hw->sram_size);
}

static int edgetpu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct device *dev = &pdev->dev;
	struct edgetpu_device *edev;
	int ret;

	edev = devm_drm_dev_alloc(dev, &edgetpu_drm_driver, struct edgetpu_device, drm);
	if (IS_ERR(edev))
		return PTR_ERR(edev);
	ret = edgetpu_device_init(edev);
	if (!ret)
		ret = edgetpu_vms_init(edev);
	if (!ret)
		ret = edgetpu_buffers_init(edev);
	if (ret)
		return ret;
	edgetpu_contexts_init(edev);
	edgetpu_budget_init(&edev->budget, dev_name(dev));
	ret = edgetpu_recovery_init(edev);
	if (ret)
		return ret;
	edev->sched_ops = &edgetpu_sched_ops;

	ret = pcim_enable_device(pdev);
	if (ret)
		return dev_err_probe(dev, ret, "cannot enable the PCI device\n");
	edev->regs = edgetpu_pcim_iomap(pdev, 0, EDGETPU_DRIVER_NAME);
	if (IS_ERR(edev->regs))
		return dev_err_probe(dev, PTR_ERR(edev->regs), "cannot map BAR 0\n");
	ret = edgetpu_read_hardware(edev);
	if (!ret)
		ret = edgetpu_sensors_init(edev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(52));
	if (ret)
		return dev_err_probe(dev, ret, "no usable DMA\n");
	dma_set_max_seg_size(dev, UINT_MAX);
	ret = edgetpu_firmware_load(edev);
	if (ret)
		return ret;
	ret = edgetpu_slots_init(edev);
	if (!ret)
		ret = edgetpu_save_init(edev);
	if (ret)
		return ret;

	/* Whatever it did for whoever had it before, it stops before it may master the bus. */
	ret = edgetpu_recovery_reset(edev);
	if (ret)
		goto err_save;
	pci_set_drvdata(pdev, edev);
	pci_set_master(pdev);
	edgetpu_hwmon_init(edev);
	ret = edgetpu_irq_init(edev);
	if (!ret)
		ret = edgetpu_recovery_boot(edev);
	if (ret)
		goto err_stop;

	edgetpu_debugfs_init(edev);
	ret = drm_dev_register(&edev->drm, 0);
	if (ret) {
		dev_err(dev, "cannot register the DRM device (%d)\n", ret);
		goto err_stop;
	}
	edgetpu_pm_init(edev);
	dev_info(dev, "Edge TPU %u.%u, %ux%u MACs at %u MHz, firmware %u.%u.%u\n",
		 edev->hw.hw_version >> 16, edev->hw.hw_version & 0xffff,
		 edev->hw.array_rows, edev->hw.array_cols, edev->hw.clock_khz / 1000,
		 edev->fw.version >> 16, (edev->fw.version >> 8) & 0xff, edev->fw.version & 0xff);
	return 0;

err_stop:
	edgetpu_recovery_stop(edev);
err_save:
	edgetpu_save_fini(edev);
	return ret;
}

static void edgetpu_remove(struct pci_dev *pdev)
{
	struct edgetpu_device *edev = pci_get_drvdata(pdev);

	edgetpu_recovery_stop(edev);
	drm_dev_unplug(&edev->drm);
	edgetpu_pm_fini(edev);
	edgetpu_save_fini(edev);
	edgetpu_vms_unplug(edev);
	edgetpu_buffers_unplug(edev);
}

/* Someone resets the function, through sysfs for one. */
static void edgetpu_reset_prepare(struct pci_dev *pdev)
{
	edgetpu_recovery_reset_prepare(pci_get_drvdata(pdev));
}

static void edgetpu_reset_done(struct pci_dev *pdev)
{
	edgetpu_recovery_reset_done(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers edgetpu_err_handler = {
	.reset_prepare = edgetpu_reset_prepare,
	.reset_done = edgetpu_reset_done,
};

static const struct pci_device_id edgetpu_pci_ids[] = {
	{ PCI_DEVICE(EDGETPU_PCI_VENDOR_ID, EDGETPU_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edgetpu_pci_ids);

static struct pci_driver edgetpu_pci_driver = {
	.name = EDGETPU_DRIVER_NAME,
	.id_table = edgetpu_pci_ids,
	.probe = edgetpu_probe,
	.remove = edgetpu_remove,
	.shutdown = edgetpu_remove,
	.err_handler = &edgetpu_err_handler,
	.dev_groups = edgetpu_sysfs_groups,
	.driver.pm = pm_ptr(&edgetpu_pm_ops),
};

/* --- module --- */

static int __init edgetpu_init(void)
{
	int ret;

	edgetpu_timeout_ms = clamp(edgetpu_timeout_ms, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS);
	edgetpu_release_wq = alloc_workqueue("edgetpu-release", WQ_UNBOUND, 0);
	if (!edgetpu_release_wq)
		return -ENOMEM;
	ret = pci_register_driver(&edgetpu_pci_driver);
	if (ret)
		destroy_workqueue(edgetpu_release_wq);
	return ret;
}

/*
 * Fences and queues hold the module, so none is left; what let go of the last of
 * them has returned once both waits are over.
 */
static void __exit edgetpu_exit(void)
{
	pci_unregister_driver(&edgetpu_pci_driver);
	destroy_workqueue(edgetpu_release_wq);
	rcu_barrier();
}

module_init(edgetpu_init);
module_exit(edgetpu_exit);

MODULE_AUTHOR("Edge TPU project");
MODULE_DESCRIPTION("Edge TPU-style machine learning accelerator");
MODULE_FIRMWARE(EDGETPU_FW_NAME);
MODULE_LICENSE("GPL");
EDGETPU_IMPORT_NS_DMA_BUF;
