// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: memory of the process, mapped into the device's address space.
 */
#include <errno.h>
#include <stdlib.h>

#include "sim.h"

static uint64_t pte_rights(uint32_t rights)
{
	return (rights & MNET_BO_READ ? EDGETPU_PTE_READ : 0) |
	       (rights & MNET_BO_WRITE ? EDGETPU_PTE_WRITE : 0) |
	       (rights & MNET_BO_COMMAND ? EDGETPU_PTE_COMMAND : 0);
}

static bool rights_valid(uint32_t rights)
{
	return rights && !(rights & ~(MNET_BO_READ | MNET_BO_WRITE | MNET_BO_COMMAND)) &&
	       (rights & (MNET_BO_WRITE | MNET_BO_COMMAND)) != (MNET_BO_WRITE | MNET_BO_COMMAND);
}

/* Under the lock */
static int bind(struct mnet_transport *t, struct sim_bo *bo)
{
	int ret = va_space_take(&t->space, bo->bound, &bo->va);

	if (ret)
		return ret;
	ret = pagetable_map(&t->pt, bo->va, bo->addr, bo->bound, pte_rights(bo->rights));
	if (ret)
		va_space_give(&t->space, bo->va);
	return ret;
}

int sim_bo_create(struct mnet_transport *t, size_t size, uint32_t rights, struct mnet_bo **out,
		  struct mnet_error *err)
{
	struct hostmem_block block;
	struct sim_bo *bo;
	int ret;

	if (!size || !rights_valid(rights))
		return sim_fail(err, -EINVAL, "a buffer of %zu bytes with rights 0x%x", size, rights);
	bo = calloc(1, sizeof(*bo));
	if (!bo || hostmem_alloc(t->hm, size, &block)) {
		free(bo);
		return sim_fail(err, -ENOMEM, "no memory for a buffer of %zu bytes", size);
	}
	*bo = (struct sim_bo){
		.bo = { .size = size, .map = block.host },
		.addr = block.addr,
		.bound = block.size,
		.rights = rights,
	};
	pthread_mutex_lock(&t->lock);
	ret = bind(t, bo);
	pthread_mutex_unlock(&t->lock);
	if (ret) {
		hostmem_release(t->hm, block.addr);
		free(bo);
		return sim_fail(err, ret, "no device addresses for %zu bytes", size);
	}
	*out = &bo->bo;
	return 0;
}

int sim_bo_import(struct mnet_transport *t, int dmabuf, size_t size, uint32_t rights,
		  struct mnet_bo **bo, struct mnet_error *err)
{
	(void)t;
	(void)dmabuf;
	(void)size;
	(void)rights;
	(void)bo;
	return sim_fail(err, -EOPNOTSUPP, "a device in the process takes no dma-bufs");
}

void sim_bo_destroy(struct mnet_transport *t, struct mnet_bo *mnet_bo)
{
	struct sim_bo *bo = (struct sim_bo *)mnet_bo;

	pthread_mutex_lock(&t->lock);
	pagetable_unmap(&t->pt, bo->va, bo->bound);
	if (!*t->dead && link_invalidate(&t->link, SIM_CONTEXT))
		sim_kill(t, -ENODEV, "the device does not drop old translations");
	va_space_give(&t->space, bo->va);
	pthread_mutex_unlock(&t->lock);
	hostmem_release(t->hm, bo->addr);
	free(bo);
}
