// SPDX-License-Identifier: MIT
/*
 * MobileNetEdgeTPU, as announced in 2019 and published in tensorflow/models
 * (slim): found by a search on the accelerator. Early blocks use a full
 * convolution where others have expansion and depthwise ("fused"); ReLU
 * throughout, no squeeze-and-excite. Depth multiplier 1.0 at 224 pixels has
 * 990.7 M MACs and 4.07 M parameters.
 */
#include "networks.h"

struct block {
	bool fused;
	int32_t kernel;
	int32_t stride;
	int32_t expansion;
	int32_t channels;
	bool residual;
	int repeat;
};

static const struct block blocks[] = {
	{ true,  3, 1, 1, 16, false, 1 },
	{ true,  3, 2, 8, 32, false, 1 },
	{ true,  3, 1, 4, 32, true,  3 },
	{ true,  3, 2, 8, 48, false, 1 },
	{ true,  3, 1, 4, 48, true,  3 },
	{ false, 3, 2, 8, 96, false, 1 },
	{ false, 3, 1, 4, 96, true,  3 },
	{ false, 3, 1, 8, 96, false, 1 },
	{ false, 3, 1, 4, 96, true,  3 },
	{ false, 5, 2, 8, 160, false, 1 },
	{ false, 5, 1, 4, 160, true,  3 },
	{ false, 3, 1, 8, 192, false, 1 },
};

static int build_block(struct net *net, int in, const struct block *b, int32_t channels)
{
	int32_t wide = net_channels(net, in) * b->expansion;
	int t = in;

	if (b->fused) {
		/* an expansion of 1 leaves the projection alone */
		if (b->expansion > 1)
			t = net_conv(net, t, wide, b->kernel, b->stride, NET_RELU);
	} else {
		t = net_conv(net, t, wide, 1, 1, NET_RELU);
		t = net_depthwise(net, t, b->kernel, b->stride, NET_RELU);
	}
	t = net_conv(net, t, channels, 1, 1, NET_LINEAR);
	return b->residual ? net_add(net, t, in) : t;
}

int mobilenet_edgetpu(struct net *net, double depth_multiplier, int32_t size)
{
	int t = net_input(net, size, size, 3);

	t = net_conv(net, t, net_scale_channels(32, depth_multiplier), 3, 2, NET_RELU);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		for (int r = 0; r < blocks[i].repeat; r++)
			t = build_block(net, t, &blocks[i],
					net_scale_channels(blocks[i].channels, depth_multiplier));
	/* the last layer does not shrink with the rest */
	t = net_conv(net, t, depth_multiplier > 1 ? net_scale_channels(1280, depth_multiplier) : 1280,
		     1, 1, NET_RELU);
	t = net_global_pool(net, t);
	t = net_conv(net, t, 1001, 1, 1, NET_LINEAR);
	return net_softmax(net, t);
}
