// SPDX-License-Identifier: MIT
/* mnet-infer's result for people */
#include <string.h>

#include "programs/infer.h"
#include "programs/report.h"
#include "programs/tensor.h"

#define NAMES 256

unsigned int infer_accelerated(const struct mnet_executable *exe)
{
	unsigned int n = 0, ops = mnet_executable_num_ops(exe);
	struct mnet_op_info op;

	for (unsigned int i = 0; i < ops; i++)
		n += !mnet_executable_op(exe, i, &op) && op.accelerated;
	return n;
}

/* "HARD_SWISH 19, MUL 9": which operators the CPU runs, in order of their first */
static void cpu_names(const struct mnet_executable *exe, char text[NAMES])
{
	unsigned int ops = mnet_executable_num_ops(exe);
	struct mnet_op_info op, other;
	size_t at = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < ops; i++) {
		unsigned int before = 0, n = 0;
		char name[64];

		if (mnet_executable_op(exe, i, &op) || op.accelerated)
			continue;
		for (unsigned int j = 0; j < ops; j++) {
			if (mnet_executable_op(exe, j, &other) || other.accelerated ||
			    strcmp(op.name, other.name))
				continue;
			n++;
			before += j < i;
		}
		if (before)
			continue;
		at += snprintf(text + at, NAMES - at, "%s%s %u", at ? ", " : "",
			       printable(name, sizeof(name), op.name), n);
		if (at > NAMES - 40) {
			snprintf(text + NAMES - 40, 40, ", ...");
			return;
		}
	}
}

static void print_partition(const struct infer_result *r, FILE *out)
{
	unsigned int ops = mnet_executable_num_ops(r->exe);
	unsigned int subgraphs = mnet_executable_num_subgraphs(r->exe);
	unsigned int accelerated = infer_accelerated(r->exe);
	char names[NAMES];

	fprintf(out, "operators  %u on the accelerator in %u subgraph%s, %u on the CPU",
		accelerated, subgraphs, subgraphs == 1 ? "" : "s", ops - accelerated);
	cpu_names(r->exe, names);
	if (accelerated && *names)
		fprintf(out, ": %s", names);
	fputc('\n', out);
}

static void print_time(const struct infer_result *r, FILE *out)
{
	if (mnet_executable_num_subgraphs(r->exe))
		fprintf(out, "model      %llu cycles, %.3f ms\n",
			(unsigned long long)r->run.model_cycles, r->run.model_ms);
	if (r->run.energy_mj >= 0)
		fprintf(out, "energy     %.3f mJ\n", r->run.energy_mj);
	fprintf(out, "host       %.2f ms", r->host_ms);
	if (r->options->repeat > 1)
		fprintf(out, " (median of %u; least %.2f ms)", r->options->repeat, r->host_ms_min);
	fputc('\n', out);
}

static void print_outputs(const struct infer_result *r, FILE *out)
{
	unsigned int n = mnet_executable_num_outputs(r->exe);
	struct mnet_tensor_info info;
	char text[TENSOR_TEXT], name[128];

	for (unsigned int i = 0; i < n; i++) {
		if (mnet_executable_output(r->exe, i, &info))
			continue;
		fprintf(out, "output %u   %s %s\n", i, tensor_text(text, &info),
			printable(name, sizeof(name), info.name));
	}
}

static void print_segmentation(const struct infer_result *r, FILE *out)
{
	const struct segmentation *s = &r->segmentation;
	char number[24];

	fprintf(out, "picture    %u x %u pixels, %s\n", s->width, s->height,
		s->class ? "a class each" : "a probability each");
	if (s->sigmoid)
		fputs("sigmoid    of the output, which is logits\n", out);
	for (size_t i = 0; i < s->count && i < r->options->k; i++) {
		const struct segment_class *c = &s->classes[i];

		if (s->class)
			fprintf(out, "%3zu.  %6.2f %%  %5u  %s\n", i + 1, c->share * 100, c->index,
				labels_get(&r->labels, c->index, number));
		else
			fprintf(out, "share      %.2f %% of the pixels are above 0.5\n",
				c->share * 100);
	}
	if (r->options->save_mask)
		fprintf(out, "mask       %s\n", r->options->save_mask);
	if (r->options->save_overlay)
		fprintf(out, "overlay    %s\n", r->options->save_overlay);
}

void infer_print_text(const struct infer_result *r, FILE *out)
{
	char number[24];

	fprintf(out, "device     %s%s\n", r->device,
		r->options->device	  ? "" :
		!strcmp(r->device, "sim") ? " (there is no /dev/edgetpu0)" :
					    " (it exists, and -d names no other)");
	print_partition(r, out);
	print_time(r, out);
	if (r->kind == INFER_SEGMENT) {
		print_outputs(r, out);
		print_segmentation(r, out);
		return;
	}
	if (!r->scores.count) {
		/* Boxes and the like: no classes to rank */
		print_outputs(r, out);
		return;
	}
	if (r->scores.softmax)
		fputs("softmax    of the output, which is logits\n", out);
	for (size_t i = 0; i < r->scores.count; i++) {
		const struct score *s = &r->scores.top[i];

		fprintf(out, "%3zu.  %6.2f %%  %5zu  %s\n", i + 1, s->score * 100, s->index,
			labels_get(&r->labels, s->index, number));
	}
}
