// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults injected on purpose.
 */
#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "core/observers/faults.h"

#define ALWAYS UINT32_MAX

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void disarm(struct faults *faults, unsigned int code)
{
	assert(code < EDGETPU_NUM_FAULTS);
	atomic_store(&faults->left[code], 0);
}

static void disarm_all(struct faults *faults)
{
	unsigned int code;

	for (code = 0; code < EDGETPU_NUM_FAULTS; code++)
		disarm(faults, code);
}

bool faults_arm(struct faults *faults, uint32_t fault)
{
	const unsigned int code = EDGETPU_FAULT_CODE(fault);
	const uint32_t argument = EDGETPU_FAULT_ARGUMENT(fault);

	switch (code) {
	case EDGETPU_FAULT_NONE:
		disarm_all(faults);
		return true;
	case EDGETPU_FAULT_ENGINE_HANG:
		atomic_store(&faults->engine, argument % EDGETPU_NUM_ENGINES);
		atomic_fetch_or(&faults->now, 1u << code);
		return true;
	case EDGETPU_FAULT_CORE_HANG:
	case EDGETPU_FAULT_CORE_TRAP:
		atomic_fetch_or(&faults->now, 1u << code);
		return true;
	case EDGETPU_FAULT_DMA:
	case EDGETPU_FAULT_INVALIDATE:
	case EDGETPU_FAULT_LIMIT:
		atomic_store(&faults->past_reset[code], argument != 0);
		atomic_store(&faults->left[code], ALWAYS);
		return false;
	case EDGETPU_FAULT_ONES:
	case EDGETPU_FAULT_ZEROS:
		atomic_store(&faults->end, argument ? now_ms() + argument : 0);
		atomic_store(&faults->past_reset[code], true);
		atomic_store(&faults->left[code], ALWAYS);
		return false;
	case EDGETPU_FAULT_FENCE:
	case EDGETPU_FAULT_SEQ:
	case EDGETPU_FAULT_STATUS:
	case EDGETPU_FAULT_RUNNING:
	case EDGETPU_FAULT_PROGRESS:
	case EDGETPU_FAULT_LOG:
	case EDGETPU_FAULT_REPLY:
	case EDGETPU_FAULT_SILENCE:
	case EDGETPU_FAULT_IRQ:
	case EDGETPU_FAULT_BOOT:
		atomic_store(&faults->past_reset[code], true);
		atomic_store(&faults->left[code], argument ? argument : ALWAYS);
		return false;
	}
	return false;
}

bool faults_on(struct faults *faults, unsigned int code)
{
	return atomic_load_explicit(&faults->left[code], memory_order_relaxed);
}

bool faults_take(struct faults *faults, unsigned int code)
{
	unsigned int left = atomic_load(&faults->left[code]);

	while (left && left != ALWAYS &&
	       !atomic_compare_exchange_weak(&faults->left[code], &left, left - 1))
		;
	return left;
}

bool faults_bar(struct faults *faults, uint32_t *value)
{
	const bool ones = faults_on(faults, EDGETPU_FAULT_ONES);
	uint64_t end;

	if (!ones && !faults_on(faults, EDGETPU_FAULT_ZEROS))
		return false;
	end = atomic_load(&faults->end);
	if (end && now_ms() >= end) {
		disarm(faults, EDGETPU_FAULT_ONES);
		disarm(faults, EDGETPU_FAULT_ZEROS);
		return false;
	}
	*value = ones ? UINT32_MAX : 0;
	return true;
}

void faults_reset(struct faults *faults)
{
	unsigned int code;

	for (code = 0; code < EDGETPU_NUM_FAULTS; code++)
		if (!atomic_load(&faults->past_reset[code]))
			disarm(faults, code);
	atomic_store(&faults->now, 0);
	memset(faults->rings, 0, sizeof(faults->rings));
	faults->log = 0;
}

/* --- lies ---------------------------------------------------------------------- */

/* What the firmware agreed to says where it will write what. */
static void learn(struct faults *faults, const uint32_t *req)
{
	switch (req[0]) {
	case EDGETPU_MBOX_LOG:
		faults->log = req[1] | (uint64_t)req[2] << 32;
		break;
	case EDGETPU_MBOX_RING_CREATE:
		if (req[1] < EDGETPU_MAX_RINGS) {
			faults->rings[req[1]].addr = req[4] | (uint64_t)req[5] << 32;
			faults->rings[req[1]].entries = req[6];
			faults->rings[req[1]].fence = 0;
		}
		break;
	case EDGETPU_MBOX_RING_DESTROY:
		if (req[1] < EDGETPU_MAX_RINGS)
			faults->rings[req[1]].entries = 0;
		break;
	}
}

