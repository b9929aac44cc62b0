/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What memory clients may take. Charged is everything that a client can make the
 * kernel hold and that cannot be swapped at once: buffers from the first use of
 * their memory on, page tables, mappings, jobs, queues, and the objects themselves.
 * Control groups are charged beside that, by the allocations.
 *
 * Three limits hold: of a client, which is an open file; of a user, however many
 * files he opens; of all together. The last eighth is for the privileged.
 */
#ifndef _EDGETPU_ACCOUNT_H_
#define _EDGETPU_ACCOUNT_H_

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "edgetpu_line.h"

struct drm_printer;

/**
 * struct edgetpu_budget - memory of all clients of a device
 * @device: its name
 * @used: bytes charged
 * @limit: the most that may be
 * @reserve: of it, not for ordinary users
 * @user_limit: of it, the most for an ordinary user
 * @client_limit: of it, the most for one client
 * @lock: @users
 * @users: struct edgetpu_user
 */
struct edgetpu_budget {
	const char *device;
	atomic64_t used;
	u64 limit;
	u64 reserve;
	u64 user_limit;
	u64 client_limit;
	spinlock_t lock;	/* users */
	struct list_head users;
};

/**
 * struct edgetpu_user - all clients of one user
 * @ref: accounts of his
 * @node: in edgetpu_budget.users
 * @budget: of the device
 * @uid: who it is
 * @privileged: has CAP_SYS_RESOURCE: only the limit of all holds
 * @used: bytes charged
 * @parties: queues of all of them that wait for a slot
 */
struct edgetpu_user {
	refcount_t ref;
	struct list_head node;
	struct edgetpu_budget *budget;
	kuid_t uid;
	bool privileged;
	atomic64_t used;
	struct edgetpu_party parties[EDGETPU_NUM_LINES];
};

/**
 * struct edgetpu_account - memory of one client; outlives it as long as something
 * is charged to it
 * @ref: the client and each buffer it made
 * @user: whose client it is
 * @client: the number that DRM knows it by; 0 for what is imported
 * @used: bytes charged
 */
struct edgetpu_account {
	struct kref ref;
	struct edgetpu_user *user;
	u64 client;
	atomic64_t used;
};

void edgetpu_budget_init(struct edgetpu_budget *budget, const char *device);
void edgetpu_budget_show(struct edgetpu_budget *budget, struct drm_printer *p);

struct edgetpu_account *edgetpu_account_create(struct edgetpu_budget *budget, u64 client);
struct edgetpu_account *edgetpu_account_get(struct edgetpu_account *account);
void edgetpu_account_put(struct edgetpu_account *account);
int edgetpu_account_charge(struct edgetpu_account *account, u64 bytes);
void edgetpu_account_uncharge(struct edgetpu_account *account, u64 bytes);

#endif /* _EDGETPU_ACCOUNT_H_ */
