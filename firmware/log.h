/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: lines of text with a level and the model cycle, kept in host memory.
 */
#ifndef FW_LOG_H
#define FW_LOG_H

#include "regs.h"

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

/* Lines above this level are left out. */
#ifndef FW_LOG_LEVEL
#define FW_LOG_LEVEL	LOG_INFO
#endif

/**
 * log_write - write one line
 * @level: how grave it is
 * @format: %u and %x take a uint32_t, %X a uint64_t in hexadecimal, %s a string
 */
void log_write(enum log_level level, const char *format, ...);

#define log_error(...)	log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)	log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)	log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) \
	do { \
		if (FW_LOG_LEVEL >= LOG_DEBUG) \
			log_write(LOG_DEBUG, __VA_ARGS__); \
	} while (0)

/**
 * log_open - send the log to host memory from now on, early lines first
 * @addr: struct edgetpu_log, a multiple of 4
 * @size: bytes of text the host has room for
 *
 * Return: false when the block is not readable or its size field is not a power
 * of two in [LOG_MIN_SIZE, LOG_MAX_SIZE] equal to @size.
 */
bool log_open(uint64_t addr, uint32_t size);

/* Back to the small buffer in TCM. */
void log_close(void);

/* Lines at once, and cycles to the next: 35 ms at 480 MHz. Errors are not counted. */
#define LOG_BURST		32u
#define LOG_REFILL_SHIFT	24

#define LOG_MIN_SIZE	256u
#define LOG_MAX_SIZE	0x100000u

#endif /* FW_LOG_H */
