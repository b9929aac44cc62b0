// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults injected into the device with the real firmware: what the host sees of
 * each, and that it is over when it should be.
 *
 * test_inject IMAGE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "edgetpu_core.h"
#include "edgetpu_fault.h"
#include "fwpipe.h"

static struct fwclient client;

static int setup_client(void **state)
{
	setup(state);
	fwclient_create(&client, &host, 2, 1);
	return 0;
}

static void inject(uint32_t code, uint32_t argument)
{
	edgetpu_device_inject(host.dev, EDGETPU_FAULT(code, argument));
	while (edgetpu_device_run(host.dev))
		;
}

/* Resets and boots; BOOT_STATUS */
static uint32_t reboot(void)
{
	uint32_t status;
	uint8_t *image;
	size_t size;

	edgetpu_device_reset(host.dev);
	while (edgetpu_device_run(host.dev))
		;
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_RESET), 0);
	image = fwhost_read_image(&size);
	status = fwhost_boot(&host, image, size);
	free(image);
	host.mbox_seq = 0;
	return status;
}

static bool answers(void)
{
	static const uint32_t hello[EDGETPU_MBOX_WORDS] = { EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL };

	fwhost_post(&host, hello);
	while (edgetpu_device_run(host.dev))
		;
	return fwhost_read(&host, EDGETPU_REG_MBOX_RSP_SEQ) == host.mbox_seq;
}

/* Posts the job of the stream built and lets it run; its completion, whatever it says. */
static const struct edgetpu_completion *run_any(void)
{
	struct edgetpu_job job = fwclient_job(&client);
	const struct edgetpu_completion *c;

	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	c = fwhost_ptr(&host, client.ring.addr + EDGETPU_RING_COMPLETIONS(FWRING_ENTRIES));
	return &c[(client.ring.tail - 1) % FWRING_ENTRIES];
}

/* The job of the stream built, ended after @limit cycles if need be */
static const struct edgetpu_completion *run_limited(uint64_t limit)
{
	struct edgetpu_job job = fwclient_job(&client);

	job.limit = limit;
	fwring_put(&client.ring, &job);
	fwring_ring(&client.ring);
	return fwring_completion(&client.ring, 0);
}

static void test_engine_hang(void **state)
{
	const struct edgetpu_completion *c;

	(void)state;
	inject(EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_VECTOR);
	fwclient_round_trip(&client);
	c = run_limited(2000000);
	assert_int_equal(c->status, EDGETPU_STATUS_TIME_LIMIT);
	assert_int_equal(c->commands, 1);
	/* what stopped it was one command */
	fwclient_check_good(&client, 1);
	inject(EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_LOAD);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	fwclient_create(&client, &host, 2, 1);
	fwclient_check_good(&client, 2);
}

static void test_core_hang(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_CORE_HANG, 0);
	assert_false(answers());
	assert_int_not_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	assert_true(answers());
}

static void test_core_trap(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_CORE_TRAP, 0);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	assert_true(fwhost_read(&host, EDGETPU_REG_IRQ_STATUS) & EDGETPU_IRQ_FATAL);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CRASH_PC), 0);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	assert_true(answers());
}

/* --- what there is to see of it --- */

/* Word @word of the firmware as TCM has it */
static uint32_t text_in_tcm(unsigned int word)
{
	const struct edgetpu_fw_header *header;
	uint32_t at;
	uint8_t *image;
	size_t size;

	image = fwhost_read_image(&size);
	header = (void *)image;
	at = header->load_addr - EDGETPU_TCM_BASE + 4 * word;
	free(image);
	fwhost_write(&host, EDGETPU_REG_DEBUG_TCM, at);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_DEBUG_TCM),
			 at - at % EDGETPU_DEBUG_WINDOW_SIZE);
	return fwhost_read(&host, EDGETPU_REG_DEBUG_WINDOW + at % EDGETPU_DEBUG_WINDOW_SIZE);
}

