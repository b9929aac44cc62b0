// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "job.h"
#include "tflite/writer.h"

static int set_sizes(struct job *job, struct mnet_error *err)
{
	const struct mnet_graph *g = &job->model->graph;

	job->input_size = 0;
	for (unsigned int i = 0; i < g->num_inputs; i++)
		job->input_size += g->tensors[g->inputs[i]].bytes;
	job->output_size = 0;
	for (unsigned int i = 0; i < g->num_outputs; i++)
		job->output_size += g->tensors[g->outputs[i]].bytes;
	job->input = malloc(job->input_size + 1);
	return job->input ? 0 : mnet_fail(err, -ENOMEM, "out of memory");
}

static void draw_inputs(struct job *job, const unsigned int *first_input, unsigned long long seed)
{
	const struct mnet_graph *g = &job->model->graph;
	uint8_t *p = job->input;

	for (unsigned int n = 0; n < job->num_networks; n++) {
		for (unsigned int i = first_input[n]; i < first_input[n + 1]; i++) {
			/* Inputs of a network differ from each other. */
			draw_input(&g->tensors[g->inputs[i]], (seed + n) * 64 + i - first_input[n],
				   p);
			p += g->tensors[g->inputs[i]].bytes;
		}
	}
}

int job_draw(struct job *job, unsigned long long seed, unsigned int count, struct mnet_error *err)
{
	unsigned int *first_input = calloc(count + 1, sizeof(*first_input));
	struct build b;
	int ret;

	*job = (struct job){ .num_networks = count };
	if (!first_input)
		return mnet_fail(err, -ENOMEM, "out of memory");
	build_start(&b);
	for (unsigned int n = 0; n < count; n++) {
		draw_network(&b, seed + n);
		first_input[n + 1] = b.graph.num_inputs;
	}
	ret = mnet_tflite_write(&b.graph, NULL, &job->file, &job->file_size, err);
	build_free(&b);
	if (!ret)
		ret = mnet_model_load_memory(job->file, job->file_size, &job->model, err);
	if (!ret)
		ret = set_sizes(job, err);
	if (!ret)
		draw_inputs(job, first_input, seed);
	free(first_input);
	return ret;
}

int job_read(struct job *job, const char *model, const char *input, struct mnet_error *err)
{
	unsigned long size;
	void *data;
	int ret;

	*job = (struct job){ .num_networks = 1 };
	job->file = check_read_file(model, &size);
	if (!job->file)
		return mnet_fail(err, -ENOENT, "%s: cannot be read", model);
	job->file_size = size;
	ret = mnet_model_load_memory(job->file, job->file_size, &job->model, err);
	if (!ret)
		ret = set_sizes(job, err);
	if (ret)
		return ret;
	data = check_read_file(input, &size);
	if (!data || size != job->input_size) {
		free(data);
		return mnet_fail(err, -EINVAL, "%s: not %zu bytes", input, job->input_size);
	}
	memcpy(job->input, data, size);
	free(data);
	return 0;
}

void job_free(struct job *job)
{
	mnet_model_free(job->model);
	free(job->file);
	free(job->input);
	*job = (struct job){ 0 };
}

bool job_write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");
	bool ok;

	if (!f)
		return false;
	ok = fwrite(data, 1, size, f) == size;
	return !fclose(f) && ok;
}

bool job_save(const struct job *job, const char *prefix)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s.tflite", prefix);
	if (!job_write_file(path, job->file, job->file_size))
		return false;
	snprintf(path, sizeof(path), "%s.in", prefix);
	return job_write_file(path, job->input, job->input_size);
}

size_t job_output(const struct job *job, unsigned int index, size_t *offset)
{
	const struct mnet_graph *g = &job->model->graph;

	*offset = 0;
	for (unsigned int i = 0; i < index; i++)
		*offset += g->tensors[g->outputs[i]].bytes;
	return g->tensors[g->outputs[index]].bytes;
}

static int run_session(const struct job *job, struct mnet_session *session, uint8_t *out,
		       struct mnet_error *err)
{
	const struct mnet_graph *g = &job->model->graph;
	const uint8_t *in = job->input;
	int ret;

	for (unsigned int i = 0; i < g->num_inputs; i++) {
		memcpy(mnet_session_input(session, i), in, g->tensors[g->inputs[i]].bytes);
		in += g->tensors[g->inputs[i]].bytes;
	}
	ret = mnet_session_run(session, NULL, err);
	for (unsigned int i = 0; !ret && i < g->num_outputs; i++) {
		memcpy(out, mnet_session_output(session, i), g->tensors[g->outputs[i]].bytes);
		out += g->tensors[g->outputs[i]].bytes;
	}
	return ret;
}

int job_run(const struct job *job, struct mnet_device *dev, uint32_t sram, uint8_t *out,
	    void (*seen)(void *opaque, const struct mnet_op_info *op), void *opaque,
	    struct mnet_error *err)
{
	struct mnet_hw_config config = *mnet_device_config(dev);
	struct mnet_executable *exe;
	struct mnet_session *session;
	struct mnet_op_info op;
	int ret;

	if (sram && sram < config.sram_size)
		config.sram_size = sram;
	ret = mnet_compile(job->model, &config, NULL, &exe, err);
	if (ret)
		return ret;
	ret = mnet_session_create(dev, exe, &session, err);
	if (!ret) {
		ret = run_session(job, session, out, err);
		mnet_session_free(session);
	}
	for (unsigned int i = 0; !ret && seen && i < mnet_executable_num_ops(exe); i++) {
		if (!mnet_executable_op(exe, i, &op))
			seen(opaque, &op);
	}
	mnet_executable_free(exe);
	return ret;
}
