// SPDX-License-Identifier: MIT
/*
 * Builtin options, by the lists of fields that operators/ has: the inverse of options.c.
 */
#include "tflite/writer_options.h"

/* By field, as TFLite's own files have them */
static void write_options(struct flat_builder *b, struct mnet_op *op,
			  const struct mnet_option *options, flat_ref dims)
{
	for (unsigned int field = 0; field < FLAT_MAX_FIELDS; field++) {
		const struct mnet_option *o = options;
		const void *at;

		while (o->kind != MNET_OPTION_END && o->field != field)
			o++;
		at = mnet_option_at(op, o);
		switch (o->kind) {
		case MNET_OPTION_PADDING:
			flat_field_u8(b, field, *(const enum mnet_padding *)at, o->absent);
			break;
		case MNET_OPTION_ACTIVATION:
			flat_field_u8(b, field, *(const enum mnet_activation *)at, o->absent);
			break;
		case MNET_OPTION_I32:
			flat_field_u32(b, field, *(const int32_t *)at, o->absent);
			break;
		case MNET_OPTION_BOOL:
			flat_field_u8(b, field, *(const bool *)at, o->absent);
			break;
		case MNET_OPTION_F32:
			flat_field_f32(b, field, *(const float *)at);
			break;
		case MNET_OPTION_DIMS:
		case MNET_OPTION_GIVEN:
			if (dims)
				flat_field_ref(b, field, dims);
			break;
		case MNET_OPTION_ZERO:
		case MNET_OPTION_END:
			break;
		}
	}
}

/* The vector that options refer to, which must be there before them; 0: none is to be there */
static flat_ref write_dims(struct flat_builder *b, struct mnet_op *op,
			   const struct mnet_option *options)
{
	const struct mnet_dims *dims = NULL;
	bool given = false;

	for (const struct mnet_option *o = options; o->kind != MNET_OPTION_END; o++) {
		if (o->kind == MNET_OPTION_DIMS)
			dims = mnet_option_at(op, o);
		if (o->kind == MNET_OPTION_GIVEN)
			given = *(const bool *)mnet_option_at(op, o);
	}
	if (!dims || !(given || dims->num_dims))
		return 0;
	return flat_vector(b, dims->dims, dims->num_dims, 4, 4);
}

bool tflite_write_options(struct flat_builder *b, const struct mnet_op *op, uint8_t *type,
			  flat_ref *ref)
{
	static const struct mnet_option none[] = { { .kind = MNET_OPTION_END } };
	const struct mnet_operator *entry = mnet_operator(op);
	const struct mnet_option *options;
	struct mnet_op copy = *op;
	flat_ref dims;

	*ref = 0;
	*type = entry ? entry->options_type : 0;
	if (!entry)
		return op->code == MNET_OP_CUSTOM;
	if (!*type)
		return true;
	options = entry->options ? entry->options : none;
	dims = write_dims(b, &copy, options);
	flat_table_begin(b);
	write_options(b, &copy, options, dims);
	*ref = flat_table_end(b);
	return true;
}
