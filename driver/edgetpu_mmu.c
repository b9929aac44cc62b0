// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables: what tells the hardware where the pages of an address space are.
 *
 * The tables are never read back: the shadow in struct edgetpu_table knows what
 * is in them, so a device that scribbles over them hurts only itself.
 */
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include <edgetpu_core.h>
#include <edgetpu_hw.h>

#include "edgetpu_account.h"
#include "edgetpu_mmu.h"

#define TABLE_SIZE	(EDGETPU_PT_ENTRIES * sizeof(__le64))
#define LEAF_LEVEL	(EDGETPU_PT_LEVELS - 1)
#define LEAF_SPAN	((u64)EDGETPU_PT_ENTRIES << EDGETPU_PAGE_SHIFT)
#define HW_PAGE_SIZE	BIT_ULL(EDGETPU_PAGE_SHIFT)

/**
 * struct edgetpu_table - one page table
 * @entries: what the hardware reads
 * @page: where they are
 * @dma: where the hardware finds them
 * @used: valid entries
 * @level: 0 is the root
 * @next: in a list of tables to be freed
 * @children: tables of the next level; none at the last
 */
struct edgetpu_table {
	__le64 *entries;
	struct page *page;
	dma_addr_t dma;
	unsigned int used;
	unsigned int level;
	struct edgetpu_table *next;
	struct edgetpu_table *children[];
};

static unsigned int table_index(u64 va, unsigned int level)
{
	return (va >> (EDGETPU_PAGE_SHIFT + 9 * (LEAF_LEVEL - level))) % EDGETPU_PT_ENTRIES;
}

static unsigned int num_children(unsigned int level)
{
	return level < LEAF_LEVEL ? EDGETPU_PT_ENTRIES : 0;
}

static u64 table_cost(unsigned int level)
{
	return TABLE_SIZE + num_children(level) * sizeof(struct edgetpu_table *);
}

static struct edgetpu_table *table_alloc(struct edgetpu_mmu *mmu, unsigned int level)
{
	struct edgetpu_table *table;

	if (edgetpu_account_charge(mmu->account, table_cost(level)))
		return NULL;
	table = kzalloc(struct_size(table, children, num_children(level)), GFP_KERNEL_ACCOUNT);
	if (!table)
		goto err_uncharge;
	table->level = level;
	table->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!table->page)
		goto err_free;
	table->entries = page_address(table->page);
	table->dma = dma_map_page(mmu->dev, table->page, 0, TABLE_SIZE, DMA_TO_DEVICE);
	if (dma_mapping_error(mmu->dev, table->dma))
		goto err_page;
	return table;

err_page:
	__free_page(table->page);
err_free:
	kfree(table);
err_uncharge:
	edgetpu_account_uncharge(mmu->account, table_cost(level));
	return NULL;
}

static void table_free(struct edgetpu_mmu *mmu, struct edgetpu_table *table)
{
	dma_unmap_page(mmu->dev, table->dma, TABLE_SIZE, DMA_TO_DEVICE);
	__free_page(table->page);
	edgetpu_account_uncharge(mmu->account, table_cost(table->level));
	kfree(table);
}

static void table_free_tree(struct edgetpu_mmu *mmu, struct edgetpu_table *table)
{
	unsigned int i;

	for (i = 0; i < num_children(table->level); i++) {
		if (table->children[i])
			table_free_tree(mmu, table->children[i]);
	}
	table_free(mmu, table);
}

/* The hardware may walk the table while we write it, so an entry is written whole. */
static void table_set(struct edgetpu_table *table, unsigned int index, u64 entry)
{
	WRITE_ONCE(table->entries[index], cpu_to_le64(entry));
}

static void table_sync(struct edgetpu_mmu *mmu, struct edgetpu_table *table)
{
	dma_sync_single_for_device(mmu->dev, table->dma, TABLE_SIZE, DMA_TO_DEVICE);
}

/* The last-level table for @va, made if need be; NULL without memory */
static struct edgetpu_table *leaf_get(struct edgetpu_mmu *mmu, u64 va)
{
	struct edgetpu_table *table = mmu->root, *child;
	unsigned int level, i;

	for (level = 0; level < LEAF_LEVEL; level++, table = child) {
		i = table_index(va, level);
		child = table->children[i];
		if (child)
			continue;
		child = table_alloc(mmu, level + 1);
		if (!child)
			return NULL;
		table->children[i] = child;
		table->used++;
		table_set(table, i, child->dma | EDGETPU_PTE_VALID);
		table_sync(mmu, table);
	}
	return table;
}

