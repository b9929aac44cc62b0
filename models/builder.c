// SPDX-License-Identifier: MIT
#include "builder.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TENSORS	1024
#define MAX_OPS		512

/* Ranges reach this many standard deviations, weights' spread is this many steps. */
#define RANGE_SIGMA	4.0
#define WEIGHT_STEPS	32.9

/* Standard deviation of every convolution's sums, as batch normalisation would make it */
#define OUTPUT_SIGMA	2.0

/* Biases reach this share of it */
#define BIAS_REACH	0.2

/* h-swish is -3/8 at its lowest, x = -3/2 */
#define HARD_SWISH_MIN	(-0.375)

struct net {
	struct mnet_graph graph;
	enum mnet_type type;
	uint64_t random;
	/* expected mean and mean square of each tensor's values */
	double mean[MAX_TENSORS];
	double square[MAX_TENSORS];
	uint64_t macs;
	uint64_t params;
	struct mnet_error err;
	int failed;
};

/* xorshift64*: the same weights on every machine */
static uint32_t net_random(struct net *net)
{
	net->random ^= net->random >> 12;
	net->random ^= net->random << 25;
	net->random ^= net->random >> 27;
	return (net->random * 0x2545f4914f6cdd1dull) >> 32;
}

/* About normal with standard deviation WEIGHT_STEPS: four uniform numbers' sum, whole steps */
static int net_random_weight(struct net *net)
{
	int sum = 0;

	/* each of -28..28 has variance (57^2 - 1) / 12; four of them 32.9^2 */
	for (int i = 0; i < 4; i++)
		sum += (int)(net_random(net) % 57) - 28;
	return sum > 127 ? 127 : sum < -127 ? -127 : sum;
}

static int net_set_error(struct net *net, int code, const char *what)
{
	if (!net->failed) {
		net->failed = code;
		mnet_fail(&net->err, code, "%s", what);
	}
	return 0;
}

static void *net_alloc(struct net *net, size_t size)
{
	void *p = mnet_arena_alloc(net->graph.arena, size);

	if (!p)
		net_set_error(net, -ENOMEM, "out of memory");
	return p;
}

struct net *net_new(enum mnet_type type, uint64_t seed)
{
	struct net *net = calloc(1, sizeof(*net));

	if (!net)
		return NULL;
	net->type = type;
	net->random = seed * 0x9e3779b97f4a7c15ull + 0x1234567;
	net->graph.arena = mnet_arena_new();
	if (!net->graph.arena) {
		free(net);
		return NULL;
	}
	net->graph.tensors = net_alloc(net, MAX_TENSORS * sizeof(*net->graph.tensors));
	net->graph.ops = net_alloc(net, MAX_OPS * sizeof(*net->graph.ops));
	if (net->failed) {
		net_free(net);
		return NULL;
	}
	return net;
}

void net_free(struct net *net)
{
	if (!net)
		return;
	mnet_arena_free(net->graph.arena);
	free(net);
}

/* A tensor with its shape; returns its index, or 0 once the builder has failed. */
static int net_tensor(struct net *net, const char *name, enum mnet_type type, unsigned int rank,
		      const int32_t *shape)
{
	struct mnet_graph *g = &net->graph;
	char text[64];
	struct mnet_tensor *t;
	size_t count = 1;

	if (g->num_tensors == MAX_TENSORS)
		return net_set_error(net, -EINVAL, "too many tensors");
	t = &g->tensors[g->num_tensors];
	snprintf(text, sizeof(text), "%s_%u", name, g->num_ops);
	t->name = mnet_arena_strdup(g->arena, text, strlen(text));
	if (!t->name)
		return net_set_error(net, -ENOMEM, "out of memory");
	t->type = type;
	t->rank = rank;
	for (unsigned int i = 0; i < rank; i++) {
		t->shape[i] = shape[i];
		count *= shape[i];
	}
	t->bytes = count * mnet_type_size(type);
	t->producer = -1;
	return g->num_tensors++;
}

