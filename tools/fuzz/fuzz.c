// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/executable.h"

/* Of an executable that is run */
#define MAX_BYTES (4u << 20)
#define MAX_MACS  (8u << 20)

void fuzz_expect(bool holds, const char *what, const struct mnet_error *err)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s\n", what, err->message);
	abort();
}

const char *fuzz_file(const void *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		return NULL;
	return path;
}

static bool is_small(const struct mnet_executable *exe)
{
	uint64_t bytes = 0, macs = 0;

	for (unsigned int i = 0; i < exe->graph.num_tensors; i++)
		bytes += exe->graph.tensors[i].bytes;
	/* Each of an operator's outputs may read all of its largest operand. */
	for (unsigned int i = 0; i < exe->graph.num_ops && macs <= MAX_MACS; i++) {
		const struct mnet_op *op = &exe->graph.ops[i];
		uint64_t window = 1;

		if (op->code == MNET_OP_AVERAGE_POOL_2D || op->code == MNET_OP_MAX_POOL_2D)
			window = (uint64_t)op->u.pool.filter_h * op->u.pool.filter_w;
		for (unsigned int k = 0; k < op->num_outputs; k++)
			macs += exe->graph.tensors[op->outputs[k]].bytes * window;
		macs += exe->op_info[i].macs;
	}
	return bytes <= MAX_BYTES && macs <= MAX_MACS;
}

void fuzz_run(const struct mnet_executable *exe)
{
	static struct mnet_device *cpu;
	struct mnet_session *session;
	struct mnet_tensor_info info;
	struct mnet_error err = { "" };

	if (mnet_executable_num_subgraphs(exe) || !is_small(exe))
		return;
	if (!cpu)
		fuzz_expect(!mnet_device_open("cpu", &cpu, &err), "no CPU", &err);
	if (mnet_session_create(cpu, exe, &session, &err))
		return;
	for (unsigned int i = 0; i < mnet_executable_num_inputs(exe); i++) {
		fuzz_expect(!mnet_executable_input(exe, i, &info), "no such input", &err);
		memset(mnet_session_input(session, i), (int)(i + 0x5a), info.bytes);
	}
	fuzz_expect(!mnet_session_run(session, NULL, &err), "it does not run", &err);
	mnet_session_free(session);
}
