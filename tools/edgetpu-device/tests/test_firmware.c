// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: boot, mailbox, jobs, isolation.
 *
 * test_firmware IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

/* --- boot ------------------------------------------------------------------------ */

static void test_boot(void **state)
{
	uint32_t before, reply[EDGETPU_MBOX_WORDS];

	(void)state;
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_WAITING);
	before = fwhost_read(&host, EDGETPU_REG_HEARTBEAT);
	assert_true(before > 0);
	fwhost_mbox(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL },
		    reply);
	assert_int_equal(reply[0], EDGETPU_MBOX_OK);
	assert_int_equal(reply[1], EDGETPU_PROTOCOL);
	assert_true(reply[2] >> 16 >= 1);
	assert_true(fwhost_read(&host, EDGETPU_REG_HEARTBEAT) != before);
	assert_int_equal(host.irqs[EDGETPU_VECTOR_CONTROL], host.mbox_seq);
	assert_int_equal(host.irqs[EDGETPU_VECTOR_JOBS], 0);
	assert_true(fwhost_log_has(&host, "info: firmware 1."));
}

/* HELLO's version is the one of the image's header. */
static void test_version(void **state)
{
	struct edgetpu_fw_header header;
	uint32_t reply[EDGETPU_MBOX_WORDS];
	uint8_t *image;
	size_t size;

	(void)state;
	image = fwhost_read_image(&size);
	memcpy(&header, image, sizeof(header));
	free(image);
	fwhost_mbox(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL },
		    reply);
	assert_int_equal(reply[2], header.fw_version);
	assert_int_equal(reply[1], header.protocol);
}

static void test_boot_refused(void **state)
{
	struct fwhost bare;
	uint8_t *image;
	uint32_t status;
	size_t size;

	(void)state;
	image = fwhost_read_image(&size);
	image[size - 1] ^= 1;
	fwhost_init(&bare);
	status = fwhost_boot(&bare, image, size);
	assert_int_equal(EDGETPU_BOOT_STATE(status), EDGETPU_BOOT_FAILED);
	assert_int_equal(EDGETPU_BOOT_ERROR(status), EDGETPU_BOOT_ERR_CRC);
	/* the next image may be good */
	fwhost_write(&bare, EDGETPU_REG_RESET, 1);
	image[size - 1] ^= 1;
	assert_int_equal(fwhost_boot(&bare, image, size), EDGETPU_BOOT_READY);
	fwhost_free(&bare);
	free(image);
}

