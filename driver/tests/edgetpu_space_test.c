// SPDX-License-Identifier: GPL-2.0-only
/* The books of an address space, against a plain array of pages. */
#include <kunit/test.h>

#include <linux/prandom.h>

#include <drm/edgetpu_accel.h>

#include "../edgetpu_space.h"

#define PAGES	64ull
#define PAGE	((u64)DRM_EDGETPU_PAGE_SIZE)

static void free_ranges(struct kunit *test)
{
	struct edgetpu_mapping mapping = { .va = 4 * PAGE, .size = 3 * PAGE };
	struct edgetpu_space space;

	edgetpu_space_init(&space);
	KUNIT_EXPECT_TRUE(test, edgetpu_space_free(&space, 0, U64_MAX));
	edgetpu_space_insert(&space, &mapping);
	KUNIT_EXPECT_TRUE(test, edgetpu_space_free(&space, 3 * PAGE, PAGE));
	KUNIT_EXPECT_TRUE(test, edgetpu_space_free(&space, 7 * PAGE, PAGE));
	KUNIT_EXPECT_FALSE(test, edgetpu_space_free(&space, 3 * PAGE, PAGE + 1));
	KUNIT_EXPECT_FALSE(test, edgetpu_space_free(&space, 6 * PAGE, 2 * PAGE));
	KUNIT_EXPECT_FALSE(test, edgetpu_space_free(&space, 5 * PAGE, PAGE));
	KUNIT_EXPECT_FALSE(test, edgetpu_space_free(&space, 0, 100 * PAGE));
	edgetpu_space_remove(&space, &mapping);
	KUNIT_EXPECT_TRUE(test, edgetpu_space_free(&space, 5 * PAGE, PAGE));
	KUNIT_EXPECT_NULL(test, edgetpu_space_first(&space));
}

static void lookups(struct kunit *test)
{
	struct edgetpu_mapping mapping = {
		.va = 4 * PAGE, .size = 3 * PAGE,
		.flags = DRM_EDGETPU_VM_BIND_READ | DRM_EDGETPU_VM_BIND_COMMAND,
	};
	struct edgetpu_mapping next = {
		.va = 7 * PAGE, .size = PAGE, .flags = DRM_EDGETPU_VM_BIND_READ,
	};
	const u32 read = DRM_EDGETPU_VM_BIND_READ;
	struct edgetpu_space space;

	edgetpu_space_init(&space);
	edgetpu_space_insert(&space, &mapping);
	edgetpu_space_insert(&space, &next);
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 4 * PAGE, 3 * PAGE, read), &mapping);
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 7 * PAGE - 1, 1, read), &mapping);
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 7 * PAGE, PAGE, read), &next);
	/* one mapping must hold all of it */
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 7 * PAGE - 1, 2, read),
			    ERR_PTR(-ENOENT));
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 7 * PAGE, PAGE + 1, read),
			    ERR_PTR(-ENOENT));
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 7 * PAGE, U64_MAX, read),
			    ERR_PTR(-ENOENT));
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 4 * PAGE - 1, 1, read),
			    ERR_PTR(-ENOENT));
	/* with all of the rights */
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 4 * PAGE, 1,
						       read | DRM_EDGETPU_VM_BIND_WRITE),
			    ERR_PTR(-EACCES));
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_lookup(&space, 7 * PAGE, 1,
						       DRM_EDGETPU_VM_BIND_COMMAND),
			    ERR_PTR(-EACCES));
	/* undone is what was done, no part of it */
	KUNIT_EXPECT_PTR_EQ(test, edgetpu_space_find(&space, 4 * PAGE, 3 * PAGE), &mapping);
	KUNIT_EXPECT_NULL(test, edgetpu_space_find(&space, 4 * PAGE, 2 * PAGE));
	KUNIT_EXPECT_NULL(test, edgetpu_space_find(&space, 5 * PAGE, 2 * PAGE));
	KUNIT_EXPECT_NULL(test, edgetpu_space_find(&space, 4 * PAGE, 4 * PAGE));
}

static bool all_free(struct edgetpu_mapping **owner, u64 first, u64 num)
{
	for (u64 i = first; i < first + num; i++) {
		if (owner[i])
			return false;
	}
	return true;
}

static void random_mappings(struct kunit *test)
{
	struct edgetpu_mapping *mappings, *owner[PAGES] = { NULL };
	struct edgetpu_space space;
	struct rnd_state rnd;

	mappings = kunit_kcalloc(test, PAGES, sizeof(*mappings), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mappings);
	edgetpu_space_init(&space);
	prandom_seed_state(&rnd, 1);
	for (int round = 0; round < 20000; round++) {
		u64 first = prandom_u32_state(&rnd) % PAGES;
		u64 num = 1 + prandom_u32_state(&rnd) % min(PAGES - first, 9ull);
		struct edgetpu_mapping *mapping = &mappings[first];
		bool all = all_free(owner, first, num);

		KUNIT_ASSERT_EQ(test, all, edgetpu_space_free(&space, first * PAGE, num * PAGE));
		if (all) {
			mapping->va = first * PAGE;
			mapping->size = num * PAGE;
			edgetpu_space_insert(&space, mapping);
		} else if (owner[first] == mapping) {
			num = mapping->size / PAGE;
			KUNIT_ASSERT_PTR_EQ(test, mapping,
					    edgetpu_space_find(&space, first * PAGE, num * PAGE));
			edgetpu_space_remove(&space, mapping);
			mapping = NULL;
		} else {
			continue;
		}
		for (u64 i = first; i < first + num; i++)
			owner[i] = mapping;
	}
}

static struct kunit_case edgetpu_space_cases[] = {
	KUNIT_CASE(free_ranges),
	KUNIT_CASE(lookups),
	KUNIT_CASE(random_mappings),
	{}
};

static struct kunit_suite edgetpu_space_suite = {
	.name = "edgetpu_space",
	.test_cases = edgetpu_space_cases,
};

kunit_test_suite(edgetpu_space_suite);