static bool shows_text(void)
{
	uint32_t words[2];
	uint8_t *image;
	size_t size;

	image = fwhost_read_image(&size);
	memcpy(words, image + sizeof(struct edgetpu_fw_header), sizeof(words));
	free(image);
	return words[0] == text_in_tcm(0) && words[1] == text_in_tcm(1);
}

/* Only of a core that has stopped */
static void test_window(void **state)
{
	(void)state;
	assert_false(shows_text());
	assert_int_equal(text_in_tcm(0), 0);
	inject(EDGETPU_FAULT_CORE_TRAP, 0);
	assert_true(shows_text());
	/* beyond its end there is nothing */
	fwhost_write(&host, EDGETPU_REG_DEBUG_TCM, 0xffffffff);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_DEBUG_TCM),
			 EDGETPU_TCM_SIZE - EDGETPU_DEBUG_WINDOW_SIZE);
	edgetpu_device_reset(host.dev);
	while (edgetpu_device_run(host.dev))
		;
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_DEBUG_TCM), 0);
	assert_int_equal(text_in_tcm(0), 0);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	assert_int_equal(text_in_tcm(0), 0);
}

static void test_halt(void **state)
{
	uint32_t pc;

	(void)state;
	inject(EDGETPU_FAULT_CORE_HANG, 0);
	fwhost_write(&host, EDGETPU_REG_DEBUG_HALT, 0);
	assert_int_not_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_HALTED);
	fwhost_write(&host, EDGETPU_REG_DEBUG_HALT, 1);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_HALTED);
	pc = fwhost_read(&host, EDGETPU_REG_CRASH_PC);
	assert_true(pc >= EDGETPU_TCM_BASE && pc - EDGETPU_TCM_BASE < EDGETPU_TCM_SIZE);
	assert_true(shows_text());
	assert_false(answers());
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	assert_true(answers());
	/* what has crashed stays so */
	inject(EDGETPU_FAULT_CORE_TRAP, 0);
	fwhost_write(&host, EDGETPU_REG_DEBUG_HALT, 1);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_CRASHED);
	/* in reset there is nothing to halt, and nothing is left over from that */
	edgetpu_device_reset(host.dev);
	while (edgetpu_device_run(host.dev))
		;
	fwhost_write(&host, EDGETPU_REG_DEBUG_HALT, 1);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_CORE_STATUS), EDGETPU_CORE_RESET);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	assert_true(answers());
}

static void read_engine(unsigned int e, struct edgetpu_engine_state *engine)
{
	uint32_t word;
	size_t at;

	for (at = 0; at < sizeof(*engine); at += sizeof(word)) {
		word = fwhost_read(&host, EDGETPU_REG_DEBUG_ENGINE(e) + (uint32_t)at);
		memcpy((uint8_t *)engine + at, &word, sizeof(word));
	}
}

static void check_record(const struct edgetpu_command_record *record, uint32_t index,
			 uint32_t opcode, uint32_t how)
{
	assert_int_equal(record->index, index);
	/* as fwclient_add() numbers them */
	assert_int_equal(record->tag, 1001 + index);
	assert_int_equal(EDGETPU_RECORD_OPCODE(record->what), opcode);
	assert_int_equal(EDGETPU_RECORD_STATE(record->what), how);
}

