// SPDX-License-Identifier: MIT
/*
 * CPU kernels against TensorFlow Lite's reference kernels: whole networks on
 * photos, and every operator alone on the inputs TFLite's had.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static const char *const models[] = {
	"mobilenet_edgetpu_1.0_224_uint8",
	"mobilenet_edgetpu_0.75_224_int8",
	"mobilenet_v2_1.0_224_uint8",
	"mobilenet_v3_small_1.0_224_uint8",
};

static const char *const photos[] = { "grace_hopper", "bird", "cat" };

static size_t count_differences(const unsigned char *a, const unsigned char *b, size_t n)
{
	size_t differ = 0, i;

	for (i = 0; i < n; i++)
		differ += a[i] != b[i];
	return differ;
}

/* A file of exactly the tensor's size into its memory */
static bool fill_tensor(struct net *net, int tensor, const char *path)
{
	const struct mnet_tensor *t = &net->model->graph.tensors[tensor];
	unsigned long size = 0;
	void *bytes = check_read_file(path, &size);
	bool fits = bytes && size == t->bytes;

	if (fits)
		memcpy(net->data[tensor], bytes, size);
	free(bytes);
	return fits;
}

static bool load(struct net *net, const char *model)
{
	char path[512], name[256];
	struct mnet_error err = { "" };

	snprintf(name, sizeof(name), "models/%s.tflite", model);
	snprintf(path, sizeof(path), "%s", check_shared(name));
	if (net_load(net, path, &err))
		return true;
	check(false, "%s runs on the CPU", model);
	check_note("%s", err.message);
	return false;
}

static void test_photo(struct net *net, const char *model, const char *photo)
{
	const struct mnet_graph *g = &net->model->graph;
	const struct mnet_tensor *out = &g->tensors[g->outputs[0]];
	unsigned long size = 0;
	unsigned char *golden;
	char name[512];
	unsigned int i;

	snprintf(name, sizeof(name), "golden/%s_224.rgb", photo);
	if (!check(fill_tensor(net, g->inputs[0], check_shared(name)), "%s takes %s", model, name))
		return;
	for (i = 0; i < g->num_ops; i++)
		net_run_op(net, i);
	snprintf(name, sizeof(name), "golden/%s.%s.output0.raw", model, photo);
	golden = check_read_file(check_shared(name), &size);
	check(golden && size == out->bytes &&
	      !count_differences(golden, net->data[g->outputs[0]], size),
	      "%s on %s equals the golden output", model, photo);
	free(golden);
}

/* Unpacks to a new folder, whose path is left in @dir */
static bool unpack(const char *archive, char *dir)
{
	char command[5120];

	strcpy(dir, "/tmp/mnet-test-XXXXXX");
	if (!mkdtemp(dir))
		return false;
	snprintf(command, sizeof(command), "tar -xJf '%s' -C '%s' --strip-components=1", archive,
		 dir);
	return system(command) == 0;
}

static void remove_folder(const char *dir)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command))
		check_note("cannot remove %s", dir);
}

/* Operator @i, whose inputs hold TFLite's values, against TFLite's output */
static void test_op(struct net *net, const char *dir, unsigned int i)
{
	const struct mnet_graph *g = &net->model->graph;
	const struct mnet_op *op = &g->ops[i];
	const struct mnet_tensor *t = &g->tensors[op->outputs[0]];
	unsigned char *mine = malloc(t->bytes);
	size_t differ;
	char path[512];

	net_run_op(net, i);
	memcpy(mine, net->data[op->outputs[0]], t->bytes);
	snprintf(path, sizeof(path), "%s/op%03u_t%d.raw", dir, i, op->outputs[0]);
	/* The golden stays as the input of the operators that follow */
	if (check(fill_tensor(net, op->outputs[0], path), "operator %u has a golden of %zu bytes",
		  i, t->bytes)) {
		differ = count_differences(mine, net->data[op->outputs[0]], t->bytes);
		check(!differ, "operator %u, %s: %zu of %zu bytes differ", i, op->name, differ,
		      t->bytes);
	}
	free(mine);
}

static void test_ops(struct net *net, const char *model)
{
	char name[256], dir[64];
	unsigned int i;

	snprintf(name, sizeof(name), "golden/per-op/%s.grace_hopper.tar.xz", model);
	if (access(check_shared(name), R_OK)) {
		check_skip("%s: no outputs of single operators", model);
		return;
	}
	if (!check(fill_tensor(net, net->model->graph.inputs[0],
			       check_shared("golden/grace_hopper_224.rgb")),
		   "%s takes the photo", model))
		return;
	snprintf(name, sizeof(name), "golden/per-op/%s.grace_hopper.tar.xz", model);
	if (check(unpack(check_shared(name), dir), "%s unpacks", name))
		for (i = 0; i < net->model->graph.num_ops; i++)
			test_op(net, dir, i);
	remove_folder(dir);
}

static void skip_model(const char *model)
{
	size_t p;

	for (p = 0; p < sizeof(photos) / sizeof(photos[0]); p++)
		check_skip("%s on %s: nothing in %s", model, photos[p], check_shared(""));
	check_skip("%s: no outputs of single operators", model);
}

int main(void)
{
	bool here = !access(check_shared("golden"), R_OK);
	struct net net;
	size_t m, p;

	for (m = 0; m < sizeof(models) / sizeof(models[0]); m++) {
		if (!here) {
			skip_model(models[m]);
			continue;
		}
		if (!load(&net, models[m]))
			continue;
		for (p = 0; p < sizeof(photos) / sizeof(photos[0]); p++)
			test_photo(&net, models[m], photos[p]);
		test_ops(&net, models[m]);
		net_free(&net);
	}
	return check_done();
}
