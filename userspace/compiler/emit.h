/* SPDX-License-Identifier: MIT */
/*
 * Making commands: blocks of bytes moved, layers' tiles computed. Used by the
 * scheduler alone.
 */
#ifndef MNET_COMPILER_EMIT_H
#define MNET_COMPILER_EMIT_H

#include "compiler/ir.h"

/**
 * struct mc_emitter - where commands go
 * @c: the compilation
 * @sg: the subgraph; commands are appended to it
 * @hazards: finds what each must wait for
 * @loads: LOAD commands made so far
 */
struct mc_emitter {
	struct mc_compiler *c;
	struct mc_subgraph *sg;
	struct mc_hazards *hazards;
	unsigned int loads;
};

/* A place in SRAM, and the way from a row and a pixel to the next */
struct mc_place {
	uint32_t addr;
	uint32_t row;
	uint32_t pixel;
};

/**
 * struct mc_part - a part of a view: one tile of it
 * @image: which image
 * @y: first row
 * @h: rows
 * @x: first column
 * @w: columns
 * @ch: first channel
 * @c: channels
 */
struct mc_part {
	uint32_t image;
	uint32_t y, h;
	uint32_t x, w;
	uint32_t ch, c;
};

/* Offset of a part in its value */
uint64_t mc_part_offset(const struct mc_view *view, const struct mc_part *part);
/* The part where its resident value lies */
struct mc_place mc_resident_place(const struct mc_emitter *e, const struct mc_view *view,
				  const struct mc_part *part);
/* A dense place at @addr for the part */
struct mc_place mc_dense_place(uint32_t addr, const struct mc_part *part);

/* @bytes in a row, from region to SRAM */
int mc_emit_load_bytes(struct mc_emitter *e, unsigned int op, unsigned int region, bool flip,
		       uint64_t offset, uint32_t sram, uint32_t bytes);
/* A part of a value that lies in host memory */
int mc_emit_load(struct mc_emitter *e, unsigned int op, const struct mc_view *view,
		 const struct mc_part *part, struct mc_place to);
/* A part of a value, to everywhere outside SRAM where it is wanted */
int mc_emit_store(struct mc_emitter *e, unsigned int op, const struct mc_view *view,
		  const struct mc_part *part, struct mc_place from);
int mc_emit_copy(struct mc_emitter *e, unsigned int op, const struct mc_part *part,
		 struct mc_place from, struct mc_place to);
int mc_emit_fill(struct mc_emitter *e, unsigned int op, const struct mc_part *part,
		 struct mc_place to, int32_t value);
/* CONV, DEPTHWISE and pools; @in_part is what @in holds of the input */
int mc_emit_window(struct mc_emitter *e, const struct mc_layer *layer,
		   const struct mc_part *in_part, struct mc_place in, const struct mc_part *part,
		   struct mc_place out, const struct mc_unit *unit, uint32_t weights);
/* phases.c: the input that part @part of a layer that enlarges needs; sets rows and columns */
void mc_phases_input(const struct mc_layer *layer, const struct mc_part *part,
		     struct mc_part *in);
/* TRANSPOSE and NEAREST: one command a phase; @ct: channel tile, @weights: its unit's place */
int mc_emit_phases(struct mc_emitter *e, const struct mc_layer *layer,
		   const struct mc_part *in_part, struct mc_place in, const struct mc_part *part,
		   struct mc_place out, uint32_t ct, uint32_t weights);
/* ADD and RESCALE */
int mc_emit_elementwise(struct mc_emitter *e, const struct mc_layer *layer,
			const struct mc_part *part, const struct mc_place *in,
			struct mc_place out);

#endif /* MNET_COMPILER_EMIT_H */
