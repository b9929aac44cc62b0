// SPDX-License-Identifier: MIT
/*
 * Builtin options, by the lists of fields that operators/ has. Numbers and values of
 * enumerations are those of TFLite's schema.fbs, version 3.
 */
#include "tflite/options.h"

static const char *read_dims(const struct fb_table *t, unsigned int field, struct mnet_dims *dims)
{
	struct fb_vector v = fb_vector(t, field, 4);

	if (v.count > MNET_MAX_RANK)
		return "its options have too many dimensions";
	dims->num_dims = (unsigned int)v.count;
	for (size_t i = 0; i < v.count; i++)
		dims->dims[i] = fb_vector_i32(&v, i);
	return NULL;
}

/* NULL, or what is wrong */
static const char *read_option(const struct fb_table *t, struct mnet_op *op,
			       const struct mnet_option *o)
{
	void *at = mnet_option_at(op, o);
	int8_t byte;

	switch (o->kind) {
	case MNET_OPTION_PADDING:
		byte = fb_i8(t, o->field, o->absent);
		*(enum mnet_padding *)at = (enum mnet_padding)byte;
		return byte == MNET_PADDING_SAME || byte == MNET_PADDING_VALID ?
			NULL : "unknown padding";
	case MNET_OPTION_ACTIVATION:
		byte = fb_i8(t, o->field, o->absent);
		*(enum mnet_activation *)at = (enum mnet_activation)byte;
		return byte >= MNET_ACT_NONE && byte <= MNET_ACT_SIGN_BIT ?
			NULL : "unknown fused activation";
	case MNET_OPTION_I32:
		*(int32_t *)at = fb_i32(t, o->field, o->absent);
		break;
	case MNET_OPTION_BOOL:
		*(bool *)at = fb_u8(t, o->field, o->absent);
		break;
	case MNET_OPTION_F32:
		*(float *)at = fb_f32(t, o->field, o->absent);
		break;
	case MNET_OPTION_DIMS:
		return read_dims(t, o->field, at);
	case MNET_OPTION_GIVEN:
		*(bool *)at = fb_vector(t, o->field, 4).present;
		break;
	case MNET_OPTION_ZERO:
		return fb_i8(t, o->field, 0) ? o->what : NULL;
	case MNET_OPTION_END:
		break;
	}
	return NULL;
}

const char *tflite_read_options(const struct fb_table *table, struct mnet_op *op)
{
	const struct mnet_operator *entry = mnet_operator(op);
	uint8_t type = fb_u8(table, TFLITE_OPERATOR_OPTIONS_TYPE, 0);
	struct fb_table options = { .fb = table->fb };
	const char *wrong = NULL;

	if (!entry || !entry->options)
		return NULL;
	if (type && type != entry->options_type)
		return "its options are another operator's";
	if (type)
		options = fb_table(table, TFLITE_OPERATOR_OPTIONS);
	for (const struct mnet_option *o = entry->options; !wrong && o->kind != MNET_OPTION_END;
	     o++) {
		if (o->field != MNET_NO_FIELD)
			wrong = read_option(&options, op, o);
	}
	return wrong;
}
