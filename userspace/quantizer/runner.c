// SPDX-License-Identifier: MIT
/*
 * Runs a whole graph on the CPU with every tensor in memory of its own, so that
 * all of them can be looked at afterwards.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"
#include "quantizer/quantizer.h"

int quant_runner_init(struct quant_runner *r, const struct mnet_graph *graph,
		      struct mnet_error *err)
{
	int ret;

	r->graph = graph;
	r->ops = calloc(graph->num_ops ? graph->num_ops : 1, sizeof(*r->ops));
	r->data = calloc(graph->num_tensors, sizeof(*r->data));
	if (!r->ops || !r->data)
		goto no_memory;
	for (unsigned int i = 0; i < graph->num_tensors; i++) {
		const struct mnet_tensor *t = &graph->tensors[i];

		/* Constants are only read. */
		r->data[i] = t->data ? (void *)t->data : calloc(1, t->bytes ? t->bytes : 1);
		if (!r->data[i])
			goto no_memory;
	}
	for (unsigned int i = 0; i < graph->num_ops; i++) {
		ret = mnet_cpu_prepare(graph, &graph->ops[i], &r->ops[i], err);
		if (ret) {
			quant_runner_destroy(r);
			return ret;
		}
	}
	return 0;
no_memory:
	quant_runner_destroy(r);
	return mnet_fail(err, -ENOMEM, "out of memory");
}

void quant_runner_destroy(struct quant_runner *r)
{
	if (r->ops)
		for (unsigned int i = 0; i < r->graph->num_ops; i++)
			mnet_cpu_release(r->ops[i]);
	if (r->data)
		for (unsigned int i = 0; i < r->graph->num_tensors; i++)
			if (!r->graph->tensors[i].data)
				free(r->data[i]);
	free(r->ops);
	free(r->data);
	memset(r, 0, sizeof(*r));
}

int quant_runner_run(struct quant_runner *r, struct mnet_error *err)
{
	for (unsigned int i = 0; i < r->graph->num_ops; i++) {
		int ret = mnet_cpu_run(r->ops[i], r->data, err);

		if (ret)
			return ret;
	}
	return 0;
}

/* As TFLite's QUANTIZE: round half away from zero, then the zero point, then clamp */
static void quantise_input(const struct mnet_tensor *t, const float *values, void *out)
{
	int32_t low = t->type == MNET_INT8 ? -128 : 0;
	size_t count = t->bytes;
	uint8_t *bytes = out;

	for (size_t i = 0; i < count; i++) {
		float v = roundf(values[i] / t->scales[0]) + (float)t->zero_points[0];

		v = v < (float)low ? (float)low : v > (float)(low + 255) ? (float)(low + 255) : v;
		bytes[i] = (uint8_t)(int32_t)v;
	}
}

int quant_runner_fill(struct quant_runner *r, const struct mnet_samples *samples,
		      unsigned int index, struct mnet_error *err)
{
	for (unsigned int i = 0; i < r->graph->num_inputs; i++) {
		const struct mnet_tensor *t = &r->graph->tensors[r->graph->inputs[i]];
		void *data = r->data[r->graph->inputs[i]];
		size_t count = t->bytes / mnet_type_size(t->type);
		struct mnet_tensor as_float = *t;
		float *values;
		int ret;

		as_float.type = MNET_FLOAT32;
		as_float.bytes = count * sizeof(float);
		values = malloc(as_float.bytes);
		if (!values)
			return mnet_fail(err, -ENOMEM, "out of memory");
		ret = samples->fill(samples->opaque, index, &as_float, values, err);
		if (!ret && t->type == MNET_FLOAT32)
			memcpy(data, values, t->bytes);
		else if (!ret)
			quantise_input(t, values, data);
		free(values);
		if (ret)
			return ret;
	}
	return 0;
}
