/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host in miniature for tests: memory, page tables, mailbox, rings and jobs,
 * around a device that runs the real firmware. What a driver does, in one thread.
 */
#ifndef FWHOST_H
#define FWHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edgetpu_hw.h"
#include "edgetpu_isa.h"
#include "core/device.h"

/* DMA address of the memory: beyond 32 bits, as all addresses here */
#define FWHOST_BASE	0x780000000ull
#define FWHOST_SIZE	(256u << 20)
#define FWHOST_LOG_SIZE	4096u

/**
 * struct fwhost - the host
 * @dev: the device
 * @memory: FWHOST_SIZE bytes at FWHOST_BASE
 * @used: bytes of it given out
 * @irqs: interrupts seen, by vector
 * @mbox_seq: sequence number of the last request
 * @log: DMA address of the firmware's log
 * @areas: DMA address of the save areas
 * @area_table: page table of their context
 * @on_map: called whenever the device is about to touch host memory; may write
 *	registers with edgetpu_device_write(): how the host acts while a job runs
 */
struct fwhost {
	struct edgetpu_device *dev;
	uint8_t *memory;
	size_t used;
	unsigned int irqs[EDGETPU_NUM_VECTORS];
	uint32_t mbox_seq;
	uint64_t log;
	uint64_t areas;
	uint64_t area_table;
	void (*on_map)(struct fwhost *host, uint64_t addr);
};

/* A ring, and how many jobs were posted to it */
struct fwring {
	struct fwhost *host;
	uint32_t index;
	uint64_t addr;
	uint32_t tail;
};

#define FWRING_ENTRIES	128u

/**
 * struct fwclient - one context with a ring and the usual buffers
 *
 * Buffers lie at FWCLIENT_VA(region), a megabyte apart, FWCLIENT_BYTES each:
 * commands, input (read), output (write), trace (write).
 */
struct fwclient {
	struct fwhost *host;
	uint32_t context;
	uint64_t table;
	struct fwring ring;
	uint64_t buffer[EDGETPU_NUM_REGIONS];	/* DMA addresses; 0: none */
	uint32_t num_commands;
	uint32_t pushed[EDGETPU_NUM_ENGINES];
};

#define FWCLIENT_INPUT	1u
#define FWCLIENT_OUTPUT	2u
#define FWCLIENT_TRACE	3u
#define FWCLIENT_BYTES	0x40000u
#define FWCLIENT_VA(region)	(0x1201000000ull + ((uint64_t)(region) << 20))

/* A test's arguments: the path of the image; false: they are none, which it was told */
bool fwhost_arguments(int argc, char **argv);

/* Loads the image whose path the program was given. */
uint8_t *fwhost_read_image(size_t *size);
extern const char *fwhost_image_path;

/* How the device is built; the one with memory like a SoC's unless a test says otherwise */
extern const struct edgetpu_config *fwhost_config;

/* A device before boot; fwhost_boot() boots an image and returns BOOT_STATUS. */
void fwhost_init(struct fwhost *host);
void fwhost_free(struct fwhost *host);
uint32_t fwhost_boot(struct fwhost *host, const uint8_t *image, size_t size);

/* Boots the real image, says HELLO, opens the log; fails the test otherwise. */
void fwhost_start(struct fwhost *host);
/* The same for a device that was reset; memory is as it was. */
void fwhost_restart(struct fwhost *host);

/* Zeroed, page-aligned; returns a DMA address. */
uint64_t fwhost_alloc(struct fwhost *host, size_t size);
void *fwhost_ptr(struct fwhost *host, uint64_t addr);

/* Bytes made of @seed */
void fwhost_fill(uint8_t *p, size_t len, uint32_t seed);

uint32_t fwhost_read(struct fwhost *host, uint32_t reg);
/* Writes and lets the device run until it waits. */
void fwhost_write(struct fwhost *host, uint32_t reg, uint32_t value);

