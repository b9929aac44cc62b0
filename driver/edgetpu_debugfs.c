// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/accel/PCI-ADDRESS/: firmware_log, status, queues, memory,
 * address_spaces, sram; for those who test, reset and, where faults can be injected, hang.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_file.h>

#include <edgetpu_fault.h>

#include "edgetpu_debugfs.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_firmware.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_slot.h"

static struct edgetpu_device *seq_to_edgetpu(struct seq_file *m)
{
	struct drm_debugfs_entry *entry = m->private;

	return to_edgetpu(entry->dev);
}

/*
 * The device writes the log while we read it, and may write anything: the size
 * is the one we chose, the head only picks a place in it, what is no text does not
 * reach the terminal, and what was never written is left out.
 */
static int firmware_log_show(struct seq_file *m, void *unused)
{
	struct edgetpu_device *edev = seq_to_edgetpu(m);
	u32 head = le32_to_cpu(READ_ONCE(edev->log->head));
	u32 n = head > EDGETPU_LOG_SIZE ? head - EDGETPU_LOG_SIZE : 0;

	for (; n != head; n++) {
		u8 c = READ_ONCE(edev->log->text[n % EDGETPU_LOG_SIZE]);

		if (c)
			seq_putc(m, c == '\n' || c == '\t' || (isascii(c) && isprint(c)) ? c : '?');
	}
	return 0;
}

static int status_show(struct seq_file *m, void *unused)
{
	static const char * const states[] = { "reset", "running", "waiting", "crashed" };
	struct edgetpu_device *edev = seq_to_edgetpu(m);
	u32 state, heartbeat;
	int ret;

	ret = mutex_lock_interruptible(&edev->hw_lock);
	if (ret)
		return ret;
	seq_printf(m, "resets: %u\n", edev->resets);
	seq_printf(m, "save areas: %u\n", edev->save.given);
	if (edev->lost) {
		seq_puts(m, "core: lost\n");
	} else if (edev->asleep) {
		seq_puts(m, "core: asleep\n");
	} else {
		state = edgetpu_read(edev, EDGETPU_REG_CORE_STATUS);
		heartbeat = edgetpu_read(edev, EDGETPU_REG_HEARTBEAT);
		seq_printf(m, "core: %s\n", state < ARRAY_SIZE(states) ? states[state] : "unknown");
		seq_printf(m, "heartbeat: %u\n", heartbeat);
	}
	mutex_unlock(&edev->hw_lock);
	return 0;
}

static int queues_show(struct seq_file *m, void *unused)
{
	struct edgetpu_device *edev = seq_to_edgetpu(m);
	unsigned int i;
	int ret;

	ret = mutex_lock_interruptible(&edev->hw_lock);
	if (ret)
		return ret;
	seq_puts(m, "ring context priority emitted completed running progress\n");
	for (i = 0; i < edev->hw.num_queues; i++) {
		struct edgetpu_slot *slot = &edev->slots[i];
		struct edgetpu_queue *queue = slot->queue;

		if (!queue)
			continue;
		spin_lock_irq(&queue->lock);
		seq_printf(m, "%u %d %u %u %u %u %u\n", i, queue->file->vm.context,
			   queue->priority, slot->ring.emitted, slot->ring.completed,
			   edgetpu_ring_running(&slot->ring), edgetpu_ring_progress(&slot->ring));
		spin_unlock_irq(&queue->lock);
	}
	mutex_unlock(&edev->hw_lock);
	return 0;
}

/* What all clients hold at the moment, and each user; nothing when there are none */
static int memory_show(struct seq_file *m, void *unused)
{
	struct edgetpu_device *edev = seq_to_edgetpu(m);
	struct edgetpu_buffers *buffers = &edev->buffers;
	struct drm_printer p = drm_seq_file_printer(m);
	int own, ret;

	/* The save areas are buffers too, and come and go, but no client's. */
	ret = mutex_lock_interruptible(&edev->save.lock);
	if (ret)
		return ret;
	own = edev->save.count;
	edgetpu_budget_show(&edev->budget, &p);
	seq_printf(m, "buffers: %d\n", atomic_read(&buffers->count) - own);
	spin_lock(&buffers->lock);
	seq_printf(m, "mapped: %zu\n", list_count_nodes(&buffers->mapped) - own);
	seq_printf(m, "idle: %u\n", buffers->num_idle);
	spin_unlock(&buffers->lock);
	mutex_unlock(&edev->save.lock);
	seq_printf(m, "areas: %d\n", own);
	seq_printf(m, "jobs: %d\n", atomic_read(&edev->num_tasks));
	return 0;
}

