// SPDX-License-Identifier: MIT
/*
 * .mnet files: what was saved is what is loaded and runs the same; nothing that
 * is wrong with a file does more than have it refused.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "compiler/executable_private.h"
#include "random_graph.h"
#include "run_executable.h"

#define NETWORKS	25
#define MUTATIONS	60	/* of each network's file */
#define HEADER		32
#define CRC_AT		24

static char *folder;

static const char *path_of(const char *name)
{
	/* Two at a time */
	static char paths[2][256];
	static unsigned int turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static bool write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");
	bool ok = f && fwrite(data, 1, size, f) == size;

	if (f)
		ok &= !fclose(f);
	return ok;
}

static uint32_t crc32(const uint8_t *data, size_t size)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

/* Makes the checksum right, so that what comes behind it is tested too */
static void seal(uint8_t *file, size_t size)
{
	uint32_t crc = htole32(crc32(file + HEADER, size - HEADER));

	memcpy(file + CRC_AT, &crc, sizeof(crc));
}

static struct mnet_executable *compile(struct check_random *r)
{
	struct mnet_hw_config config = mnet_hw_config_soc;
	struct mnet_model model = { 0 };
	struct mnet_executable *exe = NULL;
	struct build b;

	while (!random_graph(&b, r))
		;
	model.graph = b.graph;
	config.sram_size = 32 * 1024;
	if (mnet_compile(&model, &config, NULL, &exe, NULL))
		exe = NULL;
	build_free(&b);
	return exe;
}

static void *input_of(const struct mnet_executable *exe)
{
	size_t bytes = exe->graph.tensors[exe->graph.inputs[0]].bytes;
	uint8_t *p = malloc(bytes);

	for (size_t i = 0; i < bytes; i++)
		p[i] = i * 37 + 11;
	return p;
}

static bool same_result(const struct mnet_executable *a, const struct mnet_executable *b)
{
	void *in = input_of(a), *x = run_executable(a, in), *y = run_executable(b, in);
	size_t bytes = 0;
	bool same;

	for (unsigned int i = 0; i < a->graph.num_outputs; i++)
		bytes += a->graph.tensors[a->graph.outputs[i]].bytes;
	same = x && y && !memcmp(x, y, bytes);
	free(in);
	free(x);
	free(y);
	return same;
}

static bool same_report(const struct mnet_executable *a, const struct mnet_executable *b)
{
	bool same = mnet_executable_num_ops(a) == mnet_executable_num_ops(b) &&
		    mnet_executable_num_subgraphs(a) == mnet_executable_num_subgraphs(b);

	for (unsigned int i = 0; same && i < mnet_executable_num_ops(a); i++) {
		struct mnet_op_info x, y;

		mnet_executable_op(a, i, &x);
		mnet_executable_op(b, i, &y);
		same = !strcmp(x.name, y.name) && !strcmp(x.output, y.output) &&
		       !strcmp(x.reason, y.reason) && x.accelerated == y.accelerated &&
		       x.subgraph == y.subgraph && x.macs == y.macs && x.bytes == y.bytes &&
		       x.cycles == y.cycles;
	}
	return same;
}

static bool same_bytes(const char *a, const char *b)
{
	unsigned long na = 0, nb = 0;
	void *x = check_read_file(a, &na), *y = check_read_file(b, &nb);
	bool same = x && y && na == nb && !memcmp(x, y, na);

	free(x);
	free(y);
	return same;
}

static bool round_trip(const struct mnet_executable *exe)
{
	struct mnet_executable *loaded;
	char first[256];
	bool same;

	snprintf(first, sizeof(first), "%s", path_of("a.mnet"));
	if (mnet_executable_save(exe, first, NULL) || !mnet_executable_probe(first) ||
	    mnet_executable_load(first, &loaded, NULL))
		return false;
	same = same_result(exe, loaded) && same_report(exe, loaded) &&
	       !mnet_executable_save(loaded, path_of("b.mnet"), NULL) &&
	       same_bytes(first, path_of("b.mnet"));
	mnet_executable_free(loaded);
	return same;
}

/* Multiply-accumulates of a stream; where it is a lot, more than enough */
static uint64_t count_macs(const struct mnet_subgraph *sg)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < sg->num_commands; i++) {
		const struct edgetpu_cmd_conv *v = &sg->commands[i].u.conv;

		if (edgetpu_isa_engine(sg->commands[i].opcode) >= EDGETPU_ENGINE_ARRAY)
			sum += (uint64_t)le16toh(v->out_h) * le16toh(v->out_w) *
			       le16toh(v->out_c) * (v->kernel_h * v->kernel_w) *
			       (le16toh(v->in_c) & 0xfff);
	}
	return sum;
}

/* Whether running it takes no more memory and time than a test may take */
static bool small(const struct mnet_executable *exe)
{
	const size_t limit = 1 << 24;

	if (exe->config.sram_size > limit || exe->graph.num_inputs != 1)
		return false;
	for (unsigned int i = 0; i < exe->num_subgraphs; i++) {
		const struct mnet_subgraph *sg = &exe->subgraphs[i];

		if (sg->input_size > limit || sg->output_size > limit || sg->scratch_size > limit ||
		    count_macs(sg) > limit)
			return false;
	}
	return true;
}

