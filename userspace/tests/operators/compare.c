// SPDX-License-Identifier: MIT
/*
 * Runs a model on each device and by the reference, and compares the bytes. Many
 * networks share a model, for most of the time goes into starting the reference;
 * when something is wrong with one, each is tested alone.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optest.h"
#include "reference.h"
#include "tests/check.h"

/* Where the bytes of a job come from */
struct results {
	bool refused;	   /* by the reference */
	uint8_t *expected; /* the reference's, else the first device's */
	const char *expected_from;
	uint8_t *got[MAX_DEVICES];
};

static void note_operator(void *opaque, const struct mnet_op_info *op)
{
	struct optest *t = opaque;
	unsigned int i = 0;

	while (i < MAX_KINDS && t->kinds[i].met && strcmp(t->kinds[i].name, op->name))
		i++;
	if (i == MAX_KINDS)
		return;
	snprintf(t->kinds[i].name, sizeof(t->kinds[i].name), "%s", op->name);
	t->kinds[i].met++;
	t->kinds[i].accelerated += op->accelerated;
}

static void results_free(struct results *r)
{
	free(r->expected);
	for (int i = 0; i < MAX_DEVICES; i++)
		free(r->got[i]);
}

/* Whether all outputs are equal; prints those that are not. */
static bool equal(const struct job *job, const struct results *r, unsigned int device,
		  const char *name)
{
	unsigned int end = job->model->graph.num_outputs, unequal = 0;

	for (unsigned int i = 0; i < end; i++) {
		size_t offset, size = job_output(job, i, &offset), at = 0, differ = 0;
		const uint8_t *want = r->expected + offset, *got = r->got[device] + offset;

		if (!memcmp(want, got, size))
			continue;
		for (size_t k = size; k-- > 0;) {
			if (want[k] != got[k]) {
				at = k;
				differ++;
			}
		}
		check_note(
			"output %u on %s: %zu of %zu bytes are not %s, the first at %zu: %d, not %d",
			i, name, differ, size, r->expected_from, at, got[at], want[at]);
		unequal++;
	}
	return !unequal;
}

static bool read_reference(const struct job *job, const char *out, uint8_t *expected)
{
	for (unsigned int i = 0; i < job->model->graph.num_outputs; i++) {
		size_t offset, size = job_output(job, i, &offset);

		if (!reference_output(out, i, expected + offset, size))
			return false;
	}
	return true;
}

/* Why the reference refused: the first error that it printed */
static void refusal(const struct optest *t, char *line, int size)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/job.log", t->work);
	line[0] = 0;
	f = fopen(path, "r");
	while (f && fgets(line, size, f) && !strncmp(line, "INFO", 4))
		line[0] = 0;
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = 0;
}

/*
 * Runs @job everywhere, the reference meanwhile. 0; -EOPNOTSUPP: an operator that
 * we cannot do; else one of ours failed.
 */
static int run_everywhere(struct optest *t, const struct job *job, uint32_t sram, struct results *r,
			  struct mnet_error *err)
{
	char prefix[PATH_MAX], model[PATH_MAX], input[PATH_MAX];
	pid_t reference = -1;
	int ret = 0;

	*r = (struct results){ .expected = malloc(job->output_size + 1) };
	if (!r->expected)
		return mnet_fail(err, -ENOMEM, "out of memory");
	snprintf(prefix, sizeof(prefix), "%s/job", t->work);
	if (t->reference) {
		snprintf(model, sizeof(model), "%s/job.tflite", t->work);
		snprintf(input, sizeof(input), "%s/job.in", t->work);
		if (!job_save(job, prefix))
			return mnet_fail(err, -EIO, "%s: cannot be written", prefix);
		reference = reference_start(t->reference, model, input, prefix);
	}
	for (unsigned int i = 0; !ret && i < t->num_devices; i++) {
		r->got[i] = malloc(job->output_size + 1);
		if (!r->got[i])
			ret = mnet_fail(err, -ENOMEM, "out of memory");
		else
			ret = job_run(job, t->devices[i], sram, r->got[i],
				      i + 1 == t->num_devices ? note_operator : NULL, t, err);
	}
	if (t->reference) {
		r->expected_from = "TFLite's";
		r->refused =
			!reference_finish(reference) || !read_reference(job, prefix, r->expected);
	}
	if (!ret && (!t->reference || r->refused)) {
		r->expected_from = mnet_device_name(t->devices[0]);
		memcpy(r->expected, r->got[0], job->output_size);
	}
	return ret;
}

static void print_operators(const struct job *job)
{
	char text[400] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < job->model->graph.num_ops && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %s",
					 job->model->graph.ops[i].name);
	check_note("operators:%s", text);
}

