// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware lets through to the engines.
 */
#include <string.h>

#include "command.h"
#include "fake.h"

static const uint32_t none[EDGETPU_NUM_ENGINES];

/* Opcodes, their engines, and how many operand bytes they use */
static const struct {
	uint8_t opcode;
	uint8_t engine;
	uint8_t used;
} opcodes[] = {
	{ EDGETPU_OP_LOAD, EDGETPU_ENGINE_LOAD, 48 },
	{ EDGETPU_OP_STORE, EDGETPU_ENGINE_STORE, 48 },
	{ EDGETPU_OP_CONV, EDGETPU_ENGINE_ARRAY, 60 },
	{ EDGETPU_OP_DEPTHWISE, EDGETPU_ENGINE_VECTOR, 60 },
	{ EDGETPU_OP_ADD, EDGETPU_ENGINE_VECTOR, 53 },
	{ EDGETPU_OP_AVG_POOL, EDGETPU_ENGINE_VECTOR, 60 },
	{ EDGETPU_OP_MAX_POOL, EDGETPU_ENGINE_VECTOR, 60 },
	{ EDGETPU_OP_RESCALE, EDGETPU_ENGINE_VECTOR, 53 },
	{ EDGETPU_OP_COPY, EDGETPU_ENGINE_VECTOR, 37 },
	{ EDGETPU_OP_FILL, EDGETPU_ENGINE_VECTOR, 37 },
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

/* Every bit a command does not use must be zero, and every bit it uses may be set. */
static void test_bits(void **state)
{
	struct edgetpu_command command;
	uint32_t i, bit, byte, want;
	bool dma;

	(void)state;
	for (i = 0; i < NUM_OPCODES; i++) {
		dma = opcodes[i].used == 48;
		for (bit = 8; bit < 8 * sizeof(command); bit++) {
			byte = bit / 8;
			if (byte >= 16 && byte < 32)
				continue;	/* waits: below */
			command = make(opcodes[i].opcode);
			if (dma && byte >= 32 && byte < 36)
				continue;	/* region: below */
			((uint8_t *)&command)[byte] ^= 1 << bit % 8;
			want = EDGETPU_STATUS_OK;
			if (byte < 4 && !(dma && bit == 16))
				want = EDGETPU_STATUS_BAD_COMMAND;	/* pad0, flags but FLIP */
			if (byte >= 8 && byte < 16)
				want = EDGETPU_STATUS_BAD_COMMAND;	/* pad1 */
			if (dma && byte >= 36 && byte < 40)
				want = EDGETPU_STATUS_BAD_COMMAND;	/* dma.pad */
			if (byte >= 32u + opcodes[i].used)
				want = EDGETPU_STATUS_BAD_COMMAND;
			if (check(&command) != want)
				fail_msg("opcode %#x, byte %u, bit %u", opcodes[i].opcode, byte,
					 bit % 8);
		}
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
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_regions),
	};

	return cmocka_run_group_tests_name("fw_command", tests, NULL, NULL);
}
