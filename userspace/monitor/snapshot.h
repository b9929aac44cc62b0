/* SPDX-License-Identifier: MIT */
/* What monitor_read() is made of */
#ifndef MONITOR_SNAPSHOT_H
#define MONITOR_SNAPSHOT_H

#include "monitor/monitor.h"

/* Below @root, an open directory: 0 or -ENOMEM */
int monitor_read_devices(int root, struct monitor_snapshot *snapshot);
int monitor_read_clients(int root, struct monitor_snapshot *snapshot);

extern const struct monitor_rate monitor_no_rate;

/*
 * Room for one more of @count entries of @size bytes in *@array, which grows in powers of
 * two. NULL: no memory
 */
void *monitor_grow(void *array, size_t count, size_t size);

#endif /* MONITOR_SNAPSHOT_H */
