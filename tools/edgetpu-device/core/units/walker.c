// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of bytes in pieces of bounded work.
 */
#include "core/units/op.h"

#define PIECE_BYTES	0x10000
#define STEP_BYTES	0x40000
#define STEP_PIECES	8192

uint64_t walker_start(struct walker *walker, const struct span *span)
{
	const uint64_t piece = span->len < PIECE_BYTES ? span->len : PIECE_BYTES;
	const uint64_t pieces = span->n1 * span->n2 * ((span->len + piece - 1) / piece);
	uint64_t group = STEP_BYTES / piece;

	if (group > STEP_PIECES)
		group = STEP_PIECES;
	*walker = (struct walker){ .piece = piece, .group = group };
	return (pieces + group - 1) / group;
}

bool walker_piece(const struct walker *walker, const struct span *span, uint64_t *len)
{
	const uint64_t left = span->len - walker->at;

	*len = left < walker->piece ? left : walker->piece;
	return walker->i2 < span->n2;
}

void walker_next(struct walker *walker, const struct span *span)
{
	walker->at += walker->piece;
	if (walker->at < span->len)
		return;
	walker->at = 0;
	if (++walker->i1 < span->n1)
		return;
	walker->i1 = 0;
	walker->i2++;
}
