/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_CONTEXT_H_
#define _EDGETPU_CONTEXT_H_

#include <linux/types.h>

struct edgetpu_device;
struct edgetpu_vm;

void edgetpu_contexts_init(struct edgetpu_device *edev);
bool edgetpu_context_available(struct edgetpu_device *edev, struct edgetpu_vm *vm);
int edgetpu_context_get(struct edgetpu_device *edev, struct edgetpu_vm *vm);
int edgetpu_context_put(struct edgetpu_device *edev, struct edgetpu_vm *vm);
bool edgetpu_context_reserved(const struct edgetpu_device *edev);
int edgetpu_context_get_reserved(struct edgetpu_device *edev, struct edgetpu_vm *vm);
void edgetpu_contexts_forget(struct edgetpu_device *edev);

#endif /* _EDGETPU_CONTEXT_H_ */
