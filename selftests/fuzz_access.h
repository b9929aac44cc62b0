/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses of fuzz_ioctl that may fail: memory may be unmapped by another thread at any
 * time, and a buffer's pages may not be had. What fails elsewhere is a fault of somebody's:
 * the program dies of it, and says where.
 */
#ifndef FUZZ_ACCESS_H
#define FUZZ_ACCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define MAY_SEGV	(1ull << SIGSEGV)
#define MAY_BUS		(1ull << SIGBUS)

/* First of all */
void watch_accesses(void);
/* What this thread is at, should it die */
void now_doing(const char *what);
/*
 * Whether @access came to its end; not so when one of @signals, MAY_..., ended it. It must
 * touch such memory only where it holds nothing.
 */
bool try_access(void (*access)(void *what), void *what, uint64_t signals);

#endif /* FUZZ_ACCESS_H */
