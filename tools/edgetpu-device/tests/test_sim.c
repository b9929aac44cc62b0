// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-process transport, loaded as libmnet loads it, with the real firmware.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edgetpu_isa.h"
#include "runtime/transport.h"
#include "tap.h"

bool tap_failed;

static const struct mnet_transport_ops *ops;

enum { REGION_IN = 1, REGION_OUT = 2, REGION_TRACE = 3 };

#define SIZE		10000u
#define COMMANDS	3u

/* A client with a job that copies SIZE bytes from @in through SRAM to @out */
struct client {
	struct mnet_transport *t;
	struct mnet_bo *commands, *in, *out;
	struct mnet_job job;
	struct mnet_error err;
};

static struct edgetpu_command *command(struct client *c, unsigned int index)
{
	return (struct edgetpu_command *)c->commands->map + index;
}

static void dma(struct edgetpu_command *cmd, unsigned int opcode, unsigned int region,
		uint32_t sram)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->opcode = opcode;
	cmd->u.dma.region = htole32(region);
	cmd->u.dma.sram = htole32(sram);
	cmd->u.dma.len = htole32(SIZE);
	cmd->u.dma.n1 = htole32(1);
	cmd->u.dma.n2 = htole32(1);
}

static void write_commands(struct client *c)
{
	struct edgetpu_command *copy = command(c, 1);

	dma(command(c, 0), EDGETPU_OP_LOAD, REGION_IN, 0);
	memset(copy, 0, sizeof(*copy));
	copy->opcode = EDGETPU_OP_COPY;
	copy->tag = htole32(7);
	copy->wait[EDGETPU_ENGINE_LOAD] = htole32(1);
	copy->u.copy.in = htole32(0);
	copy->u.copy.out = htole32(65536);
	copy->u.copy.len = htole32(SIZE);
	copy->u.copy.n1 = htole32(1);
	copy->u.copy.n2 = htole32(1);
	dma(command(c, 2), EDGETPU_OP_STORE, REGION_OUT, 65536);
	command(c, 2)->wait[EDGETPU_ENGINE_VECTOR] = htole32(1);
}

static bool open_client(struct client *c, const char *spec)
{
	memset(c, 0, sizeof(*c));
	if (ops->open(spec, &c->t, &c->err) ||
	    ops->bo_create(c->t, COMMANDS * EDGETPU_COMMAND_SIZE, MNET_BO_READ | MNET_BO_COMMAND,
			   &c->commands, &c->err) ||
	    ops->bo_create(c->t, SIZE, MNET_BO_READ, &c->in, &c->err) ||
	    ops->bo_create(c->t, SIZE, MNET_BO_WRITE, &c->out, &c->err)) {
		printf("# %s\n", c->err.message);
		return false;
	}
	write_commands(c);
	c->job = (struct mnet_job){ .num_commands = COMMANDS };
	c->job.regions[EDGETPU_REGION_COMMAND] = (struct mnet_job_region){
		.bo = c->commands, .size = COMMANDS * EDGETPU_COMMAND_SIZE,
		.flags = EDGETPU_REGION_READ,
	};
	c->job.regions[REGION_IN] = (struct mnet_job_region){
		.bo = c->in, .size = SIZE, .flags = EDGETPU_REGION_READ,
	};
	c->job.regions[REGION_OUT] = (struct mnet_job_region){
		.bo = c->out, .size = SIZE, .flags = EDGETPU_REGION_WRITE,
	};
	return true;
}

static void close_client(struct client *c)
{
	ops->bo_destroy(c->t, c->commands);
	ops->bo_destroy(c->t, c->in);
	ops->bo_destroy(c->t, c->out);
	ops->close(c->t);
}

/* Submits and waits; what submit or wait said, with the result's status zero in @result if none */
static int run_job(struct client *c, struct mnet_job_result *result)
{
	uint64_t ticket;
	int ret;

	memset(result, 0, sizeof(*result));
	ret = ops->submit(c->t, &c->job, &ticket, &c->err);
	return ret ? ret : ops->wait(c->t, ticket, -1, result, &c->err);
}

