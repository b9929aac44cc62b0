// SPDX-License-Identifier: MIT
/*
 * The order of commands. Layer by layer, tile by tile: load what is not in SRAM,
 * compute, store what does not stay. Loads of weights run ahead of the layers
 * that need them as far as SRAM has been taken for them; the engines overlap by
 * themselves, since commands wait only for what they touch (hazard.c).
 */
#include <string.h>

#include "compiler/emit.h"

/*
 * LOADs of later layers that may stand before a layer's commands. Each engine
 * queues 16 commands, and a command whose queue is full holds up all behind it.
 */
#define MAX_LOADS_AHEAD	12

/* Weights of neighbours are loaded in one go, more the further the loads are ahead. */
#define MIN_JOINED_BYTES	(16u * 1024)
#define JOINED_SHARE		4

/* What the buffers of one operand hold: tile number, or -1 */
struct ring {
	int64_t holds[2];
	unsigned int next;
};

struct scheduler {
	struct mc_emitter e;
	struct mc_layer *layer;		/* the one at work */
	unsigned int index;		/* its number */
	struct ring in[2], out, weights;
	unsigned int next_layer;	/* the first whose weights are not loaded, ... */
	uint32_t next_unit;		/* ... and of them these */
	uint64_t loaded;		/* bytes of weights so far */
	unsigned int *loads_of;		/* per layer: number of its last LOAD of weights */
	bool prefetched;		/* this layer has looked ahead */
};

/* The buffer that holds tile @key; *@fresh: it has yet to be filled */
static unsigned int turn(struct ring *ring, unsigned int buffers, int64_t key, bool *fresh)
{
	for (unsigned int i = 0; i < buffers; i++) {
		if (ring->holds[i] == key) {
			*fresh = false;
			return i;
		}
	}
	*fresh = true;
	ring->next = (ring->next + 1) % buffers;
	ring->holds[ring->next] = key;
	return ring->next;
}

static void empty(struct ring *ring)
{
	ring->holds[0] = -1;
	ring->holds[1] = -1;
	ring->next = 1;
}

/* --- weights that are loaded ahead ------------------------------------------ */

static bool loads_ahead(const struct mc_layer *layer)
{
	return mc_has_weights(layer) && !layer->tile.ring;
}

/* Steps to the next unit; layers without any are passed over. */
static void next_unit(struct scheduler *s)
{
	const struct mc_subgraph *sg = s->e.sg;

	s->next_unit++;
	while (s->next_layer < sg->num_layers) {
		const struct mc_layer *layer = &sg->layers[s->next_layer];

		if (loads_ahead(layer) && s->next_unit < layer->tile.num_c)
			return;
		s->next_layer++;
		s->next_unit = 0;
	}
}

/* Loads the next unit, and those behind it that lie behind it in SRAM too. */
static int load_units(struct scheduler *s)
{
	const struct mc_subgraph *sg = s->e.sg;
	unsigned int first = s->next_layer;
	const struct mc_layer *layer = &sg->layers[first];
	const struct mc_unit *unit = &layer->units[s->next_unit];
	uint32_t sram = layer->tile.weights + unit->sram, bytes = 0;
	uint64_t offset = unit->offset;
	uint64_t most = s->loaded / JOINED_SHARE;

	if (most < MIN_JOINED_BYTES)
		most = MIN_JOINED_BYTES;
	do {
		bytes += unit->bytes;
		s->loads_of[s->next_layer] = s->e.loads + 1;
		next_unit(s);
		if (s->next_layer == sg->num_layers)
			break;
		layer = &sg->layers[s->next_layer];
		unit = &layer->units[s->next_unit];
	} while (layer->prefetch <= s->index && bytes + unit->bytes <= most &&
		 layer->tile.weights + unit->sram == sram + bytes &&
		 unit->offset == offset + bytes);
	s->loaded += bytes;
	return mc_emit_load_bytes(&s->e, sg->layers[first].op, MNET_REGION_WEIGHTS, false, offset,
				  sram, bytes);
}

