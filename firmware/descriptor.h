/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job's descriptor, and what makes one good.
 */
#ifndef FW_DESCRIPTOR_H
#define FW_DESCRIPTOR_H

#include "regs.h"

/**
 * descriptor_check - is a descriptor sound?
 * @desc: as fetched
 * @seq: the sequence number it must have
 *
 * Return: EDGETPU_STATUS_OK or _BAD_JOB.
 */
uint32_t descriptor_check(const struct edgetpu_job *desc, uint32_t seq);

#endif /* FW_DESCRIPTOR_H */
