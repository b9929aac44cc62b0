// SPDX-License-Identifier: MIT
/* Of what rules for shapes are made. */
#include <string.h>

#include "operators/family.h"

void op_copy_shape(struct op_shape *out, const struct mnet_tensor *t)
{
	unsigned int i;

	out->rank = t->rank;
	for (i = 0; i < t->rank; i++)
		out->size[i] = t->shape[i];
}

int64_t op_elements(const struct mnet_tensor *t)
{
	int64_t n = 1;
	unsigned int i;

	for (i = 0; i < t->rank; i++)
		n *= t->shape[i];
	return n;
}

int64_t op_int_at(const struct mnet_tensor *t, size_t i)
{
	int32_t narrow;
	int64_t wide;

	if (t->type == MNET_INT64) {
		memcpy(&wide, (const char *)t->data + i * 8, 8);
		return wide;
	}
	memcpy(&narrow, (const char *)t->data + i * 4, 4);
	return narrow;
}

bool op_is_int_constant(const struct mnet_tensor *t)
{
	return t && t->data && (t->type == MNET_INT32 || t->type == MNET_INT64);
}

int op_window(const struct op_context *c, enum mnet_padding padding, int32_t in, int32_t filter,
	      int32_t stride, int32_t dilation, int64_t *out)
{
	if (filter < 1 || stride < 1 || dilation < 1)
		return op_fail(c, "filter %d, stride %d, dilation %d: all must be at least 1",
			       filter, stride, dilation);
	if ((int64_t)filter * dilation > OP_MAX_EXTENT || stride > OP_MAX_EXTENT)
		return op_fail(c, "filter %d, stride %d, dilation %d: too large", filter, stride,
			       dilation);
	*out = mnet_conv_out_size(padding, in, filter, stride, dilation);
	if (*out < 1)
		return op_fail(c, "a filter of %d with dilation %d does not fit an input of %d",
			       filter, dilation, in);
	return 0;
}

int op_infer_same(const struct op_context *c, struct op_shape *out)
{
	op_copy_shape(out, op_input(c, 0));
	return 0;
}

/* Dimension i from the last; 1 beyond the first */
static int32_t from_last(const struct mnet_tensor *t, unsigned int i)
{
	return i < t->rank ? t->shape[t->rank - 1 - i] : 1;
}

int op_infer_broadcast(const struct op_context *c, struct op_shape *out)
{
	const struct mnet_tensor *a = op_input(c, 0), *b = op_input(c, 1);
	unsigned int i;

	out->rank = a->rank > b->rank ? a->rank : b->rank;
	for (i = 0; i < out->rank; i++) {
		int32_t x = from_last(a, i), y = from_last(b, i);

		if (x != y && x != 1 && y != 1)
			return op_fail(c, "sizes %d and %d of a dimension do not broadcast", x, y);
		out->size[out->rank - 1 - i] = x > y ? x : y;
	}
	return 0;
}
