// SPDX-License-Identifier: MIT
/*
 * An independent check of a command stream, from its bytes alone: what the
 * device would refuse, and what it would not notice, engines that touch the same
 * bytes without an order between them. Files are checked by it before they run,
 * and so is everything the compiler makes.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/cut.h"
#include "compiler/executable_private.h"

#define ENGINES		EDGETPU_NUM_ENGINES
#define SPACE_SRAM	EDGETPU_NUM_REGIONS
/* Comparisons after which a stream counts as too tangled to be checked */
#define MAX_COMPARISONS	1000000000u

/* Bytes of SRAM or of a region that a command reads or writes */
struct access {
	unsigned int space;
	bool write;
	unsigned int engine;
	uint32_t count;		/* the engine's how manieth command */
	uint64_t start, end;
};

/* Commands of each engine that are complete when a command starts */
struct moment {
	uint32_t done[ENGINES];
};

struct checker {
	const struct edgetpu_command *commands;
	unsigned int num;
	const struct mnet_stream_limits *limits;
	struct mnet_error *err;
	unsigned int at;		/* command being looked at */
	struct access access[4];	/* its accesses */
	unsigned int num_access;
	struct moment *moments;
	struct access *window;		/* accesses that later commands may collide with */
	size_t num_window, max_window;
};

static int fail(const struct checker *k, const char *what)
{
	return mnet_fail(k->err, -EINVAL, "command %u: %s", k->at, what);
}

/* --- one command --------------------------------------------------------------- */

static int touch(struct checker *k, unsigned int space, bool write, uint64_t start,
		 uint64_t bytes)
{
	uint64_t size = space == SPACE_SRAM ? k->limits->config.sram_size : k->limits->region_size[space];

	if (start > size || bytes > size - start)
		return fail(k, space == SPACE_SRAM ? "outside SRAM" : "outside its region");
	k->access[k->num_access++] = (struct access){ .space = space, .write = write,
						      .start = start, .end = start + bytes };
	return 0;
}

/* Bytes from the first to the last of n2 x n1 lines of @len */
static uint64_t extent(uint64_t n2, uint64_t stride2, uint64_t n1, uint64_t stride1, uint64_t len)
{
	uint64_t planes = n2 > 1 ? (n2 - 1) * stride2 : 0;
	uint64_t lines = n1 > 1 ? (n1 - 1) * stride1 : 0;

	/* Products of two 32-bit numbers: only the sum can overflow. */
	if (planes > UINT64_MAX / 4 || lines > UINT64_MAX / 4)
		return UINT64_MAX;
	return planes + lines + len;
}

/* As many bytes as SRAM has: more only repeats, and keeps an engine for ever. */
static bool too_long(const struct checker *k, uint64_t n2, uint64_t n1, uint64_t len)
{
	return n2 * n1 > k->limits->config.sram_size / len;
}

/* Whether the lines of an output are apart */
static bool apart(uint64_t n2, uint64_t stride2, uint64_t n1, uint64_t stride1, uint64_t len)
{
	return (n1 == 1 || stride1 >= len) && (n2 == 1 || stride2 >= (n1 - 1) * stride1 + len);
}

static int check_dma(struct checker *k, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_dma *d = &cmd->u.dma;
	bool load = cmd->opcode == EDGETPU_OP_LOAD;
	uint32_t region = le32toh(d->region), len = le32toh(d->len);
	uint32_t n1 = le32toh(d->n1), n2 = le32toh(d->n2);
	int ret;

	if (!len || !n1 || !n2)
		return fail(k, "nothing to move");
	if (d->pad)
		return fail(k, "reserved field not zero");
	if (region == EDGETPU_REGION_COMMAND || region >= EDGETPU_NUM_REGIONS)
		return fail(k, "no such region");
	if (load ? region == MNET_REGION_OUTPUT : region != MNET_REGION_OUTPUT &&
						  region != MNET_REGION_SCRATCH)
		return fail(k, "region without that right");
	if (too_long(k, n2, n1, len))
		return fail(k, "longer than SRAM");
	ret = touch(k, SPACE_SRAM, load, le32toh(d->sram),
		    extent(n2, le32toh(d->sram_stride2), n1, le32toh(d->sram_stride1), len));
	if (ret)
		return ret;
	return touch(k, region, !load, le64toh(d->offset),
		     extent(n2, le32toh(d->mem_stride2), n1, le32toh(d->mem_stride1), len));
}

/* Whether a pooling window may lie in padding alone */
static bool empty_window(uint32_t in, uint32_t out, uint32_t pad, uint32_t kernel, uint32_t stride)
{
	return pad >= kernel || (uint64_t)(out - 1) * stride >= (uint64_t)in + pad;
}

