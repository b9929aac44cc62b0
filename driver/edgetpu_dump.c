// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left of a device that has gone wrong, for those who want to know why: taken
 * before it is reset, and handed to devcoredump, which keeps it for five minutes, one of
 * each device at a time, for root alone. edgetpu_coredump.h has the format.
 *
 * It is taken on the way to signalling fences, so nothing is allocated here but once, when
 * the device is found: however often somebody makes it hang, there is that, and what
 * devcoredump keeps. What the device says is copied and never believed.
 */
#include <linux/devcoredump.h>
#include <linux/iopoll.h>
#include <linux/ktime.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include <edgetpu_core.h>
#include <edgetpu_coredump.h>

#include "edgetpu_device.h"
#include "edgetpu_dump.h"
#include "edgetpu_file.h"
#include "edgetpu_firmware.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_slot.h"

/* All there can be: 64 rings, the log and TCM as a whole are some 400 KiB. */
#define DUMP_SIZE	SZ_512K

/* The core stops in this time, or will not. */
#define HALT_TIMEOUT_US	(200 * USEC_PER_MSEC)
/* TCM is read word by word; a device that takes longer gets no more attention. */
#define TCM_TIMEOUT_MS	2000
/* Jobs that are too long are users' own, so what they cost others is limited. */
#define LATE_INTERVAL	(10 * HZ)

/* --- writing it --- */

/* Room for a section, zeroed, or NULL */
static void *add_section(struct edgetpu_dump *dump, u32 type, u32 size)
{
	struct edgetpu_dump_section *section;
	const u32 bytes = sizeof(*section) + ALIGN(size, 8);

	if (bytes > DUMP_SIZE - dump->used) {
		dump->cut = true;
		return NULL;
	}
	section = (void *)(dump->data + dump->used);
	memset(section, 0, bytes);
	section->type = cpu_to_le32(type);
	section->size = cpu_to_le32(size);
	dump->used += bytes;
	dump->sections++;
	return section + 1;
}

static void begin(struct edgetpu_dump *dump)
{
	dump->used = sizeof(struct edgetpu_dump_header);
	dump->sections = 0;
	dump->cut = false;
}

static void finish(struct edgetpu_dump *dump)
{
	struct edgetpu_dump_header *header = (void *)dump->data;

	*header = (struct edgetpu_dump_header) {
		.magic = cpu_to_le32(EDGETPU_DUMP_MAGIC),
		.version = cpu_to_le16(EDGETPU_DUMP_VERSION),
		.header_size = cpu_to_le16(sizeof(*header)),
		.size = cpu_to_le32(dump->used),
		.sections = cpu_to_le32(dump->sections),
		.flags = cpu_to_le32(dump->cut ? EDGETPU_DUMP_CUT : 0),
	};
}

/* --- what the driver knows --- */

static void add_info(struct edgetpu_device *edev, u32 reason, bool alive)
{
	const struct drm_driver *driver = edev->drm.driver;
	struct edgetpu_dump_info *info;

	info = add_section(&edev->dump, EDGETPU_DUMP_INFO, sizeof(*info));
	if (!info)
		return;
	info->reason = cpu_to_le32(reason);
	info->flags = cpu_to_le32(alive ? EDGETPU_DUMP_ALIVE : 0);
	info->driver = cpu_to_le32(driver->major << 16 | driver->minor << 8 | driver->patchlevel);
	info->firmware = cpu_to_le32(edev->fw.version);
	info->protocol = cpu_to_le32(EDGETPU_PROTOCOL);
	info->hw_version = cpu_to_le32(edev->hw.hw_version);
	info->resets = cpu_to_le32(edev->resets);
	info->boots = cpu_to_le32(edev->boots);
	info->time = cpu_to_le64(ktime_get_real_ns());
	info->uptime = cpu_to_le64(ktime_get_boottime_ns());
	strscpy(info->device, dev_name(edev->drm.dev), sizeof(info->device));
	strscpy(info->kernel, init_utsname()->release, sizeof(info->kernel));
}

