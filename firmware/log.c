// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log. A line is formatted into a buffer in TCM and sent to the ring in host
 * memory at once; before the host has given a ring, the buffer keeps the first
 * lines. CDMA moves words, so a line is padded with spaces to a multiple of four.
 *
 * Users' jobs can make the firmware complain as often as they like, and each line
 * takes time of everybody's: so there is a budget of lines, but for errors.
 */
#include <stdarg.h>

#include "cdma.h"
#include "log.h"

#define BUFFER_SIZE	2048u
#define LINE_MAX	160u	/* with newline; a longer line is cut */
#define LOG_TEXT	((uint32_t)offsetof(struct edgetpu_log, text))

static char buffer[BUFFER_SIZE] __attribute__((aligned(4)));
static uint32_t used;
static uint32_t dropped;

static uint32_t budget = LOG_BURST;
static uint64_t budget_cycle;	/* up to when it has been filled */
static uint32_t left_out;

static uint64_t ring_addr;	/* 0: none yet */
static uint32_t ring_size;
static uint32_t ring_head;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

/* --- formatting ------------------------------------------------------------- */

struct line {
	char *text;
	uint32_t len;
};

static void put_char(struct line *line, char c)
{
	if (line->len < LINE_MAX - 4)
		line->text[line->len++] = c;
}

static void put_string(struct line *line, const char *s)
{
	while (*s)
		put_char(line, *s++);
}

static void put_hex(struct line *line, uint64_t v)
{
	int shift = 60;

	while (shift > 0 && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_char(line, "0123456789abcdef"[(v >> shift) & 15]);
}

/* At least @width digits */
static void put_decimal(struct line *line, uint64_t v, uint32_t width)
{
	char digits[20];
	uint32_t n = 0;

	do {
		digits[n++] = '0' + v % 10;
		v /= 10;
	} while (v || n < width);
	while (n)
		put_char(line, digits[--n]);
}

static void format_line(struct line *line, enum log_level level, const char *format, va_list args)
{
	put_char(line, '[');
	put_decimal(line, core_cycles(), 12);
	put_string(line, "] ");
	put_string(line, level_names[level]);
	put_string(line, ": ");
	for (; *format; format++) {
		if (*format != '%') {
			put_char(line, *format);
			continue;
		}
		switch (*++format) {
		case 'u':
			put_decimal(line, va_arg(args, uint32_t), 1);
			break;
		case 'x':
			put_hex(line, va_arg(args, uint32_t));
			break;
		case 'X':
			put_hex(line, va_arg(args, uint64_t));
			break;
		case 's':
			put_string(line, va_arg(args, const char *));
			break;
		}
	}
	/* put_char() leaves room for these */
	while (line->len % 4 != 3)
		line->text[line->len++] = ' ';
	line->text[line->len++] = '\n';
}

/* --- to the host ------------------------------------------------------------- */

/* Sends what the buffer holds. Memory that has gone away ends the log. */
static void flush(void)
{
	uint32_t sent = 0;

	while (sent < used) {
		uint32_t pos = ring_head & (ring_size - 1), len = used - sent;

		if (len > ring_size - pos)
			len = ring_size - pos;
		if (cdma_copy(CDMA_HOST, ring_addr + LOG_TEXT + pos, buffer + sent, len,
			      CORE_CDMA_TO_HOST)) {
			ring_addr = 0;
			return;
		}
		ring_head += len;
		sent += len;
	}
	used = 0;
	if (cdma_copy(CDMA_HOST, ring_addr, &ring_head, 4, CORE_CDMA_TO_HOST))
		ring_addr = 0;
}

/* --- the budget --------------------------------------------------------------- */

/* One line more every 2^LOG_REFILL_SHIFT cycles, up to LOG_BURST */
static void fill_budget(void)
{
	uint64_t lines = (core_cycles() - budget_cycle) >> LOG_REFILL_SHIFT;

	budget_cycle += lines << LOG_REFILL_SHIFT;
	budget = lines > LOG_BURST - budget ? LOG_BURST : budget + lines;
}

static bool affordable(void)
{
	fill_budget();
	if (!budget) {
		left_out++;
		return false;
	}
	budget--;
	return true;
}

/* --- lines ---------------------------------------------------------------------- */

static void add_line(enum log_level level, const char *format, va_list args)
{
	struct line line = { .text = buffer + used };

	if (used + LINE_MAX > BUFFER_SIZE) {
		dropped++;
		return;
	}
	format_line(&line, level, format, args);
	used += line.len;
	if (ring_addr)
		flush();
}

static void add(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(level, format, args);
	va_end(args);
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	/* before the host listens the buffer is limit enough */
	if (level > FW_LOG_LEVEL || (level != LOG_ERROR && ring_addr && !affordable()))
		return;
	if (left_out) {
		add(LOG_WARN, "%u lines left out", left_out);
		left_out = 0;
	}
	va_start(args, format);
	add_line(level, format, args);
	va_end(args);
}

bool log_open(uint64_t addr, uint32_t size)
{
	struct edgetpu_log header;

	if (!addr || addr & 3 || size < LOG_MIN_SIZE || size > LOG_MAX_SIZE || size & (size - 1))
		return false;
	if (cdma_copy(CDMA_HOST, addr, &header, sizeof(header), CORE_CDMA_TO_TCM) ||
	    header.size != size)
		return false;
	ring_addr = addr;
	ring_size = size;
	ring_head = header.head & ~3u;
	flush();
	if (dropped) {
		log_warn("%u lines lost before the log was set up", dropped);
		dropped = 0;
	}
	return ring_addr != 0;
}

void log_close(void)
{
	ring_addr = 0;
}
