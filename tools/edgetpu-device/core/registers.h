/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers as tables that blocks hand in, for the host's BAR and the control
 * processor's bus alike. All are 32 bits wide.
 */
#ifndef EDGETPU_REGISTERS_H
#define EDGETPU_REGISTERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a register without functions of its own lies in its block */
enum reg_field {
	REG_NONE,
	REG_WORD,	/* uint32_t, or an array of them */
	REG_LO,		/* lower half of a uint64_t */
	REG_HI,		/* upper half */
};

/**
 * struct reg - a register, or an array of them
 * @offset: of the first
 * @count: how many; 0 means 1
 * @stride: bytes from one to the next; 0 means 4
 * @read: value of number @i; NULL: @field is read, or reading makes no sense
 * @write: false: it makes no sense, or not now; NULL: @field is written if @writable
 * @field: where the value lies if there is no function
 * @writable: may @field be written
 * @hidden: may @field not be read
 * @member: offsetof() the field in the block
 * @step: bytes from number i's field to the next one's
 */
struct reg {
	uint32_t offset;
	uint32_t count;
	uint32_t stride;
	uint32_t (*read)(void *block, unsigned int i);
	bool (*write)(void *block, unsigned int i, uint32_t value);
	enum reg_field field;
	bool writable;
	bool hidden;
	size_t member;
	size_t step;
};

#define REG_MAX_BLOCKS 16

/**
 * struct reg_map - what is behind a range of addresses
 * @size: bytes of it, a multiple of 4
 * @slots: register of each word
 * @blocks: tables handed in
 * @num: how many
 */
struct reg_map {
	uint32_t size;
	struct reg_slot {
		uint8_t block;		/* number + 1; 0: nothing here */
		uint8_t reg;
		uint16_t index;
	} *slots;
	struct {
		const struct reg *regs;
		void *block;
		pthread_mutex_t *mutex;
	} blocks[REG_MAX_BLOCKS];
	unsigned int num;
};

/* False when memory is short. */
bool registers_init(struct reg_map *map, uint32_t size);
void registers_free(struct reg_map *map);

/**
 * registers_add - hand in a table
 * @map: where to
 * @regs: @num registers; stays the caller's
 * @num: how many
 * @block: what their functions and fields are of
 * @mutex: held during an access; NULL: the block is one thread's
 */
void registers_add(struct reg_map *map, const struct reg *regs, unsigned int num, void *block,
		   pthread_mutex_t *mutex);

/* False: there is no such register, or this cannot be done to it. */
bool registers_read(const struct reg_map *map, uint32_t offset, uint32_t *value);
bool registers_write(const struct reg_map *map, uint32_t offset, uint32_t value);

#endif /* EDGETPU_REGISTERS_H */
