// SPDX-License-Identifier: MIT
/*
 * The arithmetic: fixed-point steps against values worked out by hand, and every
 * fast version of the engines against their plain definition on random commands.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "kernels/fixedpoint.h"
#include "kernels/versions.h"

#define CASES 400 /* of each operation and version */

static void test_fixedpoint(void)
{
	check(mnet_srdhm(1 << 30, 1) == 1, "2^30 / 2^31 = 0.5 rounds to 1");
	check(mnet_srdhm(-(1 << 30), 1) == 0, "-0.5 rounds to 0");
	check(mnet_srdhm(3, 1 << 30) == 2, "1.5 rounds to 2");
	check(mnet_srdhm(-3, 1 << 30) == -1, "-1.5 rounds to -1");
	check(mnet_srdhm(INT32_MIN, INT32_MIN) == INT32_MAX, "1.0 saturates");
	check(mnet_srdhm(INT32_MAX, INT32_MAX) == INT32_MAX - 1, "the largest product fits");
	check(mnet_srdhm(INT32_MIN, INT32_MAX) == -INT32_MAX, "the smallest product fits");
	check(mnet_rdbp(5, 1) == 3, "5 / 2 rounds to 3");
	check(mnet_rdbp(-5, 1) == -3, "-5 / 2 rounds to -3");
	check(mnet_rdbp(-6, 2) == -2, "-6 / 4 rounds to -2");
	check(mnet_rdbp(-5, 2) == -1, "-5 / 4 rounds to -1");
	check(mnet_rdbp(7, 0) == 7, "division by 1 changes nothing");
	check(mnet_rdbp(INT32_MIN, 31) == -1, "-2^31 / 2^31 is -1");
	check(mnet_rdbp(INT32_MAX, 31) == 1, "(2^31 - 1) / 2^31 rounds to 1");
	check(mnet_rdbp(INT32_MIN, 1) == -(1 << 30), "-2^31 / 2 does not overflow");
	check(mnet_mbqm(100, 1 << 30, 0) == 50, "100 * 0.5");
	check(mnet_mbqm(100, 1 << 30, 1) == 100, "100 * 0.5 * 2");
	check(mnet_mbqm(101, 1 << 30, -1) == 26, "101 * 0.5 / 2 rounds twice: 51, then 26");
	check(mnet_mbqm(-101, 1 << 30, -1) == -25, "-101 * 0.5 / 2 rounds twice: -50, then -25");
}

/**
 * struct buffers - memory of exactly the size that a command may touch
 * @out: results of the plain definition and of the version under test
 */
struct buffers {
	int8_t *in[2];
	int8_t *weights;
	struct edgetpu_channel_block *params;
	int8_t *out[2];
	size_t out_size;
};

static void fill_random(struct check_random *r, void *p, size_t n)
{
	unsigned char *bytes = p;
	size_t i;

	for (i = 0; i < n; i++)
		bytes[i] = (unsigned char)check_random(r);
}

static void *new_random(struct check_random *r, size_t n)
{
	size_t size = (n + 63) / 64 * 64;
	char *p = aligned_alloc(64, size ? size : 64);

	fill_random(r, p, n);
	return p;
}

/* A tight block, so that a sanitizer sees any byte beyond */
static int8_t *new_tight(struct check_random *r, size_t n)
{
	int8_t *p = malloc(n ? n : 1);

	fill_random(r, p, n);
	return p;
}

/* Some with few bits, whose products lie half way between two integers */
static int32_t random_multiplier(struct check_random *r)
{
	switch (check_random(r) % 8) {
	case 0:
		return 1 << 30;
	case 1:
		return 3 << 29;
	default:
		return (int32_t)(0x40000000u | check_random(r) >> 2);
	}
}

static struct edgetpu_channel_block *new_params(struct check_random *r, int32_t channels)
{
	size_t blocks = ((size_t)channels + 15) / 16;
	struct edgetpu_channel_block *params = new_random(r, blocks * sizeof(*params));
	/* Mostly multipliers that leave something between the extremes */
	bool extreme = check_random(r) % 8 == 0;
	int32_t c;

	for (c = 0; c < channels; c++) {
		struct edgetpu_channel_block *b = &params[c / 16];
		int bias = extreme ? (int)check_random(r) : check_between(r, -9000, 9000);
		uint32_t multiplier = (uint32_t)random_multiplier(r);

		b->bias[c % 16] = htole32((uint32_t)bias);
		b->multiplier[c % 16] = htole32(check_random(r) % 16 ? multiplier : 0);
		b->shift[c % 16] = htole32(
			(uint32_t)(extreme ? check_between(r, -31, 30) : check_between(r, -9, -3)));
	}
	return params;
}

static void random_output(struct check_random *r, int32_t *zero_point, int32_t *min, int32_t *max)
{
	*zero_point = check_between(r, -128, 127);
	*min = check_between(r, 0, 3) ? -128 : check_between(r, -128, 127);
	*max = check_between(r, 0, 3) ? 127 : check_between(r, *min, 127);
}

