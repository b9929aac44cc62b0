// SPDX-License-Identifier: MIT
/*
 * Weights to the layouts of edgetpu_isa.h, each channel tile followed by its
 * parameter blocks, in the order they are used.
 */
#include <endian.h>
#include <string.h>

#include "compiler/ir.h"
#include "graph/quantization.h"

static struct mc_unit *new_units(struct mc_compiler *c, const struct mc_layer *layer)
{
	return mnet_arena_alloc(c->arena, layer->tile.num_c * sizeof(struct mc_unit));
}

/* A layer's unit begins with that of its first phase, and so on. */
static int count_phases(struct mc_compiler *c, struct mc_layer *layer)
{
	for (unsigned int i = 0; i < layer->num_phases; i++) {
		layer->phases[i].tile = layer->tile;
		layer->phases[i].units = new_units(c, layer);
		if (!layer->phases[i].units)
			return mc_no_memory(c);
	}
	for (uint32_t u = 0; u < layer->tile.num_c; u++) {
		uint32_t channels = mc_min(layer->tile.c, layer->out.c - u * layer->tile.c);
		uint32_t at = 0;

		for (unsigned int i = 0; i < layer->num_phases; i++) {
			struct mc_unit *unit = &layer->phases[i].units[u];

			unit->weights_bytes = mc_weights_bytes(&layer->phases[i], channels);
			unit->bytes = mc_unit_bytes(&layer->phases[i], channels);
			unit->offset = layer->units[u].offset + at;
			unit->sram = at;
			at += unit->bytes;
		}
	}
	return 0;
}

static int count_units(struct mc_compiler *c, struct mc_subgraph *sg)
{
	int ret = 0;

	sg->weights_size = 0;
	for (unsigned int i = 0; !ret && i < sg->num_layers; i++) {
		struct mc_layer *layer = &sg->layers[i];
		uint32_t at = 0;

		if (!mc_has_weights(layer))
			continue;
		layer->units = new_units(c, layer);
		if (!layer->units)
			return mc_no_memory(c);
		for (uint32_t u = 0; u < layer->tile.num_c; u++) {
			struct mc_unit *unit = &layer->units[u];
			uint32_t channels = mc_min(layer->tile.c,
						   layer->out.c - u * layer->tile.c);

			unit->weights_bytes = mc_weights_bytes(layer, channels);
			unit->bytes = mc_unit_bytes(layer, channels);
			unit->offset = sg->weights_size;
			unit->sram = at;
			at += unit->bytes;
			sg->weights_size += unit->bytes;
		}
		ret = count_phases(c, layer);
	}
	return ret;
}

/* Bytes of the filter as int8, whatever their sign was */
static int8_t weight(uint8_t raw, uint8_t flip)
{
	return (int8_t)(raw ^ flip);
}

/* Packs channels [first, first + count); sum[c] gets the filter's sum less its zero points. */
static void pack_conv(const struct mc_layer *layer, const uint8_t *from, uint8_t flip,
		      uint32_t first, uint32_t count, uint8_t *to, int32_t *sum)
{
	uint32_t k_count = layer->kernel_h * layer->kernel_w * layer->in[0].c;
	size_t groups = mc_align(k_count, EDGETPU_WEIGHT_DEPTH) / EDGETPU_WEIGHT_DEPTH;

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *row = from + (size_t)(first + i) * k_count;
		uint8_t *lane = to + i / EDGETPU_CHANNEL_BLOCK * groups * 64 +
				i % EDGETPU_CHANNEL_BLOCK * EDGETPU_WEIGHT_DEPTH;
		int32_t total = 0;

		for (uint32_t k = 0; k < k_count; k++) {
			int8_t w = weight(row[k], flip);

			lane[(size_t)(k / EDGETPU_WEIGHT_DEPTH) * 64 + k % EDGETPU_WEIGHT_DEPTH] =
				(uint8_t)w;
			total += w - layer->weight_zero_point;
		}
		sum[i] = total;
	}
}

static void pack_depthwise(const struct mc_layer *layer, const uint8_t *from, uint8_t flip,
			   uint32_t first, uint32_t count, uint8_t *to, int32_t *sum)
{
	uint32_t taps = layer->kernel_h * layer->kernel_w;
	size_t wide = mc_align(count, EDGETPU_CHANNEL_BLOCK);

	memset(sum, 0, count * sizeof(*sum));
	for (uint32_t tap = 0; tap < taps; tap++) {
		for (uint32_t i = 0; i < count; i++) {
			int8_t w = weight(from[(size_t)tap * layer->out.c + first + i], flip);

			to[tap * wide + i] = (uint8_t)w;
			sum[i] += w - layer->weight_zero_point;
		}
	}
}

