// SPDX-License-Identifier: MIT
/*
 * How a layer is cut into tiles: rows, columns and output channels, so that the
 * buffers of what does not stay in SRAM fit the space there is. Input channels
 * are never cut: sums do not leave the array before they are complete.
 *
 * Of all ways that fit the cheapest is taken, by an estimate of transfers,
 * commands and lines.
 */
#include "compiler/ir.h"

/* Of handing one command to an engine; what firmware and queues take, roughly */
#define COMMAND_CYCLES		100
/* Of a line of a transfer beyond its bytes */
#define LINE_CYCLES		2

struct candidate {
	struct mc_tile tile;
	uint64_t cycles;
};

/* What a layer keeps outside SRAM */
struct streams {
	bool in[2];
	bool out;
};

uint64_t mc_weights_bytes(const struct mc_layer *layer, uint32_t channels)
{
	uint64_t taps = (uint64_t)layer->kernel_h * layer->kernel_w;
	uint64_t wide = mc_align(channels, EDGETPU_CHANNEL_BLOCK);

	if (mc_takes_all_channels(layer))
		return wide * mc_align(taps * layer->in[0].c, EDGETPU_WEIGHT_DEPTH);
	return mc_align(taps * wide, EDGETPU_SRAM_ALIGN);
}

uint64_t mc_unit_bytes(const struct mc_layer *layer, uint32_t channels)
{
	uint64_t blocks = mc_align(channels, EDGETPU_CHANNEL_BLOCK) / EDGETPU_CHANNEL_BLOCK;
	uint64_t bytes = 0;

	if (layer->kind == MC_TRANSPOSE) {
		for (unsigned int i = 0; i < layer->num_phases; i++)
			bytes += mc_unit_bytes(&layer->phases[i], channels);
		return bytes;
	}
	/* A phase without taps is done by the last one. */
	if (!layer->kernel_h || !layer->kernel_w)
		return 0;
	return mc_weights_bytes(layer, channels) + blocks * sizeof(struct edgetpu_channel_block);
}

void mc_input_range(uint32_t first, uint32_t count, uint32_t stride, uint32_t pad, uint32_t kernel,
		    uint32_t dilation, uint32_t in, uint32_t *begin, uint32_t *end)
{
	int64_t from = (int64_t)first * stride - pad;
	int64_t to = (int64_t)(first + count - 1) * stride - pad +
		     (int64_t)(kernel - 1) * dilation + 1;

	*begin = from < 0 ? 0 : from;
	*end = to > in ? in : to;
}

uint64_t mc_tile_bytes(const struct mc_tile *tile)
{
	uint64_t buffers = (uint64_t)tile->in_size[0] + tile->in_size[1] + tile->out_size;

	return buffers * tile->buffers +
	       (uint64_t)tile->weights_size * (tile->ring ? tile->buffers : 1);
}

static struct streams find_streams(const struct mc_subgraph *sg, const struct mc_layer *layer)
{
	struct streams s = { .out = !sg->values[layer->out.value].resident };

	/* COPY and PAD load straight to where the bytes belong, or store from there. */
	if (layer->kind == MC_COPY && sg->values[layer->in[0].value].resident)
		s.out = false;
	if (layer->kind == MC_COPY || layer->kind == MC_PAD)
		return s;
	for (unsigned int i = 0; i < layer->num_in; i++)
		s.in[i] = !sg->values[layer->in[i].value].resident;
	return s;
}

/* Most rows (columns) of input that @count rows of output need */
static uint64_t input_extent(const struct mc_layer *layer, uint32_t count, uint32_t stride,
			     uint32_t kernel, uint32_t dilation, uint32_t in)
{
	uint64_t n = (uint64_t)(count - 1) * stride + (uint64_t)(kernel - 1) * dilation + 1;

	if (mc_enlarges(layer))
		n = ((uint64_t)count + kernel - 1 + stride - 1) / stride;
	return n < in ? n : in;
}

static uint32_t clamp_size(uint64_t size)
{
	return size > UINT32_MAX / 4 ? UINT32_MAX / 4 : size;
}

