// SPDX-License-Identifier: MIT
#include "programs/tensor.h"

#include <math.h>
#include <stdio.h>

static const char *type_name(enum mnet_type type)
{
	static const char *const names[] = {
		[MNET_FLOAT32] = "float32", [MNET_FLOAT16] = "float16", [MNET_INT8] = "int8",
		[MNET_UINT8] = "uint8",	    [MNET_INT16] = "int16",	[MNET_INT32] = "int32",
		[MNET_INT64] = "int64",	    [MNET_BOOL] = "bool",
	};

	return (unsigned int)type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

const char *tensor_text(char text[TENSOR_TEXT], const struct mnet_tensor_info *info)
{
	int n = 0;

	for (unsigned int i = 0; i < info->rank; i++)
		n += snprintf(text + n, TENSOR_TEXT - n, "%s%d", i ? "x" : "", info->shape[i]);
	snprintf(text + n, TENSOR_TEXT - n, "%s%s", n ? " " : "", type_name(info->type));
	return text;
}

size_t tensor_elements(const struct mnet_tensor_info *info)
{
	size_t n = 1;

	for (unsigned int i = 0; i < info->rank; i++)
		n *= info->shape[i];
	return n;
}

static double half_real(uint16_t h)
{
	int exponent = h >> 10 & 31;
	double fraction = h & 1023, v;

	if (exponent == 31)
		v = fraction != 0 ? NAN : INFINITY;
	else if (exponent)
		v = ldexp(1024 + fraction, exponent - 25);
	else
		v = ldexp(fraction, -24);
	return h >> 15 ? -v : v;
}

double tensor_real(const struct mnet_tensor_info *info, const void *data, size_t i)
{
	int64_t q;

	switch (info->type) {
	case MNET_FLOAT32:
		return ((const float *)data)[i];
	case MNET_FLOAT16:
		return half_real(((const uint16_t *)data)[i]);
	case MNET_INT8:
		q = ((const int8_t *)data)[i];
		break;
	case MNET_INT16:
		q = ((const int16_t *)data)[i];
		break;
	case MNET_INT32:
		q = ((const int32_t *)data)[i];
		break;
	case MNET_INT64:
		q = ((const int64_t *)data)[i];
		break;
	default:
		q = ((const uint8_t *)data)[i];
		break;
	}
	return info->scale != 0 ? info->scale * (double)(q - info->zero_point) : (double)q;
}
