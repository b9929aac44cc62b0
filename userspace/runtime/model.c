// SPDX-License-Identifier: MIT
/* A model: the bytes of a .tflite file and the graph read from them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operators/operator.h"
#include "tflite/reader.h"

/* Offsets of a FlatBuffer are 32 bits, signed where they may point back. */
#define MAX_MODEL_SIZE	0x7fffffff

/* Takes over @data, also when it fails. */
static int model_from_bytes(void *data, size_t size, struct mnet_model **out,
			    struct mnet_error *err)
{
	struct mnet_model *model = calloc(1, sizeof(*model));
	int ret;

	if (!model) {
		free(data);
		return mnet_fail(err, -ENOMEM, "out of memory");
	}
	model->data = data;

	ret = mnet_tflite_read(data, size, &model->graph, err);
	if (ret)
		goto fail;
	ret = mnet_graph_infer_shapes(&model->graph, err);
	if (!ret)
		ret = mnet_graph_verify(&model->graph, err);
	if (ret)
		goto fail_graph;
	*out = model;
	return 0;

fail_graph:
	mnet_arena_free(model->graph.arena);
fail:
	free(model->data);
	free(model);
	return ret;
}

int mnet_model_load_memory(const void *data, size_t size, struct mnet_model **model,
			   struct mnet_error *err)
{
	void *copy;

	if (size > MAX_MODEL_SIZE)
		return mnet_fail(err, -EFBIG, "%zu bytes are too many for a .tflite file", size);
	copy = malloc(size ? size : 1);
	if (!copy)
		return mnet_fail(err, -ENOMEM, "out of memory");
	if (size)
		memcpy(copy, data, size);
	return model_from_bytes(copy, size, model, err);
}

static int read_whole(int fd, void **data, size_t *size, struct mnet_error *err)
{
	struct stat st;
	size_t done = 0;
	char *bytes;

	if (fstat(fd, &st))
		return mnet_fail(err, -errno, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return mnet_fail(err, -EISDIR, "%s", strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return mnet_fail(err, -EINVAL, "not a regular file");
	if (st.st_size > MAX_MODEL_SIZE)
		return mnet_fail(err, -EFBIG, "%lld bytes are too many for a .tflite file",
				 (long long)st.st_size);

	bytes = malloc(st.st_size ? st.st_size : 1);
	if (!bytes)
		return mnet_fail(err, -ENOMEM, "out of memory");
	while (done < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + done, st.st_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int code = n ? errno : EIO;

			free(bytes);
			return mnet_fail(err, -code, "cannot read: %s",
					 n ? strerror(code) : "it became shorter");
		}
		done += n;
	}
	*data = bytes;
	*size = done;
	return 0;
}

int mnet_model_load(const char *path, struct mnet_model **model, struct mnet_error *err)
{
	/* Opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t size = 0;
	void *data = NULL;
	int ret;

	if (fd < 0)
		return mnet_fail(err, -errno, "%s", strerror(errno));
	ret = read_whole(fd, &data, &size, err);
	close(fd);
	if (ret)
		return ret;
	return model_from_bytes(data, size, model, err);
}

void mnet_model_free(struct mnet_model *model)
{
	if (!model)
		return;
	mnet_arena_free(model->graph.arena);
	free(model->data);
	free(model);
}
