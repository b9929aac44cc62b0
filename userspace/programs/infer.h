/* SPDX-License-Identifier: MIT */
/* mnet-infer's parts: options, what was found, and how it is shown. */
#ifndef PROGRAMS_INFER_H
#define PROGRAMS_INFER_H

#include <stdio.h>

#include "mnet.h"
#include "programs/image.h"
#include "programs/labels.h"
#include "programs/scores.h"
#include "programs/segment.h"

enum infer_kind { INFER_AUTO, INFER_CLASSIFY, INFER_SEGMENT };

/**
 * struct infer_options - the command line; strings point into it
 * @model: .tflite or .mnet
 * @image: JPEG, PNG or BMP; may be NULL with @raw_input, which goes before it
 * @labels: NULL: classes are numbers
 * @device: NULL: libmnet chooses
 * @raw_input: the model's input bytes
 * @raw_output: prefix of the files with the outputs' bytes
 * @profile: file for the trace
 * @save_mask: PNG of a segmentation
 * @save_overlay: PNG of the photo and a segmentation
 * @as: what output 0 shall be taken for
 * @k: classes to show
 * @repeat: runs
 * @json: one JSON object instead of text
 * @range_given: --image-range was
 * @range: what it said
 */
struct infer_options {
	const char *model;
	const char *image;
	const char *labels;
	const char *device;
	const char *raw_input;
	const char *raw_output;
	const char *profile;
	const char *save_mask;
	const char *save_overlay;
	enum infer_kind as;
	size_t k;
	unsigned int repeat;
	bool json;
	bool range_given;
	struct image_range range;
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
 * @kind: what output 0 is taken for, never INFER_AUTO
 * @scores: the best classes of output 0, of INFER_CLASSIFY; may be none
 * @segmentation: of INFER_SEGMENT
 */
struct infer_result {
	const struct infer_options *options;
	const char *device;
	const struct mnet_executable *exe;
	struct mnet_run_result run;
	double host_ms;
	double host_ms_min;
	struct labels labels;
	enum infer_kind kind;
	struct scores scores;
	struct segmentation segmentation;
};

/* -EINVAL: output 0 cannot be what the options want it to be */
int infer_decide(const struct infer_options *options, const struct mnet_executable *exe,
		 enum infer_kind *kind, struct mnet_error *err);

/*
 * The pictures that the options ask for, in the photo's size, or in the output's for
 * a mask without a photo (no pixels). @subject: the file that an error is about.
 */
int infer_save(const struct infer_result *result, const struct image *photo, const char **subject,
	       struct mnet_error *err);

/* Operators of @exe on the accelerator */
unsigned int infer_accelerated(const struct mnet_executable *exe);

void infer_print_text(const struct infer_result *result, FILE *out);
int infer_print_json(const struct infer_result *result, FILE *out, struct mnet_error *err);

/* The events of a run as a trace for chrome://tracing and ui.perfetto.dev */
int profile_write(const char *path, const struct mnet_executable *exe,
		  const struct mnet_trace_event *events, size_t count, uint32_t clock_khz,
		  struct mnet_error *err);

#endif /* PROGRAMS_INFER_H */