static void add_job(struct edgetpu_dump *dump, const struct edgetpu_task *task)
{
	struct edgetpu_dump_job *job = add_section(dump, EDGETPU_DUMP_JOB, sizeof(*job));

	if (job)
		edgetpu_task_describe(task, job, task->verdict ? EDGETPU_DUMP_BLAMED : 0);
}

static void add_late(struct edgetpu_dump *dump)
{
	struct edgetpu_dump_job *job = add_section(dump, EDGETPU_DUMP_JOB, sizeof(*job));

	if (job)
		*job = dump->late;
}

static void add_jobs(struct edgetpu_device *edev)
{
	unsigned int i;

	for (i = 0; i < edev->hw.num_queues; i++) {
		const struct edgetpu_slot *slot = &edev->slots[i];
		struct edgetpu_queue *queue = slot->queue;
		struct edgetpu_task *task;
		u32 running;

		if (!queue)
			continue;
		spin_lock_irq(&queue->lock);
		running = edgetpu_ring_running(&slot->ring);
		list_for_each_entry(task, &queue->inflight, node) {
			if (running && task->ring_seq == running) {
				add_job(&edev->dump, task);
				break;
			}
		}
		spin_unlock_irq(&queue->lock);
	}
}

/* Its queue is locked. */
static void add_ring(struct edgetpu_dump *dump, const struct edgetpu_slot *slot)
{
	const struct edgetpu_ring *ring = &slot->ring;
	const struct edgetpu_queue *queue = slot->queue;
	const u32 jobs = min(ring->emitted - ring->completed, EDGETPU_DUMP_RING_JOBS);
	struct edgetpu_dump_ring *to;
	struct edgetpu_job *job;
	unsigned int i;

	to = add_section(dump, EDGETPU_DUMP_RING, sizeof(*to) + jobs * sizeof(*job));
	if (!to)
		return;
	to->ring = cpu_to_le32(slot->index);
	to->context = cpu_to_le32(queue->file->vm.context);
	to->priority = cpu_to_le32(queue->priority);
	to->flags = cpu_to_le32((ring->broken ? EDGETPU_DUMP_BROKEN : 0) |
				(slot->held ? EDGETPU_DUMP_HELD : 0));
	to->emitted = cpu_to_le32(ring->emitted);
	to->completed = cpu_to_le32(ring->completed);
	to->last = cpu_to_le32(ring->last);
	to->queue = cpu_to_le32(queue->id);
	to->client = cpu_to_le64(queue->file->account->client);
	to->header = *ring->header;
	job = (void *)(to + 1);
	for (i = 0; i < jobs; i++)
		job[i] = ring->jobs[(ring->completed + i) % EDGETPU_RING_DEPTH];
}

static void add_rings(struct edgetpu_device *edev)
{
	unsigned int i;

	for (i = 0; i < edev->hw.num_queues; i++) {
		struct edgetpu_queue *queue = edev->slots[i].queue;

		if (!queue)
			continue;
		spin_lock_irq(&queue->lock);
		add_ring(&edev->dump, &edev->slots[i]);
		spin_unlock_irq(&queue->lock);
	}
}

static void add_contexts(struct edgetpu_device *edev)
{
	struct edgetpu_dump_context *to;
	unsigned int i;

	for (i = 0; i < edev->hw.num_contexts; i++) {
		struct edgetpu_vm *vm = edev->contexts[i];

		if (!vm)
			continue;
		to = add_section(&edev->dump, EDGETPU_DUMP_CONTEXT, sizeof(*to));
		if (!to)
			return;
		to->context = cpu_to_le32(i);
		to->users = cpu_to_le32(vm->users);
		to->client = cpu_to_le64(vm->account ? vm->account->client : 0);
		to->table = cpu_to_le64(edgetpu_vm_root(vm));
	}
}