static void net_set_scales(struct net *net, int tensor, unsigned int count, float **scales,
			   int32_t **zero_points)
{
	struct mnet_tensor *t = &net->graph.tensors[tensor];

	*scales = net_alloc(net, count * sizeof(**scales));
	*zero_points = net_alloc(net, count * sizeof(**zero_points));
	if (net->failed)
		return;
	t->num_scales = count;
	t->scales = *scales;
	t->zero_points = *zero_points;
}

/* The quantised type's range [low, high], which must hold 0, over 256 steps; float has none */
static void net_set_range(struct net *net, int tensor, double low, double high)
{
	int32_t lowest = net->type == MNET_INT8 ? -128 : 0;
	double scale = (high - low) / 255;
	int32_t *zero_point;
	float *s;

	if (net->type == MNET_FLOAT32)
		return;
	net_set_scales(net, tensor, 1, &s, &zero_point);
	if (net->failed)
		return;
	s[0] = scale;
	zero_point[0] = lowest + (int32_t)lround(-low / scale);
}

static void net_same_scale(struct net *net, int from, int to)
{
	const struct mnet_tensor *t = &net->graph.tensors[from];

	net->graph.tensors[to].num_scales = t->num_scales;
	net->graph.tensors[to].scales = t->scales;
	net->graph.tensors[to].zero_points = t->zero_points;
}

static struct mnet_op *net_op(struct net *net, int code, int version, const char *name,
			      unsigned int num_inputs, const int *inputs, int output)
{
	struct mnet_graph *g = &net->graph;
	struct mnet_op *op;
	int *in, *out;

	if (g->num_ops == MAX_OPS)
		net_set_error(net, -EINVAL, "too many operators");
	in = net_alloc(net, num_inputs * sizeof(*in));
	out = net_alloc(net, sizeof(*out));
	if (net->failed)
		return NULL;
	op = &g->ops[g->num_ops];
	op->code = code;
	op->version = version;
	op->name = name;
	memcpy(in, inputs, num_inputs * sizeof(*in));
	*out = output;
	op->num_inputs = num_inputs;
	op->inputs = in;
	op->num_outputs = 1;
	op->outputs = out;
	g->tensors[output].producer = g->num_ops++;
	return op;
}

int net_input(struct net *net, int32_t height, int32_t width, int32_t channels)
{
	int t = net_tensor(net, "input", net->type, 4, (int32_t[]){ 1, height, width, channels });

	net_set_range(net, t, -1, 127.0 / 128);
	net->square[t] = 1.0 / 3;
	return t;
}

/* What comes out of an activation function for a normal input: mean and mean square */
static void activation_moments(enum net_activation activation, double sigma, double *mean,
			       double *square)
{
	double m = 0, s = 0, weight = 0;

	for (double z = -6; z <= 6; z += 1.0 / 64) {
		double density = exp(-z * z / 2), x = z * sigma, y = x;

		if (activation == NET_RELU)
			y = x > 0 ? x : 0;
		else if (activation == NET_HARD_SWISH)
			y = x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
		m += density * y;
		s += density * y * y;
		weight += density;
	}
	*mean = m / weight;
	*square = s / weight;
}

/* Uniform in [-1, 1) */
static double net_random_unit(struct net *net)
{
	return net_random(net) / 2147483648.0 - 1;
}

static void net_float_weights(struct net *net, double sigma, int weights, int bias)
{
	struct mnet_tensor *w = &net->graph.tensors[weights], *b = &net->graph.tensors[bias];
	float *data = net_alloc(net, w->bytes), *biases = net_alloc(net, b->bytes);

	if (net->failed)
		return;
	for (size_t i = 0; i < w->bytes / sizeof(*data); i++)
		data[i] = (float)(net_random_weight(net) * sigma / WEIGHT_STEPS);
	for (size_t i = 0; i < b->bytes / sizeof(*biases); i++)
		biases[i] = (float)(OUTPUT_SIGMA * BIAS_REACH * net_random_unit(net));
	w->data = data;
	b->data = biases;
}

