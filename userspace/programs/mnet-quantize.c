// SPDX-License-Identifier: MIT
/* mnet-quantize: a float network and a few images in, an int8 network out. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "programs/image.h"
#include "programs/quantize_report.h"
#include "programs/report.h"
#include "programs/version.h"
#include "quantizer/quantizer.h"
#include "tflite/writer.h"

#define PROGRAM "mnet-quantize"

static const char help[] =
	"usage: mnet-quantize MODEL.tflite --calibrate IMAGE... -o OUT.tflite [OPTION]...\n"
	"Quantise a float32 or float16 network to int8, with ranges from real images.\n"
	"\n"
	"  -c, --calibrate IMAGE...  JPEG, PNG or BMP files, stretched to the model's input\n"
	"  -o, --output FILE         the int8 model, for mnet-infer and TensorFlow Lite\n"
	"      --input TYPE          of the model's inputs and outputs: int8 (default),\n"
	"                            uint8, float\n"
	"      --percentile P        share of an activation's values that its range holds,\n"
	"                            in percent (default 100: all)\n"
	"      --image-range LO,HI   what black and white are to the model (default 0,1 where\n"
	"                            an image comes out, else -1,1)\n"
	"      --report FILE         every tensor's range and noise, worst first\n"
	"      --help, --version\n"
	"\n"
	"Exit status: 0 done, 1 an error (one line on stderr says which), 2 wrong usage.\n";

/**
 * struct options - the command line
 * @model: float .tflite
 * @output: where the result goes
 * @report: where the report goes, or NULL
 * @num_images: entries of @images
 * @images: to calibrate with
 * @range_given: --image-range was
 * @range: what black and white are to the model
 * @quantize: the rest
 */
struct options {
	const char *model;
	const char *output;
	const char *report;
	unsigned int num_images;
	char **images;
	bool range_given;
	struct image_range range;
	struct mnet_quantize_options quantize;
};

enum { OPT_HELP = 256, OPT_VERSION, OPT_INPUT, OPT_PERCENTILE, OPT_RANGE, OPT_REPORT };

static const struct option long_options[] = {
	{ "calibrate", required_argument, NULL, 'c' },
	{ "output", required_argument, NULL, 'o' },
	{ "input", required_argument, NULL, OPT_INPUT },
	{ "percentile", required_argument, NULL, OPT_PERCENTILE },
	{ "image-range", required_argument, NULL, OPT_RANGE },
	{ "report", required_argument, NULL, OPT_REPORT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static bool parse_double(const char *text, double *value)
{
	char *stop;

	*value = strtod(text, &stop);
	return stop != text && !*stop && isfinite(*value);
}

static int take_type(struct options *o, const char *value)
{
	if (!strcmp(value, "int8"))
		o->quantize.input = MNET_INT8;
	else if (!strcmp(value, "uint8"))
		o->quantize.input = MNET_UINT8;
	else if (!strcmp(value, "float"))
		o->quantize.input = MNET_FLOAT32;
	else
		return report_usage(PROGRAM, "--input %s is none of int8, uint8, float", value);
	return -1;
}

/* -1: go on; else the exit status */
static int take(struct options *o, int option, char *value)
{
	switch (option) {
	case 'c':
		/* an empty list: getopt took the next option for the first image */
		if (value[0] == '-' && value[1])
			return report_usage(PROGRAM, "--calibrate needs images before %s", value);
		o->images[o->num_images++] = value;
		break;
	case 'o':
		o->output = value;
		break;
	case OPT_INPUT:
		return take_type(o, value);
	case OPT_PERCENTILE:
		if (!parse_double(value, &o->quantize.percentile))
			return report_usage(PROGRAM, "--percentile %s is no number", value);
		break;
	case OPT_RANGE:
		if (!image_range_parse(&o->range, value))
			return report_usage(PROGRAM, "--image-range %s is not LO,HI", value);
		o->range_given = true;
		break;
	case OPT_REPORT:
		o->report = value;
		break;
	case OPT_HELP:
		fputs(help, stdout);
		return 0;
	case OPT_VERSION:
		puts(PROGRAM " " MNET_VERSION);
		return 0;
	}
	return -1;
}

/*
 * What follows --calibrate up to the next option are images; a file named before
 * it is the model. getopt's "-" hands them out in order.
 */
static int parse(int argc, char **argv, struct options *o)
{
	bool calibrate = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "-:c:o:", long_options, NULL)) != -1) {
		int ret;

		if (option == ':')
			return report_usage(PROGRAM, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return report_usage(PROGRAM, "no option %s", argv[optind - 1]);
		if (option == 1) {
			if (calibrate)
				o->images[o->num_images++] = optarg;
			else if (o->model)
				return report_usage(PROGRAM, "one model at a time: %s, %s",
						    o->model, optarg);
			else
				o->model = optarg;
			continue;
		}
		calibrate = option == 'c';
		ret = take(o, option, optarg);
		if (ret >= 0)
			return ret;
	}
	if (!o->model || !o->output)
		return report_usage(PROGRAM, "MODEL.tflite and -o OUT.tflite are needed");
	return -1;
}

