/* SPDX-License-Identifier: MIT */
/*
 * Post-training quantisation: a float network and a few images in, an int8
 * network out, which TensorFlow Lite runs with the same bytes as we do.
 *
 * The steps, a file each: simplify, equalize, calibrate, assign, convert, compare.
 * What they share is struct quantizer; quantizer.c calls them in order.
 */
#ifndef MNET_QUANTIZER_H
#define MNET_QUANTIZER_H

#include "graph/graph.h"

/**
 * struct mnet_quantize_options - how
 * @input: type of the model's inputs and outputs: MNET_INT8, MNET_UINT8 or
 *	MNET_FLOAT32
 * @percentile: share of an activation's values its range must hold, in percent,
 *	(50, 100]; 100: from smallest to largest
 * @input_min: smallest real value an input can have
 * @input_max: largest, greater than @input_min
 */
struct mnet_quantize_options {
	enum mnet_type input;
	double percentile;
	double input_min;
	double input_max;
};

/**
 * struct mnet_samples - what to calibrate with
 * @count: samples, at least 1
 * @fill: writes sample @index of input @input as float32; 0 or -errno with @err set
 * @opaque: for @fill
 */
struct mnet_samples {
	unsigned int count;
	int (*fill)(void *opaque, unsigned int index, const struct mnet_tensor *input, float *data,
		    struct mnet_error *err);
	void *opaque;
};

/**
 * struct mnet_tensor_report - one activation
 * @name: its name
 * @op: operator that makes it, NULL for inputs
 * @min: its values over the samples
 * @max: the same
 * @scale: what it was given; 0 where it stayed float
 * @zero_point: the same
 * @noise_db: signal-to-noise ratio of the int8 network against the float one in
 *	decibel, over all samples; infinite where they agree. Values that the tensor's
 *	consumers do not tell apart (HARD_SWISH's below -3) count as one.
 * @reason: why it stayed float, or NULL
 */
struct mnet_tensor_report {
	const char *name;
	const char *op;
	double min;
	double max;
	float scale;
	int32_t zero_point;
	double noise_db;
	const char *reason;
};

/**
 * struct mnet_quantized - the result
 * @graph: the int8 network; freed with mnet_quantized_free()
 * @num_reports: entries of @reports
 * @reports: of every activation, worst signal-to-noise ratio first
 * @num_outputs: entries of @output_db
 * @output_db: signal-to-noise ratio of each output of the network
 * @logits_db: of what its SOFTMAX or LOGISTIC was given; NaN where it has none
 * @num_float_ops: operators that stayed float
 */
struct mnet_quantized {
	struct mnet_graph graph;
	unsigned int num_reports;
	struct mnet_tensor_report *reports;
	unsigned int num_outputs;
	double *output_db;
	double *logits_db;
	unsigned int num_float_ops;
};

/**
 * mnet_quantize - quantise a float network
 * @graph: the network, shapes inferred; must outlive the result
 * @samples: images
 * @options: how
 * @quantized: out
 * @err: out
 *
 * Return: 0; -EINVAL: not a float network, no samples, weights that are not
 * finite, an option out of range; -EOPNOTSUPP: an operator that the CPU cannot
 * even run in float; -ENOMEM.
 */
int mnet_quantize(const struct mnet_graph *graph, const struct mnet_samples *samples,
		  const struct mnet_quantize_options *options, struct mnet_quantized **quantized,
		  struct mnet_error *err);
void mnet_quantized_free(struct mnet_quantized *quantized);

/* --- between the steps ------------------------------------------------- */

/**
 * struct quant_range - what is known of a tensor's values, and its parameters
 * @min: smallest value seen, after the percentile
 * @max: largest
 * @seen_min: smallest value seen at all
 * @seen_max: largest
 * @useful_min: below, its consumers do not tell values apart
 * @useful_max: above
 * @fixed: the kernel prescribes the parameters (LOGISTIC, SOFTMAX, TANH, inputs)
 * @group: tensor whose parameters this one has, itself for most
 * @scale: of int8
 * @zero_point: of int8
 */
struct quant_range {
	double min;
	double max;
	double seen_min;
	double seen_max;
	double useful_min;
	double useful_max;
	bool fixed;
	int group;
	float scale;
	int32_t zero_point;
};

/**
 * struct quantizer - a network being quantised
 * @source: as it came
 * @graph: simplified, float; its arrays are this struct's own
 * @ranges: one per tensor of @graph
 * @reasons: one per operator of @graph: why it stays float, or NULL
 * @refusals: one per operator of @graph: what its int8 kernel has against the
 *	parameters it would get, or NULL
 * @out: where the int8 network goes
 * @mapping: tensor of @graph to tensor of out->graph, int8 or left float; -1: none
 */
struct quantizer {
	const struct mnet_graph *source;
	const struct mnet_samples *samples;
	const struct mnet_quantize_options *options;
	struct mnet_graph graph;
	struct quant_range *ranges;
	const char **reasons;
	const char **refusals;
	struct mnet_quantized *out;
	int *mapping;
	struct mnet_error *err;
};

/* Folds DEQUANTIZE of constants, rewrites custom transposed convolutions, fuses activations. */
int quantizer_simplify(struct quantizer *q);
/* Scales channels between convolutions so that those of an activation are alike. */
int quantizer_equalize(struct quantizer *q);
/* Runs the samples and notes every activation's range. */
int quantizer_calibrate(struct quantizer *q);
/*
 * The mean of a map may be far smaller than its largest value, and an int8
 * AVERAGE_POOL_2D keeps the scale of its input; there it becomes MEAN, which has a
 * scale of its own.
 */
int quantizer_free_pools(struct quantizer *q);
/*
 * Decides which operators become int8 and gives every activation its parameters;
 * starts from what calibration left in q->ranges each time.
 */
int quantizer_assign(struct quantizer *q);
/*
 * Writes the int8 network. -EAGAIN: a kernel refused, which is now in q->refusals;
 * assign and convert again.
 */
int quantizer_convert(struct quantizer *q);
/* Runs both networks on the samples and measures the noise. */
int quantizer_compare(struct quantizer *q);

/**
 * struct quant_runner - a graph that runs on the CPU, for calibration and comparison
 * @graph: it
 * @ops: prepared
 * @data: memory of each tensor
 */
struct quant_runner {
	const struct mnet_graph *graph;
	struct mnet_cpu_op **ops;
	void **data;
};

int quant_runner_init(struct quant_runner *r, const struct mnet_graph *graph,
		      struct mnet_error *err);
void quant_runner_destroy(struct quant_runner *r);
int quant_runner_run(struct quant_runner *r, struct mnet_error *err);
/* Fills the inputs with sample @index, quantised where the input is. */
int quant_runner_fill(struct quant_runner *r, const struct mnet_samples *samples,
		      unsigned int index, struct mnet_error *err);

#endif /* MNET_QUANTIZER_H */