/* The device's word, its head too: that picks a place in the text. */
static void add_log(struct edgetpu_device *edev)
{
	const u32 head = le32_to_cpu(READ_ONCE(edev->log->head));
	const u32 size = min_t(u32, head, EDGETPU_LOG_SIZE);
	u8 *text = add_section(&edev->dump, EDGETPU_DUMP_LOG, size);
	u32 i;

	for (i = 0; text && i < size; i++)
		text[i] = READ_ONCE(edev->log->text[(head - size + i) % EDGETPU_LOG_SIZE]);
}

/* --- what the device shows --- */

/* Those that can be read without a trace; sensors are latched for somebody else. */
static const struct {
	u16 first;
	u16 last;
} ranges[] = {
	{ EDGETPU_REG_ID, EDGETPU_REG_FEATURES },
	{ EDGETPU_REG_RESET, EDGETPU_REG_RESET },
	{ EDGETPU_REG_FW_ADDR_LO, EDGETPU_REG_FW_SIZE },
	{ EDGETPU_REG_BOOT_STATUS, EDGETPU_REG_BOOT_STATUS },
	{ EDGETPU_REG_HEARTBEAT, EDGETPU_REG_CRASH_TVAL },
	{ EDGETPU_REG_IRQ_STATUS, EDGETPU_REG_IRQ_ENABLE },
	{ EDGETPU_REG_MMU_INVALIDATE, EDGETPU_REG_MMU_INVALIDATE },
	{ EDGETPU_REG_CYCLES_LO, EDGETPU_REG_CYCLES_HI },
	{ EDGETPU_REG_MBOX_REQ(0), EDGETPU_REG_MBOX_REQ(EDGETPU_MBOX_WORDS - 1) },
	{ EDGETPU_REG_MBOX_REQ_SEQ, EDGETPU_REG_MBOX_REQ_SEQ },
	{ EDGETPU_REG_MBOX_RSP(0), EDGETPU_REG_MBOX_RSP(EDGETPU_MBOX_WORDS - 1) },
	{ EDGETPU_REG_MBOX_RSP_SEQ, EDGETPU_REG_MBOX_RSP_SEQ },
};

static void add_registers(struct edgetpu_device *edev)
{
	struct edgetpu_dump_register *to;
	unsigned int i, n = 0;
	u32 reg;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		n += (ranges[i].last - ranges[i].first) / 4 + 1;
	to = add_section(&edev->dump, EDGETPU_DUMP_REGISTERS, n * sizeof(*to));
	for (i = 0; to && i < ARRAY_SIZE(ranges); i++) {
		for (reg = ranges[i].first; reg <= ranges[i].last; reg += 4, to++) {
			to->offset = cpu_to_le32(reg);
			to->value = cpu_to_le32(edgetpu_read(edev, reg));
		}
	}
}

static void copy_window(struct edgetpu_device *edev, __le32 *to, u32 reg, u32 size)
{
	u32 i;

	for (i = 0; i < size / 4; i++)
		to[i] = cpu_to_le32(edgetpu_read(edev, reg + 4 * i));
}

/* Of commands that go on meanwhile the second look is as good as the first. */
static void add_engines(struct edgetpu_device *edev)
{
	struct edgetpu_engine_state *to;
	unsigned int i;

	to = add_section(&edev->dump, EDGETPU_DUMP_ENGINES, EDGETPU_NUM_ENGINES * sizeof(*to));
	for (i = 0; to && i < EDGETPU_NUM_ENGINES; i++, to++) {
		const u32 reg = EDGETPU_REG_DEBUG_ENGINE(i);

		copy_window(edev, (__le32 *)to, reg, sizeof(*to));
		if (edgetpu_read(edev, reg) != le32_to_cpu(to->begun))
			copy_window(edev, (__le32 *)to, reg, sizeof(*to));
	}
}

static bool stopped(u32 status)
{
	return status == EDGETPU_CORE_CRASHED || status == EDGETPU_CORE_HALTED;
}

