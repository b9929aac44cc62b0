// SPDX-License-Identifier: MIT
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "programs/infer.h"
#include "programs/report.h"
#include "programs/version.h"

#define PROGRAM "mnet-infer"

static const char help[] =
	"usage: mnet-infer -m MODEL -i IMAGE [OPTION]...\n"
	"Run a network on the accelerator and show what it sees in a photo.\n"
	"\n"
	"  -m, --model FILE        the network: .tflite, or .mnet as mnet-compile makes it\n"
	"  -i, --image FILE        the photo: JPEG, PNG or BMP; stretched to the input's size\n"
	"  -l, --labels FILE       names of the classes, one a line\n"
	"  -d, --device DEVICE     /dev/edgetpu0 or another node, sim[:soc|:pcie] (the device\n"
	"                          model in this process), cpu; without: /dev/edgetpu0 where it\n"
	"                          exists, else sim\n"
	"  -k, --top N             show the N best classes (5)\n"
	"      --raw-input FILE    the input's bytes, instead of a photo\n"
	"      --raw-output PREFIX write the outputs' bytes to PREFIX.output0.raw, ...\n"
	"      --save-mask FILE    write what a segmentation found, as a PNG of the photo's size:\n"
	"                          grey, white is certain; or classes in colours, with a legend\n"
	"      --save-overlay FILE write the photo with the rest darkened, or classes laid on\n"
	"      --as KIND           take the output for classify or segment, whatever its shape\n"
	"      --image-range LO,HI what black and white are to a model that takes floats (0,1\n"
	"                          where an image comes out, else -1,1)\n"
	"      --json              print one JSON object\n"
	"      --repeat N          run N times, show median and least host time\n"
	"      --profile FILE      write when each command ran, as a trace for ui.perfetto.dev\n"
	"      --help, --version\n"
	"\n"
	"Exit status: 0 done, 1 an error (one line on stderr says which), 2 wrong usage.\n";

enum {
	OPT_RAW_INPUT = 256,
	OPT_RAW_OUTPUT,
	OPT_SAVE_MASK,
	OPT_SAVE_OVERLAY,
	OPT_AS,
	OPT_IMAGE_RANGE,
	OPT_JSON,
	OPT_REPEAT,
	OPT_PROFILE,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{ "model", required_argument, NULL, 'm' },
	{ "image", required_argument, NULL, 'i' },
	{ "labels", required_argument, NULL, 'l' },
	{ "device", required_argument, NULL, 'd' },
	{ "top", required_argument, NULL, 'k' },
	{ "raw-input", required_argument, NULL, OPT_RAW_INPUT },
	{ "raw-output", required_argument, NULL, OPT_RAW_OUTPUT },
	{ "save-mask", required_argument, NULL, OPT_SAVE_MASK },
	{ "save-overlay", required_argument, NULL, OPT_SAVE_OVERLAY },
	{ "as", required_argument, NULL, OPT_AS },
	{ "image-range", required_argument, NULL, OPT_IMAGE_RANGE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

/* 0 when @text is no whole number of 1..max */
static unsigned long count(const char *text, unsigned long max)
{
	unsigned long n;
	char *end;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	return errno || *end || n > max ? 0 : n;
}

static int take_kind(struct infer_options *o, const char *value)
{
	if (!strcmp(value, "classify"))
		o->as = INFER_CLASSIFY;
	else if (!strcmp(value, "segment"))
		o->as = INFER_SEGMENT;
	else
		return report_usage(PROGRAM, "--as %s is neither classify nor segment", value);
	return -1;
}

static int check(const struct infer_options *o)
{
	if (!o->model)
		return report_usage(PROGRAM, "no model: -m FILE");
	if (!o->image && !o->raw_input)
		return report_usage(PROGRAM, "no image: -i FILE, or --raw-input FILE");
	if (!o->image && o->save_overlay)
		return report_usage(PROGRAM, "--save-overlay needs a photo: -i FILE");
	if (o->as == INFER_CLASSIFY && (o->save_mask || o->save_overlay))
		return report_usage(PROGRAM, "--as classify leaves nothing for %s",
				    o->save_mask ? "--save-mask" : "--save-overlay");
	return -1;
}

/* As for infer_options_parse() */
static int take(struct infer_options *o, int option, const char *value)
{
	switch (option) {
	case 'm':
		o->model = value;
		break;
	case 'i':
		o->image = value;
		break;
	case 'l':
		o->labels = value;
		break;
	case 'd':
		o->device = value;
		break;
	case 'k':
		o->k = count(value, 1000000);
		if (!o->k)
			return report_usage(PROGRAM, "-k %s is no number of classes", value);
		break;
	case OPT_RAW_INPUT:
		o->raw_input = value;
		break;
	case OPT_RAW_OUTPUT:
		o->raw_output = value;
		break;
	case OPT_SAVE_MASK:
		o->save_mask = value;
		break;
	case OPT_SAVE_OVERLAY:
		o->save_overlay = value;
		break;
	case OPT_AS:
		return take_kind(o, value);
	case OPT_IMAGE_RANGE:
		if (!image_range_parse(&o->range, value))
			return report_usage(PROGRAM, "--image-range %s is not LO,HI", value);
		o->range_given = true;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_REPEAT:
		o->repeat = count(value, 1000000);
		if (!o->repeat)
			return report_usage(PROGRAM, "--repeat %s is no number of runs", value);
		break;
	case OPT_PROFILE:
		o->profile = value;
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

int infer_options_parse(int argc, char **argv, struct infer_options *o)
{
	int option;

	*o = (struct infer_options){ .k = 5, .repeat = 1 };
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":m:i:l:d:k:", long_options, NULL)) != -1) {
		int ret;

		if (option == ':' || option == '?')
			return report_option(PROGRAM, option, argv);
		ret = take(o, option, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		return report_usage(PROGRAM, "what is %s?", argv[optind]);
	return check(o);
}