static void fill(struct client *c, unsigned int seed)
{
	uint8_t *in = c->in->map;

	for (unsigned int i = 0; i < SIZE; i++)
		in[i] = i * 13 + (i >> 8) + seed;
	memset(c->out->map, 0, SIZE);
}

/* Does the good job copy what is in @in now? */
static bool copies(struct client *c, unsigned int seed)
{
	struct mnet_job_result r;

	write_commands(c);
	fill(c, seed);
	return !run_job(c, &r) && !r.status && !memcmp(c->in->map, c->out->map, SIZE);
}

static void presets_are_told_by_the_registers(void)
{
	static const struct {
		const char *spec;
		uint32_t mbps;
	} specs[] = {
		{ NULL, 12800 }, { "", 12800 }, { "soc", 12800 }, { "pcie", 500 },
	};
	struct mnet_transport *t;
	struct mnet_error err;

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct mnet_hw_config config = { 0 };

		if (!CHECK(!ops->open(specs[i].spec, &t, &err)))
			return;
		CHECK(!ops->query(t, &config, &err));
		CHECK(config.array_rows == 64 && config.array_cols == 64);
		CHECK(config.clock_khz == 480000 && config.sram_size == 8 << 20);
		CHECK(config.dram_mbps == specs[i].mbps);
		ops->close(t);
	}
	CHECK(ops->open("fast", &t, &err) == -EINVAL && strstr(err.message, "fast"));
}

static void a_job_moves_bytes_and_tells_its_time(void)
{
	struct mnet_job_result first, second;
	struct client c;

	if (!CHECK(open_client(&c, "soc")))
		return;
	fill(&c, 0);
	CHECK(run_job(&c, &first) == 0 && first.status == 0);
	CHECK(!memcmp(c.in->map, c.out->map, SIZE));
	CHECK(first.cycles > SIZE / 64 && first.instructions > 0);
	CHECK(first.busy[EDGETPU_ENGINE_LOAD] && first.busy[EDGETPU_ENGINE_STORE] &&
	      first.busy[EDGETPU_ENGINE_VECTOR] && !first.busy[EDGETPU_ENGINE_ARRAY]);
	close_client(&c);
	/* the same on a new device: time is the model's, not the host's */
	if (!CHECK(open_client(&c, "soc")))
		return;
	fill(&c, 0);
	CHECK(run_job(&c, &second) == 0 && !memcmp(&first, &second, sizeof(first)));
	close_client(&c);
}

static void slower_memory_takes_longer(void)
{
	struct mnet_job_result soc, pcie;
	struct client c;

	if (!CHECK(open_client(&c, "soc")))
		return;
	CHECK(!run_job(&c, &soc));
	close_client(&c);
	if (!CHECK(open_client(&c, "pcie")))
		return;
	CHECK(!run_job(&c, &pcie));
	close_client(&c);
	/* 20,000 bytes at 0.5 GB/s are 19,200 cycles of 480 MHz */
	CHECK(pcie.cycles > 19200 && pcie.cycles > 2 * soc.cycles);
}