/* Sizes of the buffers for tile->h, w, c and the rest */
static void set_sizes(const struct mc_layer *layer, const struct streams *s, struct mc_tile *tile)
{
	uint64_t rows = input_extent(layer, tile->h, layer->stride_h, layer->kernel_h,
				     layer->dilation_h, layer->in[0].h);
	uint64_t cols = input_extent(layer, tile->w, layer->stride_w, layer->kernel_w,
				     layer->dilation_w, layer->in[0].w);
	uint32_t in_c = mc_takes_all_channels(layer) ? layer->in[0].c :
						       tile->c / layer->depth_multiplier;
	uint32_t out_c = tile->channels_outer ? tile->c : layer->out.c;

	tile->num_h = (layer->out.h + tile->h - 1) / tile->h;
	tile->num_w = (layer->out.w + tile->w - 1) / tile->w;
	tile->num_c = (layer->out.c + tile->c - 1) / tile->c;
	for (int i = 0; i < 2; i++) {
		tile->in_size[i] = 0;
		if (s->in[i])
			tile->in_size[i] = clamp_size(mc_align(rows * cols * in_c,
							       EDGETPU_SRAM_ALIGN));
	}
	tile->out_size = 0;
	if (s->out)
		tile->out_size = clamp_size(mc_align((uint64_t)tile->h * tile->w * out_c,
						     EDGETPU_SRAM_ALIGN));
	tile->weights_size = 0;
	if (!mc_has_weights(layer))
		return;
	tile->weights_size = clamp_size(mc_unit_bytes(layer, tile->c));
	if (!tile->ring && tile->num_c > 1) {
		uint32_t last = layer->out.c - (tile->num_c - 1) * tile->c;

		tile->weights_size = clamp_size(mc_unit_bytes(layer, tile->c) * (tile->num_c - 1) +
						mc_unit_bytes(layer, last));
	}
}

static bool streams_any(const struct streams *s)
{
	return s->in[0] || s->in[1] || s->out;
}

static uint64_t estimate(const struct mc_compiler *c, const struct mc_layer *layer,
			 const struct streams *s, const struct mc_tile *tile)
{
	uint64_t places = (uint64_t)layer->batch * tile->num_h * tile->num_w;
	uint64_t tiles = places * tile->num_c, bytes = 0, lines = 0, commands = tiles, cycles;

	if (mc_enlarges(layer))
		commands *= (uint64_t)mc_min(tile->h, layer->stride_h) *
			    mc_min(tile->w, layer->stride_w);

	for (int i = 0; i < 2; i++) {
		bool once = mc_takes_all_channels(layer) && !tile->channels_outer;
		uint64_t loads = once ? places : tiles;

		if (!s->in[i])
			continue;
		bytes += loads * tile->in_size[i];
		commands += loads;
		lines += tile->num_w > 1 ? loads * tile->h : loads;
	}
	if (s->out) {
		bytes += (uint64_t)layer->batch * layer->out.h * layer->out.w * layer->out.c;
		commands += tile->channels_outer ? tiles : places;
		if (tile->num_c > 1 && tile->channels_outer)
			lines += (uint64_t)layer->batch * layer->out.h * layer->out.w * tile->num_c;
		else if (tile->num_w > 1)
			lines += (uint64_t)layer->batch * layer->out.h * tile->num_w;
	}
	if (mc_has_weights(layer)) {
		uint64_t loads = tile->ring && !tile->channels_outer ? tiles : tile->num_c;

		bytes += loads * mc_unit_bytes(layer, tile->c);
		commands += loads;
	}
	cycles = bytes * c->config.clock_khz / ((uint64_t)c->config.dram_mbps * 1000 + 1);
	/* With one buffer, transfers and arithmetic take turns. */
	if (tile->buffers == 1 && tiles > 1)
		cycles += cycles / 2;
	return cycles + commands * COMMAND_CYCLES + lines * LINE_CYCLES;
}

