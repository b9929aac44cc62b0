/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_CONTEXT_H_
#define _EDGETPU_CONTEXT_H_

struct edgetpu_device;
struct edgetpu_vm;

int edgetpu_context_get(struct edgetpu_device *edev, struct edgetpu_vm *vm);
int edgetpu_context_put(struct edgetpu_device *edev, struct edgetpu_vm *vm);
int edgetpu_context_create(struct edgetpu_device *edev, struct edgetpu_vm *vm);

#endif /* _EDGETPU_CONTEXT_H_ */