/* Posts a request and leaves it at that. */
void fwhost_post(struct fwhost *host, const uint32_t request[EDGETPU_MBOX_WORDS]);
/* Posts a request and returns the reply's status; @reply may be NULL. */
uint32_t fwhost_mbox(struct fwhost *host, const uint32_t request[EDGETPU_MBOX_WORDS],
		     uint32_t reply[EDGETPU_MBOX_WORDS]);
#define FWHOST_MBOX(host, ...) \
	fwhost_mbox(host, (const uint32_t[EDGETPU_MBOX_WORDS]) { __VA_ARGS__ }, NULL)

/* Does the firmware's log contain @text? */
bool fwhost_log_has(struct fwhost *host, const char *text);

/* Maps one page; @pte_flags: EDGETPU_PTE_* */
void fwhost_map(struct fwhost *host, uint64_t table, uint64_t va, uint64_t addr,
		uint64_t pte_flags);

/*
 * Gives the firmware save areas 0..@num - 1, in context FWHOST_AREA_CONTEXT at
 * FWHOST_AREA_VA(number).
 */
void fwhost_add_areas(struct fwhost *host, uint32_t num);
#define FWHOST_AREA_CONTEXT	31u
#define FWHOST_AREA_VA(n)	(0x2340000000ull + ((uint64_t)(n) << 24))
uint32_t fwhost_area_bytes(void);
uint8_t *fwhost_area(struct fwhost *host, uint32_t area);
/* Says so anew, to a firmware booted again; @bytes 0: takes it back. An EDGETPU_MBOX_* status */
void fwhost_create_area_context(struct fwhost *host);
uint32_t fwhost_set_area(struct fwhost *host, uint32_t area, uint32_t bytes, uint32_t parked);

void fwring_create(struct fwring *ring, struct fwhost *host, uint32_t index, uint32_t context,
		   uint32_t priority);
/* The same, to take over what is parked in area @from - 1; an EDGETPU_MBOX_* status */
uint32_t fwring_create_from(struct fwring *ring, struct fwhost *host, uint32_t index,
			    uint32_t context, uint32_t priority, uint32_t from);
/* Puts a job into the ring without ringing; its sequence number is filled in. */
void fwring_put(struct fwring *ring, const struct edgetpu_job *job);
void fwring_ring(struct fwring *ring);
/* Completion of the job put @back jobs before the last */
const struct edgetpu_completion *fwring_completion(struct fwring *ring, uint32_t back);
const struct edgetpu_ring_header *fwring_header(struct fwring *ring);

/* Context and ring @index. */
void fwclient_create(struct fwclient *client, struct fwhost *host, uint32_t index,
		     uint32_t priority);
void fwclient_destroy(struct fwclient *client);
uint8_t *fwclient_buffer(struct fwclient *client, uint32_t region);

/*
 * Builds the command stream. Each command waits for all before it, unless its
 * waits are changed through the pointer returned.
 */
void fwclient_begin(struct fwclient *client);
struct edgetpu_command *fwclient_add(struct fwclient *client, uint8_t opcode);
struct edgetpu_command *fwclient_load(struct fwclient *client, uint64_t offset, uint32_t sram,
				      uint32_t len);
struct edgetpu_command *fwclient_store(struct fwclient *client, uint64_t offset, uint32_t sram,
				       uint32_t len);
struct edgetpu_command *fwclient_copy(struct fwclient *client, uint32_t in, uint32_t out,
				      uint32_t len);
struct edgetpu_job fwclient_job(struct fwclient *client);

/* A whole stream: LOAD, COPY, STORE of FWCLIENT_ROUND_TRIP bytes */
void fwclient_round_trip(struct fwclient *client);
#define FWCLIENT_ROUND_TRIP	1000u

/* Runs it with bytes made of @seed; fails the test unless they arrive. */
void fwclient_check_good(struct fwclient *client, uint32_t seed);

/* Posts the job of the stream built, runs it, returns its completion. */
const struct edgetpu_completion *fwclient_run(struct fwclient *client);

#endif /* FWHOST_H */