static uint32_t crc32(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffffu;
	int bit;

	while (len--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/*
 * Boots the image with two instructions planted behind the first @after, which
 * crash with @cause at the @at-th of them.
 */
static void crash(uint32_t after, const uint32_t planted[2], uint32_t at, uint32_t cause)
{
	struct edgetpu_fw_header header;
	struct fwhost bare;
	uint32_t where;
	uint8_t *image;
	size_t size, i;

	image = fwhost_read_image(&size);
	memcpy(&header, image, sizeof(header));
	for (i = sizeof(header); i + 12 <= size; i += 2)
		if (!memcmp(image + i, &after, 4))
			break;
	assert_true(i + 12 <= size);
	memcpy(image + i + 4, planted, 8);
	header.crc = 0;
	memcpy(image, &header, sizeof(header));
	header.crc = crc32(image, size);
	memcpy(image, &header, sizeof(header));
	where = header.load_addr + i + 4 - sizeof(header);

	fwhost_init(&bare);
	assert_int_equal(fwhost_boot(&bare, image, size), EDGETPU_BOOT_RUNNING);
	assert_int_equal(fwhost_read(&bare, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	assert_int_equal(fwhost_read(&bare, EDGETPU_REG_CRASH_CAUSE), cause);
	if (at < 2)
		assert_int_equal(fwhost_read(&bare, EDGETPU_REG_CRASH_PC), where + 4 * at);
	assert_int_equal(fwhost_read(&bare, EDGETPU_REG_IRQ_STATUS) & EDGETPU_IRQ_FATAL,
			 EDGETPU_IRQ_FATAL);
	assert_int_equal(bare.irqs[EDGETPU_VECTOR_CONTROL], 1);
	fwhost_free(&bare);
	free(image);
}

#define CSRW_MTVEC_T0	0x30529073
#define CSRW_PMPCFG0_T0	0x3a029073
#define AUIPC_T0_0	0x00000297
#define SW_ZERO_T0	0x0002a023
#define JR_SP_MINUS_64	0xfc010067

static void test_crash(void **state)
{
	(void)state;
	crash(CSRW_MTVEC_T0, (const uint32_t[2]) { 0, 0 }, 0, 2);
}

/* What is executed cannot be written. */
static void test_text_is_read_only(void **state)
{
	(void)state;
	crash(CSRW_PMPCFG0_T0, (const uint32_t[2]) { AUIPC_T0_0, SW_ZERO_T0 }, 1, 7);
}

/* What is written cannot be executed: the stack. */
static void test_data_is_not_executed(void **state)
{
	(void)state;
	crash(CSRW_PMPCFG0_T0, (const uint32_t[2]) { JR_SP_MINUS_64, 0 }, 2, 1);
}

static void test_reset(void **state)
{
	struct fwclient client;
	uint8_t *image;
	size_t size;

	(void)state;
	fwclient_create(&client, &host, 0, 0);
	fwclient_check_good(&client, 1);
	fwhost_write(&host, EDGETPU_REG_RESET, 1);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_IDLE);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_RESET);
	image = fwhost_read_image(&size);
	assert_int_equal(fwhost_boot(&host, image, size), EDGETPU_BOOT_READY);
	free(image);
	fwhost_write(&host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	/* the firmware knows nothing of what was before */
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, 0), EDGETPU_MBOX_ENOENT);
	fwclient_create(&client, &host, 0, 0);
	fwclient_check_good(&client, 2);
}

/* --- mailbox ------------------------------------------------------------------------ */

static void test_mailbox_refusals(void **state)
{
	struct fwclient client;
	uint32_t reply[EDGETPU_MBOX_WORDS];

	(void)state;
	assert_int_equal(FWHOST_MBOX(&host, 0), EDGETPU_MBOX_EOPCODE);
	assert_int_equal(FWHOST_MBOX(&host, 99), EDGETPU_MBOX_EOPCODE);
	assert_int_equal(fwhost_mbox(&host, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_HELLO, 7 },
				     reply), EDGETPU_MBOX_EINVAL);
	assert_int_equal(reply[1], EDGETPU_PROTOCOL);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_LOG, 0, 0, 4096), EDGETPU_MBOX_EINVAL);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_CREATE, 32, 0x1000, 0),
			 EDGETPU_MBOX_EINVAL);
	fwclient_create(&client, &host, 3, 0);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_CREATE, 3, 0x1000, 0),
			 EDGETPU_MBOX_EEXIST);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, 3), EDGETPU_MBOX_EBUSY);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_CREATE, 3, 3, 0,
				     client.ring.addr, 0, 8), EDGETPU_MBOX_EEXIST);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_CREATE, 4, 3, 9,
				     client.ring.addr, 0, 8), EDGETPU_MBOX_EINVAL);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_CREATE, 4, 5, 0,
				     client.ring.addr, 0, 8), EDGETPU_MBOX_ENOENT);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_DESTROY, 4), EDGETPU_MBOX_ENOENT);
	fwclient_check_good(&client, 3);
	fwclient_destroy(&client);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_CONTEXT_DESTROY, 3), EDGETPU_MBOX_ENOENT);
}

/* --- jobs ----------------------------------------------------------------------------- */

