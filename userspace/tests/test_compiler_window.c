// SPDX-License-Identifier: MIT
/*
 * A window so large that the engine may not do even one of its pixels in a command:
 * the operator stays on the CPU with its reason, and what is around it does not.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "check.h"
#include "run_executable.h"

#define CHANNELS	65535

/* A clamp, a pool of @filter x @filter over one pixel of many channels, a clamp */
static void build_pool(struct build *b, int filter)
{
	int in, low, pool, out;
	struct mnet_op *op;

	build_start(b);
	in = build_tensor(b, "in", MNET_INT8, 4, 1, 1, 1, CHANNELS);
	low = build_tensor(b, "low", MNET_INT8, 4, 1, 1, 1, CHANNELS);
	pool = build_tensor(b, "pool", MNET_INT8, 4, 1, 1, 1, CHANNELS);
	out = build_tensor(b, "out", MNET_INT8, 4, 1, 1, 1, CHANNELS);
	build_scale(b, in, 0.05f, -11);
	build_scale(b, low, 0.05f, -11);
	build_scale(b, pool, 0.05f, -11);
	build_scale(b, out, 0.05f, -11);
	build_op(b, MNET_OP_RELU, low, in, -2);
	op = build_op(b, MNET_OP_MAX_POOL_2D, pool, low, -2);
	op->u.pool.padding = MNET_PADDING_SAME;
	op->u.pool.stride_h = op->u.pool.stride_w = 1;
	op->u.pool.filter_h = op->u.pool.filter_w = filter;
	build_op(b, MNET_OP_RELU6, out, pool, -2);
	build_input(b, in);
	build_output(b, out);
}

static struct mnet_executable *compile(const struct build *b, const struct mnet_hw_config *config)
{
	const struct mnet_model model = { .graph = b->graph };
	struct mnet_executable *exe = NULL;
	struct mnet_error err = { "" };

	if (mnet_compile(&model, config, NULL, &exe, &err))
		check_note("%s", err.message);
	return exe;
}

static bool same_bytes(const struct mnet_executable *a, const struct mnet_executable *b)
{
	static int8_t in[CHANNELS];
	void *x, *y;
	bool same;

	for (int i = 0; i < CHANNELS; i++)
		in[i] = i * 7;
	x = run_executable(a, in);
	y = run_executable(b, in);
	same = x && y && !memcmp(x, y, CHANNELS);
	free(x);
	free(y);
	return same;
}

static void check_pool(int filter, bool accelerated, const char *name)
{
	struct mnet_executable *exe, *cpu;
	struct mnet_op_info op = { 0 };
	struct build b;

	build_pool(&b, filter);
	exe = compile(&b, &mnet_hw_config_soc);
	cpu = compile(&b, &mnet_hw_config_cpu);
	if (exe)
		mnet_executable_op(exe, 1, &op);
	check(exe && op.accelerated == accelerated && exe->op_info[0].accelerated &&
	      exe->op_info[2].accelerated, "%s: the pool runs %s", name,
	      accelerated ? "on the accelerator" : "on the CPU alone");
	check(exe && (accelerated || (op.reason && strstr(op.reason, "cycles"))), "%s: %s", name,
	      op.reason ? op.reason : "no reason");
	check(exe && cpu && same_bytes(exe, cpu), "%s: gives the CPU's bytes", name);
	mnet_executable_free(exe);
	mnet_executable_free(cpu);
	build_free(&b);
}

int main(void)
{
	check_pool(3, true, "3 x 3");
	check_pool(255, false, "255 x 255");
	return check_done();
}
