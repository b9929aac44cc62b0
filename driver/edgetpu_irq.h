/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_IRQ_H_
#define _EDGETPU_IRQ_H_

struct edgetpu_device;

int edgetpu_irq_init(struct edgetpu_device *edev);
void edgetpu_irq_settle(struct edgetpu_device *edev);

#endif /* _EDGETPU_IRQ_H_ */