static void test_job(void **state)
{
	const struct edgetpu_completion *c;
	struct fwclient client;
	uint8_t *in, *out;
	int i;

	(void)state;
	fwclient_create(&client, &host, 1, 1);
	in = fwclient_buffer(&client, FWCLIENT_INPUT);
	out = fwclient_buffer(&client, FWCLIENT_OUTPUT);
	fwhost_fill(in, 1000, 5);
	fwclient_round_trip(&client);
	((struct edgetpu_command *)fwclient_buffer(&client, 0))[0].flags = EDGETPU_CMD_FLIP;
	c = fwclient_run(&client);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	for (i = 0; i < 1000; i++)
		assert_int_equal(out[i], in[i] ^ 0x80);
	assert_true(all_zero(out + 1000, FWCLIENT_BYTES - 1000));

	assert_int_equal(c->engine, 0);
	assert_int_equal(c->command, 0);
	assert_int_equal(c->fault_va, 0);
	assert_true(c->end > c->start);
	assert_true(c->busy[EDGETPU_ENGINE_LOAD] > 0);
	assert_true(c->busy[EDGETPU_ENGINE_STORE] > 0);
	assert_true(c->busy[EDGETPU_ENGINE_VECTOR] > 0);
	assert_int_equal(c->busy[EDGETPU_ENGINE_ARRAY], 0);
	assert_true(c->busy[EDGETPU_ENGINE_LOAD] < c->end - c->start);
	assert_true(c->instructions > 100 && c->instructions < 10000);
	assert_int_equal(fwring_header(&client.ring)->fence, 1);
	assert_int_equal(fwring_header(&client.ring)->running, 0);
	assert_int_equal(fwring_header(&client.ring)->progress, 3);
	assert_int_equal(fwring_header(&client.ring)->state, EDGETPU_RING_IDLE);
	assert_int_equal(c->commands, 3);
	assert_int_equal(host.irqs[EDGETPU_VECTOR_JOBS], 1);
	assert_int_equal(edgetpu_device_sram_races(host.dev), 0);
}

/* Rings and contexts have numbers of their own, of both words of each mask. */
static void test_ring_of_another_context(void **state)
{
	static const uint32_t rings[] = { 5, 40, 63, 2 };
	struct fwclient client;
	struct edgetpu_job job;
	struct fwring ring;
	unsigned int i;

	(void)state;
	fwclient_create(&client, &host, 7, 1);
	fwclient_round_trip(&client);
	job = fwclient_job(&client);
	for (i = 0; i < 4; i++) {
		fwring_create(&ring, &host, rings[i], 7, i % EDGETPU_NUM_PRIORITIES);
		fwring_put(&ring, &job);
		fwring_put(&ring, &job);
		fwring_ring(&ring);
		assert_int_equal(fwring_header(&ring)->fence, 2);
		assert_int_equal(fwring_completion(&ring, 0)->status, EDGETPU_STATUS_OK);
		assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_CREATE, rings[i], 7),
				 EDGETPU_MBOX_EINVAL);
	}
	/* each is there by its own number */
	for (i = 0; i < 4; i++)
		assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_DESTROY, rings[i]),
				 EDGETPU_MBOX_OK);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_RING_DESTROY, rings[0]),
			 EDGETPU_MBOX_ENOENT);
	fwclient_check_good(&client, 3);
}

/* The same job takes the same model time, whatever the host did between. */
static void test_deterministic(void **state)
{
	uint64_t cycles[2], instructions[2];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct edgetpu_completion *c;
		struct fwclient client;
		struct fwhost fresh;

		fwhost_start(&fresh);
		fwclient_create(&client, &fresh, 1, 1);
		fwclient_round_trip(&client);
		c = fwclient_run(&client);
		cycles[i] = c->end - c->start;
		instructions[i] = c->instructions;
		fwhost_free(&fresh);
	}
	assert_int_equal(cycles[0], cycles[1]);
	assert_int_equal(instructions[0], instructions[1]);
}

