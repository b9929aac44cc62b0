// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real firmware on the device core: jobs that fail, and a host that acts
 * while a job runs.
 *
 * test_firmware_faults IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

/* --- faults ------------------------------------------------------------------------------ */

struct want {
	uint32_t status, engine, command;
	uint64_t va;
};

/* The stream built ends as wanted, and the next job of the ring is good. */
static void check_fault(struct fwclient *client, struct want want)
{
	const struct edgetpu_completion *c = fwclient_run(client);

	assert_int_equal(c->status, want.status);
	assert_int_equal(c->engine, want.engine);
	assert_int_equal(c->command, want.command);
	assert_int_equal(c->fault_va, want.va);
	assert_int_equal(fwring_header(&client->ring)->running, 0);
	assert_true(fwhost_log_has(client->host, "warn: context 2, job 1: status"));
	fwclient_check_good(client, 9);
}

static void test_bad_opcode(void **state)
{
	struct fwclient client;
	int i;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	for (i = 0; i < 40; i++)
		fwclient_load(&client, 0, 64 * i, 64);
	fwclient_add(&client, 0x77);
	for (i = 0; i < 40; i++)
		fwclient_load(&client, 0, 64 * i, 64);
	check_fault(&client, (struct want){ EDGETPU_STATUS_BAD_COMMAND, EDGETPU_ENGINE_FIRMWARE,
					    40, 0 });
}

/* The smallest good command of each kind */
static struct edgetpu_command smallest(uint8_t opcode)
{
	struct edgetpu_command command;

	memset(&command, 0, sizeof(command));
	command.opcode = opcode;
	switch (opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE:
		command.u.dma.region = opcode == EDGETPU_OP_LOAD ? FWCLIENT_INPUT : FWCLIENT_OUTPUT;
		command.u.dma.len = 1;
		command.u.dma.n1 = 1;
		command.u.dma.n2 = 1;
		break;
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		command.u.elementwise.len = 1;
		command.u.elementwise.n = 1;
		command.u.elementwise.out = 64;
		break;
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		command.u.copy.out = 64;
		command.u.copy.len = 1;
		command.u.copy.n1 = 1;
		command.u.copy.n2 = 1;
		break;
	default:
		command.u.conv.out = 4096;	/* the parameters end at 192 */
		command.u.conv.in_h = 1;
		command.u.conv.in_w = 1;
		command.u.conv.in_c = 1;
		command.u.conv.out_h = 1;
		command.u.conv.out_w = 1;
		command.u.conv.out_c = 1;
		command.u.conv.kernel_h = 1;
		command.u.conv.kernel_w = 1;
		command.u.conv.stride_h = 1;
		command.u.conv.stride_w = 1;
		command.u.conv.dilation_h = 1;
		command.u.conv.dilation_w = 1;
		break;
	}
	return command;
}

/* Any bit a command has no use for makes it a bad one, whoever finds it. */
static void test_unused_bits(void **state)
{
	static const struct {
		uint8_t opcode;
		uint8_t used;	/* bytes of operands */
	} cases[] = {
		{ EDGETPU_OP_LOAD, 48 },      { EDGETPU_OP_STORE, 48 },
		{ EDGETPU_OP_CONV, 60 },      { EDGETPU_OP_DEPTHWISE, 60 },
		{ EDGETPU_OP_ADD, 53 },	      { EDGETPU_OP_AVG_POOL, 60 },
		{ EDGETPU_OP_MAX_POOL, 60 },  { EDGETPU_OP_RESCALE, 53 },
		{ EDGETPU_OP_COPY, 37 },      { EDGETPU_OP_FILL, 37 },
	};
	struct edgetpu_command *command;
	struct fwclient client;
	uint32_t i, byte, want;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	command = fwclient_add(&client, EDGETPU_OP_FILL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		*command = smallest(cases[i].opcode);
		assert_int_equal(fwclient_run(&client)->status, EDGETPU_STATUS_OK);
		for (byte = 1; byte < sizeof(*command); byte++) {
			/* tag, waits and operands */
			if ((byte >= 4 && byte < 8) || (byte >= 16 && byte < 32u + cases[i].used))
				continue;
			*command = smallest(cases[i].opcode);
			((uint8_t *)command)[byte] ^= 0x80;
			if (fwclient_run(&client)->status != EDGETPU_STATUS_BAD_COMMAND)
				fail_msg("opcode %#x, byte %u", cases[i].opcode, byte);
		}
		/* FLIP is for DMA */
		*command = smallest(cases[i].opcode);
		command->flags = EDGETPU_CMD_FLIP;
		want = EDGETPU_STATUS_BAD_COMMAND;
		if (edgetpu_isa_engine(cases[i].opcode) <= EDGETPU_ENGINE_STORE)
			want = EDGETPU_STATUS_OK;
		assert_int_equal(fwclient_run(&client)->status, want);
	}
	fwclient_check_good(&client, 8);
}

