/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The client's memory as the device reaches it: a table of DMA ranges, each a
 * piece of a file that the client shares.
 *
 * The device's thread looks addresses up between vfio_dma_lock() and
 * vfio_dma_unlock(); changes from the message thread wait for it there. It
 * holds the lock for one command at most, so a change is never late by more.
 */
#ifndef EDGETPU_VFIO_DMA_H
#define EDGETPU_VFIO_DMA_H

#include <stdbool.h>
#include <stdint.h>

struct vfio_dma;

/*
 * The protocol's own limit is 65,535 where nothing else is agreed upon, but QEMU does not
 * count, and behind an emulated IOMMU makes a range of each page: these come to 1 GiB.
 */
#define VFIO_DMA_MAX_MAPS	(1u << 18)

struct vfio_dma *vfio_dma_new(void);
void vfio_dma_free(struct vfio_dma *dma);

/**
 * vfio_dma_map - add a range
 * @addr: DMA address
 * @size: bytes, not 0
 * @fd: file that holds it; stays the caller's
 * @offset: where in the file
 * @read: the device may read it
 * @write: the device may write it
 *
 * Return: 0; -EINVAL: range wraps or lies beyond the file's end; -EEXIST: part
 * of it is mapped; -ENOSPC: too many; -ENOMEM, or what mmap() said.
 */
int vfio_dma_map(struct vfio_dma *dma, uint64_t addr, uint64_t size, int fd, uint64_t offset,
		 bool read, bool write);

/*
 * Remove every range inside [@addr, @addr + @size); there may be none. -EINVAL:
 * it wraps, or would cut a range in two.
 */
int vfio_dma_unmap(struct vfio_dma *dma, uint64_t addr, uint64_t size);
void vfio_dma_unmap_all(struct vfio_dma *dma);

void vfio_dma_lock(struct vfio_dma *dma);
void vfio_dma_unlock(struct vfio_dma *dma);
/* As struct edgetpu_host_ops.map; under the lock. */
void *vfio_dma_lookup(struct vfio_dma *dma, uint64_t addr, uint64_t *len, bool write);

#endif /* EDGETPU_VFIO_DMA_H */
