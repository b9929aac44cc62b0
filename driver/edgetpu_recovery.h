/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_RECOVERY_H_
#define _EDGETPU_RECOVERY_H_

struct edgetpu_device;

int edgetpu_recovery_init(struct edgetpu_device *edev);
int edgetpu_recovery_reset(struct edgetpu_device *edev);
int edgetpu_recovery_boot(struct edgetpu_device *edev);
void edgetpu_recovery_stop(struct edgetpu_device *edev);
void edgetpu_recovery_sleep(struct edgetpu_device *edev);
int edgetpu_recovery_wake(struct edgetpu_device *edev);
void edgetpu_recovery_reset_prepare(struct edgetpu_device *edev);
void edgetpu_recovery_reset_done(struct edgetpu_device *edev);

#endif /* _EDGETPU_RECOVERY_H_ */