enum kind { CONV, DEPTHWISE, POOL };

static void random_geometry(struct check_random *r, struct mnet_conv_args *a, enum kind kind)
{
	int largest = kind == POOL ? 9 : check_between(r, 0, 3) ? 3 : 6;

	a->in_h = check_between(r, 1, 12);
	a->in_w = check_between(r, 1, 12);
	a->in_c = check_between(r, 0, 2) ? check_between(r, 1, 40) : check_between(r, 1, 300);
	a->out_h = check_between(r, 1, 6);
	a->out_w = check_between(r, 1, 6);
	a->kernel_h = check_between(r, 1, largest);
	a->kernel_w = check_between(r, 1, largest);
	a->stride_h = check_between(r, 1, 3);
	a->stride_w = check_between(r, 1, 3);
	a->dilation_h = kind == POOL ? 1 : check_between(r, 1, 2);
	a->dilation_w = kind == POOL ? 1 : check_between(r, 1, 2);
	a->pad_top = check_between(r, -2, a->kernel_h - 1);
	a->pad_left = check_between(r, -2, a->kernel_w - 1);
	if (kind == CONV && !check_between(r, 0, 15)) {
		/* Deeper than what is gathered at a time */
		a->in_c = check_between(r, 1300, 2100);
		a->kernel_h = 2;
		a->kernel_w = 2;
	}
	if (kind != POOL)
		return;
	/* Each window must have an input inside */
	while (a->out_h > 1 && (a->out_h - 1) * a->stride_h - a->pad_top >= a->in_h)
		a->out_h--;
	while (a->out_w > 1 && (a->out_w - 1) * a->stride_w - a->pad_left >= a->in_w)
		a->out_w--;
	if (-a->pad_top >= a->in_h)
		a->pad_top = 0;
	if (-a->pad_left >= a->in_w)
		a->pad_left = 0;
}

static void random_conv(struct check_random *r, struct mnet_conv_args *a, struct buffers *b,
			enum kind kind)
{
	size_t size, taps;

	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	random_geometry(r, a, kind);
	a->out_c = kind == CONV ? check_between(r, 1, 150) : a->in_c;
	if (kind == DEPTHWISE && !check_between(r, 0, 3))
		a->out_c *= check_between(r, 2, 5);
	a->in_pixel =
		(size_t)a->in_c + (size_t)(check_between(r, 0, 2) ? 0 : check_between(r, 1, 9));
	a->in_row = a->in_pixel * (size_t)a->in_w + (size_t)(check_between(r, 0, 2) ? 0 : 5);
	a->out_pixel = (size_t)a->out_c + (size_t)(check_between(r, 0, 2) ? 0 : 3);
	a->out_row = a->out_pixel * (size_t)a->out_w + (size_t)(check_between(r, 0, 2) ? 0 : 7);
	a->in_zero_point = check_between(r, -128, 127);
	a->weight_zero_point = check_between(r, 0, 1) ? 0 : check_between(r, -128, 127);
	random_output(r, &a->out_zero_point, &a->act_min, &a->act_max);

	size = (size_t)(a->in_h - 1) * a->in_row + (size_t)(a->in_w - 1) * a->in_pixel +
	       (size_t)a->in_c;
	b->in[0] = new_tight(r, size);
	taps = (size_t)a->kernel_h * (size_t)a->kernel_w;
	size = ((size_t)a->out_c + 15) / 16 * 16;
	b->weights = new_random(r, kind == CONV ? size * ((taps * (size_t)a->in_c + 3) / 4 * 4) :
						  size * taps);
	b->params = new_params(r, a->out_c);
	b->out_size = (size_t)(a->out_h - 1) * a->out_row + (size_t)(a->out_w - 1) * a->out_pixel +
		      (size_t)a->out_c;
	b->out[0] = new_tight(r, b->out_size);
	b->out[1] = new_tight(r, b->out_size);
	memcpy(b->out[1], b->out[0], b->out_size);
	a->in = b->in[0];
	a->weights = b->weights;
	a->params = b->params;
}

static void free_buffers(struct buffers *b)
{
	free(b->in[0]);
	free(b->in[1]);
	free(b->weights);
	free(b->params);
	free(b->out[0]);
	free(b->out[1]);
}

static bool same_conv(struct mnet_conv_args *a, struct buffers *b,
		      void (*plain)(const struct mnet_conv_args *),
		      void (*fast)(const struct mnet_conv_args *))
{
	a->out = b->out[0];
	plain(a);
	a->out = b->out[1];
	fast(a);
	return !memcmp(b->out[0], b->out[1], b->out_size);
}