static int load_own_weights(struct scheduler *s)
{
	int ret = 0;

	while (!ret && s->next_layer <= s->index && s->next_layer < s->e.sg->num_layers)
		ret = load_units(s);
	return ret;
}

static int prefetch(struct scheduler *s)
{
	const struct mc_subgraph *sg = s->e.sg;
	unsigned int own = 0;
	int ret = 0;

	for (unsigned int i = 0; i <= s->index; i++) {
		if (s->loads_of[i])
			own = s->loads_of[i];
	}
	while (!ret && s->next_layer < sg->num_layers &&
	       sg->layers[s->next_layer].prefetch <= s->index &&
	       s->e.loads - own < MAX_LOADS_AHEAD)
		ret = load_units(s);
	return ret;
}

/* --- tiles --------------------------------------------------------------------- */

/* Weights of channel tile @ct: in SRAM already, or brought into the ring now */
static int weights_of(struct scheduler *s, uint32_t ct, uint32_t *sram)
{
	const struct mc_layer *layer = s->layer;
	const struct mc_unit *unit = &layer->units[ct];
	unsigned int slot;
	bool fresh;

	if (!layer->tile.ring) {
		*sram = layer->tile.weights + unit->sram;
		return 0;
	}
	slot = turn(&s->weights, layer->tile.buffers, ct, &fresh);
	*sram = layer->tile.weights + slot * layer->tile.weights_size;
	if (!fresh)
		return 0;
	return mc_emit_load_bytes(&s->e, layer->op, MNET_REGION_WEIGHTS, false, unit->offset,
				  *sram, unit->bytes);
}

/* The part of input @i that output part @part needs */
static struct mc_part input_part(const struct mc_layer *layer, unsigned int i,
				 const struct mc_part *part)
{
	const struct mc_view *in = &layer->in[i];
	struct mc_part p = *part;
	uint32_t end;

	if (mc_takes_all_channels(layer)) {
		p.ch = 0;
		p.c = in->c;
	} else {
		p.ch = part->ch / layer->depth_multiplier;
		p.c = part->c / layer->depth_multiplier;
	}
	if (mc_enlarges(layer)) {
		mc_phases_input(layer, part, &p);
		return p;
	}
	mc_input_range(part->y, part->h, layer->stride_h, layer->pad_top, layer->kernel_h,
		       layer->dilation_h, in->h, &p.y, &end);
	p.h = end - p.y;
	mc_input_range(part->x, part->w, layer->stride_w, layer->pad_left, layer->kernel_w,
		       layer->dilation_w, in->w, &p.x, &end);
	p.w = end - p.x;
	return p;
}

/* Where input part @p is, loading it if it is not in SRAM; @key names the tile. */
static int input_of(struct scheduler *s, unsigned int i, const struct mc_part *p, int64_t key,
		    struct mc_place *place)
{
	const struct mc_layer *layer = s->layer;
	unsigned int slot;
	bool fresh;

	if (!layer->tile.in_size[i]) {
		*place = mc_resident_place(&s->e, &layer->in[i], p);
		return 0;
	}
	slot = turn(&s->in[i], layer->tile.buffers, key, &fresh);
	*place = mc_dense_place(layer->tile.in[i] + slot * layer->tile.in_size[i], p);
	return fresh ? mc_emit_load(&s->e, layer->op, &layer->in[i], p, *place) : 0;
}

/* Where the output goes: to its value, or to a buffer that holds @held of it */
static struct mc_place output_of(struct scheduler *s, const struct mc_part *part,
				 const struct mc_part *held, int64_t key)
{
	const struct mc_layer *layer = s->layer;
	struct mc_place place;
	unsigned int slot;
	bool fresh;

	if (!layer->tile.out_size)
		return mc_resident_place(&s->e, &layer->out, part);
	slot = turn(&s->out, layer->tile.buffers, key, &fresh);
	place = mc_dense_place(layer->tile.out + slot * layer->tile.out_size, held);
	place.addr += part->ch - held->ch;
	return place;
}