/* Unhooks the tables for @va that are empty and adds them to @freed. */
static void prune(struct edgetpu_mmu *mmu, u64 va, struct edgetpu_table **freed)
{
	struct edgetpu_table *path[EDGETPU_PT_LEVELS] = { mmu->root };
	unsigned int level, i;

	for (level = 0; level < LEAF_LEVEL && path[level]; level++)
		path[level + 1] = path[level]->children[table_index(va, level)];

	for (level = LEAF_LEVEL; level > 0; level--) {
		if (!path[level])
			continue;
		if (path[level]->used)
			break;
		i = table_index(va, level - 1);
		path[level - 1]->children[i] = NULL;
		path[level - 1]->used--;
		table_set(path[level - 1], i, 0);
		table_sync(mmu, path[level - 1]);
		path[level]->next = *freed;
		*freed = path[level];
	}
}

/**
 * edgetpu_mmu_unmap() - take a range out of the tables
 * @mmu: page tables
 * @va: start of the range, all of which is mapped
 * @size: bytes; 0 unhooks tables for @va that are empty
 *
 * Return: tables that are unhooked, to be freed by edgetpu_mmu_free_tables() once the
 * hardware has dropped its translations
 */
struct edgetpu_table *edgetpu_mmu_unmap(struct edgetpu_mmu *mmu, u64 va, u64 size)
{
	struct edgetpu_table *freed = NULL, *leaf;
	const u64 end = va + size;

	if (!mmu->root)
		return NULL;
	while (va < end) {
		u64 start = va, stop = min(end, round_down(va, LEAF_SPAN) + LEAF_SPAN);

		leaf = leaf_get(mmu, va);
		for (; va < stop; va += HW_PAGE_SIZE) {
			table_set(leaf, table_index(va, LEAF_LEVEL), 0);
			leaf->used--;
		}
		table_sync(mmu, leaf);
		prune(mmu, start, &freed);
	}
	/* Where edgetpu_mmu_map() stopped half way tables may hang that never held a page. */
	prune(mmu, end, &freed);
	return freed;
}

void edgetpu_mmu_free_tables(struct edgetpu_mmu *mmu, struct edgetpu_table *tables)
{
	struct edgetpu_table *table;

	while (tables) {
		table = tables;
		tables = table->next;
		table_free(mmu, table);
	}
}

/* Maps @len bytes at @addr; *va and *end advance with what is done. */
static int map_segment(struct edgetpu_mmu *mmu, u64 *va, u64 end, u64 addr, u64 len, u64 rights)
{
	struct edgetpu_table *leaf = NULL;
	int ret = 0;

	if ((addr | len) & (HW_PAGE_SIZE - 1) || (addr + len - 1) & ~(EDGETPU_PTE_ADDR | 0xfff))
		return -EINVAL;
	for (; len && *va < end; len -= HW_PAGE_SIZE, addr += HW_PAGE_SIZE, *va += HW_PAGE_SIZE) {
		if (!leaf || !(*va % LEAF_SPAN)) {
			if (leaf)
				table_sync(mmu, leaf);
			leaf = leaf_get(mmu, *va);
			if (!leaf) {
				ret = -ENOMEM;
				break;
			}
		}
		table_set(leaf, table_index(*va, LEAF_LEVEL), addr | rights);
		leaf->used++;
	}
	if (leaf)
		table_sync(mmu, leaf);
	return ret;
}

/**
 * edgetpu_mmu_map() - put a range into the tables
 * @mmu: page tables
 * @va: start of the range, none of which is mapped
 * @size: bytes
 * @sgt: where the memory is
 * @offset: bytes of it to skip
 * @rights: EDGETPU_PTE_*
 * @done: bytes that are mapped, also on an error: then edgetpu_mmu_unmap() is to undo it
 *
 * Return: 0; -EINVAL when the memory is too short or in no pages of the hardware,
 * -ENOMEM, -ENODEV
 */
int edgetpu_mmu_map(struct edgetpu_mmu *mmu, u64 va, u64 size, struct sg_table *sgt, u64 offset,
		    u64 rights, u64 *done)
{
	const u64 start = va, end = va + size;
	struct scatterlist *sg;
	int ret = 0, i;

	*done = 0;
	if (!mmu->root)
		return -ENODEV;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 addr = sg_dma_address(sg), len = sg_dma_len(sg);

		if (va == end)
			break;
		if (offset >= len) {
			offset -= len;
			continue;
		}
		ret = map_segment(mmu, &va, end, addr + offset, len - offset,
				  rights | EDGETPU_PTE_VALID);
		if (ret)
			break;
		offset = 0;
	}
	*done = va - start;
	/* A dma-buf's pages may come to less than its size. */
	return !ret && va != end ? -EINVAL : ret;
}

int edgetpu_mmu_init(struct edgetpu_mmu *mmu, struct device *dev, struct edgetpu_account *account)
{
	mmu->dev = dev;
	mmu->account = account;
	mmu->root = table_alloc(mmu, 0);
	if (!mmu->root)
		return -ENOMEM;
	mmu->root_dma = mmu->root->dma;
	return 0;
}

/* The hardware knows nothing of the tables any more. May be called again. */
void edgetpu_mmu_fini(struct edgetpu_mmu *mmu)
{
	if (mmu->root)
		table_free_tree(mmu, mmu->root);
	mmu->root = NULL;
}