/* The command that hung, and those before it */
static void test_last_commands(void **state)
{
	const uint8_t *commands = fwclient_buffer(&client, EDGETPU_REGION_COMMAND);
	struct edgetpu_engine_state engine;
	unsigned int i;

	(void)state;
	for (i = 0; i < EDGETPU_RECORD_DEPTH + 2; i++)
		fwclient_check_good(&client, i);
	inject(EDGETPU_FAULT_ENGINE_HANG, EDGETPU_ENGINE_VECTOR);
	assert_int_equal(run_limited(2000000)->status, EDGETPU_STATUS_TIME_LIMIT);
	read_engine(EDGETPU_ENGINE_VECTOR, &engine);
	assert_int_equal(engine.begun, EDGETPU_RECORD_DEPTH + 3);
	check_record(&engine.records[2], 1, EDGETPU_OP_COPY, EDGETPU_RECORD_STOPPED);
	check_record(&engine.records[1], 1, EDGETPU_OP_COPY, EDGETPU_RECORD_DONE);
	assert_true(engine.records[2].began > engine.records[1].began);
	assert_memory_equal(engine.command, commands + EDGETPU_COMMAND_SIZE, sizeof(engine.command));
	read_engine(EDGETPU_ENGINE_STORE, &engine);
	assert_int_equal(engine.begun, EDGETPU_RECORD_DEPTH + 2);
	read_engine(EDGETPU_ENGINE_ARRAY, &engine);
	assert_int_equal(engine.begun, 0);
	assert_int_equal(engine.stopped.what, 0);
	/* it is known for as long as there is no other, whatever others do */
	for (i = 0; i < EDGETPU_RECORD_DEPTH; i++)
		fwclient_check_good(&client, i);
	read_engine(EDGETPU_ENGINE_VECTOR, &engine);
	for (i = 0; i < EDGETPU_RECORD_DEPTH; i++)
		check_record(&engine.records[i], 1, EDGETPU_OP_COPY, EDGETPU_RECORD_DONE);
	check_record(&engine.stopped, 1, EDGETPU_OP_COPY, EDGETPU_RECORD_STOPPED);
	assert_true(engine.stopped.began < engine.records[3].began);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	read_engine(EDGETPU_ENGINE_VECTOR, &engine);
	assert_int_equal(engine.begun, 0);
	assert_int_equal(engine.records[2].what, 0);
	assert_int_equal(engine.stopped.what, 0);
}

/* One that an engine refuses */
static void test_refused_command(void **state)
{
	struct edgetpu_engine_state engine;

	(void)state;
	fwclient_begin(&client);
	fwclient_load(&client, 0, UINT32_MAX, 64);
	assert_int_equal(run_any()->status, EDGETPU_STATUS_BAD_SRAM);
	read_engine(EDGETPU_ENGINE_LOAD, &engine);
	assert_int_equal(engine.begun, 1);
	check_record(&engine.records[0], 0, EDGETPU_OP_LOAD, EDGETPU_RECORD_FAULTED);
	assert_int_equal(EDGETPU_RECORD_STATUS(engine.records[0].what), EDGETPU_STATUS_BAD_SRAM);
}

/* --- lies --- */

static void test_header_lies(void **state)
{
	const struct edgetpu_ring_header *header = fwring_header(&client.ring);

	(void)state;
	inject(EDGETPU_FAULT_FENCE, 1);
	fwclient_round_trip(&client);
	run_any();
	assert_true(header->fence > 1000);
	/* once was asked for */
	run_any();
	assert_int_equal(header->fence, 2);
	inject(EDGETPU_FAULT_FENCE, 0);
	run_any();
	assert_true(header->fence > 1000);
	run_any();
	assert_true(header->fence > 1000);
	inject(EDGETPU_FAULT_NONE, 0);
	run_any();
	assert_int_equal(header->fence, 5);
	inject(EDGETPU_FAULT_RUNNING, 0);
	run_any();
	assert_true(header->running > 1000);
}

static void test_completion_lies(void **state)
{
	const struct edgetpu_completion *c;

	(void)state;
	inject(EDGETPU_FAULT_SEQ, 1);
	fwclient_round_trip(&client);
	assert_true(run_any()->seq > 1000);
	inject(EDGETPU_FAULT_STATUS, 1);
	c = run_any();
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_int_equal(c->commands, 0);
	assert_int_equal(c->seq, 2);
	c = run_any();
	assert_int_equal(c->commands, 3);
}

static void test_log_lies(void **state)
{
	const struct edgetpu_log *log = fwhost_ptr(&host, host.log);

	(void)state;
	inject(EDGETPU_FAULT_LOG, 0);
	fwclient_begin(&client);
	fwclient_add(&client, 0x7f);
	run_any();
	assert_true(log->head > 1u << 30);
}

