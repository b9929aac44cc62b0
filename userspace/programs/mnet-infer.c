// SPDX-License-Identifier: MIT
/* mnet-infer: run a network once, or some times, and show what it says. */
#define _GNU_SOURCE /* asprintf */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "programs/file.h"
#include "programs/image.h"
#include "programs/infer.h"
#include "programs/network.h"
#include "programs/report.h"
#include "programs/tensor.h"

#define PROGRAM	  "mnet-infer"
#define MAX_INPUT (1u << 30)

/* Everything that is open */
struct infer {
	struct infer_options options;
	struct infer_result result;
	struct image photo;
	struct mnet_device *device;
	struct mnet_executable *exe;
	struct mnet_session *session;
};

static int copy_raw(struct infer *in, const uint8_t *data, size_t size, struct mnet_error *err)
{
	unsigned int n = mnet_executable_num_inputs(in->exe);
	struct mnet_tensor_info info;
	size_t want = 0, at = 0;
	char text[TENSOR_TEXT] = "";

	for (unsigned int i = 0; i < n; i++) {
		if (!mnet_executable_input(in->exe, i, &info)) {
			want += info.bytes;
			tensor_text(text, &info);
		}
	}
	if (size != want)
		return set_error(err, -EINVAL, "%zu bytes, but the model's input%s %zu (%s%s)",
				 size, n == 1 ? " has" : "s have", want,
				 n == 1 ? "" : "the last one ", text);
	for (unsigned int i = 0; i < n; i++) {
		if (mnet_executable_input(in->exe, i, &info))
			continue;
		memcpy(mnet_session_input(in->session, i), data + at, info.bytes);
		at += info.bytes;
	}
	return 0;
}

static int fill_raw(struct infer *in, struct mnet_error *err)
{
	size_t size;
	void *data;
	int ret = file_read(in->options.raw_input, MAX_INPUT, &data, &size, err);

	if (ret)
		return ret;
	ret = copy_raw(in, data, size, err);
	free(data);
	return ret;
}

static struct image_range float_range(const struct infer *in)
{
	struct image_range range = IMAGE_RANGE;
	struct mnet_tensor_info info;

	if (in->options.range_given)
		return in->options.range;
	for (unsigned int i = 0; i < mnet_executable_num_outputs(in->exe); i++) {
		if (!mnet_executable_output(in->exe, i, &info))
			image_range_consider(&range, &info);
	}
	return range;
}

static int fill_image(struct infer *in, struct mnet_error *err)
{
	const struct image_range range = float_range(in);
	struct mnet_tensor_info info;
	int ret;

	if (mnet_executable_num_inputs(in->exe) != 1)
		return set_error(err, -EINVAL,
				 "the model has %u inputs, an image is one: use --raw-input",
				 mnet_executable_num_inputs(in->exe));
	ret = mnet_executable_input(in->exe, 0, &info);
	if (ret)
		return set_error(err, ret, "the model's input cannot be read");
	ret = image_read(in->options.image, &in->photo, err);
	if (ret)
		return ret;
	return image_to_input(&in->photo, &info, &range, mnet_session_input(in->session, 0), err);
}