static void test_wait_on_future(void **state)
{
	struct fwclient client;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_round_trip(&client);
	((struct edgetpu_command *)fwclient_buffer(&client, 0))[1].wait[EDGETPU_ENGINE_STORE] = 1;
	check_fault(&client, (struct want){ EDGETPU_STATUS_BAD_COMMAND, EDGETPU_ENGINE_FIRMWARE,
					    1, 0 });
}

static void test_unmapped_page(void **state)
{
	struct fwclient client;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_round_trip(&client);
	fwclient_load(&client, 0x4000 - 100, 0, 0x2000);
	fwhost_map(&host, client.table, FWCLIENT_VA(FWCLIENT_INPUT) + 0x4000, 0, 0);
	check_fault(&client, (struct want){ EDGETPU_STATUS_MMU_FAULT, EDGETPU_ENGINE_LOAD, 3,
					    FWCLIENT_VA(FWCLIENT_INPUT) + 0x4000 });
}

static void test_read_only_page(void **state)
{
	struct fwclient client;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	fwclient_store(&client, 0x8000, 0, 64);
	fwhost_map(&host, client.table, FWCLIENT_VA(FWCLIENT_OUTPUT) + 0x8000,
		   client.buffer[FWCLIENT_OUTPUT] + 0x8000, EDGETPU_PTE_READ);
	check_fault(&client, (struct want){ EDGETPU_STATUS_MMU_FAULT, EDGETPU_ENGINE_STORE, 0,
					    FWCLIENT_VA(FWCLIENT_OUTPUT) + 0x8000 });
}

/* The page of commands 32..63 may not be fetched as commands. */
static void test_command_right(void **state)
{
	struct fwclient client;
	int i;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	for (i = 0; i < 64; i++)
		fwclient_load(&client, 0, 0, 64);
	fwhost_map(&host, client.table, FWCLIENT_VA(0) + 0x1000, client.buffer[0] + 0x1000,
		   EDGETPU_PTE_READ | EDGETPU_PTE_WRITE);
	check_fault(&client, (struct want){ EDGETPU_STATUS_MMU_FAULT, EDGETPU_ENGINE_FIRMWARE, 32,
					    FWCLIENT_VA(0) + 0x1000 });
}

/* The page table is sound, but names memory that is not there. */
static void test_bus_error(void **state)
{
	struct fwclient client;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	fwclient_load(&client, 0x10000, 0, 64);
	fwhost_map(&host, client.table, FWCLIENT_VA(FWCLIENT_INPUT) + 0x10000,
		   FWHOST_BASE + FWHOST_SIZE, EDGETPU_PTE_READ);
	check_fault(&client, (struct want){ EDGETPU_STATUS_BUS_ERROR, EDGETPU_ENGINE_LOAD, 0,
					    FWCLIENT_VA(FWCLIENT_INPUT) + 0x10000 });
}

static void test_wild_sram(void **state)
{
	struct fwclient client;
	const struct edgetpu_completion *c;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	fwclient_load(&client, 0, 0xfffffff0, 64);
	c = fwclient_run(&client);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_SRAM);
	assert_int_equal(c->engine, EDGETPU_ENGINE_LOAD);
	fwclient_begin(&client);
	fwclient_load(&client, 0, 0, 64);
	fwclient_copy(&client, 0, edgetpu_config_soc.sram_size - 32, 64);
	c = fwclient_run(&client);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_SRAM);
	assert_int_equal(c->engine, EDGETPU_ENGINE_VECTOR);
	assert_int_equal(c->command, 1);
	fwclient_check_good(&client, 10);
}