/* A core that is about to be reset is stopped where it is; whether it has */
static bool halt_core(struct edgetpu_device *edev)
{
	u32 status = edgetpu_read(edev, EDGETPU_REG_CORE_STATUS);

	if (stopped(status))
		return true;
	edgetpu_write(edev, EDGETPU_REG_DEBUG_HALT, 1);
	return !read_poll_timeout(edgetpu_read, status,
				  stopped(status) || READ_ONCE(edev->interrupted), 1000,
				  HALT_TIMEOUT_US, false, edev, EDGETPU_REG_CORE_STATUS) &&
	       stopped(status);
}

/* Stacks and data; the image in between is the file that everybody has. */
static bool worth_it(const struct edgetpu_device *edev, u32 at)
{
	const struct edgetpu_fw_header *header = edev->fw.image;
	const u32 load = le32_to_cpu(header->load_addr) - EDGETPU_TCM_BASE;
	const u64 data = (u64)load + le32_to_cpu(header->payload_size);

	return at < load || (at + EDGETPU_DEBUG_WINDOW_SIZE > data &&
			     at < data + le32_to_cpu(header->bss_size));
}

/* TCM of a core that has stopped; for as long as nobody wants to reset the function. */
static void add_tcm(struct edgetpu_device *edev)
{
	const ktime_t end = ktime_add_ms(ktime_get(), TCM_TIMEOUT_MS);
	struct edgetpu_dump_tcm *to;
	u32 at;

	for (at = 0; at < EDGETPU_TCM_SIZE; at += EDGETPU_DEBUG_WINDOW_SIZE) {
		if (!worth_it(edev, at))
			continue;
		if (READ_ONCE(edev->interrupted) || ktime_after(ktime_get(), end) ||
		    !edgetpu_alive(edev)) {
			edev->dump.cut = true;
			return;
		}
		to = add_section(&edev->dump, EDGETPU_DUMP_TCM,
				 sizeof(*to) + EDGETPU_DEBUG_WINDOW_SIZE);
		if (!to)
			return;
		to->addr = cpu_to_le32(EDGETPU_TCM_BASE + at);
		edgetpu_write(edev, EDGETPU_REG_DEBUG_TCM, at);
		copy_window(edev, (__le32 *)(to + 1), EDGETPU_REG_DEBUG_WINDOW,
			    EDGETPU_DEBUG_WINDOW_SIZE);
		cond_resched();
	}
}

/* --- taking and handing over --- */

/**
 * edgetpu_dump_take() - note down how the device is
 * @edev: device, hw_lock held; unless @reason is STUCK or OVERTIME it is about to be reset
 * @reason: EDGETPU_DUMP_*
 *
 * Allocates nothing and is done in bounded time. While one waits to be handed over no
 * other is taken: the first is what was wrong first.
 */
void edgetpu_dump_take(struct edgetpu_device *edev, u32 reason)
{
	struct edgetpu_dump *dump = &edev->dump;
	const bool minor = reason == EDGETPU_DUMP_STUCK || reason == EDGETPU_DUMP_OVERTIME;
	const bool alive = edgetpu_alive(edev);
	bool debug, halted = false;

	lockdep_assert_held(&edev->hw_lock);
	/* Pairs with the release when it has been copied */
	if (!dump->data || smp_load_acquire(&dump->full))
		return;
	begin(dump);
	add_info(edev, reason, alive);
	add_jobs(edev);
	if (reason == EDGETPU_DUMP_OVERTIME)
		add_late(dump);
	debug = alive && edgetpu_read(edev, EDGETPU_REG_FEATURES) & EDGETPU_FEATURE_DEBUG;
	if (debug)
		add_engines(edev);
	if (debug && !minor)
		halted = halt_core(edev);
	if (alive)
		add_registers(edev);
	add_log(edev);
	add_contexts(edev);
	add_rings(edev);
	if (halted)
		add_tcm(edev);
	finish(dump);
	dump->minor = minor;
	/* All of it is there for the worker to see */
	smp_store_release(&dump->full, true);
	queue_work(edgetpu_release_wq, &dump->work);
}