/* COPY: to SRAM, from SRAM, or through it */
static int copy_tile(struct scheduler *s, const struct mc_part *part, struct mc_place *out)
{
	const struct mc_layer *layer = s->layer;
	bool from_sram = s->e.sg->values[layer->in[0].value].resident;
	bool to_sram = s->e.sg->values[layer->out.value].resident;
	struct mc_place in;

	if (!from_sram)
		return mc_emit_load(&s->e, layer->op, &layer->in[0], part, *out);
	in = mc_resident_place(&s->e, &layer->in[0], part);
	if (to_sram)
		return mc_emit_copy(&s->e, layer->op, part, in, *out);
	*out = in;
	return 0;
}

/* The part of [first, first + count) of the output that the input, @before in, covers */
static void overlap(uint32_t first, uint32_t count, uint32_t before, uint32_t in, uint32_t *begin,
		    uint32_t *n)
{
	uint32_t from = first > before ? first : before;
	uint32_t to = mc_min(first + count, before + in);

	*begin = from;
	*n = to > from ? to - from : 0;
}

static int pad_tile(struct scheduler *s, const struct mc_part *part, struct mc_place out)
{
	const struct mc_layer *layer = s->layer;
	const struct mc_view *in = &layer->in[0];
	struct mc_part inner = *part;
	struct mc_place to = out;
	int ret = 0;

	overlap(part->y, part->h, layer->pad_top, in->h, &inner.y, &inner.h);
	overlap(part->x, part->w, layer->pad_left, in->w, &inner.x, &inner.w);
	overlap(part->ch, part->c, layer->pad_front, in->c, &inner.ch, &inner.c);
	if (inner.h != part->h || inner.w != part->w || inner.c != part->c)
		ret = mc_emit_fill(&s->e, layer->op, part, out, layer->out_zero_point);
	if (ret || !inner.h || !inner.w || !inner.c)
		return ret;
	to.addr += (inner.y - part->y) * out.row + (inner.x - part->x) * out.pixel +
		   inner.ch - part->ch;
	inner.y -= layer->pad_top;
	inner.x -= layer->pad_left;
	inner.ch -= layer->pad_front;
	if (!s->e.sg->values[in->value].resident)
		return mc_emit_load(&s->e, layer->op, in, &inner, to);
	return mc_emit_copy(&s->e, layer->op, &inner, mc_resident_place(&s->e, in, &inner), to);
}

static int compute_tile(struct scheduler *s, const struct mc_part *part, uint32_t ct, int64_t key,
			struct mc_place out)
{
	const struct mc_layer *layer = s->layer;
	struct mc_part in_part[2];
	struct mc_place in[2];
	uint32_t weights = 0;
	int ret = 0;

	if (mc_has_weights(layer))
		ret = weights_of(s, ct, &weights);
	for (unsigned int i = 0; !ret && i < layer->num_in; i++) {
		in_part[i] = input_part(layer, i, part);
		ret = input_of(s, i, &in_part[i], key, &in[i]);
	}
	if (ret)
		return ret;
	if (layer->kind == MC_ADD || layer->kind == MC_RESCALE)
		return mc_emit_elementwise(&s->e, layer, part, in, out);
	if (mc_enlarges(layer))
		return mc_emit_phases(&s->e, layer, &in_part[0], in[0], part, out, ct, weights);
	return mc_emit_window(&s->e, layer, &in_part[0], in[0], part, out,
			      mc_has_weights(layer) ? &layer->units[ct] : NULL, weights);
}