static void a_faulty_job_fails_alone(void)
{
	struct mnet_job_result r;
	struct client c;

	if (!CHECK(open_client(&c, NULL)))
		return;
	command(&c, 1)->opcode = 0x99;
	CHECK(run_job(&c, &r) == 0 && r.status == -EFAULT);
	CHECK(r.fault == EDGETPU_STATUS_BAD_COMMAND && r.fault_command == 1);
	CHECK(copies(&c, 1));

	command(&c, 0)->u.dma.offset = htole64(SIZE - 100);
	CHECK(run_job(&c, &r) == 0 && r.status == -EFAULT);
	CHECK(r.fault == EDGETPU_STATUS_BAD_REGION && r.fault_engine == EDGETPU_ENGINE_LOAD &&
	      r.fault_command == 0);
	CHECK(copies(&c, 2));

	command(&c, 2)->u.dma.offset = htole64(1ull << 40);
	CHECK(run_job(&c, &r) == 0 && r.status == -EFAULT);
	CHECK(r.fault == EDGETPU_STATUS_BAD_REGION && r.fault_engine == EDGETPU_ENGINE_STORE &&
	      r.fault_command == 2);
	CHECK(copies(&c, 3));

	command(&c, 1)->u.copy.out = htole32(0xfffffff0);
	CHECK(run_job(&c, &r) == 0 && r.status == -EFAULT);
	CHECK(r.fault == EDGETPU_STATUS_BAD_SRAM && r.fault_engine == EDGETPU_ENGINE_VECTOR);
	CHECK(copies(&c, 4));

	/* a region that no one bound, and one without the right */
	dma(command(&c, 0), EDGETPU_OP_LOAD, 6, 0);
	CHECK(run_job(&c, &r) == 0 && r.status == -EFAULT);
	CHECK(r.fault == EDGETPU_STATUS_BAD_REGION && r.fault_command == 0);
	dma(command(&c, 0), EDGETPU_OP_LOAD, REGION_OUT, 0);
	CHECK(run_job(&c, &r) == 0 && r.status == -EFAULT);
	CHECK(r.fault == EDGETPU_STATUS_BAD_REGION && r.fault_command == 0);
	CHECK(copies(&c, 5));
	close_client(&c);
}

static bool refused(struct client *c, const struct mnet_job *job, int error)
{
	const struct mnet_job good = c->job;
	struct mnet_job_result r;
	int ret;

	c->job = *job;
	c->err.message[0] = 0;
	ret = run_job(c, &r);
	c->job = good;
	return ret == error && c->err.message[0];
}

static void jobs_that_cannot_be_are_refused(void)
{
	struct mnet_job good, job;
	struct mnet_job_result r;
	struct mnet_bo *bo;
	struct client c;

	if (!CHECK(open_client(&c, NULL)))
		return;
	good = c.job;
	job = good;
	job.num_commands = 0;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.num_commands = COMMANDS + 1;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.num_commands = EDGETPU_MAX_COMMANDS + 1;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[EDGETPU_REGION_COMMAND].bo = NULL;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[EDGETPU_REGION_COMMAND].bo = c.in;
	CHECK(refused(&c, &job, -EACCES));
	job = good;
	job.regions[EDGETPU_REGION_COMMAND].flags |= EDGETPU_REGION_WRITE;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[REGION_IN].flags |= EDGETPU_REGION_WRITE;
	CHECK(refused(&c, &job, -EACCES));
	job = good;
	job.regions[REGION_IN].flags |= 0x80;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[REGION_IN].size = SIZE + 1;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[REGION_IN].size = 0;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[REGION_IN].offset = 1;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.regions[REGION_IN].offset = ~63ull;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.trace = true;
	job.trace_region = 99;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.trace = true;
	job.trace_region = REGION_IN;
	CHECK(refused(&c, &job, -EINVAL));
	job = good;
	job.trace = true;
	job.trace_region = REGION_TRACE;
	CHECK(refused(&c, &job, -EINVAL));
	CHECK(ops->bo_create(c.t, 0, MNET_BO_READ, &bo, &c.err) == -EINVAL);
	CHECK(ops->bo_create(c.t, 1, 0, &bo, &c.err) == -EINVAL);
	CHECK(ops->bo_create(c.t, 1, MNET_BO_WRITE | MNET_BO_COMMAND, &bo, &c.err) == -EINVAL);
	CHECK(ops->bo_create(c.t, (size_t)1 << 60, MNET_BO_READ, &bo, &c.err) == -ENOMEM);
	CHECK(ops->bo_import(c.t, 0, 4096, MNET_BO_READ, &bo, &c.err) == -EOPNOTSUPP);
	CHECK(ops->wait(c.t, 0, 0, &r, &c.err) == -ENOENT);
	CHECK(ops->wait(c.t, 1, 0, &r, &c.err) == -ENOENT);
	CHECK(copies(&c, 1));
	close_client(&c);
}