static void test_bad_region(void **state)
{
	struct fwclient client;
	const struct edgetpu_completion *c;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	fwclient_load(&client, FWCLIENT_BYTES - 63, 0, 64);
	c = fwclient_run(&client);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_REGION);
	assert_int_equal(c->engine, EDGETPU_ENGINE_LOAD);
	/* a region that is not bound, one that is for commands, one that may not be written */
	fwclient_begin(&client);
	fwclient_load(&client, 0, 0, 64)->u.dma.region = 7;
	assert_int_equal(fwclient_run(&client)->status, EDGETPU_STATUS_BAD_REGION);
	fwclient_begin(&client);
	fwclient_load(&client, 0, 0, 64)->u.dma.region = EDGETPU_REGION_COMMAND;
	assert_int_equal(fwclient_run(&client)->status, EDGETPU_STATUS_BAD_REGION);
	fwclient_begin(&client);
	fwclient_store(&client, 0, 0, 64)->u.dma.region = FWCLIENT_INPUT;
	assert_int_equal(fwclient_run(&client)->status, EDGETPU_STATUS_BAD_REGION);
	fwclient_check_good(&client, 11);
}

static void test_bad_job(void **state)
{
	const struct edgetpu_completion *c;
	struct fwclient client;
	struct edgetpu_job job;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_round_trip(&client);
	job = fwclient_job(&client);
	job.seq = 5;	/* added to the right one */
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	c = fwring_completion(&client.ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_BAD_JOB);
	assert_int_equal(c->engine, EDGETPU_ENGINE_FIRMWARE);
	job.seq = 0;
	job.regions[3].pad = 1;
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	assert_int_equal(fwring_completion(&client.ring, 0)->status, EDGETPU_STATUS_BAD_JOB);
	fwclient_check_good(&client, 12);
}

/* A trace into pages that are not there is an error of the job, not of the firmware. */
static void test_trace_fault(void **state)
{
	struct fwclient client;
	struct edgetpu_job job;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_round_trip(&client);
	fwhost_map(&host, client.table, FWCLIENT_VA(FWCLIENT_TRACE), 0, 0);
	job = fwclient_job(&client);
	job.flags = EDGETPU_JOB_TRACE;
	job.trace_region = FWCLIENT_TRACE;
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	assert_int_equal(fwring_completion(&client.ring, 0)->status, EDGETPU_STATUS_MMU_FAULT);
	assert_int_equal(fwring_completion(&client.ring, 0)->engine, EDGETPU_ENGINE_FIRMWARE);
	fwclient_check_good(&client, 13);
}

/* A tail beyond the ring is ignored; the ring goes on. */
static void test_bad_tail(void **state)
{
	struct fwclient client;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwhost_write(&host, EDGETPU_REG_DOORBELL(2), 1000);
	fwhost_write(&host, EDGETPU_REG_DOORBELL(63), 1);
	assert_int_equal(fwring_header(&client.ring)->fence, 0);
	assert_true(fwhost_log_has(&host, "ring 2: bad tail 1000"));
	fwclient_check_good(&client, 14);
}

/* --- the host acts while a job runs ------------------------------------------------------- */

static struct {
	uint64_t addr;	/* once the device touches this */
	uint32_t request[EDGETPU_MBOX_WORDS];
	uint32_t doorbell;	/* or this ring's doorbell, if there is no request */
	bool done;
} wish;

static void act_on_map(struct fwhost *h, uint64_t addr)
{
	if (wish.done || addr != wish.addr)
		return;
	wish.done = true;
	if (wish.request[0])
		fwhost_post(h, wish.request);
	else
		edgetpu_device_write(h->dev, EDGETPU_REG_DOORBELL(wish.doorbell), 1);
}

/* 300 loads of a kilobyte; the wish comes as the tenth begins. */
static void build_long(struct fwclient *client)
{
	int i;

	fwclient_begin(client);
	for (i = 0; i < 300; i++)
		fwclient_load(client, i == 10 ? 0x20000 : 0, 0, 1024);
	memset(&wish, 0, sizeof(wish));
	wish.addr = client->buffer[FWCLIENT_INPUT] + 0x20000;
	client->host->on_map = act_on_map;
}

