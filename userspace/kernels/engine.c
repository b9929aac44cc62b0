// SPDX-License-Identifier: MIT
/*
 * Chooses the version of each engine's arithmetic.
 */
#include "engine.h"

void mnet_engine_conv(const struct mnet_conv_args *args)
{
	mnet_engine_ref_conv(args);
}

void mnet_engine_depthwise(const struct mnet_conv_args *args)
{
	mnet_engine_ref_depthwise(args);
}

void mnet_engine_avg_pool(const struct mnet_conv_args *args)
{
	mnet_engine_ref_avg_pool(args);
}

void mnet_engine_max_pool(const struct mnet_conv_args *args)
{
	mnet_engine_ref_max_pool(args);
}

void mnet_engine_add(const struct mnet_elementwise_args *args)
{
	mnet_engine_ref_add(args);
}

void mnet_engine_rescale(const struct mnet_elementwise_args *args)
{
	mnet_engine_ref_rescale(args);
}