static void more_jobs_than_the_ring_has_slots_wait_their_turn(void)
{
	enum { MANY = 300 };
	static uint64_t tickets[MANY];
	struct mnet_job_result r;
	struct client c;

	if (!CHECK(open_client(&c, NULL)))
		return;
	fill(&c, 0);
	for (int i = 0; i < MANY; i++)
		CHECK(!ops->submit(c.t, &c.job, &tickets[i], &c.err));
	CHECK(!ops->wait(c.t, tickets[MANY - 1], -1, &r, &c.err) && !r.status);
	/* a queue in order: all are done; each is told once */
	for (int i = 0; i < MANY - 1; i++)
		CHECK(!ops->wait(c.t, tickets[i], 0, &r, &c.err) && !r.status && r.cycles);
	for (int i = 0; i < MANY; i++)
		CHECK(ops->wait(c.t, tickets[i], 0, &r, &c.err) == -ENOENT);
	CHECK(!memcmp(c.in->map, c.out->map, SIZE));
	/* closing with a job that no one waits for */
	CHECK(!ops->submit(c.t, &c.job, &tickets[0], &c.err));
	CHECK(!ops->submit(c.t, &c.job, &tickets[1], &c.err));
	CHECK(!ops->wait(c.t, tickets[1], -1, &r, &c.err));
	close_client(&c);
}

static void a_buffer_gone_is_out_of_the_tlb(void)
{
	struct client c;

	if (!CHECK(open_client(&c, NULL)))
		return;
	CHECK(copies(&c, 1));
	/* the next buffer of the size gets the same device address */
	for (unsigned int i = 0; i < 20; i++) {
		struct mnet_bo **bo = i % 2 ? &c.in : &c.out;
		unsigned int region = i % 2 ? REGION_IN : REGION_OUT;

		ops->bo_destroy(c.t, *bo);
		if (!CHECK(!ops->bo_create(c.t, SIZE, i % 2 ? MNET_BO_READ : MNET_BO_WRITE, bo,
					   &c.err)))
			return;
		c.job.regions[region].bo = *bo;
		CHECK(copies(&c, i));
	}
	close_client(&c);
}

static void a_trace_has_a_record_of_every_command(void)
{
	const struct edgetpu_trace *trace;
	struct mnet_job_result r;
	struct mnet_bo *bo;
	struct client c;

	if (!CHECK(open_client(&c, NULL)))
		return;
	if (!CHECK(!ops->bo_create(c.t, COMMANDS * sizeof(*trace), MNET_BO_WRITE, &bo, &c.err)))
		return;
	c.job.trace = true;
	c.job.trace_region = REGION_TRACE;
	c.job.regions[REGION_TRACE] = (struct mnet_job_region){
		.bo = bo, .size = bo->size, .flags = EDGETPU_REGION_WRITE,
	};
	CHECK(!run_job(&c, &r) && !r.status);
	trace = bo->map;
	CHECK(le32toh(trace[0].engine) == EDGETPU_ENGINE_LOAD);
	CHECK(le32toh(trace[1].engine) == EDGETPU_ENGINE_VECTOR && le32toh(trace[1].tag) == 7);
	CHECK(le32toh(trace[2].engine) == EDGETPU_ENGINE_STORE);
	CHECK(le32toh(trace[0].bytes) == SIZE && le32toh(trace[2].bytes) == SIZE);
	for (unsigned int i = 0; i < COMMANDS; i++)
		CHECK(le32toh(trace[i].start) < le32toh(trace[i].end));
	CHECK(le32toh(trace[1].start) >= le32toh(trace[0].end));
	CHECK(le32toh(trace[2].start) >= le32toh(trace[1].end));
	ops->bo_destroy(c.t, bo);
	close_client(&c);
}

struct worker {
	pthread_t thread;
	struct client *client;	/* shared, or NULL: one of its own */
	unsigned int seed;
	bool good;
};

static void *own_device(void *arg)
{
	struct worker *w = arg;
	struct client c;

	w->good = open_client(&c, w->seed % 2 ? "pcie" : "soc");
	if (!w->good)
		return NULL;
	for (unsigned int i = 0; i < 20; i++)
		w->good &= copies(&c, w->seed + i);
	close_client(&c);
	return NULL;
}

