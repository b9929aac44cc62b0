/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What memory clients may take. Charged is everything that a client can make the
 * kernel hold and that cannot be swapped at once: buffers from the first use of
 * their memory on, page tables, mappings, and the objects themselves. Control
 * groups are charged beside that, by the allocations.
 */
#ifndef _EDGETPU_ACCOUNT_H_
#define _EDGETPU_ACCOUNT_H_

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/types.h>

/**
 * struct edgetpu_budget - memory of all clients of a device
 * @used: bytes charged
 * @limit: the most that may be
 * @client_limit: of it, the most for one client
 */
struct edgetpu_budget {
	atomic64_t used;
	u64 limit;
	u64 client_limit;
};

/**
 * struct edgetpu_account - memory of one client; outlives it as long as something
 * is charged to it
 * @ref: the client and each buffer it made
 * @budget: of its device
 * @used: bytes charged
 */
struct edgetpu_account {
	struct kref ref;
	struct edgetpu_budget *budget;
	atomic64_t used;
};

void edgetpu_budget_init(struct edgetpu_budget *budget);

struct edgetpu_account *edgetpu_account_create(struct edgetpu_budget *budget);
struct edgetpu_account *edgetpu_account_get(struct edgetpu_account *account);
void edgetpu_account_put(struct edgetpu_account *account);
int edgetpu_account_charge(struct edgetpu_account *account, u64 bytes);
void edgetpu_account_uncharge(struct edgetpu_account *account, u64 bytes);

#endif /* _EDGETPU_ACCOUNT_H_ */
