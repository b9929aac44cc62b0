// SPDX-License-Identifier: MIT
/* mnet-compile: compile a network ahead of time and show where each operator runs. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "programs/network.h"
#include "programs/report.h"
#include "programs/table.h"
#include "programs/version.h"

#define PROGRAM "mnet-compile"

static const char help[] =
	"usage: mnet-compile MODEL [-o FILE.mnet] [OPTION]...\n"
	"Compile a .tflite network for the accelerator and show where each operator runs.\n"
	"\n"
	"  -o, --output FILE    write the executable, for mnet-infer -m\n"
	"  -c, --config CONFIG  the device it is for: soc (default; memory like a phone's),\n"
	"                       pcie (memory like Coral's)\n"
	"  -d, --dump PASS      print what a pass of the compiler made; ? lists them\n"
	"      --help, --version\n"
	"\n"
	"MODEL may be a .mnet file: its table is shown.\n"
	"Exit status: 0 done, 1 an error (one line on stderr says which), 2 wrong usage.\n";

struct options {
	const char *model;
	const char *output;
	const char *pass;
	const struct mnet_hw_config *config;
};

enum { OPT_HELP = 256, OPT_VERSION };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },    { "config", required_argument, NULL, 'c' },
	{ "dump", required_argument, NULL, 'd' },      { "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION }, { 0 },
};

/* -1: go on; else the exit status */
static int take(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'o':
		o->output = value;
		break;
	case 'c':
		if (!strcmp(value, "soc"))
			o->config = &mnet_hw_config_soc;
		else if (!strcmp(value, "pcie"))
			o->config = &mnet_hw_config_pcie;
		else
			return report_usage(PROGRAM, "--config %s is neither soc nor pcie", value);
		break;
	case 'd':
		o->pass = value;
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

static int parse(int argc, char **argv, struct options *o)
{
	int option;

	*o = (struct options){ .config = &mnet_hw_config_soc };
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:c:d:", long_options, NULL)) != -1) {
		int ret;

		if (option == ':' || option == '?')
			return report_option(PROGRAM, option, argv);
		ret = take(o, option, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind == argc)
		return report_usage(PROGRAM, "no model");
	if (argc - optind > 1)
		return report_usage(PROGRAM, "one model, not also %s", argv[optind + 1]);
	o->model = argv[optind];
	return -1;
}

static void dump_line(void *opaque, const char *line)
{
	(void)opaque;
	puts(line);
}

int main(int argc, char **argv)
{
	struct mnet_executable *exe;
	struct mnet_compile_options compile = { .dump = dump_line };
	struct mnet_error err;
	struct options o;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	compile.dump_pass = o.pass;
	if (network_load(o.model, o.config, &compile, &exe, &err))
		return report(PROGRAM, o.model, &err);
	status = 0;
	if (o.output && mnet_executable_save(exe, o.output, &err))
		status = report(PROGRAM, o.output, &err);
	if (!status && !o.pass)
		table_print(exe, stdout);
	if (!status && (fflush(stdout) || ferror(stdout))) {
		set_error(&err, -1, "cannot write the table");
		status = report(PROGRAM, NULL, &err);
	}
	mnet_executable_free(exe);
	return status;
}
