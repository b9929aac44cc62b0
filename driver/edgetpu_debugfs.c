// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/accel/PCI-ADDRESS/: firmware_log, status, queues, memory. */
#include <linux/ctype.h>
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_file.h>

#include "edgetpu_debugfs.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_firmware.h"
#include "edgetpu_queue.h"
#include "edgetpu_slot.h"

static struct edgetpu_device *seq_to_edgetpu(struct seq_file *m)
{
	struct drm_debugfs_entry *entry = m->private;

	return to_edgetpu(entry->dev);
}

/*
 * The device writes the log while we read it, and may write anything: the size
 * is the one we chose, the head only picks a place in it, and what is no text
 * does not reach the terminal.
 */
static int firmware_log_show(struct seq_file *m, void *unused)
{
	struct edgetpu_device *edev = seq_to_edgetpu(m);
	u32 head = le32_to_cpu(READ_ONCE(edev->log->head));
	u32 n = head > EDGETPU_LOG_SIZE ? head - EDGETPU_LOG_SIZE : 0;

	for (; n != head; n++) {
		u8 c = READ_ONCE(edev->log->text[n % EDGETPU_LOG_SIZE]);

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
	seq_printf(m, "jobs: %d\n", atomic_read(&edev->num_tasks));
	return 0;
}

static const struct drm_debugfs_info edgetpu_debugfs_files[] = {
	{ "firmware_log", firmware_log_show },
	{ "status", status_show },
	{ "queues", queues_show },
	{ "memory", memory_show },
};

void edgetpu_debugfs_init(struct edgetpu_device *edev)
{
	drm_debugfs_add_files(&edev->drm, edgetpu_debugfs_files,
			      ARRAY_SIZE(edgetpu_debugfs_files));
}