/* The input's zero point times the filter's sum goes into the bias; int32 wraps. */
static void pack_params(const struct mc_compiler *c, const struct mc_layer *layer, uint32_t first,
			uint32_t count, struct edgetpu_channel_block *to, const int32_t *sum)
{
	const struct mnet_op *op = &c->graph->ops[layer->op];
	const struct mnet_tensor *in = &c->graph->tensors[layer->input];
	const struct mnet_tensor *out = &c->graph->tensors[op->outputs[0]];
	const struct mnet_tensor *weights = &c->graph->tensors[layer->weights];
	const char *bias = layer->bias == MNET_NO_TENSOR ?
		NULL : c->graph->tensors[layer->bias].data;

	for (uint32_t i = 0; i < count; i++) {
		struct edgetpu_channel_block *block = &to[i / EDGETPU_CHANNEL_BLOCK];
		uint32_t lane = i % EDGETPU_CHANNEL_BLOCK, b = 0;
		int32_t multiplier, shift;

		if (bias)
			memcpy(&b, bias + 4 * ((size_t)first + i), sizeof(b));
		b = le32toh(b) - (uint32_t)layer->in_zero_point[0] * (uint32_t)sum[i];
		mnet_conv_multiplier(in, weights, out, first + i, layer->fully_connected,
				     &multiplier, &shift);
		block->bias[lane] = htole32(b);
		block->multiplier[lane] = htole32(multiplier);
		block->shift[lane] = htole32(shift);
	}
}

/* @from: the filter in TFLite's layout */
static int pack_filter(struct mc_compiler *c, struct mc_subgraph *sg, const struct mc_layer *layer,
		       const uint8_t *from)
{
	uint8_t flip = c->graph->tensors[layer->weights].type == MNET_UINT8 ? 0x80 : 0;
	int32_t *sum = mnet_arena_alloc(c->arena, layer->tile.c * sizeof(*sum));

	if (!sum)
		return mc_no_memory(c);
	for (uint32_t u = 0; u < layer->tile.num_c; u++) {
		const struct mc_unit *unit = &layer->units[u];
		uint32_t first = u * layer->tile.c;
		uint32_t count = mc_min(layer->tile.c, layer->out.c - first);
		uint8_t *to = sg->weights + unit->offset;

		if (layer->kind == MC_CONV)
			pack_conv(layer, from, flip, first, count, to, sum);
		else
			pack_depthwise(layer, from, flip, first, count, to, sum);
		pack_params(c, layer, first, count,
			    (struct edgetpu_channel_block *)(to + unit->weights_bytes), sum);
	}
	return 0;
}

static int pack_phases(struct mc_compiler *c, struct mc_subgraph *sg, const struct mc_layer *layer)
{
	const struct mnet_tensor *weights = &c->graph->tensors[layer->weights];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < layer->num_phases; i++) {
		const struct mc_layer *phase = &layer->phases[i];
		size_t bytes = (size_t)phase->out.c * phase->kernel_h * phase->kernel_w *
			       phase->in[0].c;
		uint8_t *filter = mnet_arena_alloc(c->arena, bytes);

		if (!filter)
			return mc_no_memory(c);
		if (!bytes)
			continue;
		mc_phase_filter(layer, i, weights->data, (uint8_t)weights->zero_points[0], filter);
		ret = pack_filter(c, sg, phase, filter);
	}
	return ret;
}

static int pack_layer(struct mc_compiler *c, struct mc_subgraph *sg, const struct mc_layer *layer)
{
	if (layer->kind == MC_TRANSPOSE)
		return pack_phases(c, sg, layer);
	return pack_filter(c, sg, layer, c->graph->tensors[layer->weights].data);
}

int mc_pack(struct mc_compiler *c, struct mc_subgraph *sg, struct mnet_arena *arena)
{
	int ret = count_units(c, sg);

	if (ret)
		return ret;
	sg->weights = mnet_arena_alloc(arena, sg->weights_size ? sg->weights_size : 1);
	if (!sg->weights)
		return mc_no_memory(c);
	for (unsigned int i = 0; !ret && i < sg->num_layers; i++) {
		if (mc_has_weights(&sg->layers[i]))
			ret = pack_layer(c, sg, &sg->layers[i]);
	}
	return ret;
}
