// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host in miniature for tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/parts.h"
#include "fwhost.h"

const char *fwhost_image_path;
const struct edgetpu_config *fwhost_config = &edgetpu_config_soc;

#define PAGE	(1u << EDGETPU_PAGE_SHIFT)

/* --- the device's view of the host ------------------------------------------ */

static void *host_map(void *opaque, uint64_t addr, uint64_t *len, bool write)
{
	struct fwhost *host = opaque;

	(void)write;
	if (host->on_map)
		host->on_map(host, addr);
	if (addr < FWHOST_BASE || addr - FWHOST_BASE >= FWHOST_SIZE)
		return NULL;
	if (*len > FWHOST_SIZE - (addr - FWHOST_BASE))
		*len = FWHOST_SIZE - (addr - FWHOST_BASE);
	return host->memory + (addr - FWHOST_BASE);
}

static void host_lock(void *opaque)
{
	(void)opaque;
}

static void host_irq(void *opaque, unsigned int vector)
{
	struct fwhost *host = opaque;

	host->irqs[vector]++;
}

static const struct edgetpu_host_ops host_ops = {
	.map = host_map,
	.lock = host_lock,
	.unlock = host_lock,
	.irq = host_irq,
};

/* --- life ---------------------------------------------------------------------- */

bool fwhost_arguments(int argc, char **argv)
{
	if (argc != 2)
		print_error("usage: %s IMAGE\n", argv[0]);
	else
		fwhost_image_path = argv[1];
	return argc == 2;
}

uint8_t *fwhost_read_image(size_t *size)
{
	uint8_t *image = malloc(EDGETPU_FW_MAX_SIZE);
	FILE *f = fopen(fwhost_image_path, "rb");

	if (!image || !f)
		fail_msg("%s cannot be read", fwhost_image_path);
	*size = fread(image, 1, EDGETPU_FW_MAX_SIZE, f);
	fclose(f);
	return image;
}