/* Each channel's spread is @sigma times 1/2..3/2 with int8, @sigma with uint8. */
static void net_quantised_weights(struct net *net, unsigned int axis, double sigma, int in,
				  int weights, int bias)
{
	struct mnet_tensor *w = &net->graph.tensors[weights], *b = &net->graph.tensors[bias];
	bool per_channel = net->type == MNET_INT8;
	int32_t channels = w->shape[axis], num_scales = per_channel ? channels : 1;
	uint8_t *data = net_alloc(net, w->bytes);
	int32_t *biases = net_alloc(net, b->bytes);
	int32_t *zero_points, *bias_zero;
	float *scales, *bias_scales;

	net_set_scales(net, weights, num_scales, &scales, &zero_points);
	net_set_scales(net, bias, num_scales, &bias_scales, &bias_zero);
	if (net->failed)
		return;
	w->axis = axis;
	for (int32_t c = 0; c < num_scales; c++) {
		double spread = per_channel ? 1 + net_random_unit(net) / 2 : 1;

		scales[c] = sigma * spread / WEIGHT_STEPS;
		bias_scales[c] = net->graph.tensors[in].scales[0] * scales[c];
	}
	if (!per_channel)
		zero_points[0] = 128 + (int32_t)(net_random(net) % 61) - 30;
	for (size_t i = 0; i < w->bytes; i++) {
		int v = net_random_weight(net);

		if (!per_channel) {
			v += zero_points[0];
			v = v < 0 ? 0 : v > 255 ? 255 : v;
		}
		data[i] = (uint8_t)v;
	}
	for (int32_t c = 0; c < channels; c++)
		biases[c] = (int32_t)lround(OUTPUT_SIGMA * BIAS_REACH * net_random_unit(net) /
					    bias_scales[per_channel ? c : 0]);
	w->data = data;
	b->data = biases;
}

/* Weights [shape] whose dimension @axis is the output channel, and biases */
static void net_weights(struct net *net, const int32_t *shape, unsigned int axis, double sigma,
			int in, int *weights, int *bias)
{
	bool is_float = net->type == MNET_FLOAT32;

	*weights = net_tensor(net, "weights", net->type, 4, shape);
	*bias = net_tensor(net, "bias", is_float ? MNET_FLOAT32 : MNET_INT32, 1, &shape[axis]);
	if (is_float)
		net_float_weights(net, sigma, *weights, *bias);
	else
		net_quantised_weights(net, axis, sigma, in, *weights, *bias);
	net->params += net->graph.tensors[*weights].bytes / mnet_type_size(net->type) +
		       shape[axis];
}

/* Output of a convolution, range and statistics set for what @activation does to @sigma */
static int net_activated(struct net *net, const char *name, const int32_t *shape, double sigma,
			 enum net_activation activation)
{
	double high = RANGE_SIGMA * sigma;
	int t = net_tensor(net, name, net->type, 4, shape);

	net_set_range(net, t, activation == NET_RELU ? 0 :
			      activation == NET_HARD_SWISH ? HARD_SWISH_MIN : -high, high);
	activation_moments(activation, sigma, &net->mean[t], &net->square[t]);
	return t;
}

static int net_hard_swish(struct net *net, int in)
{
	int t = net_activated(net, "hard_swish", net->graph.tensors[in].shape, OUTPUT_SIGMA,
			      NET_HARD_SWISH);

	net_op(net, MNET_OP_HARD_SWISH, 1, "HARD_SWISH", 1, &in, t);
	return t;
}

