// SPDX-License-Identifier: MIT
/*
 * Layers whose output is larger than their input. Along each dimension, outputs a
 * stride apart form a phase: the same taps of a transposed convolution's filter
 * make them, which is an ordinary convolution of stride 1 with those taps, last
 * one first. It writes its outputs a stride apart. RESIZE_NEAREST_NEIGHBOR by a
 * whole factor is a copy of the input in each phase.
 *
 * Output o belongs to phase (o + pad) % stride and is number (o + pad) / stride of
 * it; tap phase + i * stride takes the input as many rows (columns) before that
 * number as i says.
 */
#include <string.h>

#include "compiler/emit.h"

static uint32_t num_taps(uint32_t kernel, uint32_t stride, uint32_t phase)
{
	return phase < kernel ? (kernel - phase - 1) / stride + 1 : 0;
}

/* --- phases ------------------------------------------------------------------ */

/* Whether some row (column) of output has no input: between filters or behind the last */
static bool has_gap(uint32_t out, uint32_t in, uint32_t kernel, uint32_t stride, uint32_t pad)
{
	for (uint32_t o = 0; o < out; o++) {
		uint32_t at = o + pad, last = mc_min(at / stride, in - 1);

		if (at >= kernel + last * stride)
			return true;
	}
	return false;
}

int mc_make_phases(struct mc_compiler *c, struct mc_layer *layer)
{
	uint32_t num = layer->stride_h * layer->stride_w;
	bool gap = has_gap(layer->out.h, layer->in[0].h, layer->kernel_h, layer->stride_h,
			   layer->pad_top) ||
		   has_gap(layer->out.w, layer->in[0].w, layer->kernel_w, layer->stride_w,
			   layer->pad_left);

	layer->phases = mnet_arena_alloc(c->arena, (num + 1) * sizeof(*layer->phases));
	if (!layer->phases)
		return mc_no_memory(c);
	layer->num_phases = num + gap;
	for (uint32_t i = 0; i <= num; i++) {
		struct mc_layer *phase = &layer->phases[i];

		*phase = *layer;
		phase->kind = MC_CONV;
		phase->phases = NULL;
		phase->num_phases = 0;
		phase->stride_h = 1;
		phase->stride_w = 1;
		phase->kernel_h = num_taps(layer->kernel_h, layer->stride_h, i / layer->stride_w);
		phase->kernel_w = num_taps(layer->kernel_w, layer->stride_w, i % layer->stride_w);
		phase->pad_top = phase->kernel_h - 1;
		phase->pad_left = phase->kernel_w - 1;
	}
	/* The last: the bias, and an input that counts for nothing */
	layer->phases[num].in[0].c = 1;
	layer->phases[num].kernel_h = 1;
	layer->phases[num].kernel_w = 1;
	layer->phases[num].pad_top = 0;
	layer->phases[num].pad_left = 0;
	return 0;
}

void mc_phase_filter(const struct mc_layer *layer, unsigned int index, const uint8_t *from,
		     uint8_t zero, uint8_t *to)
{
	const struct mc_layer *phase = &layer->phases[index];
	uint32_t in_c = layer->in[0].c, ph = index / layer->stride_w, pw = index % layer->stride_w;

	for (uint32_t c = 0; c < layer->out.c; c++) {
		const uint8_t *filter = from + (size_t)c * layer->kernel_h * layer->kernel_w * in_c;

		if (index == layer->stride_h * layer->stride_w) {
			*to++ = zero;
			continue;
		}
		for (uint32_t i = phase->kernel_h; i--;) {
			for (uint32_t k = phase->kernel_w; k--;) {
				size_t tap = (size_t)(ph + i * layer->stride_h) * layer->kernel_w +
					     pw + k * layer->stride_w;

				memcpy(to, filter + tap * in_c, in_c);
				to += in_c;
			}
		}
	}
}

/* --- commands ---------------------------------------------------------------- */

/* Outputs of one phase among @count from @first on */
struct span {
	uint32_t skip;		/* outputs before the first of them */
	uint32_t number;	/* its number in the phase */
	uint32_t n;		/* how many */
};