static void test_kill(void **state)
{
	const struct edgetpu_completion *c;
	struct fwclient victim, other;

	(void)state;
	fwclient_create(&victim, &host, 2, 1);
	fwclient_create(&other, &host, 3, 1);
	build_long(&victim);
	wish.request[0] = EDGETPU_MBOX_RING_DESTROY;
	wish.request[1] = victim.ring.index;
	c = fwclient_run(&victim);
	assert_true(wish.done);
	assert_int_equal(c->status, EDGETPU_STATUS_KILLED);
	assert_true(c->command >= 10 && c->command < 100);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP_SEQ), host.mbox_seq);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	host.on_map = NULL;
	fwclient_check_good(&other, 15);
	/* the context lives on, and may have a ring again */
	fwring_create(&victim.ring, &host, 2, victim.context, 0);
	fwclient_check_good(&victim, 16);
}

/* The mailbox is served while a job runs, and the job does not mind. */
static void test_mailbox_meanwhile(void **state)
{
	struct fwclient client;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	build_long(&client);
	wish.request[0] = EDGETPU_MBOX_HELLO;
	wish.request[1] = EDGETPU_PROTOCOL;
	assert_int_equal(fwclient_run(&client)->status, EDGETPU_STATUS_OK);
	assert_true(wish.done);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP_SEQ), host.mbox_seq);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(1)), EDGETPU_PROTOCOL);
}

/* A ring that goes while its job's trace is written: nothing is written once it has gone. */
#define TRACE_VA	0x3412000000ull
#define TRACED		(FWCLIENT_BYTES / sizeof(struct edgetpu_trace))

static struct {
	uint64_t trace;
	bool posted;
	uint32_t late;
} kill;

static void kill_in_trace(struct fwhost *h, uint64_t addr)
{
	if (addr < kill.trace || addr >= kill.trace + FWCLIENT_BYTES)
		return;
	if (!kill.posted)
		fwhost_post(h, (uint32_t[EDGETPU_MBOX_WORDS]) { EDGETPU_MBOX_RING_DESTROY, 2 });
	else if (edgetpu_device_read(h->dev, EDGETPU_REG_MBOX_RSP_SEQ) == h->mbox_seq)
		kill.late++;
	kill.posted = true;
}

static void test_kill_while_trace_is_written(void **state)
{
	const struct edgetpu_completion *c;
	struct edgetpu_command *commands;
	struct fwclient client;
	struct edgetpu_job job;
	uint64_t va;
	uint32_t i;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	commands = (void *)fwclient_buffer(&client, 0);
	for (i = 0; i < 32; i++) {
		fwclient_load(&client, 0, 0, 64);
		memset(commands[i].wait, 0, sizeof(commands[i].wait));
	}
	for (va = 0; va < TRACED * EDGETPU_COMMAND_SIZE; va += 4096)
		fwhost_map(&host, client.table, TRACE_VA + va, client.buffer[0],
			   EDGETPU_PTE_COMMAND);
	job = fwclient_job(&client);
	job.flags = EDGETPU_JOB_TRACE;
	job.trace_region = FWCLIENT_TRACE;
	job.num_commands = TRACED;
	job.regions[0].va = TRACE_VA;
	job.regions[0].size = TRACED * EDGETPU_COMMAND_SIZE;
	memset(&kill, 0, sizeof(kill));
	kill.trace = client.buffer[FWCLIENT_TRACE];
	host.on_map = kill_in_trace;
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	assert_true(kill.posted);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	c = fwring_completion(&client.ring, 0);
	assert_int_equal(c->status, EDGETPU_STATUS_KILLED);
	assert_int_equal(c->commands, TRACED);
	assert_int_equal(c->command, TRACED);
	assert_int_equal(kill.late, 0);
}

