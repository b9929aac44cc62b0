/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_MMU_H_
#define _EDGETPU_MMU_H_

#include <linux/types.h>

struct device;
struct edgetpu_account;
struct edgetpu_table;
struct sg_table;

/**
 * struct edgetpu_mmu - the page tables of one address space
 * @dev: whose hardware reads them
 * @account: who pays for them, or NULL
 * @root: level 0 table; NULL once the device is gone
 * @root_dma: where the hardware finds it
 */
struct edgetpu_mmu {
	struct device *dev;
	struct edgetpu_account *account;
	struct edgetpu_table *root;
	dma_addr_t root_dma;
};

int edgetpu_mmu_init(struct edgetpu_mmu *mmu, struct device *dev, struct edgetpu_account *account);
void edgetpu_mmu_fini(struct edgetpu_mmu *mmu);
int edgetpu_mmu_map(struct edgetpu_mmu *mmu, u64 va, u64 size, struct sg_table *sgt, u64 offset,
		    u64 rights, u64 *done);
struct edgetpu_table *edgetpu_mmu_unmap(struct edgetpu_mmu *mmu, u64 va, u64 size);
void edgetpu_mmu_free_tables(struct edgetpu_mmu *mmu, struct edgetpu_table *tables);

#endif /* _EDGETPU_MMU_H_ */