static void test_conv(const char *version, const char *name, enum kind kind,
		      void (*plain)(const struct mnet_conv_args *),
		      void (*fast)(const struct mnet_conv_args *))
{
	struct check_random r = { 1 };
	int i, wrong = 0;

	for (i = 0; i < CASES; i++) {
		struct mnet_conv_args a;
		struct buffers b;

		random_conv(&r, &a, &b, kind);
		if (!same_conv(&a, &b, plain, fast) && !wrong++)
			check_note(
				"case %d: %dx%dx%d to %dx%dx%d, filter %dx%d, stride %dx%d, dilation %dx%d, padding %d,%d",
				i, a.in_h, a.in_w, a.in_c, a.out_h, a.out_w, a.out_c, a.kernel_h,
				a.kernel_w, a.stride_h, a.stride_w, a.dilation_h, a.dilation_w,
				a.pad_top, a.pad_left);
		free_buffers(&b);
	}
	check(!wrong, "%s %s: %d of %d random commands differ from the definition", version, name,
	      wrong, CASES);
}

static void random_elementwise(struct check_random *r, struct mnet_elementwise_args *a,
			       struct buffers *b)
{
	bool extreme = check_random(r) % 8 == 0;
	int i;

	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	a->len = (size_t)check_between(r, 1, 150);
	a->n = (size_t)check_between(r, 1, 5);
	a->left_shift = check_between(r, 0, 3) ? 20 : check_between(r, 0, 20);
	a->out_stride = a->len + (size_t)check_between(r, 0, 3);
	for (i = 0; i < 2; i++) {
		a->in_stride[i] = check_between(r, 0, 4) ? a->len : 0;
		a->in_zero_point[i] = check_between(r, -128, 127);
		a->multiplier[i] = random_multiplier(r);
		a->shift[i] = extreme ? check_between(r, -31, 30) : check_between(r, -3, 0);
		b->in[i] = new_tight(r, (a->n - 1) * a->in_stride[i] + a->len);
		a->in[i] = b->in[i];
	}
	a->out_multiplier = random_multiplier(r);
	a->out_shift =
		extreme ? check_between(r, -31, 30) : -a->left_shift + check_between(r, -2, 2);
	random_output(r, &a->out_zero_point, &a->act_min, &a->act_max);
	b->out_size = (a->n - 1) * a->out_stride + a->len;
	b->out[0] = new_tight(r, b->out_size);
	b->out[1] = new_tight(r, b->out_size);
	memcpy(b->out[1], b->out[0], b->out_size);
}

static void test_elementwise(const char *version, const char *name,
			     void (*plain)(const struct mnet_elementwise_args *),
			     void (*fast)(const struct mnet_elementwise_args *))
{
	struct check_random r = { 2 };
	int i, wrong = 0;

	for (i = 0; i < CASES; i++) {
		struct mnet_elementwise_args a;
		struct buffers b;

		random_elementwise(&r, &a, &b);
		a.out = b.out[0];
		plain(&a);
		a.out = b.out[1];
		fast(&a);
		if (memcmp(b.out[0], b.out[1], b.out_size) && !wrong++)
			check_note("case %d: %zu lines of %zu", i, a.n, a.len);
		free_buffers(&b);
	}
	check(!wrong, "%s %s: %d of %d random commands differ from the definition", version, name,
	      wrong, CASES);
}

/* @out may be exactly an input */
static void test_in_place(const struct mnet_engine_version *v)
{
	struct check_random r = { 3 };
	int i, wrong = 0;

	for (i = 0; i < CASES; i++) {
		struct mnet_elementwise_args a;
		struct buffers b;

		random_elementwise(&r, &a, &b);
		a.n = 1;
		a.out = b.out[0];
		mnet_engine_ref_add(&a);
		a.out = b.in[0];
		v->add(&a);
		wrong += memcmp(b.out[0], b.in[0], a.len) != 0;
		free_buffers(&b);
	}
	check(!wrong, "%s add in place: %d of %d differ", v->name, wrong, CASES);
}

static void test_version(const struct mnet_engine_version *v)
{
	test_conv(v->name, "conv", CONV, mnet_engine_ref_conv, v->conv);
	test_conv(v->name, "depthwise", DEPTHWISE, mnet_engine_ref_depthwise, v->depthwise);
	test_conv(v->name, "avg_pool", POOL, mnet_engine_ref_avg_pool, v->avg_pool);
	test_conv(v->name, "max_pool", POOL, mnet_engine_ref_max_pool, v->max_pool);
	test_elementwise(v->name, "add", mnet_engine_ref_add, v->add);
	test_elementwise(v->name, "rescale", mnet_engine_ref_rescale, v->rescale);
	test_in_place(v);
}

int main(void)
{
	const struct mnet_engine_version *v;

	test_fixedpoint();
	for (v = mnet_engine_versions; v->name; v++) {
		if (v->runs_here && !v->runs_here())
			check_note("this processor does not have what %s needs", v->name);
		else if (strcmp(v->name, "ref"))
			test_version(v);
	}
	return check_done();
}