/* Saturates: the product of all dimensions may exceed 64 bits. */
static uint64_t macs(const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	uint64_t outputs = (uint64_t)le16toh(v->out_h) * le16toh(v->out_w) * le16toh(v->out_c);
	uint64_t each = (uint64_t)v->kernel_h * v->kernel_w;

	if (cmd->opcode == EDGETPU_OP_CONV)
		each *= le16toh(v->in_c);
	return outputs > UINT64_MAX / each ? UINT64_MAX : outputs * each;
}

static int check_conv_fields(struct checker *k, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	uint32_t in_c = le16toh(v->in_c), out_c = le16toh(v->out_c);
	bool pool = cmd->opcode == EDGETPU_OP_AVG_POOL || cmd->opcode == EDGETPU_OP_MAX_POOL;

	if (!v->in_h || !v->in_w || !in_c || !v->out_h || !v->out_w || !out_c)
		return fail(k, "empty dimension");
	if (!v->kernel_h || !v->kernel_w || !v->stride_h || !v->stride_w || !v->dilation_h ||
	    !v->dilation_w)
		return fail(k, "filter, stride or dilation of 0");
	if ((int8_t)v->act_min > (int8_t)v->act_max)
		return fail(k, "empty output range");
	if (v->mapping != EDGETPU_MAP_WEIGHT_STATIONARY)
		return fail(k, "no such mapping");
	if (macs(cmd) > EDGETPU_MAX_MACS)
		return fail(k, "too many multiply-accumulates");
	for (size_t i = 0; i < sizeof(v->pad); i++) {
		if (v->pad[i])
			return fail(k, "reserved field not zero");
	}
	if (cmd->opcode == EDGETPU_OP_DEPTHWISE && out_c % in_c)
		return fail(k, "output channels are no multiple of input channels");
	if (!pool)
		return 0;
	if (in_c != out_c || v->dilation_h != 1 || v->dilation_w != 1)
		return fail(k, "not a pool's channels or dilation");
	if (empty_window(le16toh(v->in_h), le16toh(v->out_h), le16toh(v->pad_top), v->kernel_h,
			 v->stride_h) ||
	    empty_window(le16toh(v->in_w), le16toh(v->out_w), le16toh(v->pad_left), v->kernel_w,
			 v->stride_w))
		return fail(k, "pooling window without input");
	return 0;
}

static int check_conv_weights(struct checker *k, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	uint64_t blocks = (le16toh(v->out_c) + EDGETPU_CHANNEL_BLOCK - 1) / EDGETPU_CHANNEL_BLOCK;
	uint64_t taps = (uint64_t)v->kernel_h * v->kernel_w;
	uint64_t depth = (taps * le16toh(v->in_c) + EDGETPU_WEIGHT_DEPTH - 1) /
			 EDGETPU_WEIGHT_DEPTH * EDGETPU_WEIGHT_DEPTH;
	uint32_t weights = le32toh(v->weights), params = le32toh(v->params);
	int ret;

	if (weights % EDGETPU_SRAM_ALIGN || params % EDGETPU_SRAM_ALIGN)
		return fail(k, "weights or parameters not aligned");
	ret = touch(k, SPACE_SRAM, false, weights, blocks * EDGETPU_CHANNEL_BLOCK *
		    (cmd->opcode == EDGETPU_OP_CONV ? depth : taps));
	if (ret)
		return ret;
	return touch(k, SPACE_SRAM, false, params, blocks * sizeof(struct edgetpu_channel_block));
}

static int check_conv(struct checker *k, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_conv *v = &cmd->u.conv;
	int ret = check_conv_fields(k, cmd);

	if (!ret && !apart(le16toh(v->out_h), le32toh(v->out_row), le16toh(v->out_w),
			   le32toh(v->out_pixel), le16toh(v->out_c)))
		ret = fail(k, "output overlaps itself");
	if (!ret)
		ret = touch(k, SPACE_SRAM, true, le32toh(v->out),
			    extent(le16toh(v->out_h), le32toh(v->out_row), le16toh(v->out_w),
				   le32toh(v->out_pixel), le16toh(v->out_c)));
	if (!ret)
		ret = touch(k, SPACE_SRAM, false, le32toh(v->in),
			    extent(le16toh(v->in_h), le32toh(v->in_row), le16toh(v->in_w),
				   le32toh(v->in_pixel), le16toh(v->in_c)));
	if (ret || cmd->opcode == EDGETPU_OP_AVG_POOL || cmd->opcode == EDGETPU_OP_MAX_POOL)
		return ret;
	return check_conv_weights(k, cmd);
}

static bool bad_multiplier(uint32_t multiplier, uint8_t shift)
{
	return (multiplier && (multiplier < 1u << 30 || multiplier > INT32_MAX)) ||
	       (int8_t)shift < -31 || (int8_t)shift > 30;
}

