// SPDX-License-Identifier: GPL-2.0-only
/* What SUBMIT checks of arrays, regions and sync operations, and what it makes of waits. */
#include <kunit/test.h>

#include "../edgetpu_job.h"
#include "../edgetpu_submit.h"
#include "../edgetpu_sync.h"

static void arrays(struct kunit *test)
{
	struct drm_edgetpu_array a = { .stride = 16, .count = 4, .array = 0x1000 };

	KUNIT_EXPECT_EQ(test, 0, edgetpu_array_check(&a, 1, 4));
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_array_check(&a, 5, 8));
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_array_check(&a, 1, 3));
	a.stride = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_array_check(&a, 1, 4));
	a.stride = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, 0, edgetpu_array_check(&a, 1, 4));
	a.stride = PAGE_SIZE + 1;
	KUNIT_EXPECT_EQ(test, -E2BIG, edgetpu_array_check(&a, 1, 4));
	a.stride = 16;
	a.array = -64ull;
	KUNIT_EXPECT_EQ(test, -EFAULT, edgetpu_array_check(&a, 1, 4));
	a.array = -65ull;
	KUNIT_EXPECT_EQ(test, 0, edgetpu_array_check(&a, 1, 4));
	/* nothing is looked at of an array of nothing */
	a.count = 0;
	a.stride = 0;
	KUNIT_EXPECT_EQ(test, 0, edgetpu_array_check(&a, 0, 4));
}

static void regions(struct kunit *test)
{
	const struct drm_edgetpu_region good = {
		.va = 0x1000, .size = 100, .flags = DRM_EDGETPU_REGION_READ,
	};
	const struct drm_edgetpu_region none = { 0 };
	struct drm_edgetpu_region r = good;

	KUNIT_EXPECT_EQ(test, 0, edgetpu_region_check(&good, 0));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_region_check(&good, 7));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_region_check(&none, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&none, 0));
	r.va = 0x1020;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 1));
	r.va = 0x1040;
	KUNIT_EXPECT_EQ(test, 0, edgetpu_region_check(&r, 1));
	r.flags = DRM_EDGETPU_REGION_READ | DRM_EDGETPU_REGION_WRITE;
	KUNIT_EXPECT_EQ(test, 0, edgetpu_region_check(&r, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 0));
	r.flags = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 1));
	r.flags = 1 << 2;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 1));
	r = good;
	r.pad = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 1));
	r = none;
	r.va = 64;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 1));
	r = none;
	r.flags = DRM_EDGETPU_REGION_READ;
	KUNIT_EXPECT_EQ(test, -EINVAL, edgetpu_region_check(&r, 1));
}

static void sync_ops(struct kunit *test)
{
	const u32 signal = DRM_EDGETPU_SYNC_SIGNAL, timeline = DRM_EDGETPU_SYNC_TIMELINE;
	const struct {
		u32 flags;
		u64 value;
		int ret;
	} cases[] = {
		{ 0, 0, 0 }, { 0, 1, -EINVAL }, { signal, 0, 0 }, { signal, 1, -EINVAL },
		{ timeline, 0, 0 }, { timeline, U64_MAX, 0 }, { signal | timeline, 0, -EINVAL },
		{ signal | timeline, 1, 0 }, { 1 << 2, 0, -EINVAL }, { 1u << 31, 0, -EINVAL },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct drm_edgetpu_sync_op op = {
			.flags = cases[i].flags, .timeline_value = cases[i].value,
		};

		KUNIT_EXPECT_EQ_MSG(test, cases[i].ret, edgetpu_sync_check(&op), "case %d", i);
	}
}

static void earlier_signals(struct kunit *test)
{
	struct drm_syncobj *a = (void *)0x100, *b = (void *)0x200;
	const struct edgetpu_signal signals[] = {
		{ .syncobj = a, .point = 7 }, { .syncobj = b, .point = 9 },
		{ .syncobj = a, .point = 3 }, { .syncobj = a, .replaces = true },
		{ .syncobj = a, .point = 2 },
	};
	struct edgetpu_sync_before before = { 0 };

	edgetpu_sync_note(&before, signals, 3, a);
	KUNIT_EXPECT_EQ(test, 7, before.point);
	KUNIT_EXPECT_FALSE(test, before.replaced);
	edgetpu_sync_note(&before, signals + 3, 1, a);
	KUNIT_EXPECT_EQ(test, 0, before.point);
	KUNIT_EXPECT_TRUE(test, before.replaced);
	edgetpu_sync_note(&before, signals + 4, 1, a);
	KUNIT_EXPECT_EQ(test, 2, before.point);
	KUNIT_EXPECT_TRUE(test, before.replaced);
	before = (struct edgetpu_sync_before){ 0 };
	edgetpu_sync_note(&before, signals, ARRAY_SIZE(signals), b);
	KUNIT_EXPECT_EQ(test, 9, before.point);
	KUNIT_EXPECT_FALSE(test, before.replaced);
}

static struct kunit_case edgetpu_submit_cases[] = {
	KUNIT_CASE(arrays),
	KUNIT_CASE(regions),
	KUNIT_CASE(sync_ops),
	KUNIT_CASE(earlier_signals),
	{}
};

static struct kunit_suite edgetpu_submit_suite = {
	.name = "edgetpu_submit",
	.test_cases = edgetpu_submit_cases,
};

kunit_test_suite(edgetpu_submit_suite);
