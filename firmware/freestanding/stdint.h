/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a compiler that comes without its <stdint.h>, as where that is the C library's:
 * what the firmware uses of it, by the compiler's own word.
 */
#ifndef _FREESTANDING_STDINT_H_
#define _FREESTANDING_STDINT_H_

typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __UINTPTR_TYPE__ uintptr_t;

#define UINT32_MAX	__UINT32_MAX__
#define UINT64_MAX	__UINT64_MAX__

#endif