static int check_elementwise(struct checker *k, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_elementwise *e = &cmd->u.elementwise;
	bool add = cmd->opcode == EDGETPU_OP_ADD;
	uint32_t len = le32toh(e->len), n = le32toh(e->n);
	int ret;

	if (!len || !n)
		return fail(k, "empty dimension");
	if ((int8_t)e->act_min > (int8_t)e->act_max)
		return fail(k, "empty output range");
	if (bad_multiplier(le32toh(e->multiplier[0]), e->shift[0]) ||
	    (add && (bad_multiplier(le32toh(e->multiplier[1]), e->shift[1]) ||
		     bad_multiplier(le32toh(e->out_multiplier), e->out_shift) ||
		     e->left_shift > 20)))
		return fail(k, "multiplier or shift out of range");
	if (!apart(1, 0, n, le32toh(e->out_stride), len))
		return fail(k, "output overlaps itself");
	ret = touch(k, SPACE_SRAM, true, le32toh(e->out),
		    extent(1, 0, n, le32toh(e->out_stride), len));
	for (int i = 0; !ret && i < (add ? 2 : 1); i++)
		ret = touch(k, SPACE_SRAM, false, le32toh(e->in[i]),
			    extent(1, 0, n, le32toh(e->in_stride[i]), len));
	return ret;
}

static int check_copy(struct checker *k, const struct edgetpu_command *cmd)
{
	const struct edgetpu_cmd_copy *c = &cmd->u.copy;
	uint32_t len = le32toh(c->len), n1 = le32toh(c->n1), n2 = le32toh(c->n2);
	int ret;

	if (!len || !n1 || !n2)
		return fail(k, "empty dimension");
	if (too_long(k, n2, n1, len))
		return fail(k, "longer than SRAM");
	ret = touch(k, SPACE_SRAM, true, le32toh(c->out),
		    extent(n2, le32toh(c->out_stride2), n1, le32toh(c->out_stride1), len));
	if (ret || cmd->opcode == EDGETPU_OP_FILL)
		return ret;
	return touch(k, SPACE_SRAM, false, le32toh(c->in),
		     extent(n2, le32toh(c->in_stride2), n1, le32toh(c->in_stride1), len));
}

/* The output, the first access of all but DMA, must not overlap what the command reads. */
static int check_overlap(struct checker *k, unsigned int engine)
{
	if (engine == EDGETPU_ENGINE_LOAD || engine == EDGETPU_ENGINE_STORE)
		return 0;
	for (unsigned int i = 1; i < k->num_access; i++) {
		if (k->access[i].start < k->access[0].end && k->access[0].start < k->access[i].end)
			return fail(k, "output overlaps what it reads");
	}
	return 0;
}

static int check_command(struct checker *k, const struct edgetpu_command *cmd,
			 unsigned int engine, uint32_t count)
{
	unsigned int flags = le16toh(cmd->flags);
	bool dma = engine == EDGETPU_ENGINE_LOAD || engine == EDGETPU_ENGINE_STORE;
	int ret;

	if (cmd->pad0 || cmd->pad1[0] || cmd->pad1[1])
		return fail(k, "reserved field not zero");
	if (flags & ~(dma ? EDGETPU_CMD_FLAGS : 0u))
		return fail(k, "unknown flags");
	k->num_access = 0;
	switch (cmd->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		ret = check_dma(k, cmd);
		break;
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		ret = check_elementwise(k, cmd);
		break;
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		ret = check_copy(k, cmd);
		break;
	default:
		ret = check_conv(k, cmd);
		break;
	}
	for (unsigned int i = 0; i < k->num_access; i++) {
		k->access[i].engine = engine;
		k->access[i].count = count;
	}
	if (!ret && mc_too_long(&k->limits->config, cmd))
		return fail(k, "takes too long");
	return ret ? ret : check_overlap(k, engine);
}

/* --- order -------------------------------------------------------------------------- */

static void join(struct moment *m, const struct moment *other)
{
	for (int e = 0; e < ENGINES; e++) {
		if (other->done[e] > m->done[e])
			m->done[e] = other->done[e];
	}
}

/*
 * What is complete when each command starts: what it waits for, what those
 * commands had waited for, and the same for the one before it on its engine.
 */
