/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_DUMP_H_
#define _EDGETPU_DUMP_H_

#include <linux/atomic.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <edgetpu_coredump.h>

struct edgetpu_device;

/**
 * struct edgetpu_dump - the state of a device that has gone wrong, until it is handed over
 * @data: set aside, for whoever takes a dump may not allocate; NULL: none is taken
 * @used: bytes of it
 * @sections: written there
 * @cut: there was more
 * @minor: it is of a job alone: whatever makes a reset necessary is more important
 * @gives_way: what devcoredump took last was such a one; @work
 * @full: it waits for @work, to which it belongs until then
 * @work: hands a copy over, which can take memory and time; on edgetpu_release_wq, where
 *	nothing waits for it
 * @late: the job that @late_work is about; whoever sets @has_late fills it in
 * @has_late: there is one
 * @late_work: takes a dump for it, on edgetpu_device.recovery_wq
 * @late_time: jiffies when that last happened
 */
struct edgetpu_dump {
	u8 *data;
	u32 used;
	u32 sections;
	bool cut;
	bool minor;
	bool gives_way;
	bool full;
	struct work_struct work;
	struct edgetpu_dump_job late;
	atomic_t has_late;
	struct work_struct late_work;
	unsigned long late_time;
};

#if IS_ENABLED(CONFIG_DEV_COREDUMP)
int edgetpu_dump_init(struct edgetpu_device *edev);
void edgetpu_dump_take(struct edgetpu_device *edev, u32 reason);
void edgetpu_dump_flush(struct edgetpu_device *edev);
#else
static inline int edgetpu_dump_init(struct edgetpu_device *edev)
{
	return 0;
}

static inline void edgetpu_dump_take(struct edgetpu_device *edev, u32 reason)
{
}

static inline void edgetpu_dump_flush(struct edgetpu_device *edev)
{
}
#endif

#endif /* _EDGETPU_DUMP_H_ */
