// SPDX-License-Identifier: MIT
/* See broadcast.h. */
#include "cpu/broadcast.h"

/* Steps of input @which along each dimension of the output */
static void set_steps(struct cpu_broadcast *walk, unsigned int which, const struct mnet_tensor *t,
		      const struct mnet_tensor *out)
{
	size_t step = 1;
	unsigned int i;

	for (i = 0; i < out->rank; i++) {
		unsigned int d = out->rank - 1 - i;
		int32_t size = i < t->rank ? t->shape[t->rank - 1 - i] : 1;

		walk->step[which][d] = size == 1 ? 0 : step;
		step *= (size_t)size;
	}
}

/*
 * Makes dimensions @d and @d + 1 one, where a single step goes through both:
 * the outer one continues the inner, or one of them has but one element.
 */
static void merge(struct cpu_broadcast *walk, unsigned int d)
{
	size_t inner = (size_t)walk->size[d + 1];
	unsigned int keep = inner == 1 ? d : d + 1, i;

	if (inner != 1 && walk->size[d] != 1 &&
	    (walk->step[0][d] != walk->step[0][d + 1] * inner ||
	     walk->step[1][d] != walk->step[1][d + 1] * inner))
		return;
	walk->step[0][d] = walk->step[0][keep];
	walk->step[1][d] = walk->step[1][keep];
	walk->size[d] *= walk->size[d + 1];
	for (i = d + 1; i + 1 < walk->rank; i++) {
		walk->size[i] = walk->size[i + 1];
		walk->step[0][i] = walk->step[0][i + 1];
		walk->step[1][i] = walk->step[1][i + 1];
	}
	walk->rank--;
}

void cpu_broadcast_init(struct cpu_broadcast *walk, const struct mnet_tensor *a,
			const struct mnet_tensor *b, const struct mnet_tensor *out)
{
	unsigned int i;

	walk->rank = out->rank;
	for (i = 0; i < out->rank; i++)
		walk->size[i] = out->shape[i];
	set_steps(walk, 0, a, out);
	set_steps(walk, 1, b, out);
	if (!walk->rank) {
		walk->rank = 1;
		walk->size[0] = 1;
	}
	for (i = walk->rank - 1; i-- > 0;)
		merge(walk, i);
}

void cpu_broadcast_run(const struct cpu_broadcast *walk, const void *a, const void *b, void *out,
		       size_t size, cpu_line_fn *line, const void *state)
{
	size_t n = (size_t)walk->size[walk->rank - 1];
	size_t step[2] = { walk->step[0][walk->rank - 1], walk->step[1][walk->rank - 1] };
	const char *in[2] = { a, b };
	int32_t at[MNET_MAX_RANK] = { 0 };
	char *to = out;
	unsigned int d;

	for (;;) {
		const void *const from[2] = { in[0], in[1] };

		line(state, from, step, to, n);
		to += n * size;
		/* On to the next line, odometer-wise */
		for (d = walk->rank - 1; d-- > 0;) {
			in[0] += walk->step[0][d] * size;
			in[1] += walk->step[1][d] * size;
			if (++at[d] < walk->size[d])
				break;
			in[0] -= walk->step[0][d] * (size_t)at[d] * size;
			in[1] -= walk->step[1][d] * (size_t)at[d] * size;
			at[d] = 0;
		}
		if (d == (unsigned int)-1)
			return;
	}
}
