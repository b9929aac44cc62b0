// SPDX-License-Identifier: MIT
/* How far a window goes: SAME and VALID. */
#include "graph/graph.h"

int32_t mnet_conv_out_size(enum mnet_padding padding, int32_t in, int32_t filter, int32_t stride,
			   int32_t dilation)
{
	int64_t extent = ((int64_t)filter - 1) * dilation + 1;

	if (padding == MNET_PADDING_SAME)
		return (int32_t)(((int64_t)in + stride - 1) / stride);
	if (in < extent)
		return 0;
	return (int32_t)((in - extent) / stride + 1);
}

int32_t mnet_conv_pad_before(enum mnet_padding padding, int32_t in, int32_t out, int32_t filter,
			     int32_t stride, int32_t dilation)
{
	int64_t extent = ((int64_t)filter - 1) * dilation + 1;
	int64_t total = ((int64_t)out - 1) * stride + extent - in;

	if (padding == MNET_PADDING_VALID || total <= 0)
		return 0;
	return (int32_t)(total / 2);
}
