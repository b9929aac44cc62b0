// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "draw.h"
#include "graph/quantization.h"

#define MAX_OPERATORS 6

/* Of a value, so that a thousand networks do not take long */
#define MAX_VALUE_BYTES 65536

int draw_int(struct draw *d, int lo, int hi)
{
	return check_between(&d->random, lo, hi);
}

bool draw_chance(struct draw *d, int percent)
{
	return draw_int(d, 1, 100) <= percent;
}

double draw_real(struct draw *d, double lo, double hi)
{
	return lo * pow(hi / lo, check_random(&d->random) / 4294967296.0);
}

enum mnet_padding draw_padding(struct draw *d)
{
	return draw_chance(d, 50) ? MNET_PADDING_SAME : MNET_PADDING_VALID;
}

enum mnet_activation draw_fused(struct draw *d)
{
	static const enum mnet_activation all[] = { MNET_ACT_NONE, MNET_ACT_NONE, MNET_ACT_RELU,
						    MNET_ACT_RELU6, MNET_ACT_RELU_N1_TO_1 };

	return all[draw_int(d, 0, 4)];
}

/* Anywhere in the type's range, now and then at an end or in the middle */
static int32_t draw_zero_point(struct draw *d, enum mnet_type type)
{
	int32_t min, max;

	mnet_type_range(type, &min, &max);
	switch (draw_int(d, 0, 11)) {
	case 0:
		return min;
	case 1:
		return max;
	case 2:
		return (min + max + 1) / 2;
	default:
		return draw_int(d, min, max);
	}
}

int draw_value(struct draw *d, enum mnet_type type, unsigned int rank, const int32_t *shape)
{
	int t = build_tensor_of(d->b, "value", type, rank, shape);

	if (type == MNET_INT8 || type == MNET_UINT8)
		build_scale(d->b, t, (float)draw_real(d, 0.002, 0.3), draw_zero_point(d, type));
	return t;
}

int draw_result(struct draw *d, enum mnet_type type, unsigned int rank, const int32_t *shape,
		double step)
{
	int t = draw_value(d, type, rank, shape);
	/* Some are hardly more than the zero point, some are cut off at both ends. */
	double scale = draw_chance(d, 80) ? draw_real(d, step / 4, step * 2) :
					    draw_real(d, step / 40, step * 1000);

	/* With scales of no network, TFLite's HARD_SWISH shifts by more bits than there are. */
	scale = fmin(fmax(scale, 1e-6), 1e4);
	build_scale(d->b, t, (float)scale, draw_tensor(d, t)->zero_points[0]);
	return t;
}

int draw_same(struct draw *d, int like, unsigned int rank, const int32_t *shape)
{
	const struct mnet_tensor *from = draw_tensor(d, like);
	int t = build_tensor_of(d->b, "value", from->type, rank, shape);

	if (from->num_scales)
		build_scale(d->b, t, from->scales[0], from->zero_points[0]);
	return t;
}

int draw_ints(struct draw *d, const char *name, unsigned int rank, const int32_t *shape,
	      const int32_t *values)
{
	int t = build_tensor_of(d->b, name, MNET_INT32, rank, shape);

	build_data(d->b, t, values);
	return t;
}

static void draw_bytes(struct draw *d, void *bytes, size_t size)
{
	uint8_t *p = bytes;
	int style = draw_int(d, 0, 9), fixed = draw_int(d, 0, 255);

	for (size_t i = 0; i < size; i++) {
		uint8_t any = check_random(&d->random);

		/* Mostly noise; now and then all alike, or nothing but the ends */
		p[i] = style == 0 ? fixed : style == 1 ? (any & 1 ? 0x7f : 0x80) : any;
	}
}

static void draw_constant(struct draw *d, int tensor)
{
	struct mnet_tensor *t = draw_tensor(d, tensor);
	void *data = mnet_arena_alloc(d->b->graph.arena, t->bytes);

	if (data)
		draw_bytes(d, data, t->bytes);
	t->data = data;
}

static bool has_shape(const struct mnet_tensor *t, enum mnet_type type, unsigned int rank,
		      const int32_t *shape)
{
	return t->type == type && t->rank == rank &&
	       !memcmp(t->shape, shape, rank * sizeof(*shape));
}

int draw_earlier(struct draw *d, int in, enum mnet_type type, unsigned int rank,
		 const int32_t *shape)
{
	/* What meets itself shows little. */
	bool itself = draw_chance(d, 5);

	for (unsigned int tries = 0; tries < 4; tries++) {
		int t = draw_int(d, (int)d->first, (int)d->b->graph.num_tensors - 1);

		if (!draw_tensor(d, t)->data && (t != in || itself) &&
		    has_shape(draw_tensor(d, t), type, rank, shape))
			return t;
	}
	return -1;
}

int draw_source(struct draw *d, int tensor)
{
	if (draw_chance(d, 50))
		draw_constant(d, tensor);
	else
		build_input(d->b, tensor);
	return tensor;
}

/* One scale, or one a channel; returns their mean */
static double draw_weight_scales(struct draw *d, int weights, const struct draw_weights *w)
{
	enum mnet_type type = draw_tensor(d, weights)->type;
	unsigned int n = (unsigned int)w->shape[w->axis];
	double base = draw_real(d, 0.0005, 0.05), sum = 0;
	float scales[1024];

	if (!w->per_channel || type != MNET_INT8 || n < 2 || draw_chance(d, 40)) {
		build_scale(d->b, weights, (float)base,
			    type == MNET_UINT8 ? draw_zero_point(d, type) : 0);
		return base;
	}
	for (unsigned int i = 0; i < n; i++) {
		scales[i] = (float)draw_real(d, base / 4, base * 4);
		sum += scales[i];
	}
	build_scales(d->b, weights, w->axis, n, scales);
	return sum / n;
}

