// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of page tables: what they cost, hold, and leave behind. */
#include <linux/dma-mapping.h>
#include <linux/sizes.h>

#include <kunit/device.h>
#include <kunit/test.h>

#include <edgetpu_hw.h>

#include "../edgetpu_account.h"
#include "../edgetpu_mmu.h"

#define TABLE	(EDGETPU_PT_ENTRIES * sizeof(u64))
/* A table and, by each entry, what we know of the table that it leads to */
#define INNER	(TABLE + EDGETPU_PT_ENTRIES * sizeof(void *))
/* What a table of the last level maps */
#define SPAN	((u64)EDGETPU_PT_ENTRIES << EDGETPU_PAGE_SHIFT)
#define ADDRESS	0x40000000ull

/* Page tables for somebody who may have any number of them, of memory that is one piece */
struct mmu_world {
	struct edgetpu_budget budget;
	struct edgetpu_user user;
	struct edgetpu_account account;
	struct edgetpu_mmu mmu;
	struct scatterlist sg;
	struct sg_table sgt;
};

static int mmu_test_init(struct kunit *test)
{
	struct mmu_world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct device *dev = kunit_device_register(test, "edgetpu-kunit");

	if (!w || IS_ERR(dev))
		return -ENOMEM;
	edgetpu_budget_init(&w->budget, "test");
	w->budget.limit = SZ_1G;
	w->user.budget = &w->budget;
	w->user.privileged = true;
	w->budget.client_limit = SZ_1G;
	w->account.user = &w->user;
	sg_init_table(&w->sg, 1);
	sg_dma_address(&w->sg) = ADDRESS;
	sg_dma_len(&w->sg) = SZ_16M;
	w->sgt.sgl = &w->sg;
	w->sgt.nents = 1;
	w->sgt.orig_nents = 1;
	test->priv = w;
	return dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)) ?:
	       edgetpu_mmu_init(&w->mmu, dev, &w->account);
}

static void mmu_test_exit(struct kunit *test)
{
	struct mmu_world *w = test->priv;

	if (w)
		edgetpu_mmu_fini(&w->mmu);
}

static u64 charged(const struct mmu_world *w)
{
	return atomic64_read(&w->account.used);
}

static int map(struct mmu_world *w, u64 va, u64 size)
{
	u64 done;

	return edgetpu_mmu_map(&w->mmu, va, size, &w->sgt, 0, EDGETPU_PTE_WRITE, &done);
}

static void unmap(struct mmu_world *w, u64 va, u64 size)
{
	edgetpu_mmu_free_tables(&w->mmu, edgetpu_mmu_unmap(&w->mmu, va, size));
}

/* The first takes one of each level, and so does the next only where its address needs it. */
static void tables_are_paid_for_by_what_they_are(struct kunit *test)
{
	struct mmu_world *w = test->priv;

	KUNIT_EXPECT_EQ(test, charged(w), INNER);
	KUNIT_ASSERT_EQ(test, map(w, SPAN - SZ_4K, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, charged(w), 2 * INNER + TABLE);
	KUNIT_ASSERT_EQ(test, map(w, 0, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, charged(w), 2 * INNER + TABLE);
	KUNIT_ASSERT_EQ(test, map(w, SPAN, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, charged(w), 2 * INNER + 2 * TABLE);
	KUNIT_ASSERT_EQ(test, map(w, EDGETPU_PT_ENTRIES * SPAN - SZ_4K, 2 * SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, charged(w), 3 * INNER + 4 * TABLE);
}

/* Each goes with the last page in it, but for the root; all that are left at the end. */
static void tables_go_with_their_last_page(struct kunit *test)
{
	struct mmu_world *w = test->priv;

	KUNIT_ASSERT_EQ(test, map(w, SPAN - SZ_4K, 2 * SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, charged(w), 2 * INNER + 2 * TABLE);
	unmap(w, SPAN, SZ_4K);
	KUNIT_EXPECT_EQ(test, charged(w), 2 * INNER + TABLE);
	unmap(w, SPAN - SZ_4K, SZ_4K);
	KUNIT_EXPECT_EQ(test, charged(w), INNER);
	KUNIT_ASSERT_EQ(test, map(w, 3 * SPAN, 2 * SPAN), 0);
	edgetpu_mmu_fini(&w->mmu);
	KUNIT_EXPECT_EQ(test, charged(w), 0);
	KUNIT_EXPECT_EQ(test, map(w, 0, SZ_4K), -ENODEV);
}

static struct kunit_case mmu_cases[] = {
	KUNIT_CASE(tables_are_paid_for_by_what_they_are),
	KUNIT_CASE(tables_go_with_their_last_page),
	{}
};

static struct kunit_suite mmu_suite = {
	.name = "edgetpu_mmu",
	.init = mmu_test_init,
	.exit = mmu_test_exit,
	.test_cases = mmu_cases,
};

kunit_test_suite(mmu_suite);