static void test_mailbox_lies(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_REPLY, 1);
	assert_true(answers());
	assert_true(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)) > 1000);
	assert_true(answers());
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MBOX_RSP(0)), EDGETPU_MBOX_OK);
	inject(EDGETPU_FAULT_SILENCE, 2);
	assert_false(answers());
	assert_false(answers());
	assert_true(answers());
}

static void test_interrupts_get_lost(void **state)
{
	unsigned int before = host.irqs[EDGETPU_VECTOR_JOBS];

	(void)state;
	inject(EDGETPU_FAULT_IRQ, 1);
	fwclient_check_good(&client, 1);
	assert_int_equal(host.irqs[EDGETPU_VECTOR_JOBS], before);
	/* the cause is there all the same */
	assert_true(fwhost_read(&host, EDGETPU_REG_IRQ_STATUS) & EDGETPU_IRQ_JOBS);
	fwclient_check_good(&client, 2);
	assert_int_equal(host.irqs[EDGETPU_VECTOR_JOBS], before + 1);
}

static void test_boot_fails(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_BOOT, 2);
	assert_int_equal(reboot(), EDGETPU_BOOT_FAILED | EDGETPU_BOOT_ERR_CRC << 8);
	assert_int_equal(reboot(), EDGETPU_BOOT_FAILED | EDGETPU_BOOT_ERR_CRC << 8);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
}

static void test_dead_dma(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_DMA, 0);
	fwclient_round_trip(&client);
	run_any();
	assert_int_equal(fwring_header(&client.ring)->fence, 0);
	/* the mailbox is registers alone */
	assert_true(answers());
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	inject(EDGETPU_FAULT_DMA, 1);
	assert_int_equal(reboot(), EDGETPU_BOOT_FAILED | EDGETPU_BOOT_ERR_DMA << 8);
	inject(EDGETPU_FAULT_NONE, 0);
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
}

static void test_invalidation_hangs(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_INVALIDATE, 0);
	fwhost_write(&host, EDGETPU_REG_MMU_INVALIDATE, 2);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MMU_INVALIDATE), 4);
	assert_true(answers());
	assert_int_equal(reboot(), EDGETPU_BOOT_READY);
	fwhost_write(&host, EDGETPU_REG_MMU_INVALIDATE, 2);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MMU_INVALIDATE), 0);
	inject(EDGETPU_FAULT_INVALIDATE, 1);
	fwhost_write(&host, EDGETPU_REG_MMU_INVALIDATE, 2);
	inject(EDGETPU_FAULT_NONE, 0);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_MMU_INVALIDATE), 0);
}

static void test_dead_bar(void **state)
{
	(void)state;
	inject(EDGETPU_FAULT_ONES, 0);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_ID), 0xffffffff);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_RESET), 0xffffffff);
	fwhost_write(&host, EDGETPU_REG_IRQ_ENABLE, 0);
	/* a function level reset is no register access, and does not mend it */
	edgetpu_device_reset(host.dev);
	while (edgetpu_device_run(host.dev))
		;
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_ID), 0xffffffff);
	inject(EDGETPU_FAULT_NONE, 0);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_ID), EDGETPU_ID);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_BOOT_STATUS), EDGETPU_BOOT_IDLE);
	inject(EDGETPU_FAULT_ZEROS, 50);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_ID), 0);
	usleep(60000);
	assert_int_equal(fwhost_read(&host, EDGETPU_REG_ID), EDGETPU_ID);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_client, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_engine_hang),
		TEST(test_core_hang),
		TEST(test_core_trap),
		TEST(test_window),
		TEST(test_halt),
		TEST(test_last_commands),
		TEST(test_refused_command),
		TEST(test_header_lies),
		TEST(test_completion_lies),
		TEST(test_log_lies),
		TEST(test_mailbox_lies),
		TEST(test_interrupts_get_lost),
		TEST(test_boot_fails),
		TEST(test_dead_dma),
		TEST(test_invalidation_hangs),
		TEST(test_dead_bar),
	};

	if (!fwhost_arguments(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
