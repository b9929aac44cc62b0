// SPDX-License-Identifier: MIT
/*
 * mnet-optest: small networks drawn from a seed, run on every device and by
 * TensorFlow Lite's reference kernels: the bytes must be equal.
 */
#define _GNU_SOURCE /* mkdtemp */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "optest.h"
#include "tests/check.h"

#define BATCH 20 /* networks in a model */

enum { SEED = 1, COUNT, DEVICE, REFERENCE, KEEP, WRITE, REPLAY, RERUN, SRAM, HELP };

static const struct option options[] = {
	{ "seed", required_argument, NULL, SEED },
	{ "count", required_argument, NULL, COUNT },
	{ "device", required_argument, NULL, DEVICE },
	{ "reference", required_argument, NULL, REFERENCE },
	{ "keep", required_argument, NULL, KEEP },
	{ "write", required_argument, NULL, WRITE },
	{ "replay", required_argument, NULL, REPLAY },
	{ "rerun", required_argument, NULL, RERUN },
	{ "sram", required_argument, NULL, SRAM },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static int usage(FILE *to)
{
	fputs("usage: mnet-optest [OPTION]...\n"
	      "Networks of one to six operators, drawn from a seed, must give the same bytes on\n"
	      "every device and by TensorFlow Lite's reference kernels.\n"
	      "\n"
	      "  --seed N          of the first network, default 1; the next has N + 1\n"
	      "  --count N         networks, default 1000\n"
	      "  --device NAME     cpu, sim, /dev/edgetpu0, ...; may be repeated; default cpu and sim\n"
	      "  --reference FILE  tflrun, TensorFlow Lite's runner; without it the devices are\n"
	      "                    compared with the first\n"
	      "  --sram BYTES      to compile for, 0 for the device's; default: several sizes\n"
	      "  --keep DIR        leave there what fails, and say how to run it again\n"
	      "  --write DIR       write each network, its input and its expected output there\n"
	      "  --replay DIR      compare the devices with what --write left in DIR\n"
	      "  --rerun FILE.tflite INPUT  test this model on the bytes of INPUT\n",
	      to);
	return to == stdout ? 0 : 2;
}

static bool number(const char *text, unsigned long long max, unsigned long long *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *text != '-' && *value <= max;
}

static int open_device(struct optest *t, const char *name)
{
	struct mnet_error err = { "too many devices" };

	if (t->num_devices < MAX_DEVICES &&
	    !mnet_device_open(name, &t->devices[t->num_devices], &err)) {
		t->num_devices++;
		return 0;
	}
	fprintf(stderr, "mnet-optest: %s: %s\n", name, err.message);
	return 1;
}

static void replay(struct optest *t, const char *dir)
{
	char model[PATH_MAX], input[PATH_MAX], output[PATH_MAX];

	for (unsigned int i = 0;; i++) {
		snprintf(model, sizeof(model), "%s/%04u.tflite", dir, i);
		snprintf(input, sizeof(input), "%s/%04u.in", dir, i);
		snprintf(output, sizeof(output), "%s/%04u.out", dir, i);
		if (access(model, R_OK))
			return;
		optest_file(t, model, input, output);
	}
}

static void draw(struct optest *t)
{
	unsigned long done = 0;

	while (done < t->count) {
		unsigned long left = t->count - done;

		optest_networks(t, t->seed + done, left < t->batch ? left : t->batch);
		done += left < t->batch ? left : t->batch;
		if (done % (10 * t->batch) == 0) {
			check_note("%lu of %lu", done, t->count);
			fflush(stdout);
		}
	}
}

static int report(struct optest *t, bool replayed)
{
	unsigned long all = t->passed + t->failed + t->left_out, skipped;

	for (int i = 0; i < MAX_KINDS && t->kinds[i].met; i++)
		check_note("%-24s %6lu, %lu of them accelerated", t->kinds[i].name, t->kinds[i].met,
			   t->kinds[i].accelerated);
	if (t->left_out * 20 > all) {
		printf("not ok - more than one in twenty could not be compared\n");
		t->failed++;
	}
	/* What no reference saw agrees on the devices, but is TFLite's nowhere. */
	skipped = t->left_out + (t->reference || replayed ? 0 : t->passed);
	if (skipped)
		printf("%lu passed, %lu failed, %lu skipped\n", t->passed, t->failed, skipped);
	else
		printf("%lu passed, %lu failed\n", t->passed, t->failed);
	return t->failed || !t->passed;
}

static int make_directories(struct optest *t)
{
	const char *base = getenv("TMPDIR");

	if (snprintf(t->work, sizeof(t->work), "%s/optest.XXXXXX", base ? base : "/tmp") >=
		    (int)sizeof(t->work) ||
	    !mkdtemp(t->work)) {
		fprintf(stderr, "mnet-optest: no place for files: %s\n", t->work);
		return 1;
	}
	if ((t->keep && mkdir(t->keep, 0777) && errno != EEXIST) ||
	    (t->write && mkdir(t->write, 0777) && errno != EEXIST)) {
		fprintf(stderr, "mnet-optest: no such directory, and it cannot be made: %s\n",
			strerror(errno));
		return 1;
	}
	return 0;
}

static void remove_work(const struct optest *t)
{
	static const char *const files[] = { "job.tflite", "job.in", "job.log", "job/meta.json" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", t->work, files[i]);
		unlink(path);
	}
	for (unsigned int i = 0;; i++) {
		snprintf(path, sizeof(path), "%s/job/output%u.raw", t->work, i);
		if (unlink(path))
			break;
	}
	snprintf(path, sizeof(path), "%s/job", t->work);
	rmdir(path);
	rmdir(t->work);
}

int main(int argc, char **argv)
{
	struct optest t = { .seed = 1, .count = 1000, .batch = BATCH, .sram = -1 };
	const char *rerun = NULL, *replayed = NULL;
	unsigned long long n;
	int c, status = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if ((c == SEED && !number(optarg, ULLONG_MAX, &t.seed)) ||
		    ((c == COUNT || c == SRAM) && !number(optarg, INT_MAX, &n)))
			return usage(stderr);
		switch (c) {
		case SEED:
			break;
		case COUNT:
			t.count = n;
			break;
		case SRAM:
			t.sram = n;
			break;
		case DEVICE:
			status |= open_device(&t, optarg);
			break;
		case REFERENCE:
			t.reference = optarg;
			break;
		case KEEP:
			t.keep = optarg;
			break;
		case WRITE:
			t.write = optarg;
			break;
		case REPLAY:
			replayed = optarg;
			break;
		case RERUN:
			rerun = optarg;
			break;
		case HELP:
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind + !!rerun != argc)
		return usage(stderr);
	if (!t.num_devices && !status)
		status = open_device(&t, "cpu") || open_device(&t, "sim");
	if (!status)
		status = make_directories(&t);
	/* What is written is compared one by one. */
	if (t.write)
		t.batch = 1;
	if (!status) {
		if (rerun)
			optest_file(&t, rerun, argv[optind], NULL);
		else if (replayed)
			replay(&t, replayed);
		else
			draw(&t);
		status = report(&t, replayed);
		remove_work(&t);
	}
	for (unsigned int i = 0; i < t.num_devices; i++)
		mnet_device_close(t.devices[i]);
	return status;
}
