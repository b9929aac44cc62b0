// SPDX-License-Identifier: MIT
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "programs/report.h"
#include "programs/top.h"
#include "programs/version.h"

#define PROGRAM "mnet-top"

static const char help[] =
	"usage: mnet-top [OPTION]...\n"
	"Show the accelerators, who uses them, and how much.\n"
	"\n"
	"  -d, --delay SECONDS     between two looks (1)\n"
	"  -s, --sort KEY          clients by use, pid, user, name, memory, jobs or queue\n"
	"  -r, --reverse           the other way round\n"
	"      --once              look twice, show what the time between was used for, and end\n"
	"      --json              an object a line instead of the table\n"
	"      --prometheus        one look, in the text format of Prometheus\n"
	"  -l, --list              what each device is: serial number, firmware, clock, memory\n"
	"      --reset DEVICE      reset the device (0000:00:02.0); root only, jobs are lost\n"
	"      --root DIR          look at the system below DIR\n"
	"      --help, --version\n"
	"\n"
	"Keys: q ends; u use, p pid, o owner, n name, m memory, j jobs, d depth of the queue sort;\n"
	"r reverses; arrows and page keys scroll; space looks at once.\n"
	"\n"
	"Exit status: 0 done, 1 an error (one line on stderr says which), 2 wrong usage.\n";

enum { OPT_ONCE = 256, OPT_JSON, OPT_PROMETHEUS, OPT_RESET, OPT_ROOT, OPT_HELP, OPT_VERSION };

static const struct option long_options[] = {
	{ "delay", required_argument, NULL, 'd' },
	{ "sort", required_argument, NULL, 's' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "prometheus", no_argument, NULL, OPT_PROMETHEUS },
	{ "list", no_argument, NULL, 'l' },
	{ "reset", required_argument, NULL, OPT_RESET },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static int take_delay(struct top_options *o, const char *text)
{
	char *end;

	o->delay = strtod(text, &end);
	if (end == text || *end || !(o->delay >= 0.1 && o->delay <= 3600))
		return report_usage(PROGRAM, "--delay %s is no time of 0.1 to 3600 seconds", text);
	return -1;
}

static int take_key(struct top_options *o, const char *text)
{
	for (int i = 0; i < TOP_KEYS; i++) {
		if (!strcmp(text, top_key_names[i])) {
			o->order.key = i;
			return -1;
		}
	}
	return report_usage(PROGRAM, "--sort %s: by use, pid, user, name, memory, jobs or queue",
			    text);
}

static int take_mode(struct top_options *o, enum top_mode mode)
{
	if (o->mode != TOP_TABLE && o->mode != mode)
		return report_usage(PROGRAM,
				    "one of --json, --prometheus, --list and --reset alone");
	o->mode = mode;
	return -1;
}

/* As for top_options_parse() */
static int take(struct top_options *o, int option, const char *value)
{
	switch (option) {
	case 'd':
		return take_delay(o, value);
	case 's':
		return take_key(o, value);
	case 'r':
		o->order.reverse = true;
		break;
	case 'l':
		return take_mode(o, TOP_LIST);
	case OPT_ONCE:
		o->once = true;
		break;
	case OPT_JSON:
		return take_mode(o, TOP_JSON);
	case OPT_PROMETHEUS:
		return take_mode(o, TOP_PROMETHEUS);
	case OPT_RESET:
		o->device = value;
		return take_mode(o, TOP_RESET);
	case OPT_ROOT:
		o->root = value;
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

int top_options_parse(int argc, char **argv, struct top_options *o)
{
	int option;

	*o = (struct top_options){ .delay = 1, .root = "/" };
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":d:s:rl", long_options, NULL)) != -1) {
		int ret;

		if (option == ':' || option == '?')
			return report_option(PROGRAM, option, argv);
		ret = take(o, option, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		return report_usage(PROGRAM, "what is %s?", argv[optind]);
	return -1;
}