/* Many commands, across batches and pages, with a trace of each. */
static void test_long_stream(void **state)
{
	enum { TIMES = 500, LINE = 64 };
	const struct edgetpu_completion *c;
	const struct edgetpu_trace *trace;
	struct edgetpu_job job;
	struct fwclient client;
	uint8_t *in, *out;
	int i;

	(void)state;
	fwclient_create(&client, &host, 1, 1);
	in = fwclient_buffer(&client, FWCLIENT_INPUT);
	out = fwclient_buffer(&client, FWCLIENT_OUTPUT);
	fwhost_fill(in, TIMES * LINE, 6);
	fwclient_begin(&client);
	for (i = 0; i < TIMES; i++) {
		fwclient_load(&client, i * LINE, i * LINE, LINE);
		fwclient_copy(&client, i * LINE, 0x100000 + i * LINE, LINE);
		fwclient_store(&client, i * LINE, 0x100000 + i * LINE, LINE);
	}
	job = fwclient_job(&client);
	job.flags = EDGETPU_JOB_TRACE;
	job.trace_region = FWCLIENT_TRACE;
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	c = fwring_completion(&client.ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_memory_equal(in, out, TIMES * LINE);

	trace = (const struct edgetpu_trace *)fwclient_buffer(&client, FWCLIENT_TRACE);
	for (i = 0; i < 3 * TIMES; i++) {
		static const uint32_t engines[] = { EDGETPU_ENGINE_LOAD, EDGETPU_ENGINE_VECTOR,
						    EDGETPU_ENGINE_STORE };

		assert_int_equal(trace[i].engine, engines[i % 3]);
		assert_int_equal(trace[i].tag, 1001 + i);
		assert_true(trace[i].issued <= trace[i].start);
		assert_true(trace[i].start < trace[i].end);
		assert_true(trace[i].end <= c->end - c->start);
		assert_int_equal(trace[i].bytes, i % 3 == 1 ? 0 : LINE);
		/* every command waits for the one before */
		if (i)
			assert_true(trace[i].start >= trace[i - 1].end);
	}
	assert_int_equal(trace[i].end, 0);
	/* checking and pushing one command takes some 50 instructions */
	assert_true(c->instructions > 1500 * 30);
	assert_true(c->instructions < 1500 * 100);
}

/* Nobody waits for the firmware longer than it takes to look: no tick is slept through. */
static void test_no_time_is_lost(void **state)
{
	enum { COMMANDS = 200, LINE = 4096 };
	const struct edgetpu_completion *c;
	const struct edgetpu_trace *trace;
	struct edgetpu_job job;
	struct fwclient client;
	uint64_t posted;
	int i;

	(void)state;
	fwclient_create(&client, &host, 1, 1);
	fwclient_begin(&client);
	for (i = 0; i < COMMANDS; i++)
		fwclient_load(&client, 0, 0, LINE);
	job = fwclient_job(&client);
	job.flags = EDGETPU_JOB_TRACE;
	job.trace_region = FWCLIENT_TRACE;
	fwring_put(&client.ring, &job);
	posted = fwhost_read(&host, EDGETPU_REG_CYCLES_LO);
	fwring_ring(&client.ring);
	c = fwring_completion(&client.ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	trace = (const struct edgetpu_trace *)fwclient_buffer(&client, FWCLIENT_TRACE);
	assert_true((uint32_t)c->start - posted < 1000);
	assert_true(trace[0].start < 3000);
	for (i = 1; i < COMMANDS; i++)
		assert_true(trace[i].start - trace[i - 1].end < 20);
	/* the trace is written: some 300 cycles */
	assert_true(c->end - c->start - trace[COMMANDS - 1].end < 1500);
	/* and the next job of a ring, or of another, begins at once */
	fwring_put(&client.ring, &(struct edgetpu_job){ 0 });
	job.flags = 0;
	job.trace_region = 0;
	fwring_put(&client.ring, &job);
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	assert_int_equal(fwring_completion(&client.ring, 2)->status, EDGETPU_STATUS_BAD_JOB);
	/* but for a line of the log */
	assert_true(fwring_completion(&client.ring, 1)->start -
		    fwring_completion(&client.ring, 2)->end < 10000);
	assert_true(fwring_completion(&client.ring, 0)->start -
		    fwring_completion(&client.ring, 1)->end < 1000);
}

/* A descriptor that is refused: nothing ran, and nothing of the job before is told. */
static void test_refused_job(void **state)
{
	const struct edgetpu_completion *c;
	struct fwclient client;
	struct edgetpu_job job;
	unsigned int e;

	(void)state;
	fwclient_create(&client, &host, 1, 1);
	fwclient_check_good(&client, 7);
	job = fwclient_job(&client);
	job.num_commands = 0;
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	c = fwring_completion(&client.ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_JOB);
	assert_int_equal(c->engine, EDGETPU_ENGINE_FIRMWARE);
	assert_int_equal(c->command, 0);
	assert_int_equal(c->commands, 0);
	assert_int_equal(c->fault_va, 0);
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++)
		assert_int_equal(c->busy[e], 0);
	assert_in_range(c->instructions, 50, 1000);
	assert_in_range(c->end - c->start, 50, 2000);
	assert_int_equal(fwring_header(&client.ring)->progress, 0);
	assert_int_equal(fwring_header(&client.ring)->running, 0);
	assert_int_equal(fwring_header(&client.ring)->fence, 2);
	fwclient_check_good(&client, 8);
	/* a fault is not told of the next job */
	c = fwring_completion(&client.ring, 0);
	assert_int_equal(c->engine, 0);
	assert_int_equal(c->fault_va, 0);
}

/* A ring goes round, with several jobs posted at one doorbell. */
static void test_many_jobs(void **state)
{
	struct fwclient client;
	struct edgetpu_job job;
	uint64_t end = 0;
	int i, round;

	(void)state;
	fwclient_create(&client, &host, 1, 1);
	fwclient_round_trip(&client);
	job = fwclient_job(&client);
	for (round = 0; round < 40; round++) {
		for (i = 0; i < 7; i++)
			fwring_put(&client.ring, &job);
		fwring_ring(&client.ring);
		assert_int_equal(fwring_header(&client.ring)->fence, client.ring.tail);
		for (i = 6; i >= 0; i--) {
			const struct edgetpu_completion *c = fwring_completion(&client.ring, i);

			assert_int_equal(c->status, EDGETPU_STATUS_OK);
			assert_true(c->start >= end);
			end = c->end;
		}
	}
	assert_int_equal(host.irqs[EDGETPU_VECTOR_JOBS], 280);
}

/* --- isolation ------------------------------------------------------------------------------ */

/* What @client finds in SRAM where nobody of it wrote */
static const uint8_t *peek(struct fwclient *client)
{
	fwclient_begin(client);
	fwclient_store(client, 0, 0, 0x20000);
	assert_int_equal(fwclient_run(client)->status, EDGETPU_STATUS_OK);
	return fwclient_buffer(client, FWCLIENT_OUTPUT);
}

static void leave_secret(struct fwclient *client)
{
	memset(fwclient_buffer(client, FWCLIENT_INPUT), 0x5e, 0x20000);
	fwclient_begin(client);
	fwclient_load(client, 0, 0, 0x20000);
	assert_int_equal(fwclient_run(client)->status, EDGETPU_STATUS_OK);
}

static void test_scrub(void **state)
{
	struct fwclient a, b;

	(void)state;
	fwclient_create(&a, &host, 2, 1);
	fwclient_create(&b, &host, 3, 1);
	leave_secret(&a);
	/* its own bytes are still there for the next job of the same context */
	assert_int_equal(peek(&a)[0x1ffff], 0x5e);
	memset(fwclient_buffer(&b, FWCLIENT_OUTPUT), 0xff, 0x20000);
	assert_true(all_zero(peek(&b), 0x20000));
	memset(fwclient_buffer(&a, FWCLIENT_OUTPUT), 0xff, 0x20000);
	assert_true(all_zero(peek(&a), 0x20000));
}

/* The next context of the same number is another one. */
static void test_scrub_reused_number(void **state)
{
	struct fwclient a;

	(void)state;
	fwclient_create(&a, &host, 2, 1);
	leave_secret(&a);
	fwclient_destroy(&a);
	fwclient_create(&a, &host, 2, 1);
	memset(fwclient_buffer(&a, FWCLIENT_OUTPUT), 0xff, 0x20000);
	assert_true(all_zero(peek(&a), 0x20000));
}

/* Also behind a job that failed. */
static void test_scrub_after_fault(void **state)
{
	struct fwclient a, b;

	(void)state;
	fwclient_create(&a, &host, 2, 1);
	fwclient_create(&b, &host, 3, 1);
	memset(fwclient_buffer(&a, FWCLIENT_INPUT), 0x5e, 0x20000);
	fwclient_begin(&a);
	fwclient_load(&a, 0, 0, 0x20000);
	fwclient_load(&a, 0, 0xffff0000, 64);
	assert_int_equal(fwclient_run(&a)->status, EDGETPU_STATUS_BAD_SRAM);
	memset(fwclient_buffer(&b, FWCLIENT_OUTPUT), 0xff, 0x20000);
	assert_true(all_zero(peek(&b), 0x20000));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_boot),
		TEST(test_version),
		cmocka_unit_test(test_boot_refused),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_text_is_read_only),
		cmocka_unit_test(test_data_is_not_executed),
		TEST(test_reset),
		TEST(test_mailbox_refusals),
		TEST(test_job),
		TEST(test_ring_of_another_context),
		cmocka_unit_test(test_deterministic),
		TEST(test_long_stream),
		TEST(test_no_time_is_lost),
		TEST(test_refused_job),
		TEST(test_many_jobs),
		TEST(test_scrub),
		TEST(test_scrub_reused_number),
		TEST(test_scrub_after_fault),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL);
}
