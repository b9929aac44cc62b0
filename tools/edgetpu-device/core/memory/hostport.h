/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host memory as the front end gives it: by DMA address, between lock and unlock.
 */
#ifndef EDGETPU_HOSTPORT_H
#define EDGETPU_HOSTPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/platform.h"

/**
 * struct hostport - the way to the host's memory
 * @ops: the host
 * @host: for @ops
 * @dead: nothing is reached while it is not 0; may be NULL
 */
struct hostport {
	struct edgetpu_host_ops ops;
	void *host;
	const atomic_uint *dead;
};

static inline void hostport_lock(const struct hostport *port)
{
	if (port->ops.lock)
		port->ops.lock(port->host);
}

static inline void hostport_unlock(const struct hostport *port)
{
	if (port->ops.unlock)
		port->ops.unlock(port->host);
}

/* As struct edgetpu_host_ops.map; under the lock. */
static inline void *hostport_map(const struct hostport *port, uint64_t addr, uint64_t *len,
				 bool write)
{
	if (port->dead && atomic_load_explicit(port->dead, memory_order_relaxed))
		return NULL;
	return port->ops.map(port->host, addr, len, write);
}

#endif /* EDGETPU_HOSTPORT_H */
