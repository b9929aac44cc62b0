// SPDX-License-Identifier: MIT
/* See against_tflite.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "against_tflite.h"
#include "check.h"
#include "cpu/cpu.h"
#include "tflite/writer.h"

static bool run_op(struct mnet_graph *g, const struct mnet_op *op, void **data,
		   struct mnet_error *err)
{
	struct mnet_cpu_op *prepared;
	int ret;

	if (mnet_cpu_prepare(g, op, &prepared, err))
		return false;
	ret = mnet_cpu_run(prepared, data, err);
	mnet_cpu_release(prepared);
	return !ret;
}

bool run_ours(struct build *b, const void *inputs, struct outcome *outcome)
{
	struct mnet_graph *g = &b->graph;
	struct mnet_error err = { "" };
	const char *at = inputs;
	void *data[BUILD_MAX];
	bool ok;

	memset(outcome, 0, sizeof(*outcome));
	ok = !mnet_graph_infer_shapes(g, &err) && !mnet_graph_verify(g, &err);
	for (unsigned int i = 0; i < g->num_tensors; i++)
		data[i] = g->tensors[i].data ? (void *)g->tensors[i].data :
			  calloc(1, g->tensors[i].bytes + 1);
	for (unsigned int i = 0; i < g->num_inputs; i++) {
		memcpy(data[g->inputs[i]], at, g->tensors[g->inputs[i]].bytes);
		at += g->tensors[g->inputs[i]].bytes;
	}
	for (unsigned int i = 0; ok && i < g->num_ops; i++)
		ok = run_op(g, &g->ops[i], data, &err);
	outcome->size = g->tensors[g->outputs[0]].bytes;
	outcome->ours = malloc(outcome->size + 1);
	memcpy(outcome->ours, data[g->outputs[0]], outcome->size);
	for (unsigned int i = 0; i < g->num_tensors; i++)
		if (!g->tensors[i].data)
			free(data[i]);
	if (!ok)
		check_note("%s", err.message);
	return ok;
}

static bool write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");
	bool ok = f && fwrite(data, 1, size, f) == size;

	return f && !fclose(f) && ok;
}

static int run_script(const char *dir)
{
	char command[8192];
	int status;

	snprintf(command, sizeof(command),
		 "'%s/userspace/tests/reference.sh' %s/m.tflite %s/in %s/out >%s/log 2>&1",
		 CHECK_SOURCE_ROOT, dir, dir, dir, dir);
	status = system(command);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int run_theirs(struct build *b, const void *inputs, struct outcome *outcome)
{
	char dir[] = "/tmp/mnet-test-XXXXXX", path[64], command[64];
	unsigned long size = 0;
	struct mnet_error err = { "" };
	size_t bytes = 0;
	int ret = -1;

	for (unsigned int i = 0; i < b->graph.num_inputs; i++)
		bytes += b->graph.tensors[b->graph.inputs[i]].bytes;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/in", dir);
	if (write_file(path, inputs, bytes)) {
		snprintf(path, sizeof(path), "%s/m.tflite", dir);
		ret = mnet_tflite_save(&b->graph, NULL, path, &err);
	}
	if (ret)
		check_note("%s", err.message);
	else
		ret = run_script(dir);
	snprintf(path, sizeof(path), "%s/%s", dir, ret ? "log" : "out");
	outcome->theirs = check_read_file(path, &size);
	if (ret && ret != 77)
		check_note("TFLite: %.*s", (int)size, outcome->theirs ? (char *)outcome->theirs : "");
	else if (!ret && size != outcome->size)
		ret = -1;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? -1 : ret;
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->ours);
	free(outcome->theirs);
}
