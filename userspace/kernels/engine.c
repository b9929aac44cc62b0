// SPDX-License-Identifier: MIT
/*
 * Chooses the version of each engine's arithmetic.
 */
#include <stdatomic.h>
#include <stddef.h>

#include "kernels/versions.h"

#ifdef __x86_64__
static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vnni");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#endif

const struct mnet_engine_version mnet_engine_versions[] = {
#ifdef __x86_64__
	{
		.name = "avx512",
		.runs_here = has_avx512,
		.conv = mnet_avx512_conv,
		.depthwise = mnet_avx512_depthwise,
		.avg_pool = mnet_portable_avg_pool,
		.max_pool = mnet_portable_max_pool,
		.add = mnet_avx512_add,
		.rescale = mnet_portable_rescale,
	},
	{
		.name = "avx2",
		.runs_here = has_avx2,
		.conv = mnet_avx2_conv,
		.depthwise = mnet_avx2_depthwise,
		.avg_pool = mnet_portable_avg_pool,
		.max_pool = mnet_portable_max_pool,
		.add = mnet_avx2_add,
		.rescale = mnet_portable_rescale,
	},
#endif
	{
		.name = "portable",
		.conv = mnet_portable_conv,
		.depthwise = mnet_portable_depthwise,
		.avg_pool = mnet_portable_avg_pool,
		.max_pool = mnet_portable_max_pool,
		.add = mnet_portable_add,
		.rescale = mnet_portable_rescale,
	},
	{
		.name = "ref",
		.conv = mnet_engine_ref_conv,
		.depthwise = mnet_engine_ref_depthwise,
		.avg_pool = mnet_engine_ref_avg_pool,
		.max_pool = mnet_engine_ref_max_pool,
		.add = mnet_engine_ref_add,
		.rescale = mnet_engine_ref_rescale,
	},
	{ 0 },
};

/* Threads that race here find the same */
static const struct mnet_engine_version *version(void)
{
	static _Atomic(const struct mnet_engine_version *) chosen;
	const struct mnet_engine_version *v = atomic_load_explicit(&chosen, memory_order_relaxed);

	if (v)
		return v;
	for (v = mnet_engine_versions; v->runs_here && !v->runs_here(); v++)
		;
	atomic_store_explicit(&chosen, v, memory_order_relaxed);
	return v;
}

void mnet_engine_conv(const struct mnet_conv_args *args)
{
	version()->conv(args);
}

void mnet_engine_depthwise(const struct mnet_conv_args *args)
{
	version()->depthwise(args);
}

void mnet_engine_avg_pool(const struct mnet_conv_args *args)
{
	version()->avg_pool(args);
}

void mnet_engine_max_pool(const struct mnet_conv_args *args)
{
	version()->max_pool(args);
}

void mnet_engine_add(const struct mnet_elementwise_args *args)
{
	version()->add(args);
}

void mnet_engine_rescale(const struct mnet_elementwise_args *args)
{
	version()->rescale(args);
}
