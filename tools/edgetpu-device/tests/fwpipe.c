// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fwpipe.h"

struct fwhost host;
struct fwclient clients[PIPES];

bool (*act)(uint64_t addr);
bool acted;

static void on_map(struct fwhost *h, uint64_t addr)
{
	(void)h;
	if (!acted && act)
		acted = act(addr);
}

int setup(void **state)
{
	(void)state;
	fwhost_start(&host);
	host.on_map = on_map;
	act = NULL;
	acted = false;
	return 0;
}

int teardown(void **state)
{
	(void)state;
	fwhost_free(&host);
	fwhost_config = &edgetpu_config_soc;
	return 0;
}

uint64_t now(void)
{
	uint64_t lo = edgetpu_device_read(host.dev, EDGETPU_REG_CYCLES_LO);

	return (uint64_t)edgetpu_device_read(host.dev, EDGETPU_REG_CYCLES_HI) << 32 | lo;
}

void run(void)
{
	while (edgetpu_device_run(host.dev))
		;
}

void ring_bell(struct fwring *ring)
{
	edgetpu_device_write(host.dev, EDGETPU_REG_DOORBELL(ring->index), ring->tail);
}

void post(struct fwclient *client)
{
	struct edgetpu_job job = fwclient_job(client);

	fwring_put(&client->ring, &job);
	ring_bell(&client->ring);
}

uint32_t state_of(struct fwclient *client)
{
	return fwring_header(&client->ring)->state;
}

bool is_saved(struct fwclient *client)
{
	return state_of(client) == EDGETPU_RING_SAVED;
}

bool in_areas(uint64_t addr)
{
	return addr >= host.areas && addr < host.areas + 2ull * fwhost_area_bytes();
}

/* --- streams ---------------------------------------------------------------------- */

#define LINE	384u
#define SLOTS	8u
#define TIMES	700u	/* each line is moved that often, so that it takes its time */

static void slow(struct edgetpu_command *command)
{
	command->u.dma.n1 = TIMES;
}

void build_pipe(struct fwclient *client, uint32_t seed)
{
	uint32_t i, slot;
	struct edgetpu_command *command;

	fwhost_fill(fwclient_buffer(client, FWCLIENT_INPUT), ROUNDS * LINE, seed);
	memset(fwclient_buffer(client, FWCLIENT_OUTPUT), 0, ROUNDS * LINE);
	fwclient_begin(client);
	for (i = 0; i < ROUNDS; i++) {
		slot = i % SLOTS;
		command = fwclient_load(client, i * LINE, slot * 4096, LINE);
		slow(command);
		memset(command->wait, 0, sizeof(command->wait));
		if (i >= SLOTS)
			command->wait[EDGETPU_ENGINE_VECTOR] = i - SLOTS + 1;
		command = fwclient_copy(client, slot * 4096, 0x100000 + slot * 4096, LINE);
		memset(command->wait, 0, sizeof(command->wait));
		command->wait[EDGETPU_ENGINE_LOAD] = i + 1;
		if (i >= SLOTS)
			command->wait[EDGETPU_ENGINE_STORE] = i - SLOTS + 1;
		command = fwclient_store(client, i * LINE, 0x100000 + slot * 4096, LINE);
		memset(command->wait, 0, sizeof(command->wait));
		command->wait[EDGETPU_ENGINE_VECTOR] = i + 1;
	}
}

void check_pipe(struct fwclient *client)
{
	const struct edgetpu_completion *c = fwring_completion(&client->ring, 0);

	assert_int_equal(fwring_header(&client->ring)->fence, client->ring.tail);
	assert_int_equal(state_of(client), EDGETPU_RING_IDLE);
	assert_int_equal(c->status, EDGETPU_STATUS_OK);
	assert_int_equal(c->commands, 3 * ROUNDS);
	assert_memory_equal(fwclient_buffer(client, FWCLIENT_INPUT),
			    fwclient_buffer(client, FWCLIENT_OUTPUT), ROUNDS * LINE);
}

void create(uint32_t n, uint32_t priority)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		fwclient_create(&clients[i], &host, i, priority);
}

void start_pipes(uint32_t n)
{
	uint32_t i;

	create(n, NORMAL);
	for (i = 0; i < n; i++) {
		build_pipe(&clients[i], 100 + i);
		post(&clients[i]);
	}
}