static int net_convolve(struct net *net, int in, bool depthwise, int32_t channels, int32_t kernel,
			int32_t stride, enum net_activation activation)
{
	const struct mnet_tensor *x = &net->graph.tensors[in];
	int32_t fan_in = kernel * kernel * (depthwise ? 1 : x->shape[3]);
	double weight_sigma = OUTPUT_SIGMA / sqrt(fan_in * net->square[in]);
	enum net_activation fused = activation == NET_HARD_SWISH ? NET_LINEAR : activation;
	int32_t shape[4] = { 1, 0, 0, channels };
	int weights, bias, out;
	struct mnet_op *op;

	if (net->failed)
		return 0;
	for (int i = 1; i < 3; i++)
		shape[i] = mnet_conv_out_size(MNET_PADDING_SAME, x->shape[i], kernel, stride, 1);
	if (depthwise)
		net_weights(net, (int32_t[]){ 1, kernel, kernel, channels }, 3, weight_sigma, in,
			    &weights, &bias);
	else
		net_weights(net, (int32_t[]){ channels, kernel, kernel, x->shape[3] }, 0,
			    weight_sigma, in, &weights, &bias);
	out = net_activated(net, depthwise ? "depthwise" : "conv", shape, OUTPUT_SIGMA, fused);
	op = net_op(net, depthwise ? MNET_OP_DEPTHWISE_CONV_2D : MNET_OP_CONV_2D,
		    net->type == MNET_INT8 ? 3 : 1, depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", 3,
		    (int[]){ in, weights, bias }, out);
	if (!op)
		return 0;
	op->u.conv.padding = MNET_PADDING_SAME;
	op->u.conv.stride_h = op->u.conv.stride_w = stride;
	op->u.conv.dilation_h = op->u.conv.dilation_w = 1;
	op->u.conv.depth_multiplier = depthwise;
	op->u.conv.activation = fused == NET_RELU ? MNET_ACT_RELU : MNET_ACT_NONE;
	net->macs += (uint64_t)fan_in * shape[1] * shape[2] * channels;
	return activation == NET_HARD_SWISH ? net_hard_swish(net, out) : out;
}

int net_conv(struct net *net, int in, int32_t channels, int32_t kernel, int32_t stride,
	     enum net_activation activation)
{
	return net_convolve(net, in, false, channels, kernel, stride, activation);
}

int net_depthwise(struct net *net, int in, int32_t kernel, int32_t stride,
		  enum net_activation activation)
{
	return net_convolve(net, in, true, net_channels(net, in), kernel, stride, activation);
}

int net_add(struct net *net, int a, int b)
{
	double square = net->square[a] + net->square[b], high = RANGE_SIGMA * sqrt(square);
	int t = net_tensor(net, "add", net->type, 4, net->graph.tensors[a].shape);

	net_set_range(net, t, -high, high);
	net->square[t] = square;
	net_op(net, MNET_OP_ADD, net->type == MNET_INT8 ? 2 : 1, "ADD", 2, (int[]){ a, b }, t);
	return t;
}

int net_global_pool(struct net *net, int in)
{
	const struct mnet_tensor x = net->graph.tensors[in];
	int t = net_tensor(net, "pool", net->type, 4, (int32_t[]){ 1, 1, 1, x.shape[3] });
	struct mnet_op *op;

	net_same_scale(net, in, t);	/* TFLite wants it so */
	net->mean[t] = net->mean[in];
	/* neighbours are alike, so the average keeps about half of the spread */
	net->square[t] = (net->mean[in] * net->mean[in] + net->square[in]) / 2;
	op = net_op(net, MNET_OP_AVERAGE_POOL_2D, net->type == MNET_INT8 ? 2 : 1,
		    "AVERAGE_POOL_2D", 1, &in, t);
	if (!op)
		return 0;
	op->u.pool.padding = MNET_PADDING_VALID;
	op->u.pool.stride_h = op->u.pool.stride_w = 1;
	op->u.pool.filter_h = x.shape[1];
	op->u.pool.filter_w = x.shape[2];
	return t;
}

/* A positive constant, exactly the top of its range where it is quantised */
static int net_scalar(struct net *net, double value)
{
	int t = net_tensor(net, "constant", net->type, 0, NULL);
	void *data = net_alloc(net, sizeof(float));

	net_set_range(net, t, 0, value);
	if (net->failed)
		return 0;
	if (net->type == MNET_FLOAT32)
		*(float *)data = (float)value;
	else
		*(uint8_t *)data = net->type == MNET_INT8 ? 127 : 255;
	net->graph.tensors[t].data = data;
	return t;
}