static int write_outputs(struct infer *in)
{
	unsigned int n = mnet_executable_num_outputs(in->exe);
	struct mnet_tensor_info info;
	struct mnet_error err;
	int status = 0;

	for (unsigned int i = 0; i < n && !status; i++) {
		char *path;

		if (mnet_executable_output(in->exe, i, &info))
			continue;
		if (asprintf(&path, "%s.output%u.raw", in->options.raw_output, i) < 0) {
			set_error(&err, -ENOMEM, "out of memory");
			return report(PROGRAM, NULL, &err);
		}
		if (file_write(path, mnet_session_output(in->session, i), info.bytes, &err))
			status = report(PROGRAM, path, &err);
		free(path);
	}
	return status;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int run(struct infer *in)
{
	unsigned int n = in->options.repeat;
	struct infer_result *r = &in->result;
	struct mnet_error err;
	double *times = calloc(n, sizeof(*times));

	if (!times) {
		set_error(&err, -ENOMEM, "out of memory");
		return report(PROGRAM, NULL, &err);
	}
	for (unsigned int i = 0; i < n; i++) {
		if (mnet_session_run(in->session, &r->run, &err)) {
			free(times);
			return report(PROGRAM, r->device, &err);
		}
		times[i] = r->run.host_ms;
	}
	qsort(times, n, sizeof(*times), ascending);
	r->host_ms_min = times[0];
	r->host_ms = n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
	free(times);
	return 0;
}

/* One more run: recording takes time of its own, which the result shall not have. */
static int profile(struct infer *in)
{
	const struct mnet_trace_event *events;
	struct mnet_error err;
	size_t count;

	if (mnet_session_set_trace(in->session, true, &err) ||
	    mnet_session_run(in->session, NULL, &err))
		return report(PROGRAM, in->result.device, &err);
	events = mnet_session_trace(in->session, &count);
	if (profile_write(in->options.profile, in->exe, events, count,
			  mnet_device_config(in->device)->clock_khz, &err))
		return report(PROGRAM, in->options.profile, &err);
	return 0;
}

/* What output 0 says, and the pictures of it */
static int understand(struct infer *in)
{
	struct infer_result *r = &in->result;
	const void *data = mnet_session_output(in->session, 0);
	const char *subject = in->options.model;
	struct mnet_tensor_info info;
	struct mnet_error err;
	int ret = mnet_executable_output(in->exe, 0, &info);

	if (ret)
		ret = set_error(&err, ret, "the output cannot be read");
	else if (r->kind == INFER_SEGMENT)
		ret = segmentation_make(&info, data, &r->segmentation, &err);
	else
		ret = scores_make(&info, data, scores_are_probabilities(in->exe), in->options.k,
				  &r->scores, &err);
	if (!ret)
		ret = infer_save(r, &in->photo, &subject, &err);
	return ret ? report(PROGRAM, subject, &err) : 0;
}

static int show(struct infer *in)
{
	struct infer_result *r = &in->result;
	struct mnet_error err;
	int ret = 0;

	if (in->options.json)
		ret = infer_print_json(r, stdout, &err);
	else
		infer_print_text(r, stdout);
	if (!ret && (fflush(stdout) || ferror(stdout)))
		ret = set_error(&err, -EIO, "cannot write the result: %s", strerror(errno));
	return ret ? report(PROGRAM, NULL, &err) : 0;
}

/* What the command line names, opened in order of cost, cheapest first */
static int open_all(struct infer *in)
{
	const struct infer_options *o = &in->options;
	struct infer_result *r = &in->result;
	struct mnet_error err;

	if (o->labels && labels_read(o->labels, &r->labels, &err))
		return report(PROGRAM, o->labels, &err);
	if (mnet_device_open(o->device, &in->device, &err))
		return report(PROGRAM, o->device ? o->device : "the default device", &err);
	r->device = mnet_device_name(in->device);
	if (network_load(o->model, mnet_device_config(in->device), NULL, &in->exe, &err) ||
	    infer_decide(o, in->exe, &r->kind, &err))
		return report(PROGRAM, o->model, &err);
	r->exe = in->exe;
	if (mnet_session_create(in->device, in->exe, &in->session, &err))
		return report(PROGRAM, o->model, &err);
	if (o->raw_input) {
		if (fill_raw(in, &err))
			return report(PROGRAM, o->raw_input, &err);
		/* It is still what an overlay lies on. */
		if (o->image && (o->save_mask || o->save_overlay) &&
		    image_read(o->image, &in->photo, &err))
			return report(PROGRAM, o->image, &err);
	} else if (fill_image(in, &err)) {
		return report(PROGRAM, o->image, &err);
	}
	return 0;
}

static int infer(struct infer *in)
{
	int status = open_all(in);

	in->result.options = &in->options;
	if (!status)
		status = run(in);
	if (!status && in->options.raw_output)
		status = write_outputs(in);
	if (!status && in->options.profile)
		status = profile(in);
	if (!status)
		status = understand(in);
	if (!status)
		status = show(in);
	return status;
}

int main(int argc, char **argv)
{
	struct infer in = { 0 };
	int status = infer_options_parse(argc, argv, &in.options);

	if (status >= 0)
		return status;
	status = infer(&in);
	image_free(&in.photo);
	segmentation_free(&in.result.segmentation);
	scores_free(&in.result.scores);
	labels_free(&in.result.labels);
	mnet_session_free(in.session);
	mnet_executable_free(in.exe);
	mnet_device_close(in.device);
	return status;
}