void fwhost_init(struct fwhost *host)
{
	memset(host, 0, sizeof(*host));
	host->memory = calloc(1, FWHOST_SIZE);
	assert_non_null(host->memory);
	host->dev = edgetpu_device_new(fwhost_config, &host_ops, host);
	assert_non_null(host->dev);
	fwhost_write(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
}

void fwhost_free(struct fwhost *host)
{
	edgetpu_device_free(host->dev);
	free(host->memory);
}

uint32_t fwhost_boot(struct fwhost *host, const uint8_t *image, size_t size)
{
	uint64_t addr = fwhost_alloc(host, size);

	memcpy(fwhost_ptr(host, addr), image, size);
	fwhost_write(host, EDGETPU_REG_FW_ADDR_LO, addr);
	fwhost_write(host, EDGETPU_REG_FW_ADDR_HI, addr >> 32);
	fwhost_write(host, EDGETPU_REG_FW_SIZE, size);
	fwhost_write(host, EDGETPU_REG_BOOT, 1);
	return fwhost_read(host, EDGETPU_REG_BOOT_STATUS);
}

void fwhost_start(struct fwhost *host)
{
	fwhost_init(host);
	fwhost_restart(host);
}

void fwhost_restart(struct fwhost *host)
{
	struct edgetpu_log *log;
	uint8_t *image;
	size_t size;

	fwhost_write(host, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	image = fwhost_read_image(&size);
	assert_int_equal(fwhost_boot(host, image, size), EDGETPU_BOOT_READY);
	free(image);
	/* it has been on for a while: half a word of cycles is not enough */
	host->dev->processor.rv32.cycle += 3ull << 32;
	assert_int_equal(FWHOST_MBOX(host, EDGETPU_MBOX_HELLO, EDGETPU_PROTOCOL), EDGETPU_MBOX_OK);
	host->log = fwhost_alloc(host, sizeof(*log) + FWHOST_LOG_SIZE);
	log = fwhost_ptr(host, host->log);
	log->size = FWHOST_LOG_SIZE;
	assert_int_equal(FWHOST_MBOX(host, EDGETPU_MBOX_LOG, host->log, host->log >> 32,
				     FWHOST_LOG_SIZE), EDGETPU_MBOX_OK);
}

uint64_t fwhost_alloc(struct fwhost *host, size_t size)
{
	uint64_t addr = FWHOST_BASE + host->used;

	host->used += (size + PAGE - 1) / PAGE * PAGE;
	assert_true(host->used <= FWHOST_SIZE);
	return addr;
}

void *fwhost_ptr(struct fwhost *host, uint64_t addr)
{
	assert_true(addr >= FWHOST_BASE && addr < FWHOST_BASE + FWHOST_SIZE);
	return host->memory + (addr - FWHOST_BASE);
}

void fwhost_fill(uint8_t *p, size_t len, uint32_t seed)
{
	while (len--) {
		seed = seed * 1664525 + 1013904223;
		*p++ = seed >> 24;
	}
}

uint32_t fwhost_read(struct fwhost *host, uint32_t reg)
{
	return edgetpu_device_read(host->dev, reg);
}

void fwhost_write(struct fwhost *host, uint32_t reg, uint32_t value)
{
	edgetpu_device_write(host->dev, reg, value);
	while (edgetpu_device_run(host->dev))
		;
}

void fwhost_post(struct fwhost *host, const uint32_t request[EDGETPU_MBOX_WORDS])
{
	int i;

	for (i = 0; i < EDGETPU_MBOX_WORDS; i++)
		edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ(i), request[i]);
	edgetpu_device_write(host->dev, EDGETPU_REG_MBOX_REQ_SEQ, ++host->mbox_seq);
}

uint32_t fwhost_mbox(struct fwhost *host, const uint32_t request[EDGETPU_MBOX_WORDS],
		     uint32_t reply[EDGETPU_MBOX_WORDS])
{
	int i;

	fwhost_post(host, request);
	while (edgetpu_device_run(host->dev))
		;
	assert_int_equal(fwhost_read(host, EDGETPU_REG_MBOX_RSP_SEQ), host->mbox_seq);
	for (i = 0; reply && i < EDGETPU_MBOX_WORDS; i++)
		reply[i] = fwhost_read(host, EDGETPU_REG_MBOX_RSP(i));
	return fwhost_read(host, EDGETPU_REG_MBOX_RSP(0));
}

bool fwhost_log_has(struct fwhost *host, const char *text)
{
	const struct edgetpu_log *log = fwhost_ptr(host, host->log);
	char copy[FWHOST_LOG_SIZE + 1] = "";

	assert_true(log->head <= FWHOST_LOG_SIZE);
	memcpy(copy, log->text, log->head);
	return strstr(copy, text);
}

void fwhost_map(struct fwhost *host, uint64_t table, uint64_t va, uint64_t addr,
		uint64_t pte_flags)
{
	int level, shift = EDGETPU_PAGE_SHIFT + 9 * (EDGETPU_PT_LEVELS - 1);
	uint64_t *entry;

	for (level = 0;; level++, shift -= 9) {
		entry = (uint64_t *)fwhost_ptr(host, table) + ((va >> shift) & 511);
		if (level == EDGETPU_PT_LEVELS - 1)
			break;
		if (!*entry)
			*entry = fwhost_alloc(host, PAGE) | EDGETPU_PTE_VALID;
		table = *entry & EDGETPU_PTE_ADDR;
	}
	*entry = pte_flags ? addr | pte_flags | EDGETPU_PTE_VALID : 0;
}

uint32_t fwhost_set_area(struct fwhost *host, uint32_t area, uint32_t bytes, uint32_t parked)
{
	return FWHOST_MBOX(host, EDGETPU_MBOX_SAVE_AREA, area, FWHOST_AREA_CONTEXT,
			   FWHOST_AREA_VA(area), FWHOST_AREA_VA(area) >> 32, bytes, parked);
}

uint32_t fwhost_area_bytes(void)
{
	return EDGETPU_SAVE_AREA_BYTES(fwhost_config->sram_size);
}

uint8_t *fwhost_area(struct fwhost *host, uint32_t area)
{
	return fwhost_ptr(host, host->areas + (uint64_t)area * fwhost_area_bytes());
}

void fwhost_create_area_context(struct fwhost *host)
{
	assert_int_equal(FWHOST_MBOX(host, EDGETPU_MBOX_CONTEXT_CREATE, FWHOST_AREA_CONTEXT,
				     host->area_table, host->area_table >> 32), EDGETPU_MBOX_OK);
}

void fwhost_add_areas(struct fwhost *host, uint32_t num)
{
	const uint32_t bytes = fwhost_area_bytes();
	uint32_t i, offset;

	host->area_table = fwhost_alloc(host, PAGE);
	host->areas = fwhost_alloc(host, (size_t)num * bytes);
	fwhost_create_area_context(host);
	for (i = 0; i < num; i++) {
		for (offset = 0; offset < bytes; offset += PAGE)
			fwhost_map(host, host->area_table, FWHOST_AREA_VA(i) + offset,
				   host->areas + (uint64_t)i * bytes + offset,
				   EDGETPU_PTE_READ | EDGETPU_PTE_WRITE | EDGETPU_PTE_COMMAND);
		assert_int_equal(fwhost_set_area(host, i, bytes, 0), EDGETPU_MBOX_OK);
	}
}

/* --- rings --------------------------------------------------------------------- */

uint32_t fwring_create_from(struct fwring *ring, struct fwhost *host, uint32_t index,
			    uint32_t context, uint32_t priority, uint32_t from)
{
	ring->host = host;
	ring->index = index;
	ring->addr = fwhost_alloc(host, EDGETPU_RING_BYTES(FWRING_ENTRIES));
	ring->tail = 0;
	return FWHOST_MBOX(host, EDGETPU_MBOX_RING_CREATE, index, context, priority, ring->addr,
			   ring->addr >> 32, FWRING_ENTRIES, from);
}

void fwring_create(struct fwring *ring, struct fwhost *host, uint32_t index, uint32_t context,
		   uint32_t priority)
{
	assert_int_equal(fwring_create_from(ring, host, index, context, priority, 0),
			 EDGETPU_MBOX_OK);
}

void fwring_put(struct fwring *ring, const struct edgetpu_job *job)
{
	struct edgetpu_job *slot = fwhost_ptr(ring->host, ring->addr + EDGETPU_RING_JOBS);

	slot += ring->tail % FWRING_ENTRIES;
	*slot = *job;
	slot->seq += ++ring->tail;
}

void fwring_ring(struct fwring *ring)
{
	fwhost_write(ring->host, EDGETPU_REG_DOORBELL(ring->index), ring->tail);
}

const struct edgetpu_completion *fwring_completion(struct fwring *ring, uint32_t back)
{
	const struct edgetpu_completion *c =
		fwhost_ptr(ring->host, ring->addr + EDGETPU_RING_COMPLETIONS(FWRING_ENTRIES));
	uint32_t number = ring->tail - 1 - back;

	c += number % FWRING_ENTRIES;
	assert_int_equal(c->seq, number + 1);
	return c;
}

const struct edgetpu_ring_header *fwring_header(struct fwring *ring)
{
	return fwhost_ptr(ring->host, ring->addr);
}

/* --- clients -------------------------------------------------------------------- */

void fwclient_create(struct fwclient *client, struct fwhost *host, uint32_t index,
		     uint32_t priority)
{
	static const uint64_t rights[EDGETPU_NUM_REGIONS] = {
		[EDGETPU_REGION_COMMAND] = EDGETPU_PTE_COMMAND,
		[FWCLIENT_INPUT] = EDGETPU_PTE_READ,
		[FWCLIENT_OUTPUT] = EDGETPU_PTE_WRITE,
		[FWCLIENT_TRACE] = EDGETPU_PTE_WRITE,
	};
	uint32_t region, offset;

	memset(client, 0, sizeof(*client));
	client->host = host;
	client->context = index;
	client->table = fwhost_alloc(host, PAGE);
	for (region = 0; region < EDGETPU_NUM_REGIONS; region++) {
		if (!rights[region])
			continue;
		client->buffer[region] = fwhost_alloc(host, FWCLIENT_BYTES);
		for (offset = 0; offset < FWCLIENT_BYTES; offset += PAGE)
			fwhost_map(host, client->table, FWCLIENT_VA(region) + offset,
				   client->buffer[region] + offset, rights[region]);
	}
	assert_int_equal(FWHOST_MBOX(host, EDGETPU_MBOX_CONTEXT_CREATE, index, client->table,
				     client->table >> 32), EDGETPU_MBOX_OK);
	fwring_create(&client->ring, host, index, index, priority);
}

void fwclient_destroy(struct fwclient *client)
{
	assert_int_equal(FWHOST_MBOX(client->host, EDGETPU_MBOX_RING_DESTROY, client->ring.index),
			 EDGETPU_MBOX_OK);
	assert_int_equal(FWHOST_MBOX(client->host, EDGETPU_MBOX_CONTEXT_DESTROY, client->context),
			 EDGETPU_MBOX_OK);
}

uint8_t *fwclient_buffer(struct fwclient *client, uint32_t region)
{
	return fwhost_ptr(client->host, client->buffer[region]);
}

void fwclient_begin(struct fwclient *client)
{
	client->num_commands = 0;
	memset(client->pushed, 0, sizeof(client->pushed));
}

struct edgetpu_command *fwclient_add(struct fwclient *client, uint8_t opcode)
{
	struct edgetpu_command *command =
		(struct edgetpu_command *)fwclient_buffer(client, EDGETPU_REGION_COMMAND);
	unsigned int engine = edgetpu_isa_engine(opcode);

	assert_true((client->num_commands + 1) * sizeof(*command) <= FWCLIENT_BYTES);
	command += client->num_commands++;
	memset(command, 0, sizeof(*command));
	command->opcode = opcode;
	command->tag = 1000 + client->num_commands;
	memcpy(command->wait, client->pushed, sizeof(command->wait));
	if (engine < EDGETPU_NUM_ENGINES)
		client->pushed[engine]++;
	return command;
}

static struct edgetpu_command *add_dma(struct fwclient *client, uint8_t opcode, uint32_t region,
				       uint64_t offset, uint32_t sram, uint32_t len)
{
	struct edgetpu_command *command = fwclient_add(client, opcode);

	command->u.dma.region = region;
	command->u.dma.offset = offset;
	command->u.dma.sram = sram;
	command->u.dma.len = len;
	command->u.dma.n1 = 1;
	command->u.dma.n2 = 1;
	return command;
}

struct edgetpu_command *fwclient_load(struct fwclient *client, uint64_t offset, uint32_t sram,
				      uint32_t len)
{
	return add_dma(client, EDGETPU_OP_LOAD, FWCLIENT_INPUT, offset, sram, len);
}

struct edgetpu_command *fwclient_store(struct fwclient *client, uint64_t offset, uint32_t sram,
				       uint32_t len)
{
	return add_dma(client, EDGETPU_OP_STORE, FWCLIENT_OUTPUT, offset, sram, len);
}

struct edgetpu_command *fwclient_copy(struct fwclient *client, uint32_t in, uint32_t out,
				      uint32_t len)
{
	struct edgetpu_command *command = fwclient_add(client, EDGETPU_OP_COPY);

	command->u.copy.in = in;
	command->u.copy.out = out;
	command->u.copy.len = len;
	command->u.copy.n1 = 1;
	command->u.copy.n2 = 1;
	return command;
}

struct edgetpu_job fwclient_job(struct fwclient *client)
{
	static const uint32_t flags[EDGETPU_NUM_REGIONS] = {
		[EDGETPU_REGION_COMMAND] = EDGETPU_REGION_READ,
		[FWCLIENT_INPUT] = EDGETPU_REGION_READ,
		[FWCLIENT_OUTPUT] = EDGETPU_REGION_WRITE,
		[FWCLIENT_TRACE] = EDGETPU_REGION_WRITE,
	};
	struct edgetpu_job job;
	uint32_t region;

	memset(&job, 0, sizeof(job));
	job.num_commands = client->num_commands;
	for (region = 0; region < EDGETPU_NUM_REGIONS; region++) {
		if (!flags[region])
			continue;
		job.regions[region].va = FWCLIENT_VA(region);
		job.regions[region].size = FWCLIENT_BYTES;
		job.regions[region].flags = flags[region];
	}
	return job;
}

const struct edgetpu_completion *fwclient_run(struct fwclient *client)
{
	struct edgetpu_job job = fwclient_job(client);

	fwring_put(&client->ring, &job);
	fwring_ring(&client->ring);
	assert_int_equal(fwring_header(&client->ring)->fence, client->ring.tail);
	return fwring_completion(&client->ring, 0);
}

void fwclient_round_trip(struct fwclient *client)
{
	fwclient_begin(client);
	fwclient_load(client, 0, 0, FWCLIENT_ROUND_TRIP);
	fwclient_copy(client, 0, 0x1000, FWCLIENT_ROUND_TRIP);
	fwclient_store(client, 0, 0x1000, FWCLIENT_ROUND_TRIP);
}

void fwclient_check_good(struct fwclient *client, uint32_t seed)
{
	uint8_t *in = fwclient_buffer(client, FWCLIENT_INPUT);
	const struct edgetpu_completion *c;

	fwhost_fill(in, FWCLIENT_ROUND_TRIP, seed);
	fwclient_round_trip(client);
	c = fwclient_run(client);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_memory_equal(fwclient_buffer(client, FWCLIENT_OUTPUT), in, FWCLIENT_ROUND_TRIP);
}