static int run_tile(struct scheduler *s, uint32_t image, uint32_t ty, uint32_t tx, uint32_t ct)
{
	const struct mc_layer *layer = s->layer;
	const struct mc_tile *tile = &layer->tile;
	int64_t place = ((int64_t)image * tile->num_h + ty) * tile->num_w + tx;
	int64_t tile_key = place * tile->num_c + ct;
	struct mc_part part = {
		.image = image,
		.y = ty * tile->h, .h = mc_min(tile->h, layer->out.h - ty * tile->h),
		.x = tx * tile->w, .w = mc_min(tile->w, layer->out.w - tx * tile->w),
		.ch = ct * tile->c, .c = mc_min(tile->c, layer->out.c - ct * tile->c),
	};
	struct mc_part held = part;
	struct mc_place out;
	int ret;

	if (!tile->channels_outer) {
		held.ch = 0;
		held.c = layer->out.c;
	}
	if (layer->kind == MC_COPY && s->e.sg->values[layer->in[0].value].resident &&
	    !s->e.sg->values[layer->out.value].resident)
		out = (struct mc_place){ 0 };
	else
		out = output_of(s, &part, &held, tile->channels_outer ? tile_key : place);
	if (layer->kind == MC_COPY)
		ret = copy_tile(s, &part, &out);
	else if (layer->kind == MC_PAD)
		ret = pad_tile(s, &part, out);
	else
		ret = compute_tile(s, &part, ct, mc_takes_all_channels(layer) ? place : tile_key,
				   out);
	if (!ret && !s->prefetched) {
		s->prefetched = true;
		ret = prefetch(s);
	}
	if (ret || (!tile->channels_outer && ct + 1 < tile->num_c))
		return ret;
	out.addr -= part.ch - held.ch;
	return mc_emit_store(&s->e, layer->op, &layer->out, &held, out);
}

static int run_places(struct scheduler *s, uint32_t ct)
{
	const struct mc_tile *tile = &s->layer->tile;
	int ret = 0;

	for (uint32_t image = 0; image < s->layer->batch; image++) {
		for (uint32_t ty = 0; ty < tile->num_h; ty++) {
			for (uint32_t tx = 0; tx < tile->num_w; tx++) {
				uint32_t first = tile->channels_outer ? ct : 0;
				uint32_t end = tile->channels_outer ? ct + 1 : tile->num_c;

				for (uint32_t k = first; !ret && k < end; k++)
					ret = run_tile(s, image, ty, tx, k);
				if (ret)
					return ret;
			}
		}
	}
	return 0;
}

/* --- layers ----------------------------------------------------------------------- */

/* Inputs of the subgraph that stay in SRAM, when their time has come */
static int load_inputs(struct scheduler *s)
{
	const struct mc_subgraph *sg = s->e.sg;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < sg->num_inputs; i++) {
		const struct mc_port *port = &sg->inputs[i];
		const struct mc_value *v = &sg->values[port->value];

		if (v->resident && v->from == s->index)
			ret = mc_emit_load_bytes(&s->e, sg->layers[v->first].op, MNET_REGION_INPUT,
						 s->e.c->graph->tensors[port->tensor].type ==
						 MNET_UINT8, port->offset, v->sram, v->bytes);
	}
	return ret;
}

static int run_layer(struct scheduler *s)
{
	uint32_t outer = s->layer->tile.channels_outer ? s->layer->tile.num_c : 1;
	int ret = load_inputs(s);

	if (!ret)
		ret = load_own_weights(s);
	empty(&s->in[0]);
	empty(&s->in[1]);
	empty(&s->out);
	empty(&s->weights);
	s->prefetched = false;
	for (uint32_t ct = 0; !ret && ct < outer; ct++)
		ret = run_places(s, ct);
	return ret;
}

int mc_schedule(struct mc_compiler *c, struct mc_subgraph *sg)
{
	struct scheduler s = { .e = { .c = c, .sg = sg } };
	int ret = 0;

	s.loads_of = mnet_arena_alloc(c->arena, (sg->num_layers + 1) * sizeof(*s.loads_of));
	s.e.hazards = mc_hazards_new();
	if (!s.loads_of || !s.e.hazards) {
		mc_hazards_free(s.e.hazards);
		return mc_no_memory(c);
	}
	/* To the first unit there is */
	s.next_unit = -1u;
	next_unit(&s);
	for (unsigned int i = 0; !ret && i < sg->num_layers; i++) {
		s.index = i;
		s.layer = &sg->layers[i];
		ret = run_layer(&s);
	}
	mc_hazards_free(s.e.hazards);
	return ret;
}
