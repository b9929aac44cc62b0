/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a saved job, struct edgetpu_saved: complete, and sane, or not.
 */
#ifndef FW_RECORD_H
#define FW_RECORD_H

#include "regs.h"

/* A digest of a job's descriptor, but for its sequence number */
uint32_t record_descriptor(const struct edgetpu_job *desc);

/* Fills in magic and check: nothing of it changes any more. */
void record_seal(struct edgetpu_saved *saved);

/* Is it complete, and could a job go on from it? */
bool record_good(const struct edgetpu_saved *saved);

/* Its times become those of a record made now: the clock may be another one. */
void record_rebase(struct edgetpu_saved *saved);

#endif /* FW_RECORD_H */
