/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults injected on purpose (edgetpu_fault.h): which are armed, and the lies among
 * them, told in what the firmware writes to the host's memory and mailbox.
 */
#ifndef EDGETPU_FAULTS_H
#define EDGETPU_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "edgetpu_fault.h"
#include "edgetpu_hw.h"

/**
 * struct faults - what is armed
 * @left: times each fault has left; UINT32_MAX: always
 * @past_reset: it is not over with a reset
 * @now: those that are to be done by the run thread, a bit each
 * @engine: that is to hang
 * @end: when a fault of BAR0 is over, in milliseconds; 0: never
 * @rings: where the firmware's rings are, as the mailbox was told
 * @log: where its log is
 * @buffer: what a lie is written from
 */
struct faults {
	atomic_uint left[EDGETPU_NUM_FAULTS];
	atomic_bool past_reset[EDGETPU_NUM_FAULTS];
	atomic_uint now;
	atomic_uint engine;
	atomic_ullong end;
	struct {
		uint64_t addr;
		uint32_t entries;	/* 0: no such ring */
		uint32_t fence;		/* as the firmware last wrote it */
	} rings[EDGETPU_MAX_RINGS];
	uint64_t log;
	uint8_t buffer[sizeof(struct edgetpu_completion)];
};

/* From any thread: EDGETPU_FAULT(). True when the run thread has something to do. */
bool faults_arm(struct faults *faults, uint32_t fault);

/* Is the fault to happen? One time less is left then. */
bool faults_take(struct faults *faults, unsigned int code);

/* Is it on? */
bool faults_on(struct faults *faults, unsigned int code);

/* What BAR0 reads as instead of @value; false: as ever */
bool faults_bar(struct faults *faults, uint32_t *value);

/* The device was reset. */
void faults_reset(struct faults *faults);

/* The firmware answers @req with @rsp, EDGETPU_MBOX_WORDS each; false: it does not arrive. */
bool faults_answer(struct faults *faults, const uint32_t *req, uint32_t *rsp);

/* What is written to host memory instead of @len bytes of @data at @addr */
uint8_t *faults_outgoing(struct faults *faults, uint64_t addr, uint8_t *data, uint32_t len);

/* What has been read from host memory, from @addr on, becomes what it is taken for. */
void faults_incoming(struct faults *faults, uint64_t addr, uint8_t *data, uint32_t len);

#endif /* EDGETPU_FAULTS_H */
