// SPDX-License-Identifier: MIT
/*
 * What operators need of their operands beyond shapes: types, quantisation,
 * biases, options. Later passes rely on it.
 */
#include <errno.h>
#include <math.h>

#include "graph/quantization.h"
#include "operators/family.h"

/* Scales and zero points: as many as there must be, each in its range */
static int check_quantisation(const struct mnet_graph *graph, unsigned int index,
			      struct mnet_error *err)
{
	const struct mnet_tensor *t = &graph->tensors[index];
	unsigned int i;

	if (t->num_scales > 1 &&
	    (t->axis >= t->rank || (unsigned int)t->shape[t->axis] != t->num_scales))
		return mnet_fail(err, -EINVAL, "tensor %u (%.80s): %u scales do not fit its shape",
				 index, t->name, t->num_scales);
	for (i = 0; i < t->num_scales; i++)
		if (!isfinite(t->scales[i]) || t->scales[i] <= 0 ||
		    !mnet_zero_point_fits(t->type, t->zero_points[i]))
			return mnet_fail(err, -EINVAL,
					 "tensor %u (%.80s): scale %g and zero point %d of %s",
					 index, t->name, (double)t->scales[i], t->zero_points[i],
					 mnet_type_name(t->type));
	return 0;
}

int mnet_graph_verify(const struct mnet_graph *graph, struct mnet_error *err)
{
	unsigned int i;

	for (i = 0; i < graph->num_tensors; i++) {
		int ret = check_quantisation(graph, i, err);

		if (ret)
			return ret;
	}
	for (i = 0; i < graph->num_ops; i++) {
		const struct op_context c = { graph, &graph->ops[i], i, err };
		const struct mnet_operator *entry = mnet_operator(c.op);
		int ret = entry ? entry->check(&c) : 0;

		if (ret)
			return ret;
	}
	return 0;
}