/* The link is devcoredump's: there is none once what is kept has been read or is too old. */
static bool is_kept(struct device *dev)
{
	struct kernfs_node *link = NULL;

	if (dev->kobj.sd)
		link = sysfs_get_dirent(dev->kobj.sd, "devcoredump");
	sysfs_put(link);
	return link;
}

/*
 * Nobody else hands over any of this device, so one that is kept can go meanwhile, but none
 * comes. Jobs that are ended are users' own, of which the log does not tell unasked.
 */
static void hand_over(struct edgetpu_device *edev, void *copy, u32 size, bool minor)
{
	struct device *dev = edev->drm.dev;
	bool kept;

	if (!minor && edev->dump.gives_way)
		dev_coredump_put(dev);
	dev_coredumpv(dev, copy, size, GFP_KERNEL);
	kept = is_kept(dev);
	edev->dump.gives_way = kept && minor;
	if (kept && minor)
		drm_dbg(&edev->drm, "what a job was ended at is in /sys/class/devcoredump\n");
	else if (kept)
		drm_info(&edev->drm, "its state is in /sys/class/devcoredump\n");
}

/*
 * A copy, so that it outlives device and driver. With no memory for it there is none. Of
 * what is kept one of a job alone gives way, be it that job that made the reset necessary.
 */
static void dump_work(struct work_struct *work)
{
	struct edgetpu_dump *dump = container_of(work, struct edgetpu_dump, work);
	struct edgetpu_device *edev = container_of(dump, struct edgetpu_device, dump);
	void *copy = NULL;
	bool minor;
	u32 size;

	/* Pairs with the release when it is complete */
	if (!smp_load_acquire(&dump->full))
		return;
	size = dump->used;
	minor = dump->minor;
	if (!is_kept(edev->drm.dev) || (!minor && dump->gives_way))
		copy = vmalloc(size);
	if (copy)
		memcpy(copy, dump->data, size);
	/* From here on it may be written again */
	smp_store_release(&dump->full, false);
	if (copy)
		hand_over(edev, copy, size, minor);
}

/* A job has had more than its limit, which is nobody's fault but perhaps an engine's. */
static void late_work(struct work_struct *work)
{
	struct edgetpu_dump *dump = container_of(work, struct edgetpu_dump, late_work);
	struct edgetpu_device *edev = container_of(dump, struct edgetpu_device, dump);
	const bool signalling = dma_fence_begin_signalling();

	mutex_lock(&edev->hw_lock);
	if (!edev->lost && !edev->offline && time_after_eq(jiffies, dump->late_time)) {
		dump->late_time = jiffies + LATE_INTERVAL;
		edgetpu_dump_take(edev, EDGETPU_DUMP_OVERTIME);
	}
	mutex_unlock(&edev->hw_lock);
	dma_fence_end_signalling(signalling);
	atomic_set_release(&dump->has_late, 0);
}

/* What was taken is handed over before the device goes. */
void edgetpu_dump_flush(struct edgetpu_device *edev)
{
	cancel_work_sync(&edev->dump.late_work);
	flush_work(&edev->dump.work);
}

static void dump_fini(struct drm_device *drm, void *unused)
{
	struct edgetpu_dump *dump = &to_edgetpu(drm)->dump;

	cancel_work_sync(&dump->late_work);
	cancel_work_sync(&dump->work);
	vfree(dump->data);
}

int edgetpu_dump_init(struct edgetpu_device *edev)
{
	INIT_WORK(&edev->dump.work, dump_work);
	INIT_WORK(&edev->dump.late_work, late_work);
	edev->dump.late_time = jiffies;
	edev->dump.data = vmalloc(DUMP_SIZE);
	if (!edev->dump.data)
		return -ENOMEM;
	return drmm_add_action_or_reset(&edev->drm, dump_fini, NULL);
}
