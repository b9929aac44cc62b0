// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware lets through to the engines.
 */
#include <string.h>

#include "command.h"
#include "fake.h"

static const uint32_t none[EDGETPU_NUM_ENGINES];

/* Opcodes and their engines */
static const struct {
	uint8_t opcode;
	uint8_t engine;
} opcodes[] = {
	{ EDGETPU_OP_LOAD, EDGETPU_ENGINE_LOAD },
	{ EDGETPU_OP_STORE, EDGETPU_ENGINE_STORE },
	{ EDGETPU_OP_CONV, EDGETPU_ENGINE_ARRAY },
	{ EDGETPU_OP_DEPTHWISE, EDGETPU_ENGINE_VECTOR },
	{ EDGETPU_OP_ADD, EDGETPU_ENGINE_VECTOR },
	{ EDGETPU_OP_AVG_POOL, EDGETPU_ENGINE_VECTOR },
	{ EDGETPU_OP_MAX_POOL, EDGETPU_ENGINE_VECTOR },
	{ EDGETPU_OP_RESCALE, EDGETPU_ENGINE_VECTOR },
	{ EDGETPU_OP_COPY, EDGETPU_ENGINE_VECTOR },
	{ EDGETPU_OP_FILL, EDGETPU_ENGINE_VECTOR },
};

#define NUM_OPCODES	(sizeof(opcodes) / sizeof(opcodes[0]))

static struct edgetpu_command make(uint8_t opcode)
{
	struct edgetpu_command command;

	memset(&command, 0, sizeof(command));
	command.opcode = opcode;
	if (opcode == EDGETPU_OP_LOAD || opcode == EDGETPU_OP_STORE)
		command.u.dma.region = 1;
	return command;
}

static uint32_t check(const struct edgetpu_command *command)
{
	uint32_t engine;

	return command_check(command, none, &engine);
}

static void test_opcodes(void **state)
{
	struct edgetpu_command command;
	uint32_t opcode, engine, i;

	(void)state;
	for (opcode = 0; opcode < 256; opcode++) {
		command = make(opcode);
		for (i = 0; i < NUM_OPCODES && opcodes[i].opcode != opcode; i++)
			;
		if (i == NUM_OPCODES) {
			assert_int_equal(check(&command), EDGETPU_STATUS_BAD_COMMAND);
			continue;
		}
		assert_int_equal(command_check(&command, none, &engine), EDGETPU_STATUS_OK);
		assert_int_equal(engine, opcodes[i].engine);
	}
}

/* pad0 and flags must be zero but for FLIP of a DMA. */
static void test_first_word(void **state)
{
	struct edgetpu_command command;
	uint32_t i, bit, want;
	bool dma;

	(void)state;
	for (i = 0; i < NUM_OPCODES; i++) {
		dma = opcodes[i].engine <= EDGETPU_ENGINE_STORE;
		for (bit = 8; bit < 32; bit++) {
			command = make(opcodes[i].opcode);
			((uint8_t *)&command)[bit / 8] ^= 1 << bit % 8;
			want = dma && bit == 16 ? EDGETPU_STATUS_OK : EDGETPU_STATUS_BAD_COMMAND;
			if (check(&command) != want)
				fail_msg("opcode %#x, bit %u", opcodes[i].opcode, bit);
		}
	}
}

/* Operands and the tag do not matter here. */
static void test_operands(void **state)
{
	struct edgetpu_command command;
	uint32_t i;

	(void)state;
	for (i = 0; i < NUM_OPCODES; i++) {
		command = make(opcodes[i].opcode);
		command.tag = 0xffffffff;
		memset(command.u.bytes + 4, 0xff, sizeof(command.u) - 4);
		assert_int_equal(check(&command), EDGETPU_STATUS_OK);
	}
}

static void test_waits(void **state)
{
	const uint32_t pushed[EDGETPU_NUM_ENGINES] = { 3, 0, 7, 0x80000000u };
	struct edgetpu_command command;
	uint32_t e, engine;

	(void)state;
	for (e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		command = make(EDGETPU_OP_COPY);
		command.wait[e] = pushed[e];
		assert_int_equal(command_check(&command, pushed, &engine), EDGETPU_STATUS_OK);
		command.wait[e] = pushed[e] + 1;
		assert_int_equal(command_check(&command, pushed, &engine),
				 EDGETPU_STATUS_BAD_COMMAND);
		command.wait[e] = 0xffffffff;
		assert_int_equal(command_check(&command, pushed, &engine),
				 EDGETPU_STATUS_BAD_COMMAND);
	}
}

static void test_regions(void **state)
{
	struct edgetpu_command command = make(EDGETPU_OP_LOAD);
	uint32_t region;

	(void)state;
	for (region = 1; region < EDGETPU_NUM_REGIONS; region++) {
		command.u.dma.region = region;
		assert_int_equal(check(&command), EDGETPU_STATUS_OK);
	}
	command.u.dma.region = EDGETPU_NUM_REGIONS;
	assert_int_equal(check(&command), EDGETPU_STATUS_BAD_COMMAND);
	command.u.dma.region = 0xffffffff;
	assert_int_equal(check(&command), EDGETPU_STATUS_BAD_COMMAND);
	command.u.dma.region = EDGETPU_REGION_COMMAND;
	assert_int_equal(check(&command), EDGETPU_STATUS_BAD_REGION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opcodes),
		cmocka_unit_test(test_first_word),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_regions),
	};

	return cmocka_run_group_tests_name("fw_command", tests, NULL, NULL);
}