static int find_moments(struct checker *k)
{
	uint32_t count[ENGINES] = { 0 };
	uint32_t *index[ENGINES];	/* of each engine's commands in the stream */
	uint32_t *memory = calloc(k->num, ENGINES * sizeof(*memory));
	int ret = 0;

	if (!memory)
		return mnet_fail(k->err, -ENOMEM, "out of memory");
	for (int e = 0; e < ENGINES; e++)
		index[e] = memory + (size_t)e * k->num;
	for (k->at = 0; !ret && k->at < k->num; k->at++) {
		const struct edgetpu_command *cmd = &k->commands[k->at];
		unsigned int engine = edgetpu_isa_engine(cmd->opcode);
		struct moment *m = &k->moments[k->at];

		if (engine == ENGINES) {
			ret = fail(k, "no such opcode");
			break;
		}
		for (unsigned int e = 0; e < ENGINES; e++) {
			uint32_t wait = le32toh(cmd->wait[e]);

			if (wait > count[e]) {
				ret = fail(k, "waits for a command that comes later");
				break;
			}
			if (e == engine)
				wait = count[e];
			if (!wait)
				continue;
			join(m, &k->moments[index[e][wait - 1]]);
			if (wait > m->done[e])
				m->done[e] = wait;
		}
		index[engine][count[engine]++] = k->at;
	}
	free(memory);
	return ret;
}

/* Forgets accesses that every command from @from on is ordered behind. */
static void prune(struct checker *k, unsigned int from, unsigned int *next)
{
	size_t kept = 0;

	for (unsigned int e = 0; e < ENGINES; e++) {
		if (next[e] < from)
			next[e] = from;
		while (next[e] < k->num && edgetpu_isa_engine(k->commands[next[e]].opcode) != e)
			next[e]++;
	}
	for (size_t i = 0; i < k->num_window; i++) {
		const struct access *a = &k->window[i];
		bool ordered = true;

		for (unsigned int e = 0; e < ENGINES; e++)
			ordered &= next[e] == k->num ||
				   k->moments[next[e]].done[a->engine] >= a->count;
		if (!ordered)
			k->window[kept++] = *a;
	}
	k->num_window = kept;
}

static int remember(struct checker *k, const struct access *a)
{
	if (k->num_window == k->max_window) {
		size_t max = k->max_window ? 2 * k->max_window : 1024;
		struct access *window = realloc(k->window, max * sizeof(*window));

		if (!window)
			return mnet_fail(k->err, -ENOMEM, "out of memory");
		k->window = window;
		k->max_window = max;
	}
	k->window[k->num_window++] = *a;
	return 0;
}

static bool collide(const struct access *a, const struct access *b, const struct moment *m)
{
	return a->space == b->space && (a->write || b->write) && a->start < b->end &&
	       b->start < a->end && m->done[a->engine] < a->count;
}

static int check_races(struct checker *k, uint64_t *comparisons)
{
	const struct moment *m = &k->moments[k->at];
	int ret = 0;

	*comparisons += k->num_window * k->num_access;
	if (*comparisons > MAX_COMPARISONS)
		return fail(k, "too many commands without an order to check");
	for (size_t i = 0; i < k->num_window; i++) {
		for (unsigned int a = 0; a < k->num_access; a++) {
			if (collide(&k->window[i], &k->access[a], m))
				return fail(k, "not ordered behind a command that it shares bytes with");
		}
	}
	for (unsigned int a = 0; !ret && a < k->num_access; a++)
		ret = remember(k, &k->access[a]);
	return ret;
}

static int check_stream(struct checker *k)
{
	uint32_t count[ENGINES] = { 0 };
	unsigned int next[ENGINES] = { 0 };
	size_t prune_at = 256;
	uint64_t comparisons = 0;
	int ret = find_moments(k);

	if (ret)
		return ret;
	for (k->at = 0; k->at < k->num; k->at++) {
		const struct edgetpu_command *cmd = &k->commands[k->at];
		unsigned int engine = edgetpu_isa_engine(cmd->opcode);

		ret = check_command(k, cmd, engine, ++count[engine]);
		if (!ret)
			ret = check_races(k, &comparisons);
		if (ret)
			return ret;
		if (k->num_window > prune_at) {
			prune(k, k->at + 1, next);
			prune_at = 256 + 2 * k->num_window;
		}
	}
	return 0;
}

int mnet_stream_verify(const struct edgetpu_command *commands, unsigned int num,
		       const struct mnet_stream_limits *limits, struct mnet_error *err)
{
	struct checker k = { .commands = commands, .num = num, .limits = limits, .err = err };
	int ret;

	if (!num || num > EDGETPU_MAX_COMMANDS)
		return mnet_fail(err, -EINVAL, "%u commands, a job has 1 to %u", num,
				 EDGETPU_MAX_COMMANDS);
	k.moments = calloc(num, sizeof(*k.moments));
	if (!k.moments)
		return mnet_fail(err, -ENOMEM, "out of memory");
	ret = check_stream(&k);
	free(k.window);
	free(k.moments);
	return ret;
}
