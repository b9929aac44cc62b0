/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The usual set-up of tests of the firmware: a host, its clients, jobs long enough to
 * be interrupted, and what the host does while the device runs.
 */
#ifndef FWPIPE_H
#define FWPIPE_H

#include "fwhost.h"

enum { LOW, NORMAL, HIGH };

#define PIPES	16u
#define ROUNDS	600u	/* lines that a pipe moves, in three commands each */

extern struct fwhost host;
extern struct fwclient clients[PIPES];

/* Called when the device is about to touch @addr, until it returns true; then acted is */
extern bool (*act)(uint64_t addr);
extern bool acted;

/* cmocka fixtures: a device that runs the firmware, as fwhost_config says */
int setup(void **state);
int teardown(void **state);

/* Model cycle */
uint64_t now(void);

/* Lets the device run until it waits. */
void run(void);

/* Rings the doorbell, without. */
void ring_bell(struct fwring *ring);

/* A job of the stream built last, and the doorbell */
void post(struct fwclient *client);

uint32_t state_of(struct fwclient *client);
bool is_saved(struct fwclient *client);

/* Is it in one of the first two save areas? */
bool in_areas(uint64_t addr);

/*
 * Moves ROUNDS lines from input to output, each through two slots of SRAM, in three
 * engines that wait no longer than they must: when it is interrupted, each is at
 * another place. Some 6 million cycles.
 */
void build_pipe(struct fwclient *client, uint32_t seed);

/* The last job was that, and has done it. */
void check_pipe(struct fwclient *client);

/* Clients 0..@n - 1, contexts and rings of the same number */
void create(uint32_t n, uint32_t priority);

/* The same, with a pipe each, posted */
void start_pipes(uint32_t n);

#endif /* FWPIPE_H */