/*
 * A byte or a word changed, the checksum right again: refused with a message, or
 * harmless, which running it shows.
 */
static bool survives(const uint8_t *file, size_t size, struct check_random *r,
		     unsigned long *refused)
{
	static const uint32_t words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	uint8_t *changed = malloc(size);
	struct mnet_executable *exe;
	struct mnet_error err = { "" };
	size_t at = check_between(r, HEADER, size - 4);
	bool ok = true;

	memcpy(changed, file, size);
	if (check_between(r, 0, 1))
		changed[at] ^= 1 << check_between(r, 0, 7);
	else
		memcpy(changed + at, &words[check_between(r, 0, 4)], 4);
	seal(changed, size);
	if (!write_file(path_of("c.mnet"), changed, size)) {
		ok = false;
	} else if (mnet_executable_load(path_of("c.mnet"), &exe, &err)) {
		ok = err.message[0] != 0;
		++*refused;
	} else {
		if (small(exe)) {
			void *in = input_of(exe);

			free(run_executable(exe, in));
			free(in);
		}
		mnet_executable_free(exe);
	}
	free(changed);
	return ok;
}

static void test_networks(void)
{
	struct check_random r = { 3 };
	unsigned long same = 0, survived = 0, refused = 0, cut = 0;

	for (int n = 0; n < NETWORKS; n++) {
		struct mnet_executable *exe = compile(&r);
		unsigned long size = 0;
		uint8_t *file;

		if (!exe)
			break;
		same += round_trip(exe);
		file = check_read_file(path_of("a.mnet"), &size);
		for (int i = 0; file && i < MUTATIONS; i++)
			survived += survives(file, size, &r, &refused);
		for (int i = 0; file && i < 10; i++) {
			struct mnet_executable *half;

			write_file(path_of("c.mnet"), file, check_between(&r, 0, size - 1));
			cut += mnet_executable_load(path_of("c.mnet"), &half, NULL) != 0;
		}
		free(file);
		mnet_executable_free(exe);
	}
	check(same == NETWORKS, "%lu of %d executables load as they were saved", same, NETWORKS);
	check(survived == NETWORKS * MUTATIONS && refused > survived / 4,
	      "%lu of %d changed files are refused with a message or run, %lu refused", survived,
	      NETWORKS * MUTATIONS, refused);
	check(cut == NETWORKS * 10, "truncated files are refused: %lu of %d", cut, NETWORKS * 10);
}

static void test_determinism(void)
{
	unsigned long same = 0;

	for (unsigned long long seed = 0; seed < NETWORKS; seed++) {
		struct check_random first = { seed }, second = { seed };
		struct mnet_executable *a = compile(&first), *b = compile(&second);

		same += a && b && !mnet_executable_save(a, path_of("a.mnet"), NULL) &&
			!mnet_executable_save(b, path_of("b.mnet"), NULL) &&
			same_bytes(path_of("a.mnet"), path_of("b.mnet"));
		mnet_executable_free(a);
		mnet_executable_free(b);
	}
	check(same == NETWORKS, "compiled twice, %lu of %d networks give the same file", same,
	      NETWORKS);
}

static void test_saving(void)
{
	struct check_random r = { 5 };
	struct mnet_executable *exe = compile(&r), *loaded;
	struct mnet_error err = { "" };
	struct stat before, after;

	check(exe && !mnet_executable_save(exe, path_of("a.mnet"), &err), "a file is saved");
	check(mnet_executable_save(exe, path_of("none/a.mnet"), &err) == -ENOENT &&
	      strstr(err.message, "none/a.mnet"), "a folder that is not there: %s", err.message);
	mkdir(path_of("d.mnet"), 0777);
	check(mnet_executable_save(exe, path_of("d.mnet"), &err) < 0, "a folder in its place: %s",
	      err.message);
	check(access(path_of("d.mnet.tmp"), F_OK), "nothing is left behind");
	stat(path_of("a.mnet"), &before);
	check(!mnet_executable_save(exe, path_of("a.mnet"), &err) &&
	      !stat(path_of("a.mnet"), &after) && before.st_ino != after.st_ino,
	      "saving replaces the file as a whole");
	check(mnet_executable_load(path_of("no.mnet"), &loaded, &err) == -ENOENT,
	      "no such file: %s", err.message);
	check(mnet_executable_load(path_of("d.mnet"), &loaded, &err) < 0, "a folder: %s",
	      err.message);
	check(!mnet_executable_probe(path_of("no.mnet")) &&
	      !mnet_executable_probe(path_of("d.mnet")), "neither looks like a .mnet file");
	write_file(path_of("c.mnet"), "\x89MNET\r\n\x1a", 8);
	check(mnet_executable_probe(path_of("c.mnet")) &&
	      mnet_executable_load(path_of("c.mnet"), &loaded, &err) == -EINVAL,
	      "eight bytes of one are not enough: %s", err.message);
	mnet_executable_free(exe);
}

int main(void)
{
	static const char *const names[] = { "a.mnet", "b.mnet", "c.mnet", "d.mnet" };

	char template[] = "/tmp/mnet-file-XXXXXX";

	folder = mkdtemp(template);
	if (!folder)
		return 1;
	test_networks();
	test_determinism();
	test_saving();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(path_of(names[i]));
	check(!rmdir(folder), "no other files were made");
	return check_done();
}