/* One command must not keep its engine for too long. */
static bool few_macs(const struct mc_layer *layer, const struct mc_tile *tile)
{
	uint64_t taps = (uint64_t)layer->kernel_h * layer->kernel_w;
	uint64_t depth = mc_takes_all_channels(layer) ? layer->in[0].c : 1;

	if (layer->kind >= MC_ADD)
		return true;
	/* Neither product exceeds 2^48: dimensions have 16 bits, filter sides 8. */
	return (uint64_t)tile->h * tile->w * tile->c <= EDGETPU_MAX_MACS / (taps * depth);
}

/* The largest tile->h that fits @space, then evened out; false: not even one row */
static bool fit_rows(const struct mc_layer *layer, const struct streams *s, struct mc_tile *tile,
		     uint32_t space)
{
	uint32_t low = 0, high = layer->out.h;

	while (low < high) {
		tile->h = low + (high - low + 1) / 2;
		set_sizes(layer, s, tile);
		if (mc_tile_bytes(tile) <= space && few_macs(layer, tile))
			low = tile->h;
		else
			high = tile->h - 1;
	}
	if (!low)
		return false;
	tile->h = (layer->out.h + low - 1) / low;
	tile->h = (layer->out.h + tile->h - 1) / tile->h;
	set_sizes(layer, s, tile);
	return true;
}

static void consider(const struct mc_compiler *c, const struct mc_layer *layer,
		     const struct streams *s, struct mc_tile tile, uint32_t space,
		     struct candidate *best)
{
	uint64_t cycles;

	if (!fit_rows(layer, s, &tile, space))
		return;
	/* Nothing takes turns: the second buffers would lie idle. */
	if (tile.num_h * tile.num_w * tile.num_c * layer->batch == 1) {
		tile.buffers = 1;
		tile.ring = false;
		set_sizes(layer, s, &tile);
	}
	cycles = estimate(c, layer, s, &tile);
	if (cycles < best->cycles) {
		best->cycles = cycles;
		best->tile = tile;
	}
}

/* Both orders of loops, weights all at once or in turns, two buffers or one */
static void consider_orders(const struct mc_compiler *c, const struct mc_layer *layer,
			    const struct streams *s, struct mc_tile tile, uint32_t space,
			    struct candidate *best)
{
	bool cut = tile.c < layer->out.c;

	for (int outer = 0; outer < 2; outer++) {
		/* Without weights to reuse there is nothing to gain from whole channels. */
		if (outer != cut && (!cut || !mc_has_weights(layer)))
			continue;
		for (int ring = 0; ring < 2; ring++) {
			if (ring && (!cut || !mc_has_weights(layer)))
				continue;
			for (int buffers = 2; buffers; buffers--) {
				if (buffers == 2 && !ring && !streams_any(s))
					continue;
				tile.channels_outer = outer;
				tile.ring = ring;
				tile.buffers = buffers;
				consider(c, layer, s, tile, space, best);
			}
		}
	}
}

/* Channel tiles start where a block of parameters and an input channel start. */
static uint32_t channel_step(const struct mc_layer *layer)
{
	uint32_t step = EDGETPU_CHANNEL_BLOCK;

	while (step % layer->depth_multiplier && step < layer->out.c)
		step += EDGETPU_CHANNEL_BLOCK;
	return step;
}

bool mc_tile(const struct mc_compiler *c, const struct mc_subgraph *sg, struct mc_layer *layer,
	     uint32_t space)
{
	struct streams s = find_streams(sg, layer);
	struct candidate best = { .cycles = UINT64_MAX };
	uint32_t step = channel_step(layer);
	uint32_t blocks = (layer->out.c + step - 1) / step;

	for (uint32_t b = blocks;; b = (b + 1) / 2) {
		for (uint32_t w = layer->out.w;; w = (w + 1) / 2) {
			struct mc_tile tile = { .w = w, .c = mc_min(b * step, layer->out.c) };

			consider_orders(c, layer, &s, tile, space, &best);
			if (w == 1)
				break;
		}
		if (b == 1 || layer->kind == MC_PAD)
			break;
	}
	if (best.cycles == UINT64_MAX)
		return false;
	layer->tile = best.tile;
	return true;
}
