/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_RECOVERY_H_
#define _EDGETPU_RECOVERY_H_

#include <linux/types.h>

#include <drm/gpu_scheduler.h>

struct edgetpu_device;
struct edgetpu_queue;

void edgetpu_recovery_init(struct edgetpu_device *edev);
void edgetpu_reset(struct edgetpu_device *edev, struct edgetpu_queue *stopped, bool timed_out);
void edgetpu_device_lost(struct edgetpu_device *edev);
enum drm_gpu_sched_stat edgetpu_timedout_job(struct drm_sched_job *sched_job);

#endif /* _EDGETPU_RECOVERY_H_ */