/* In units of the sums; its scales are the product of the input's and the weights' */
static int draw_bias(struct draw *d, int in, int weights, int32_t channels, double spread)
{
	const struct mnet_tensor *w = draw_tensor(d, weights);
	float scales[1024];
	int32_t values[1024];
	int t;

	t = build_tensor_of(d->b, "bias", MNET_INT32, 1, &channels);
	for (int32_t i = 0; i < channels; i++)
		values[i] = (int32_t)(spread * draw_int(d, -1000, 1000) / 1000);
	for (unsigned int i = 0; i < w->num_scales; i++)
		scales[i] = draw_tensor(d, in)->scales[0] * w->scales[i];
	build_data(d->b, t, values);
	build_scales(d->b, t, 0, w->num_scales, scales);
	return t;
}

void draw_filter(struct draw *d, int in, const struct draw_weights *w, bool optional, int *weights,
		 int *bias, double *step)
{
	enum mnet_type type = draw_tensor(d, in)->type;
	double fan_in, spread;

	*weights = build_tensor_of(d->b, "weights", type, w->rank, w->shape);
	draw_constant(d, *weights);
	*step = draw_tensor(d, in)->scales[0] * draw_weight_scales(d, *weights, w);
	/* Bytes of noise have a standard deviation of 74. */
	fan_in = (double)draw_tensor(d, *weights)->bytes / w->shape[w->axis];
	spread = sqrt(fan_in) * 74 * 74;
	*step *= spread / 64;
	*bias = optional && draw_chance(d, 15) ?
			MNET_NO_TENSOR :
			draw_bias(d, in, *weights, w->shape[w->axis],
				  draw_chance(d, 80) ? spread : spread * 100);
}

static int (*const kinds[])(struct draw *d, int in) = {
	draw_conv,	     draw_conv,	    draw_depthwise, draw_depthwise, draw_fully_connected,
	draw_transpose_conv, draw_pool,	    draw_pool,	    draw_mean,	    draw_resize,
	draw_arith,	     draw_arith,    draw_arith,	    draw_unary,	    draw_unary,
	draw_softmax,	     draw_quantize, draw_reshape,   draw_squeeze,   draw_pad,
	draw_concat,
};

#define NUM_KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

/* What nobody reads is an output, and a few others are. */
static void choose_outputs(struct draw *d, unsigned int first_op)
{
	struct mnet_graph *g = &d->b->graph;
	bool read[BUILD_MAX] = { false };

	for (unsigned int i = first_op; i < g->num_ops; i++) {
		for (unsigned int k = 0; k < g->ops[i].num_inputs; k++) {
			if (g->ops[i].inputs[k] != MNET_NO_TENSOR)
				read[g->ops[i].inputs[k]] = true;
		}
	}
	for (unsigned int t = d->first; t < g->num_tensors; t++) {
		if (g->tensors[t].producer >= 0 && (!read[t] || draw_chance(d, 30)))
			build_output(d->b, (int)t);
	}
}

static int draw_first(struct draw *d)
{
	enum mnet_type type = draw_chance(d, 50) ? MNET_UINT8 : MNET_INT8;
	unsigned int rank = draw_chance(d, 80) ? 4 : (unsigned int)draw_int(d, 1, 4);
	int32_t shape[4], side = draw_chance(d, 70) ? 12 : draw_int(d, 20, 80);
	int t, c = draw_chance(d, 80) ? 24 : 100;

	do {
		for (unsigned int i = 0; i < rank; i++)
			shape[i] = draw_int(d, 1, i + 1 == rank ? c : side);
		if (rank == 4)
			shape[0] = draw_chance(d, 80) ? 1 : draw_int(d, 2, 3);
		t = 1;
		for (unsigned int i = 0; i < rank; i++)
			t *= shape[i];
	} while (t > MAX_VALUE_BYTES);
	t = draw_value(d, draw_chance(d, 4) ? MNET_FLOAT32 : type, rank, shape);
	build_input(d->b, t);
	if (draw_tensor(d, t)->type == MNET_FLOAT32)
		t = draw_quantize(d, t);
	return t;
}

void draw_network(struct build *b, unsigned long long seed)
{
	struct draw d = { .b = b,
			  .random = { seed * 0x2545f4914f6cdd1dull },
			  .first = b->graph.num_tensors };
	unsigned int first_op = b->graph.num_ops;
	int last = draw_first(&d), count;

	count = draw_chance(&d, 40) ? 1 : draw_int(&d, 2, MAX_OPERATORS);
	while (count) {
		int next = kinds[draw_int(&d, 0, NUM_KINDS - 1)](&d, last);

		if (next < 0)
			continue;
		last = next;
		count--;
		if (draw_tensor(&d, last)->bytes > 2 * MAX_VALUE_BYTES)
			break;
	}
	if (draw_chance(&d, 4))
		draw_dequantize(&d, last);
	choose_outputs(&d, first_op);
}

void draw_input(const struct mnet_tensor *t, unsigned long long seed, void *bytes)
{
	struct draw d = { .random = { ~seed * 0x2545f4914f6cdd1dull } };
	float *real = bytes;

	if (t->type != MNET_FLOAT32) {
		draw_bytes(&d, bytes, t->bytes);
		return;
	}
	for (size_t i = 0; i < t->bytes / sizeof(*real); i++) {
		real[i] = (float)draw_real(&d, 0.001, 40);
		if (draw_chance(&d, 50))
			real[i] = -real[i];
	}
}
