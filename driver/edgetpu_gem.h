/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_GEM_H_
#define _EDGETPU_GEM_H_

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <drm/drm_gem.h>

struct dma_buf;
struct dma_buf_attachment;
struct drm_device;
struct drm_file;
struct edgetpu_account;
struct edgetpu_device;
struct page;
struct sg_table;
struct shrinker;

/**
 * struct edgetpu_buffers - all buffers of a device
 * @lock: the lists and counts
 * @mapped: struct edgetpu_bo that the device can reach
 * @unmapped: woken when @mapped has become shorter
 * @idle: struct edgetpu_bo with pages that nothing needs at the moment, the oldest first
 * @num_idle: how many
 * @idle_pages: their pages
 * @shrinker: gives these pages back
 * @count: buffers there are
 */
struct edgetpu_buffers {
	spinlock_t lock;	/* lists and counts */
	struct list_head mapped;
	wait_queue_head_t unmapped;
	struct list_head idle;
	unsigned int num_idle;
	unsigned long idle_pages;
	struct shrinker *shrinker;
	atomic_t count;
};

/**
 * struct edgetpu_bo - a buffer: of our own, a dma-buf of somebody else, or one of our own that
 * was given away with fewer rights
 * @base: GEM object; its reservation's lock protects all from @pages on
 * @account: who pays for it; NULL for the driver's own
 * @cost: bytes charged for what it is without pages
 * @whole: what this is a read-only view of, or NULL
 * @view: dma-buf that the view was made of; holds @whole
 * @wc: CPU mappings are write-combined
 * @shared: others may have a hand in it; once that is so, it stays
 * @pages: of a buffer of our own, when they are there
 * @sgt: where the device finds them; NULL when it cannot
 * @pins: how many need @pages
 * @vaddr: kernel mapping
 * @vmaps: users of @vaddr
 * @charged: @account has been charged for the pages
 * @mapped: in edgetpu_buffers.mapped
 * @idle: in edgetpu_buffers.idle
 */
struct edgetpu_bo {
	struct drm_gem_object base;
	struct edgetpu_account *account;
	u64 cost;
	struct edgetpu_bo *whole;
	struct dma_buf *view;
	bool wc;
	bool shared;

	struct page **pages;
	struct sg_table *sgt;
	unsigned int pins;
	void *vaddr;
	unsigned int vmaps;
	bool charged;
	struct list_head mapped;
	struct list_head idle;
};

static inline struct edgetpu_bo *to_edgetpu_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct edgetpu_bo, base);
}

int edgetpu_buffers_init(struct edgetpu_device *edev);
void edgetpu_buffers_unplug(struct edgetpu_device *edev);

struct edgetpu_bo *edgetpu_bo_create(struct edgetpu_device *edev, struct edgetpu_account *account,
				     u64 size);
struct edgetpu_bo *edgetpu_bo_import(struct edgetpu_device *edev, struct edgetpu_account *account,
				     struct dma_buf *dma_buf, struct dma_buf_attachment *attach,
				     struct sg_table *sgt);
struct edgetpu_bo *edgetpu_bo_view(struct edgetpu_bo *whole, struct edgetpu_account *account,
				   struct dma_buf *dma_buf);
struct sg_table *edgetpu_bo_pin(struct edgetpu_bo *bo);
void edgetpu_bo_unpin(struct edgetpu_bo *bo);
bool edgetpu_bo_writable(struct edgetpu_bo *bo);
bool edgetpu_bo_shared(struct edgetpu_bo *bo);

int edgetpu_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *filp);
int edgetpu_ioctl_bo_info(struct drm_device *drm, void *data, struct drm_file *filp);

#endif /* _EDGETPU_GEM_H_ */
