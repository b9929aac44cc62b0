// SPDX-License-Identifier: MIT
/* edgetpu-dump: what the driver noted down of an accelerator that went wrong, as text. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "programs/dump.h"
#include "programs/network.h"
#include "programs/report.h"
#include "programs/version.h"

#define PROGRAM "edgetpu-dump"
#define DUMPS	"/sys/class/devcoredump/devcd"

/* The driver's are less than one. */
#define MAX_SIZE (16u << 20)

static const char help[] =
	"usage: edgetpu-dump [OPTION]... [FILE]\n"
	"Show what the driver noted down of an accelerator that went wrong, as text.\n"
	"\n"
	"  -m, --model MODEL    name the operators of this network (.tflite or .mnet)\n"
	"  -x, --memory         the firmware's memory too, in hexadecimal\n"
	"      --help, --version\n"
	"\n"
	"FILE is a copy of /sys/class/devcoredump/devcd*/data; without it the newest of those\n"
	"that are of an accelerator is taken, which only root may read.\n"
	"Exit status: 0 done, 1 an error (one line on stderr says which), 2 wrong usage.\n";

struct options {
	const char *file;
	const char *model;
	bool memory;
};

enum { OPT_HELP = 256, OPT_VERSION };

static const struct option long_options[] = {
	{ "model", required_argument, NULL, 'm' }, { "memory", no_argument, NULL, 'x' },
	{ "help", no_argument, NULL, OPT_HELP },   { "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

/* -1: go on; else the exit status */
static int take(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'm':
		o->model = value;
		break;
	case 'x':
		o->memory = true;
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

	*o = (struct options){ 0 };
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":m:x", long_options, NULL)) != -1) {
		int ret;

		if (option == ':' || option == '?')
			return report_option(PROGRAM, option, argv);
		ret = take(o, option, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		o->file = argv[optind++];
	if (optind < argc)
		return report_usage(PROGRAM, "what is %s?", argv[optind]);
	return -1;
}

/* Files of sysfs have no size: it is read to its end. *@data is malloc'ed. */
static int read_all(const char *path, uint8_t **data, size_t *size, struct mnet_error *err)
{
	/* nobody need ever write to a FIFO */
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
	struct stat st;
	int ret = 0;

	if (!file)
		return set_error(err, -errno, "%s", strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fclose(file);
		return set_error(err, -EINVAL, "no regular file");
	}
	*size = 0;
	*data = malloc(MAX_SIZE + 1);
	if (*data)
		*size = fread(*data, 1, MAX_SIZE + 1, file);
	if (!*data)
		ret = set_error(err, -ENOMEM, "out of memory");
	else if (ferror(file))
		ret = set_error(err, -EIO, "cannot be read");
	else if (*size > MAX_SIZE)
		ret = set_error(err, -EINVAL, "no dump: more than %u bytes", MAX_SIZE);
	fclose(file);
	if (ret)
		free(*data);
	return ret;
}

/* Dumps are numbered as they come; a time that sysfs tells is that of the first look at it. */
static unsigned long number_of(const char *path)
{
	return strtoul(path + strlen(DUMPS), NULL, 10);
}

/* The newest of those that the kernel has of our driver; NULL: there is none */
static char *find_newest(void)
{
	unsigned long newest = 0;
	char *found = NULL;
	glob_t all;

	if (glob(DUMPS "*/data", 0, NULL, &all))
		return NULL;
	for (size_t i = 0; i < all.gl_pathc; i++) {
		const unsigned long number = number_of(all.gl_pathv[i]);
		uint32_t magic = 0;
		FILE *file = fopen(all.gl_pathv[i], "rb");

		if (!file)
			continue;
		if (fread(&magic, sizeof(magic), 1, file) == 1 &&
		    magic == htole32(EDGETPU_DUMP_MAGIC) && number >= newest) {
			free(found);
			found = strdup(all.gl_pathv[i]);
			newest = number;
		}
		fclose(file);
	}
	globfree(&all);
	return found;
}

static int show(const struct options *o, const char *path, const struct mnet_executable *exe)
{
	const struct dump_options options = { .exe = exe, .memory = o->memory };
	struct mnet_error err;
	struct dump dump;
	uint8_t *data = NULL;
	size_t size = 0;
	int status = 0;

	if (read_all(path, &data, &size, &err))
		return report(PROGRAM, path, &err);
	if (dump_open(&dump, data, size, &err)) {
		status = report(PROGRAM, path, &err);
	} else {
		dump_print(&dump, &options, stdout);
		if (fflush(stdout) || ferror(stdout)) {
			set_error(&err, -EIO, "%s", strerror(errno));
			status = report(PROGRAM, "standard output", &err);
		}
	}
	free(data);
	return status;
}

int main(int argc, char **argv)
{
	struct mnet_executable *exe = NULL;
	char *newest = NULL;
	struct mnet_error err;
	struct options o;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	if (o.model && network_load(o.model, &mnet_hw_config_soc, NULL, &exe, &err))
		return report(PROGRAM, o.model, &err);
	if (!o.file)
		newest = find_newest();
	if (o.file || newest) {
		status = show(&o, o.file ? o.file : newest, exe);
	} else {
		set_error(&err, -ENOENT, "there is no dump of an accelerator that can be read");
		status = report(PROGRAM, "/sys/class/devcoredump", &err);
	}
	free(newest);
	mnet_executable_free(exe);
	return status;
}