/* Its own buffers on a device that others use */
static void *shared_device(void *arg)
{
	struct worker *w = arg;
	struct client c = *w->client;

	w->good = !ops->bo_create(c.t, SIZE, MNET_BO_READ, &c.in, &c.err) &&
		  !ops->bo_create(c.t, SIZE, MNET_BO_WRITE, &c.out, &c.err);
	if (!w->good)
		return NULL;
	c.job.regions[REGION_IN].bo = c.in;
	c.job.regions[REGION_OUT].bo = c.out;
	for (unsigned int i = 0; i < 100; i++) {
		struct mnet_job_result r;

		fill(&c, w->seed + i);
		w->good &= !run_job(&c, &r) && !r.status &&
			   !memcmp(c.in->map, c.out->map, SIZE);
	}
	ops->bo_destroy(c.t, c.in);
	ops->bo_destroy(c.t, c.out);
	return NULL;
}

static void run_workers(void *(*run)(void *), struct client *client)
{
	struct worker workers[4] = { 0 };

	for (unsigned int i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .client = client, .seed = 50 * i + (i & 1) };
		if (!CHECK(!pthread_create(&workers[i].thread, NULL, run, &workers[i])))
			return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK(workers[i].good);
	}
}

static void devices_in_several_threads_do_not_meet(void)
{
	run_workers(own_device, NULL);
}

static void several_threads_share_a_device(void)
{
	struct client c;

	if (!CHECK(open_client(&c, NULL)))
		return;
	run_workers(shared_device, &c);
	close_client(&c);
}

/* --- firmware ---------------------------------------------------------------- */

static uint8_t image[EDGETPU_FW_MAX_SIZE + 4096];
static size_t image_size;
static char image_path[32];

static int open_with(const uint8_t *data, size_t size, struct mnet_error *err)
{
	FILE *f = fopen(image_path, "wb");
	struct mnet_transport *t;
	int ret;

	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		exit(1);
	setenv("EDGETPU_FIRMWARE", image_path, 1);
	err->message[0] = 0;
	ret = ops->open(NULL, &t, err);
	if (!ret)
		ops->close(t);
	unsetenv("EDGETPU_FIRMWARE");
	return ret;
}

static bool says(int ret, int expected, const struct mnet_error *err, const char *word)
{
	if (ret == expected && strstr(err->message, word))
		return true;
	printf("# %d, %s\n", ret, err->message);
	return false;
}

static void bad_firmware_is_refused_with_the_reason(void)
{
	struct edgetpu_fw_header *header = (void *)image;
	struct mnet_transport *t;
	struct mnet_error err;

	CHECK(open_with(image, image_size, &err) == 0);
	CHECK(says(open_with(image, image_size - 4, &err), -EINVAL, &err, "truncated"));
	CHECK(says(open_with(image, 40, &err), -EINVAL, &err, "truncated"));
	CHECK(says(open_with(image, 0, &err), -EINVAL, &err, "empty"));
	CHECK(says(open_with(image, sizeof(image), &err), -EINVAL, &err, "too large"));
	image[image_size / 2] ^= 0x10;
	CHECK(says(open_with(image, image_size, &err), -EINVAL, &err, "CRC"));
	image[image_size / 2] ^= 0x10;
	header->magic ^= htole32(1);
	CHECK(says(open_with(image, image_size, &err), -EINVAL, &err, "not a firmware"));
	header->magic ^= htole32(1);
	header->hw_major = htole32(9);
	CHECK(says(open_with(image, image_size, &err), -EINVAL, &err, "version"));
	header->hw_major = htole32(EDGETPU_HW_VERSION >> 16);
	setenv("EDGETPU_FIRMWARE", "/nonexistent/fw.bin", 1);
	CHECK(says(ops->open(NULL, &t, &err), -ENOENT, &err, "/nonexistent/fw.bin"));
	unsetenv("EDGETPU_FIRMWARE");
}