static int address_spaces_show(struct seq_file *m, void *unused)
{
	struct drm_printer p = drm_seq_file_printer(m);

	return edgetpu_vms_show(seq_to_edgetpu(m), &p);
}

/* The slot's job that has begun, if there is one, has SRAM for itself, or is saved. */
static void sram_show_slot(struct seq_file *m, const struct edgetpu_slot *slot)
{
	struct edgetpu_queue *queue = slot->queue;
	const u64 client = queue->file->account->client;
	u32 area;

	spin_lock_irq(&queue->lock);
	if (edgetpu_ring_running(&slot->ring))
		seq_printf(m, "sram: client %llu queue %u\n", client, queue->id);
	else if (edgetpu_ring_saved(&slot->ring, &area))
		seq_printf(m, "area %u: client %llu queue %u\n", area, client, queue->id);
	spin_unlock_irq(&queue->lock);
}

/*
 * Who has SRAM, and whose is in a save area: a job has all of it or none. How much of it
 * the job has touched only the device knows.
 */
static int sram_show(struct seq_file *m, void *unused)
{
	struct edgetpu_device *edev = seq_to_edgetpu(m);
	unsigned int i;
	int ret;

	ret = mutex_lock_interruptible(&edev->hw_lock);
	if (ret)
		return ret;
	seq_printf(m, "size: %u\n", edev->hw.sram_size);
	seq_printf(m, "save areas: %u\n", edev->save.given);
	for (i = 0; i < edev->hw.num_queues; i++) {
		if (edev->slots[i].queue)
			sram_show_slot(m, &edev->slots[i]);
	}
	for (i = 0; i < EDGETPU_MAX_SAVE_AREAS; i++) {
		const struct edgetpu_task *task = edev->save.parked[i];

		if (task)
			seq_printf(m, "area %u: client %llu queue %u parked\n", i,
				   task->queue->file->account->client, task->queue->id);
	}
	mutex_unlock(&edev->hw_lock);
	return 0;
}

static const struct drm_debugfs_info edgetpu_debugfs_files[] = {
	{ "firmware_log", firmware_log_show },
	{ "status", status_show },
	{ "queues", queues_show },
	{ "memory", memory_show },
	{ "address_spaces", address_spaces_show },
	{ "sram", sram_show },
};

/* --- for those who test --- */

/* 1 resets the device, and returns when that is over. */
static ssize_t reset_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	struct edgetpu_device *edev = file->private_data;
	unsigned int value;
	int ret;

	ret = kstrtouint_from_user(from, size, 0, &value);
	if (!ret && value != 1)
		ret = -EINVAL;
	if (!ret)
		ret = edgetpu_pm_get(edev);
	if (ret)
		return ret;
	ret = mutex_lock_interruptible(&edev->hw_lock);
	if (ret)
		goto out_put;
	/* Those who ask for it count for nothing: the device did not fail. */
	edev->failed_resets = 0;
	mutex_unlock(&edev->hw_lock);
	edgetpu_reset_request(edev);
	flush_work(&edev->reset_work);
out_put:
	edgetpu_pm_put(edev);
	return ret ?: size;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
};

/* The number of an engine makes the command hang that runs there, or the next. */
static ssize_t hang_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	struct edgetpu_device *edev = file->private_data;
	unsigned int engine;
	int ret;

	ret = kstrtouint_from_user(from, size, 0, &engine);
	if (!ret && engine >= EDGETPU_NUM_ENGINES)
		ret = -EINVAL;
	if (!ret)
		ret = edgetpu_pm_get(edev);
	if (ret)
		return ret;
	ret = mutex_lock_interruptible(&edev->hw_lock);
	if (ret)
		goto out_put;
	if (edev->lost)
		ret = -ENODEV;
	else
		edgetpu_write(edev, EDGETPU_REG_FAULT,
			      EDGETPU_FAULT(EDGETPU_FAULT_ENGINE_HANG, engine));
	mutex_unlock(&edev->hw_lock);
out_put:
	edgetpu_pm_put(edev);
	return ret ?: size;
}

static const struct file_operations hang_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = hang_write,
};

void edgetpu_debugfs_init(struct edgetpu_device *edev)
{
	drm_debugfs_add_files(&edev->drm, edgetpu_debugfs_files,
			      ARRAY_SIZE(edgetpu_debugfs_files));
	debugfs_create_file("reset", 0200, edev->drm.debugfs_root, edev, &reset_fops);
	if (edgetpu_read(edev, EDGETPU_REG_FAULT) == EDGETPU_FAULT_ID)
		debugfs_create_file("hang", 0200, edev->drm.debugfs_root, edev, &hang_fops);
}
