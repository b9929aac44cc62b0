// SPDX-License-Identifier: MIT
/*
 * SRAM: what stays there and where. Activations stay from the layer that makes
 * them to the last that reads them, largest first at the lowest address that is
 * free for so long. Where a layer then lacks the space to work, an activation is
 * sent to host memory (region SCRATCH) and all is placed anew. Weights get what
 * is left, as many layers ahead of their use as there is room.
 */
#include <errno.h>

#include "compiler/ir.h"

/* How many layers ahead of its use SRAM may be taken for weights */
#define MAX_PREFETCH_LAYERS	64

/* Bytes [start, end) taken during layers [from, to] */
struct block {
	unsigned int from, to;
	uint64_t start, end;
};

/* Blocks by start */
struct memory {
	struct block *blocks;
	unsigned int num;
};

static void take(struct memory *m, unsigned int from, unsigned int to, uint64_t start,
		 uint64_t size)
{
	unsigned int at = m->num++;

	while (at && m->blocks[at - 1].start > start) {
		m->blocks[at] = m->blocks[at - 1];
		at--;
	}
	m->blocks[at] = (struct block){ from, to, start, start + size };
}

/* The lowest address free for @size bytes during layers [from, to] */
static uint64_t find_free(const struct memory *m, unsigned int from, unsigned int to, uint64_t size)
{
	uint64_t at = 0;

	for (unsigned int i = 0; i < m->num; i++) {
		const struct block *b = &m->blocks[i];

		if (b->to < from || b->from > to)
			continue;
		if (b->start >= at + size)
			break;
		if (b->end > at)
			at = b->end;
	}
	return at;
}

/* The largest hole below @limit at one layer */
static uint64_t largest_hole(const struct memory *m, unsigned int layer, uint64_t limit,
			     uint64_t *start)
{
	uint64_t at = 0, best = 0;

	*start = 0;
	for (unsigned int i = 0; i < m->num; i++) {
		const struct block *b = &m->blocks[i];

		if (b->to < layer || b->from > layer)
			continue;
		if (b->start > at && b->start - at > best) {
			best = b->start - at;
			*start = at;
		}
		if (b->end > at)
			at = b->end;
	}
	if (limit > at && limit - at > best) {
		best = limit - at;
		*start = at;
	}
	return best;
}

static bool is_operand(const struct mc_layer *layer, unsigned int value)
{
	for (unsigned int i = 0; i < layer->num_in; i++) {
		if (layer->in[i].value == value)
			return true;
	}
	return layer->out.value == value;
}

/* Sends an activation out of SRAM: one that only waits if there is, else the largest. */
static bool evict(struct mc_subgraph *sg, unsigned int layer)
{
	int best = -1;
	bool best_waits = false;

	for (unsigned int i = 0; i < sg->num_values; i++) {
		const struct mc_value *v = &sg->values[i];
		bool waits = !is_operand(&sg->layers[layer], i);

		if (!v->resident || v->from > layer || v->last < layer)
			continue;
		if (best < 0 || (waits && !best_waits) ||
		    (waits == best_waits && v->bytes > sg->values[best].bytes)) {
			best = i;
			best_waits = waits;
		}
	}
	if (best < 0)
		return false;
	sg->values[best].resident = false;
	return true;
}

/* The layer of [from, to] at which most bytes are taken by resident values */
static unsigned int fullest_layer(const struct mc_subgraph *sg, unsigned int from, unsigned int to)
{
	unsigned int fullest = from;
	uint64_t most = 0;

	for (unsigned int i = from; i <= to; i++) {
		uint64_t bytes = 0;

		for (unsigned int k = 0; k < sg->num_values; k++) {
			const struct mc_value *v = &sg->values[k];

			if (v->resident && v->from <= i && v->last >= i)
				bytes += v->bytes;
		}
		if (bytes > most) {
			most = bytes;
			fullest = i;
		}
	}
	return fullest;
}

/* Largest first, then in order */
static void sort_values(const struct mc_subgraph *sg, unsigned int *order)
{
	for (unsigned int i = 0; i < sg->num_values; i++) {
		unsigned int at = i;

		while (at && sg->values[order[at - 1]].bytes < sg->values[i].bytes) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
	}
}

/* Places all resident values; false: one did not fit and another was evicted for it. */
static bool place_values(struct mc_subgraph *sg, struct memory *m, const unsigned int *order,
			 uint64_t limit)
{
	m->num = 0;
	for (unsigned int i = 0; i < sg->num_values; i++) {
		struct mc_value *v = &sg->values[order[i]];
		uint64_t size = mc_align(v->bytes, EDGETPU_SRAM_ALIGN), at;

		if (!v->resident)
			continue;
		at = find_free(m, v->from, v->last, size);
		if (at + size > limit) {
			evict(sg, fullest_layer(sg, v->from, v->last));
			return false;
		}
		take(m, v->from, v->last, at, size);
		v->sram = at;
	}
	return true;
}

