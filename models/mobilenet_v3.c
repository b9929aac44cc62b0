// SPDX-License-Identifier: MIT
/*
 * MobileNetV3-Small (Howard et al., "Searching for MobileNetV3", 2019, table 2):
 * h-swish and squeeze-and-excite, which the accelerator leaves to the CPU.
 * 56.5 M MACs and 2.5 M parameters at 224 pixels.
 */
#include "networks.h"

struct block {
	int32_t kernel;
	int32_t stride;
	int32_t wide;
	int32_t channels;
	bool squeeze_excite;
	enum net_activation activation;
};

static const struct block small[] = {
	{ 3, 2, 16,  16, true,  NET_RELU },
	{ 3, 2, 72,  24, false, NET_RELU },
	{ 3, 1, 88,  24, false, NET_RELU },
	{ 5, 2, 96,  40, true,  NET_HARD_SWISH },
	{ 5, 1, 240, 40, true,  NET_HARD_SWISH },
	{ 5, 1, 240, 40, true,  NET_HARD_SWISH },
	{ 5, 1, 120, 48, true,  NET_HARD_SWISH },
	{ 5, 1, 144, 48, true,  NET_HARD_SWISH },
	{ 5, 2, 288, 96, true,  NET_HARD_SWISH },
	{ 5, 1, 576, 96, true,  NET_HARD_SWISH },
	{ 5, 1, 576, 96, true,  NET_HARD_SWISH },
};

static int build_block(struct net *net, int in, const struct block *b)
{
	int32_t channels = net_channels(net, in);
	int t = in;

	if (b->wide != channels)
		t = net_conv(net, t, b->wide, 1, 1, b->activation);
	t = net_depthwise(net, t, b->kernel, b->stride, b->activation);
	if (b->squeeze_excite)
		t = net_squeeze_excite(net, t, net_scale_channels(b->wide, 0.25));
	t = net_conv(net, t, b->channels, 1, 1, NET_LINEAR);
	return b->stride == 1 && b->channels == channels ? net_add(net, t, in) : t;
}

int mobilenet_v3_small(struct net *net, int32_t size)
{
	int t = net_input(net, size, size, 3);

	t = net_conv(net, t, 16, 3, 2, NET_HARD_SWISH);
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		t = build_block(net, t, &small[i]);
	t = net_conv(net, t, 576, 1, 1, NET_HARD_SWISH);
	t = net_global_pool(net, t);
	t = net_conv(net, t, 1024, 1, 1, NET_HARD_SWISH);
	t = net_conv(net, t, 1001, 1, 1, NET_LINEAR);
	return net_softmax(net, t);
}
