/* SPDX-License-Identifier: MIT */
/* mnet-infer's parts: options, what was found, and how it is shown. */
#ifndef PROGRAMS_INFER_H
#define PROGRAMS_INFER_H

#include <stdio.h>

#include "mnet.h"
#include "programs/labels.h"
#include "programs/scores.h"

/**
 * struct infer_options - the command line; strings point into it
 * @model: .tflite or .mnet
 * @image: JPEG, PNG or BMP; NULL with @raw_input
 * @labels: NULL: classes are numbers
 * @device: NULL: libmnet chooses
 * @raw_input: the model's input bytes
 * @raw_output: prefix of the files with the outputs' bytes
 * @profile: file for the trace
 * @k: classes to show
 * @repeat: runs
 * @json: one JSON object instead of text
 */
struct infer_options {
	const char *model;
	const char *image;
	const char *labels;
	const char *device;
	const char *raw_input;
	const char *raw_output;
	const char *profile;
	size_t k;
	unsigned int repeat;
	bool json;
};

/* -1: go on; else the exit status, what there is to say has been said. */
int infer_options_parse(int argc, char **argv, struct infer_options *options);

/**
 * struct infer_result - what one call of mnet-infer found
 * @options: as asked for
 * @device: where it ran
 * @exe: the network
 * @run: the last run
 * @host_ms: median of all runs
 * @host_ms_min: the fastest
 * @labels: may be empty
 * @scores: the best classes of output 0
 */
struct infer_result {
	const struct infer_options *options;
	const char *device;
	const struct mnet_executable *exe;
	struct mnet_run_result run;
	double host_ms;
	double host_ms_min;
	struct labels labels;
	struct scores scores;
};

/* Operators of @exe on the accelerator */
unsigned int infer_accelerated(const struct mnet_executable *exe);

void infer_print_text(const struct infer_result *result, FILE *out);
int infer_print_json(const struct infer_result *result, FILE *out, struct mnet_error *err);

/* The events of a run as a trace for chrome://tracing and ui.perfetto.dev */
int profile_write(const char *path, const struct mnet_executable *exe,
		  const struct mnet_trace_event *events, size_t count, uint32_t clock_khz,
		  struct mnet_error *err);

#endif /* PROGRAMS_INFER_H */
