// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware contexts: an address space has one as long as queues of it have slots,
 * so that clients which only hold memory take none of the few there are.
 */
#include <linux/dma-fence.h>

#include <drm/drm_print.h>

#include "edgetpu_context.h"
#include "edgetpu_device.h"
#include "edgetpu_mailbox.h"
#include "edgetpu_vm.h"

/* How long the hardware may take to finish what uses an old translation */
#define INVALIDATE_TIMEOUT_US	(2 * USEC_PER_SEC)

/* Is there one for the driver itself? It is the last, which clients do not get. */
bool edgetpu_context_reserved(const struct edgetpu_device *edev)
{
	return edev->hw.num_contexts > 1;
}

/* Number of a free context, or -1 */
static int context_find(struct edgetpu_device *edev)
{
	unsigned int i;

	for (i = 0; i < edev->hw.num_contexts - edgetpu_context_reserved(edev); i++) {
		if (!edev->contexts[i])
			return i;
	}
	return -1;
}

static void context_forget(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	edev->contexts[vm->context] = NULL;
	WRITE_ONCE(vm->context, -1);
	vm->users = 0;
}

static int context_create(struct edgetpu_device *edev, struct edgetpu_vm *vm, u32 context)
{
	const u64 root = edgetpu_vm_root(vm);
	const u32 args[] = { context, lower_32_bits(root), upper_32_bits(root) };
	int ret;

	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_CONTEXT_CREATE, args, ARRAY_SIZE(args),
				   NULL, 0);
	if (ret)
		return ret;
	edev->contexts[context] = vm;
	WRITE_ONCE(vm->context, context);
	vm->users = 1;
	return 0;
}

/* Has the address space a context, or could it get one? */
bool edgetpu_context_available(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	lockdep_assert_held(&edev->hw_lock);
	return vm->users || context_find(edev) >= 0;
}

/**
 * edgetpu_context_get() - make the hardware know an address space
 * @edev: device, hw_lock held
 * @vm: address space, for which a context is available
 *
 * Return: 0, or what the mailbox says
 */
int edgetpu_context_get(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	lockdep_assert_held(&edev->hw_lock);
	if (!vm->users)
		return context_create(edev, vm, context_find(edev));
	vm->users++;
	return 0;
}

/* The same for the driver's own, which has the reserved one for itself */
int edgetpu_context_get_reserved(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	lockdep_assert_held(&edev->hw_lock);
	return context_create(edev, vm, edev->hw.num_contexts - 1);
}

/**
 * edgetpu_context_put() - one slot less
 * @edev: device, hw_lock held
 * @vm: address space
 *
 * Return: 0; or what the mailbox says: the hardware may still know it, until it is reset
 */
int edgetpu_context_put(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	const u32 context = vm->context;
	int ret;

	lockdep_assert_held(&edev->hw_lock);
	if (vm->users > 1) {
		vm->users--;
		return 0;
	}
	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_CONTEXT_DESTROY, &context, 1, NULL, 0);
	if (!ret)
		context_forget(edev, vm);
	return ret;
}

/* The hardware has been reset, or is gone, and knows no address space any more. */
void edgetpu_contexts_forget(struct edgetpu_device *edev)
{
	unsigned int i;

	lockdep_assert_held(&edev->hw_lock);
	for (i = 0; i < edev->hw.num_contexts; i++) {
		if (edev->contexts[i])
			context_forget(edev, edev->contexts[i]);
	}
	WRITE_ONCE(edev->forgotten, edev->forgotten + 1);
	wake_up_all(&edev->forgotten_wait);
}

/* --- what they remember --- */

/* One that does not succeed is to be done still: by the next, or a reset does for it. */
static int invalidate(struct edgetpu_device *edev, struct edgetpu_vm *vm)
{
	int ret;

	if (!xchg(&vm->invalid, false))
		return 0;
	edgetpu_write(edev, EDGETPU_REG_MMU_INVALIDATE, vm->context);
	ret = edgetpu_wait_zero(edev, EDGETPU_REG_MMU_INVALIDATE, 20, INVALIDATE_TIMEOUT_US);
	if (ret)
		WRITE_ONCE(vm->invalid, true);
	return ret;
}

/* An address space without a context has nothing remembered. */
static int invalidate_all(struct edgetpu_device *edev)
{
	unsigned int i;
	int ret = 0;

	lockdep_assert_held(&edev->hw_lock);
	for (i = 0; i < edev->hw.num_contexts && !ret; i++) {
		if (edev->contexts[i])
			ret = invalidate(edev, edev->contexts[i]);
	}
	return ret;
}

static void invalidate_work(struct work_struct *work)
{
	struct edgetpu_device *edev = container_of(work, struct edgetpu_device,
						   invalidations.work);
	/* Whoever is among them has marked its address space before. */
	const u32 ticket = atomic_read_acquire(&edev->invalidations.wanted);
	const bool signalling = dma_fence_begin_signalling();
	int ret;

	mutex_lock(&edev->hw_lock);
	ret = invalidate_all(edev);
	mutex_unlock(&edev->hw_lock);
	if (!ret) {
		/* Who sees it may free what the hardware could reach before. */
		smp_store_release(&edev->invalidations.done, ticket);
		wake_up_all(&edev->forgotten_wait);
	} else if (ret != -EAGAIN) {
		drm_err(&edev->drm, "MMU does not finish an invalidation, resetting\n");
		edgetpu_reset_request(edev);
	}
	/* -EAGAIN: whoever interrupts us resets it anyway. */
	dma_fence_end_signalling(signalling);
}

void edgetpu_contexts_init(struct edgetpu_device *edev)
{
	INIT_WORK(&edev->invalidations.work, invalidate_work);
}
