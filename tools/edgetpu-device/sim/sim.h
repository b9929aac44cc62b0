/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The in-process transport: the device core on a thread of its own, and here the
 * driver's part. Everything goes through registers, rings and page tables, as it
 * does with the driver.
 */
#ifndef EDGETPU_SIM_H
#define EDGETPU_SIM_H

#include <pthread.h>

#include "core/device.h"
#include "host/hostmem.h"
#include "host/link.h"
#include "host/pagetable.h"
#include "host/ring.h"
#include "host/runner.h"
#include "runtime/transport.h"
#include "runtime/va_space.h"

#define SIM_CONTEXT	0
#define SIM_RING	0
#define SIM_ENTRIES	64	/* jobs in flight */
#define SIM_LOG_SIZE	16384

/* A device that shows no sign of life for that long is dead. */
#define SIM_PATIENCE_S	60

/**
 * struct sim_result - a job that nobody has waited for yet
 * @next: an older one
 * @ticket: its name
 * @done: is @result filled in
 * @result: how it ended
 */
struct sim_result {
	struct sim_result *next;
	uint64_t ticket;
	bool done;
	struct mnet_job_result result;
};

/**
 * struct mnet_transport - one device and its only client
 * @dev: the device
 * @runner: its thread
 * @hm: the memory it reaches
 * @lock: for all that follows; never held while waiting for a job
 * @link: mailbox and registers; @link_seen is of its waits
 * @pt: the client's address space
 * @space: which addresses of it are taken
 * @log: firmware log
 * @ring: the job ring
 * @results: newest first
 * @tickets: last ticket given out
 * @dead: why the device is of no more use; empty: it lives
 * @dead_status: what jobs in flight end with
 */
struct mnet_transport {
	struct edgetpu_device *dev;
	struct runner *runner;
	struct hostmem *hm;
	pthread_mutex_t lock;
	struct link link;
	uint64_t link_seen;
	struct pagetable pt;
	struct va_space space;
	struct hostmem_block log;
	struct ring ring;
	struct sim_result *results;
	uint64_t tickets;
	char dead[LINK_MESSAGE];
	int dead_status;
};

/* Fills @err, which may be NULL, and returns @ret. */
int sim_fail(struct mnet_error *err, int ret, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* firmware.c: boot the image built in, or that of $EDGETPU_FIRMWARE. */
int sim_boot(struct mnet_transport *t, struct mnet_error *err);

/* bo.c */
struct sim_bo {
	struct mnet_bo bo;
	uint64_t addr;
	uint64_t va;
	uint64_t bound;		/* bytes of address space */
	uint32_t rights;
};

int sim_bo_create(struct mnet_transport *t, size_t size, uint32_t rights, struct mnet_bo **bo,
		  struct mnet_error *err);
int sim_bo_import(struct mnet_transport *t, int dmabuf, size_t size, uint32_t rights,
		  struct mnet_bo **bo, struct mnet_error *err);
void sim_bo_destroy(struct mnet_transport *t, struct mnet_bo *bo);

/* job.c */
int sim_submit(struct mnet_transport *t, const struct mnet_job *job, uint64_t *ticket,
	       struct mnet_error *err);
int sim_wait(struct mnet_transport *t, uint64_t ticket, int64_t timeout_ns,
	     struct mnet_job_result *result, struct mnet_error *err);

/* Under the lock: the device is dead for the reason given, its jobs end with @status. */
void sim_kill(struct mnet_transport *t, int status, const char *why);

#endif /* EDGETPU_SIM_H */
