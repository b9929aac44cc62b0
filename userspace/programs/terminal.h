/* SPDX-License-Identifier: MIT */
/* A screen of one's own on the terminal, and the keys that are struck there. */
#ifndef PROGRAMS_TERMINAL_H
#define PROGRAMS_TERMINAL_H

#include <stddef.h>

enum terminal_event {
	TERMINAL_TIME = 0x100,	/* the time is over */
	TERMINAL_SIZE,		/* another size, or shown again */
	TERMINAL_END,		/* a signal that ends the program, or nobody is there any more */
	TERMINAL_UP,
	TERMINAL_DOWN,
	TERMINAL_PAGE_UP,
	TERMINAL_PAGE_DOWN,
	TERMINAL_OTHER		/* some other key */
};

/* Takes standard input and output, and signals: 0 or -errno. */
int terminal_open(void);
/* As it was before */
void terminal_close(void);

void terminal_size(unsigned int *columns, unsigned int *rows);

/*
 * What happens first in @ms milliseconds: a key of ASCII by itself, or an event. The job
 * control's stop is done here.
 */
int terminal_wait(int ms);

/* The key that @size bytes from a terminal begin with, and in *@used how many it took */
int terminal_key(const char *text, size_t size, size_t *used);

#endif /* PROGRAMS_TERMINAL_H */