bool faults_answer(struct faults *faults, const uint32_t *req, uint32_t *rsp)
{
	if (rsp[0] == EDGETPU_MBOX_OK)
		learn(faults, req);
	if (faults_take(faults, EDGETPU_FAULT_REPLY)) {
		unsigned int i;

		for (i = 0; i < EDGETPU_MBOX_WORDS; i++)
			rsp[i] ^= 0xdeadbeef;
	}
	return !faults_take(faults, EDGETPU_FAULT_SILENCE);
}

/* A word at @addr, if the @len bytes at @start have it, becomes @value. */
static void lie(struct faults *faults, unsigned int code, uint64_t addr, uint64_t start,
		uint32_t len, uint32_t value)
{
	if (addr < start || addr + sizeof(value) > start + len || !faults_on(faults, code))
		return;
	if (faults_take(faults, code)) {
		value = htole32(value);
		memcpy(faults->buffer + (addr - start), &value, sizeof(value));
	}
}

/* The header is written now and then; a fence that moves on is what waiters look for. */
static bool fence_moves(struct faults *faults, unsigned int i, uint64_t start)
{
	const uint32_t last = faults->rings[i].fence;
	__le32 fence;

	if (start != faults->rings[i].addr + offsetof(struct edgetpu_ring_header, fence))
		return false;
	memcpy(&fence, faults->buffer, sizeof(fence));
	faults->rings[i].fence = le32toh(fence);
	return faults->rings[i].fence != last;
}

static void lie_in_header(struct faults *faults, unsigned int i, uint64_t start, uint32_t len)
{
	const uint64_t ring = faults->rings[i].addr;

	if (fence_moves(faults, i, start))
		lie(faults, EDGETPU_FAULT_FENCE, start, start, len, 0x7fffff00);
	lie(faults, EDGETPU_FAULT_RUNNING, ring + offsetof(struct edgetpu_ring_header, running),
	    start, len, 0x7fffff00);
	lie(faults, EDGETPU_FAULT_PROGRESS, ring + offsetof(struct edgetpu_ring_header, progress),
	    start, len, 1);
}

static void lie_in_completion(struct faults *faults, uint64_t at, uint64_t start, uint32_t len)
{
	lie(faults, EDGETPU_FAULT_SEQ, at + offsetof(struct edgetpu_completion, seq), start, len,
	    0x7fffff00);
	if (!faults_on(faults, EDGETPU_FAULT_STATUS) || start != at ||
	    len != sizeof(struct edgetpu_completion))
		return;
	if (faults_take(faults, EDGETPU_FAULT_STATUS)) {
		struct edgetpu_completion *completion = (void *)faults->buffer;

		completion->status = htole32(EDGETPU_STATUS_OK);
		completion->commands = 0;
	}
}

uint8_t *faults_outgoing(struct faults *faults, uint64_t addr, uint8_t *data, uint32_t len)
{
	unsigned int i;

	if (len > sizeof(faults->buffer))
		return data;
	memcpy(faults->buffer, data, len);
	if (faults->log)
		lie(faults, EDGETPU_FAULT_LOG, faults->log, addr, len, 0x7fffff00);
	for (i = 0; i < EDGETPU_MAX_RINGS; i++) {
		const uint64_t ring = faults->rings[i].addr, off = addr - ring;
		const uint32_t entries = faults->rings[i].entries;
		uint64_t completions;

		if (!entries || off >= EDGETPU_RING_BYTES(entries))
			continue;
		completions = ring + EDGETPU_RING_COMPLETIONS(entries);
		if (off < sizeof(struct edgetpu_ring_header))
			lie_in_header(faults, i, addr, len);
		else if (addr >= completions)
			lie_in_completion(faults, addr - (addr - completions) %
					  sizeof(struct edgetpu_completion), addr, len);
	}
	return faults->buffer;
}

void faults_incoming(struct faults *faults, uint64_t addr, uint8_t *data, uint32_t len)
{
	struct edgetpu_job *job = (void *)data;
	unsigned int i;

	if (!faults_on(faults, EDGETPU_FAULT_LIMIT) || len != sizeof(*job))
		return;
	for (i = 0; i < EDGETPU_MAX_RINGS; i++) {
		const uint32_t entries = faults->rings[i].entries;
		const uint64_t jobs = faults->rings[i].addr + EDGETPU_RING_JOBS;

		if (entries && addr - jobs < (uint64_t)entries * sizeof(*job))
			job->limit = 0;
	}
}