/* Tiles every layer into the space the values leave; -EBUSY: evicted one, try again. */
static int tile_layers(struct mc_compiler *c, struct mc_subgraph *sg, const struct memory *m)
{
	uint64_t limit = c->config.sram_size, start;

	for (unsigned int i = 0; i < sg->num_layers; i++) {
		struct mc_layer *layer = &sg->layers[i];

		if (mc_tile(c, sg, layer, largest_hole(m, i, limit, &start)))
			continue;
		if (evict(sg, i))
			return -EBUSY;
		c->ops[layer->op].reason =
			mc_format(c->arena, "one pixel with its weights exceeds the %u bytes of SRAM",
				  c->config.sram_size);
		return c->ops[layer->op].reason ? -EAGAIN : mc_no_memory(c);
	}
	return 0;
}

/* Tile buffers and, in a ring, weights: beside each other in the largest hole */
static void place_buffers(struct mc_layer *layer, unsigned int index, struct memory *m,
			  uint64_t limit)
{
	struct mc_tile *tile = &layer->tile;
	uint64_t start, at;

	largest_hole(m, index, limit, &start);
	at = start;
	for (int i = 0; i < 2; i++) {
		tile->in[i] = at;
		at += (uint64_t)tile->in_size[i] * tile->buffers;
	}
	tile->out = at;
	at += (uint64_t)tile->out_size * tile->buffers;
	if (tile->ring) {
		tile->weights = at;
		at += (uint64_t)tile->weights_size * tile->buffers;
	}
	if (at > start)
		take(m, index, index, start, at - start);
}

static void place_weights(struct mc_layer *layer, unsigned int index, struct memory *m,
			  uint64_t limit)
{
	unsigned int from = index < MAX_PREFETCH_LAYERS ? 0 : index - MAX_PREFETCH_LAYERS;
	uint64_t size = layer->tile.weights_size, at;

	layer->prefetch = index;
	if (!size || layer->tile.ring)
		return;
	for (; from < index; from++) {
		if (find_free(m, from, index, size) + size <= limit)
			break;
	}
	at = find_free(m, from, index, size);
	take(m, from, index, at, size);
	layer->prefetch = from;
	layer->tile.weights = at;
}

static void place_scratch(struct mc_subgraph *sg, struct memory *m)
{
	m->num = 0;
	for (unsigned int i = 0; i < sg->num_values; i++) {
		struct mc_value *v = &sg->values[i];
		uint64_t size = mc_align(v->bytes, EDGETPU_SRAM_ALIGN);

		if (v->resident || v->input >= 0 || !v->read)
			continue;
		v->scratch = find_free(m, v->first, v->last, size);
		take(m, v->first, v->last, v->scratch, size);
		if (v->scratch + size > sg->scratch_size)
			sg->scratch_size = v->scratch + size;
	}
}

static uint64_t place_ports(const struct mc_compiler *c, struct mc_port *ports, unsigned int num)
{
	uint64_t at = 0;

	for (unsigned int i = 0; i < num; i++) {
		ports[i].offset = at;
		at += mc_align(c->graph->tensors[ports[i].tensor].bytes, EDGETPU_SRAM_ALIGN);
	}
	return at;
}

static void start_resident(struct mc_subgraph *sg)
{
	for (unsigned int i = 0; i < sg->num_values; i++) {
		struct mc_value *v = &sg->values[i];

		/* Seen by views alone: no layer touches it. */
		if (v->first == -1u)
			continue;
		v->resident = true;
		/* Inputs are loaded one layer ahead. */
		v->from = v->input >= 0 && v->first ? v->first - 1 : v->first;
	}
}

int mc_allocate(struct mc_compiler *c, struct mc_subgraph *sg)
{
	uint64_t limit = c->config.sram_size;
	unsigned int *order = mnet_arena_alloc(c->arena, sg->num_values * sizeof(*order));
	struct memory m = { 0 };
	int ret;

	m.blocks = mnet_arena_alloc(c->arena, (sg->num_values + 2 * (size_t)sg->num_layers) *
				    sizeof(*m.blocks));
	if (!order || !m.blocks)
		return mc_no_memory(c);
	start_resident(sg);
	sort_values(sg, order);
	do {
		ret = place_values(sg, &m, order, limit) ? tile_layers(c, sg, &m) : -EBUSY;
	} while (ret == -EBUSY);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < sg->num_layers; i++) {
		place_buffers(&sg->layers[i], i, &m, limit);
		place_weights(&sg->layers[i], i, &m, limit);
	}
	for (unsigned int i = 0; i < m.num; i++) {
		if (m.blocks[i].end > sg->sram_bytes)
			sg->sram_bytes = m.blocks[i].end;
	}
	place_scratch(sg, &m);
	sg->input_size = place_ports(c, sg->inputs, sg->num_inputs);
	sg->output_size = place_ports(c, sg->outputs, sg->num_outputs);
	return 0;
}