static struct mnet_tensor_info tensor_info(const struct mnet_tensor *tensor)
{
	struct mnet_tensor_info info = {
		.name = tensor->name, .type = MNET_FLOAT32, .rank = tensor->rank,
		.bytes = tensor->bytes,
	};

	memcpy(info.shape, tensor->shape, sizeof(info.shape));
	return info;
}

static struct image_range default_range(const struct mnet_graph *graph)
{
	struct image_range range = IMAGE_RANGE;

	for (unsigned int i = 0; i < graph->num_outputs; i++) {
		struct mnet_tensor_info info = tensor_info(&graph->tensors[graph->outputs[i]]);

		image_range_consider(&range, &info);
	}
	return range;
}

static int fill_sample(void *opaque, unsigned int index, const struct mnet_tensor *input,
		       float *data, struct mnet_error *err)
{
	const struct options *o = opaque;
	struct mnet_tensor_info info = tensor_info(input);
	struct mnet_error inner = { "" };
	struct image image;
	int ret;

	ret = image_read(o->images[index], &image, &inner);
	if (!ret) {
		ret = image_to_input(&image, &info, &o->range, data, &inner);
		image_free(&image);
	}
	if (ret)
		return set_error(err, ret, "%s: %s", o->images[index], inner.message);
	return 0;
}

static int quantize(struct options *o, const struct mnet_model *model, struct mnet_error *err)
{
	struct mnet_samples samples = {
		.count = o->num_images, .fill = fill_sample, .opaque = o,
	};
	struct mnet_quantized *quantized;
	int ret;

	if (!o->range_given)
		o->range = default_range(&model->graph);
	o->quantize.input_min = fmin(o->range.black, o->range.white);
	o->quantize.input_max = fmax(o->range.black, o->range.white);
	ret = mnet_quantize(&model->graph, &samples, &o->quantize, &quantized, err);
	if (ret)
		return ret;
	if (o->report)
		ret = quantize_report_write(quantized, o->report, err);
	if (!ret)
		ret = mnet_tflite_save(&quantized->graph, "quantised to int8", o->output, err);
	if (!ret)
		quantize_report_summary(quantized, stdout);
	mnet_quantized_free(quantized);
	return ret;
}

int main(int argc, char **argv)
{
	struct options o = { .quantize = { .input = MNET_INT8, .percentile = 100 } };
	struct mnet_error err = { "" };
	struct mnet_model *model;
	int ret;

	o.images = calloc(argc, sizeof(*o.images));
	if (!o.images) {
		set_error(&err, -ENOMEM, "out of memory");
		return report(PROGRAM, NULL, &err);
	}
	ret = parse(argc, argv, &o);
	if (ret >= 0)
		goto out;
	ret = mnet_model_load(o.model, &model, &err);
	if (!ret) {
		ret = quantize(&o, model, &err);
		mnet_model_free(model);
	}
	if (ret)
		ret = report(PROGRAM, o.model, &err);
out:
	free(o.images);
	return ret;
}