static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t len)
{
	crc = ~crc;
	while (len--) {
		crc ^= *data++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* An image whose whole program is @code */
static size_t make_image(uint8_t *out, const uint32_t *code, size_t words)
{
	struct edgetpu_fw_header *header = (void *)out;

	memcpy(header, image, sizeof(*header));
	header->payload_size = htole32(words * 4);
	header->bss_size = 0;
	header->entry = header->load_addr;
	header->crc = 0;
	for (size_t i = 0; i < words; i++) {
		uint32_t word = htole32(code[i]);

		memcpy(out + sizeof(*header) + 4 * i, &word, 4);
	}
	header->crc = htole32(crc32(0, out, sizeof(*header) + words * 4));
	return sizeof(*header) + words * 4;
}

static void firmware_that_crashes_or_sleeps_is_found_out(void)
{
	/* lui t0, 0x40000; li t1, 1; sw t1, CRASH(t0); j . */
	static const uint32_t crash[] = { 0x400002b7, 0x00100313, 0x0262a223, 0x0000006f };
	/* wfi; j -4 */
	static const uint32_t sleep[] = { 0x10500073, 0xffdff06f };
	/* lui t0, 0x40000; li t1, 1; sw t1, BOOT_READY(t0); wfi; j -4 */
	static const uint32_t mute[] = { 0x400002b7, 0x00100313, 0x0062a823, 0x10500073, 0xffdff06f };
	uint8_t out[256];
	struct mnet_error err;

	CHECK(says(open_with(out, make_image(out, crash, 4), &err), -ENODEV, &err, "crashed"));
	CHECK(says(open_with(out, make_image(out, sleep, 2), &err), -ENODEV, &err,
		   "does not come up"));
	CHECK(says(open_with(out, make_image(out, mute, 5), &err), -ENODEV, &err,
		   "does not answer"));
}

static const struct tap_test tests[] = {
	{ "presets are told by the registers", presets_are_told_by_the_registers },
	{ "a job moves bytes and tells its time", a_job_moves_bytes_and_tells_its_time },
	{ "slower memory takes longer", slower_memory_takes_longer },
	{ "a faulty job fails alone", a_faulty_job_fails_alone },
	{ "jobs that cannot be are refused", jobs_that_cannot_be_are_refused },
	{ "more jobs than the ring has slots wait their turn",
	  more_jobs_than_the_ring_has_slots_wait_their_turn },
	{ "a buffer gone is out of the TLB", a_buffer_gone_is_out_of_the_tlb },
	{ "a trace has a record of every command", a_trace_has_a_record_of_every_command },
	{ "devices in several threads do not meet", devices_in_several_threads_do_not_meet },
	{ "several threads share a device", several_threads_share_a_device },
	{ "bad firmware is refused with the reason", bad_firmware_is_refused_with_the_reason },
	{ "firmware that crashes or sleeps is found out",
	  firmware_that_crashes_or_sleeps_is_found_out },
};

/* test_sim PLUGIN IMAGE */
int main(int argc, char **argv)
{
	const int num = sizeof(tests) / sizeof(tests[0]);
	void *handle;
	FILE *f;
	int failed, fd;

	handle = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	ops = handle ? dlsym(handle, MNET_TRANSPORT_SYMBOL) : NULL;
	if (!ops) {
		printf("Bail out! %s\n", argc == 3 ? dlerror() : "usage: test_sim PLUGIN IMAGE");
		return 1;
	}
	f = fopen(argv[2], "rb");
	image_size = f ? fread(image, 1, EDGETPU_FW_MAX_SIZE, f) : 0;
	snprintf(image_path, sizeof(image_path), "/tmp/test_sim.XXXXXX");
	fd = mkstemp(image_path);
	if (!image_size || fd < 0) {
		printf("Bail out! cannot read %s or write %s\n", argv[2], image_path);
		return 1;
	}
	fclose(f);
	close(fd);
	unsetenv("EDGETPU_FIRMWARE");
	printf("1..%d\n", num);
	failed = tap_run(tests, num, 1);
	unlink(image_path);
	return failed ? 1 : 0;
}