int net_squeeze_excite(struct net *net, int in, int32_t channels)
{
	int version = net->type == MNET_INT8 ? 2 : 1;
	int32_t wide = net_channels(net, in);
	int gate, t;
	struct mnet_op *op;

	gate = net_global_pool(net, in);
	gate = net_conv(net, gate, channels, 1, 1, NET_RELU);
	gate = net_conv(net, gate, wide, 1, 1, NET_LINEAR);

	/* hard sigmoid: relu6(x + 3) / 6 */
	t = net_tensor(net, "add", net->type, 4, (int32_t[]){ 1, 1, 1, wide });
	net_set_range(net, t, 0, 6);
	op = net_op(net, MNET_OP_ADD, version, "ADD", 2, (int[]){ gate, net_scalar(net, 3) }, t);
	if (op)
		op->u.arith.activation = MNET_ACT_RELU6;
	gate = net_tensor(net, "hard_sigmoid", net->type, 4, (int32_t[]){ 1, 1, 1, wide });
	net_set_range(net, gate, 0, 1);
	net_op(net, MNET_OP_MUL, version, "MUL", 2, (int[]){ t, net_scalar(net, 1.0 / 6) }, gate);

	t = net_tensor(net, "scale", net->type, 4, net->graph.tensors[in].shape);
	net_same_scale(net, in, t);	/* what is scaled by at most 1 stays in its range */
	/* the gate, (x + 3) / 6 but for the clamping, is 1/2 on average */
	net->mean[t] = net->mean[in] / 2;
	net->square[t] = net->square[in] * (1.0 / 4 + OUTPUT_SIGMA * OUTPUT_SIGMA / 36);
	net_op(net, MNET_OP_MUL, version, "MUL", 2, (int[]){ in, gate }, t);
	return t;
}

int net_softmax(struct net *net, int in)
{
	int32_t classes = net_channels(net, in), shape[2] = { 1, classes };
	struct mnet_op *op;
	int32_t *zero_point, *dims;
	float *scale;
	int flat, t;

	flat = net_tensor(net, "logits", net->type, 2, shape);
	net_same_scale(net, in, flat);
	t = net_tensor(net, "shape", MNET_INT32, 1, (int32_t[]){ 2 });
	dims = net_alloc(net, sizeof(shape));
	if (net->failed)
		return 0;
	memcpy(dims, shape, sizeof(shape));
	net->graph.tensors[t].data = dims;
	net_op(net, MNET_OP_RESHAPE, 1, "RESHAPE", 2, (int[]){ in, t }, flat);

	t = net_tensor(net, "softmax", net->type, 2, shape);
	if (net->type != MNET_FLOAT32) {
		net_set_scales(net, t, 1, &scale, &zero_point);
		if (net->failed)
			return 0;
		/* TFLite's fixed output scale */
		scale[0] = 1.0f / 256;
		zero_point[0] = net->type == MNET_INT8 ? -128 : 0;
	}
	op = net_op(net, MNET_OP_SOFTMAX, net->type == MNET_INT8 ? 2 : 1, "SOFTMAX", 1, &flat, t);
	if (!op)
		return 0;
	op->u.softmax.beta = 1;
	return t;
}

int32_t net_channels(const struct net *net, int tensor)
{
	const struct mnet_tensor *t = &net->graph.tensors[tensor];

	return t->rank ? t->shape[t->rank - 1] : 1;
}

uint64_t net_macs(const struct net *net)
{
	return net->macs;
}

uint64_t net_params(const struct net *net)
{
	return net->params;
}

const struct mnet_graph *net_finish(struct net *net, int output, struct mnet_error *err)
{
	struct mnet_graph *g = &net->graph;

	g->inputs = net_alloc(net, sizeof(int));
	g->outputs = net_alloc(net, sizeof(int));
	if (net->failed) {
		mnet_fail(err, net->failed, "%s", net->err.message);
		return NULL;
	}
	g->num_inputs = 1;
	g->inputs[0] = 0;	/* net_input() comes first */
	g->num_outputs = 1;
	g->outputs[0] = output;
	return g;
}

int32_t net_scale_channels(int32_t channels, double multiplier)
{
	double want = channels * multiplier;
	int32_t scaled = (int32_t)(want + 4) / 8 * 8;

	if (scaled < 8)
		scaled = 8;
	return scaled < 0.9 * want ? scaled + 8 : scaled;
}