/* Keeps the files of what failed and says how to run it again. */
static void keep(const struct optest *t, const struct job *job, unsigned long long seed,
		 uint32_t sram)
{
	char prefix[PATH_MAX], devices[200] = "";

	if (!job->model)
		return;
	print_operators(job);
	if (!t->keep)
		return;
	snprintf(prefix, sizeof(prefix), "%s/%llu", t->keep, seed);
	if (!job_save(job, prefix)) {
		check_note("%s.tflite cannot be written", prefix);
		return;
	}
	for (unsigned int i = 0; i < t->num_devices; i++)
		snprintf(devices + strlen(devices), sizeof(devices) - strlen(devices),
			 " --device %s", mnet_device_name(t->devices[i]));
	check_note("again: mnet-optest%s --sram %u%s%s --rerun %s.tflite %s.in", devices, sram,
		   t->reference ? " --reference " : "", t->reference ? t->reference : "", prefix,
		   prefix);
}

static void fail(struct optest *t, const struct job *job, unsigned long long seed, uint32_t sram)
{
	t->failed++;
	printf("not ok - %u from network %llu\n", job->num_networks, seed);
	keep(t, job, seed, sram);
	fflush(stdout);
}

/* What cannot be compared, and why */
static void leave_out(struct optest *t, const struct job *job, const char *why)
{
	t->left_out++;
	check_note("left out: %s", why);
	print_operators(job);
}

/* Files for another machine to compare with */
static void write_expected(struct optest *t, const struct job *job, const struct results *r)
{
	char prefix[PATH_MAX], path[PATH_MAX + 8];

	snprintf(prefix, sizeof(prefix), "%s/%04lu", t->write, t->passed - 1);
	snprintf(path, sizeof(path), "%s.out", prefix);
	if (!job_save(job, prefix) || !job_write_file(path, r->expected, job->output_size)) {
		check_note("%s: cannot be written", prefix);
		t->failed++;
	}
}

enum verdict { EQUAL, DIFFERENT, REFUSED, UNSUPPORTED };

static enum verdict test_job(struct optest *t, const struct job *job, uint32_t sram,
			     struct results *r, struct mnet_error *err)
{
	int ret = run_everywhere(t, job, sram, r, err);

	if (ret == -EOPNOTSUPP)
		return UNSUPPORTED;
	if (ret) {
		check_note("%s", err->message);
		return DIFFERENT;
	}
	for (unsigned int i = 0; i < t->num_devices; i++) {
		if (!equal(job, r, i, mnet_device_name(t->devices[i])))
			return DIFFERENT;
	}
	return r->refused ? REFUSED : EQUAL;
}

/* The networks of one model; when it is not equal everywhere, each alone */
static void test_networks(struct optest *t, unsigned long long seed, unsigned int count,
			  uint32_t sram)
{
	unsigned long failed = t->failed, passed = t->passed;
	enum verdict verdict = DIFFERENT;
	struct mnet_error err = { "" };
	struct results r = { 0 };
	struct job job;
	char line[200];

	if (job_draw(&job, seed, count, &err))
		check_note("network %llu: %s", seed, err.message);
	else
		verdict = test_job(t, &job, sram, &r, &err);

	if (verdict == EQUAL) {
		t->passed += count;
		if (t->write)
			write_expected(t, &job, &r);
	} else if (count > 1) {
		for (unsigned int i = 0; i < count; i++)
			test_networks(t, seed + i, 1, sram);
		/* Nothing is wrong with any alone: then it is their company. */
		if (verdict == DIFFERENT && t->failed == failed) {
			t->passed = passed;
			fail(t, &job, seed, sram);
		}
	} else if (verdict == DIFFERENT) {
		fail(t, &job, seed, sram);
	} else if (verdict == UNSUPPORTED) {
		leave_out(t, &job, err.message);
	} else {
		refusal(t, line, sizeof(line));
		leave_out(t, &job, line);
	}
	results_free(&r);
	job_free(&job);
}

static uint32_t sram_of(const struct optest *t, unsigned long long n)
{
	static const uint32_t sizes[] = { 0, 16 << 10, 48 << 10, 256 << 10 };

	return t->sram >= 0 ? (uint32_t)t->sram : sizes[n % 4];
}

void optest_networks(struct optest *t, unsigned long long seed, unsigned int count)
{
	test_networks(t, seed, count, sram_of(t, seed / t->batch));
}

void optest_file(struct optest *t, const char *model, const char *input, const char *expected)
{
	struct mnet_error err = { "" };
	struct results r = { 0 };
	struct job job;
	unsigned long size = 0;
	bool ok = false;

	if (job_read(&job, model, input, &err) ||
	    run_everywhere(t, &job, sram_of(t, t->passed + t->failed), &r, &err)) {
		check_note("%s", err.message);
	} else {
		if (expected) {
			free(r.expected);
			r.expected = check_read_file(expected, &size);
			r.expected_from = "what is expected";
		}
		ok = r.expected && (!expected || size == job.output_size);
		for (unsigned int i = 0; ok && i < t->num_devices; i++)
			ok = equal(&job, &r, i, mnet_device_name(t->devices[i]));
	}
	t->passed += ok;
	t->failed += !ok;
	printf("%sok - %s\n", ok ? "" : "not ", model);
	fflush(stdout);
	results_free(&r);
	job_free(&job);
}
