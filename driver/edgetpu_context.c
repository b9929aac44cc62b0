// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware contexts: an address space has one as long as it has rings, so that
 * clients which only hold memory take none of the few there are.
 */
#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_vm.h"

/* Tells the firmware of a context; also after a reset. */
int edgetpu_context_create(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	u64 root = edgetpu_vm_root(vm);
	const u32 args[] = { vm->context, lower_32_bits(root), upper_32_bits(root) };

	return edgetpu_mailbox_call(edev, EDGETPU_MBOX_CONTEXT_CREATE, args, ARRAY_SIZE(args),
				    NULL, 0);
}

/**
 * edgetpu_context_get() - make the hardware know an address space
 * @edev: device, hw_lock held
 * @vm: address space
 *
 * Return: 0; -ENOSPC when all contexts are taken, or what the mailbox says
 */
int edgetpu_context_get(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	unsigned int i;
	int ret;

	lockdep_assert_held(&edev->hw_lock);
	if (vm->users) {
		vm->users++;
		return 0;
	}
	for (i = 0; i < edev->hw.num_contexts; i++) {
		if (!edev->contexts[i])
			break;
	}
	if (i == edev->hw.num_contexts)
		return -ENOSPC;

	vm->context = i;
	ret = edgetpu_context_create(edev, vm);
	if (ret) {
		vm->context = -1;
		return ret;
	}
	edev->contexts[i] = vm;
	vm->users = 1;
	return 0;
}

/**
 * edgetpu_context_put() - one ring less
 * @edev: device, hw_lock held
 * @vm: address space
 *
 * Return: 0; or what the mailbox says, and the hardware may still know it
 */
int edgetpu_context_put(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	const u32 context = vm->context;

	lockdep_assert_held(&edev->hw_lock);
	if (--vm->users)
		return 0;
	edev->contexts[context] = NULL;
	vm->context = -1;
	return edgetpu_mailbox_call(edev, EDGETPU_MBOX_CONTEXT_DESTROY, &context, 1, NULL, 0);
}