/* The log ends when the host says so. */
static void test_log_closed(void **state)
{
	const struct edgetpu_log *log = fwhost_ptr(&host, host.log);
	uint32_t head;

	(void)state;
	assert_int_equal(FWHOST_MBOX(&host, 99), EDGETPU_MBOX_EOPCODE);
	assert_true(fwhost_log_has(&host, "warn: mailbox request 99 refused: "));
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_LOG, 0, 0, 0), EDGETPU_MBOX_OK);
	head = log->head;
	assert_int_equal(FWHOST_MBOX(&host, 99), EDGETPU_MBOX_EOPCODE);
	assert_int_equal(log->head, head);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_LOG, host.log, host.log >> 32,
				     FWHOST_LOG_SIZE), EDGETPU_MBOX_OK);
	assert_true(log->head > head);
	/* somewhere else, or with another size */
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_LOG, host.log, 1, FWHOST_LOG_SIZE),
			 EDGETPU_MBOX_EINVAL);
	assert_int_equal(FWHOST_MBOX(&host, EDGETPU_MBOX_LOG, host.log, host.log >> 32, 2048),
			 EDGETPU_MBOX_EINVAL);
}

/* A job of higher priority that comes meanwhile runs before those that wait. */
static void test_priority(void **state)
{
	struct fwclient low, high;
	struct edgetpu_job job;

	(void)state;
	fwclient_create(&low, &host, 2, 0);
	fwclient_create(&high, &host, 3, 2);
	fwclient_round_trip(&high);
	job = fwclient_job(&high);
	fwring_put(&high.ring, &job);
	build_long(&low);
	wish.doorbell = high.ring.index;
	job = fwclient_job(&low);
	fwring_put(&low.ring, &job);
	fwring_put(&low.ring, &job);
	fwring_ring(&low.ring);
	assert_true(wish.done);
	assert_int_equal(fwring_completion(&high.ring, 0)->status, EDGETPU_STATUS_OK);
	assert_true(fwring_completion(&high.ring, 0)->start >=
		    fwring_completion(&low.ring, 1)->end);
	assert_true(fwring_completion(&high.ring, 0)->end <=
		    fwring_completion(&low.ring, 0)->start);
}

/* A job that takes long tells how far it is. */
static uint32_t progress_seen, running_seen, first_seen, news_seen;
static struct fwring *progress_ring;

static void look_at_progress(struct fwhost *h, uint64_t addr)
{
	const struct edgetpu_ring_header *header = fwring_header(progress_ring);

	(void)h;
	(void)addr;
	if (header->running) {
		running_seen = header->running;
		if (header->progress > progress_seen) {
			if (!progress_seen)
				first_seen = header->progress;
			progress_seen = header->progress;
			news_seen++;
		}
	}
}

static void test_progress(void **state)
{
	struct fwclient client;
	uint32_t before;
	int i;

	(void)state;
	fwclient_create(&client, &host, 2, 1);
	fwclient_begin(&client);
	for (i = 0; i < 300; i++)
		fwclient_load(&client, 0, 0, FWCLIENT_BYTES);
	progress_ring = &client.ring;
	progress_seen = 0;
	running_seen = 0;
	news_seen = 0;
	host.on_map = look_at_progress;
	before = fwhost_read(&host, EDGETPU_REG_HEARTBEAT);
	assert_int_equal(fwclient_run(&client)->status, EDGETPU_STATUS_OK);
	assert_int_equal(running_seen, 1);
	/* from the beginning, each millisecond of some six */
	assert_true(first_seen < 250);
	assert_true(news_seen >= 5);
	/* commands, and 4096 cycles each of work */
	assert_true(progress_seen > 300 && progress_seen < 1200);
	assert_true(fwhost_read(&host, EDGETPU_REG_HEARTBEAT) - before > 5);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bad_opcode),
		TEST(test_unused_bits),
		TEST(test_wait_on_future),
		TEST(test_unmapped_page),
		TEST(test_read_only_page),
		TEST(test_command_right),
		TEST(test_bus_error),
		TEST(test_wild_sram),
		TEST(test_bad_region),
		TEST(test_bad_job),
		TEST(test_trace_fault),
		TEST(test_bad_tail),
		TEST(test_kill),
		TEST(test_mailbox_meanwhile),
		TEST(test_kill_while_trace_is_written),
		TEST(test_log_closed),
		TEST(test_priority),
		TEST(test_progress),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("firmware_faults", tests, NULL, NULL);
}