static struct span find_span(uint32_t first, uint32_t count, uint32_t stride, uint32_t pad,
			     uint32_t phase)
{
	struct span s = { .skip = (phase + stride - (first + pad) % stride) % stride };

	s.number = (first + s.skip + pad) / stride;
	if (s.skip < count)
		s.n = (count - s.skip - 1) / stride + 1;
	return s;
}

/* Input rows (columns) that output [first, first + count) takes, at least one */
static void input_range(uint32_t first, uint32_t count, uint32_t stride, uint32_t pad,
			uint32_t kernel, uint32_t in, uint32_t *begin, uint32_t *n)
{
	uint32_t at = first + pad;
	uint32_t from = at < kernel ? 0 : (at - kernel) / stride + 1;
	uint32_t last = mc_min((at + count - 1) / stride, in - 1);

	*begin = mc_min(from, last);
	*n = last - *begin + 1;
}

void mc_phases_input(const struct mc_layer *layer, const struct mc_part *part,
		     struct mc_part *in)
{
	input_range(part->y, part->h, layer->stride_h, layer->pad_top, layer->kernel_h,
		    layer->in[0].h, &in->y, &in->h);
	input_range(part->x, part->w, layer->stride_w, layer->pad_left, layer->kernel_w,
		    layer->in[0].w, &in->x, &in->w);
}

/* @at: the outputs, numbered as in their phase */
static int emit_filter(struct mc_emitter *e, const struct mc_layer *layer, unsigned int index,
		       const struct mc_part *in_part, struct mc_place in,
		       const struct mc_part *at, struct mc_place out, uint32_t ct,
		       uint32_t weights)
{
	const struct mc_layer *phase = &layer->phases[index];
	struct mc_part inner = *in_part;
	uint32_t end_y = 0, end_x = 0;

	if (phase->kernel_h && phase->kernel_w) {
		mc_input_range(at->y, at->h, 1, phase->pad_top, phase->kernel_h, 1,
			       layer->in[0].h, &inner.y, &end_y);
		mc_input_range(at->x, at->w, 1, phase->pad_left, phase->kernel_w, 1,
			       layer->in[0].w, &inner.x, &end_x);
	}
	if (inner.y < end_y && inner.x < end_x) {
		in.addr += (inner.y - in_part->y) * in.row + (inner.x - in_part->x) * in.pixel;
		inner.h = end_y - inner.y;
		inner.w = end_x - inner.x;
	} else {
		phase = &layer->phases[layer->stride_h * layer->stride_w];
		inner = (struct mc_part){ .y = at->y, .h = 1, .x = at->x, .w = 1, .c = 1 };
	}
	return mc_emit_window(e, phase, &inner, in, at, out, &phase->units[ct],
			      weights + phase->units[ct].sram);
}

static int emit_phase(struct mc_emitter *e, const struct mc_layer *layer, unsigned int index,
		      const struct mc_part *in_part, struct mc_place in,
		      const struct mc_part *part, struct mc_place out, uint32_t ct,
		      uint32_t weights)
{
	struct span ys = find_span(part->y, part->h, layer->stride_h, layer->pad_top,
				   index / layer->stride_w);
	struct span xs = find_span(part->x, part->w, layer->stride_w, layer->pad_left,
				   index % layer->stride_w);
	struct mc_part at = { .y = ys.number, .h = ys.n, .x = xs.number, .w = xs.n, .c = part->c };

	if (!ys.n || !xs.n)
		return 0;
	out.addr += ys.skip * out.row + xs.skip * out.pixel;
	/* A row (pixel) alone has none behind it. */
	out.row = ys.n > 1 ? out.row * layer->stride_h : 0;
	out.pixel = xs.n > 1 ? out.pixel * layer->stride_w : part->c;
	if (layer->kind == MC_TRANSPOSE)
		return emit_filter(e, layer, index, in_part, in, &at, out, ct, weights);
	in.addr += (ys.number - in_part->y) * in.row + (xs.number - in_part->x) * in.pixel;
	return mc_emit_copy(e, layer->op, &at, in, out);
}

int mc_emit_phases(struct mc_emitter *e, const struct mc_layer *layer,
		   const struct mc_part *in_part, struct mc_place in, const struct mc_part *part,
		   struct mc_place out, uint32_t ct, uint32_t weights)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < layer->stride_h * layer->stride_w; i++)
		ret = emit_phase(e, layer, i, in_part, in, part, out, ct, weights);
	return ret;
}
