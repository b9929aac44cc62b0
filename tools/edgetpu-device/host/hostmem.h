/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host memory for a device in the same process: blocks with DMA addresses of
 * their own, far enough apart that an access beyond one meets nothing.
 */
#ifndef EDGETPU_HOST_HOSTMEM_H
#define EDGETPU_HOST_HOSTMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostmem;

/**
 * struct hostmem_block - a block
 * @addr: DMA address, a multiple of 4096
 * @host: the same for this process
 * @size: bytes, whole pages
 */
struct hostmem_block {
	uint64_t addr;
	void *host;
	size_t size;
};

struct hostmem *hostmem_new(void);
void hostmem_free(struct hostmem *hm);

/* Zeroed. 0 or -ENOMEM. */
int hostmem_alloc(struct hostmem *hm, size_t size, struct hostmem_block *block);
/* Waits for the device's lock: no access is in flight when it returns. */
void hostmem_release(struct hostmem *hm, uint64_t addr);
/* Address of the host's side, which must be there */
void *hostmem_pointer(struct hostmem *hm, uint64_t addr);

/* struct edgetpu_host_ops */
void hostmem_lock(struct hostmem *hm);
void hostmem_unlock(struct hostmem *hm);
void *hostmem_map(struct hostmem *hm, uint64_t addr, uint64_t *len, bool write);

#endif /* EDGETPU_HOST_HOSTMEM_H */
