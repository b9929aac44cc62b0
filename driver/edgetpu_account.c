// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include <drm/drm_print.h>

#include "edgetpu_account.h"
#include "edgetpu_trace.h"

static unsigned int memory_mb;
module_param(memory_mb, uint, 0444);
MODULE_PARM_DESC(memory_mb, "Memory in MiB that all clients of a device may take (default 0: half of the machine's)");

static unsigned int user_memory_mb;
module_param(user_memory_mb, uint, 0444);
MODULE_PARM_DESC(user_memory_mb, "Memory in MiB that all clients of one user may take (default 0: half of memory_mb)");

static unsigned int client_memory_mb;
module_param(client_memory_mb, uint, 0444);
MODULE_PARM_DESC(client_memory_mb, "Memory in MiB that one client may take (default 0: half of memory_mb)");

void edgetpu_budget_init(struct edgetpu_budget *budget, const char *device)
{
	const u64 limit = (u64)memory_mb << 20, client_limit = (u64)client_memory_mb << 20;
	const u64 user_limit = (u64)user_memory_mb << 20;

	budget->device = device;
	atomic64_set(&budget->used, 0);
	budget->limit = limit ?: (u64)totalram_pages() << PAGE_SHIFT >> 1;
	budget->reserve = budget->limit >> 3;
	budget->user_limit = user_limit ?: budget->limit >> 1;
	budget->client_limit = client_limit ?: budget->limit >> 1;
	spin_lock_init(&budget->lock);
	INIT_LIST_HEAD(&budget->users);
}

/* --- users --- */

/*
 * Who pays for what this process does. Somebody may have many ids in a namespace of
 * his own: it is he who made it that counts, unless that was root.
 */
static kuid_t payer(void)
{
	const struct user_namespace *ns;
	kuid_t uid = current_uid();

	for (ns = current_user_ns(); ns->parent; ns = ns->parent) {
		if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
			uid = ns->owner;
	}
	return uid;
}

static struct edgetpu_user *user_find(struct edgetpu_budget *budget, kuid_t uid, bool privileged)
{
	struct edgetpu_user *user;

	lockdep_assert_held(&budget->lock);
	list_for_each_entry(user, &budget->users, node) {
		if (uid_eq(user->uid, uid) && user->privileged == privileged) {
			refcount_inc(&user->ref);
			return user;
		}
	}
	return NULL;
}

static struct edgetpu_user *user_get(struct edgetpu_budget *budget, kuid_t uid, bool privileged)
{
	struct edgetpu_user *user, *fresh;
	unsigned int i;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return NULL;
	refcount_set(&fresh->ref, 1);
	fresh->budget = budget;
	fresh->uid = uid;
	fresh->privileged = privileged;
	for (i = 0; i < ARRAY_SIZE(fresh->parties); i++)
		edgetpu_party_init(&fresh->parties[i]);
	spin_lock(&budget->lock);
	user = user_find(budget, uid, privileged);
	if (!user)
		list_add(&fresh->node, &budget->users);
	spin_unlock(&budget->lock);
	if (!user)
		return fresh;
	kfree(fresh);
	return user;
}

static void user_put(struct edgetpu_user *user)
{
	struct edgetpu_budget *budget = user->budget;
	bool last;

	spin_lock(&budget->lock);
	last = refcount_dec_and_test(&user->ref);
	if (last)
		list_del(&user->node);
	spin_unlock(&budget->lock);
	if (!last)
		return;
	WARN_ON(atomic64_read(&user->used));
	kfree(user);
}

void edgetpu_budget_show(struct edgetpu_budget *budget, struct drm_printer *p)
{
	struct edgetpu_user *user;

	drm_printf(p, "charged: %lld\n", atomic64_read(&budget->used));
	drm_printf(p, "limit: %llu\n", budget->limit);
	spin_lock(&budget->lock);
	list_for_each_entry(user, &budget->users, node)
		drm_printf(p, "user %u%s: %lld\n", from_kuid_munged(&init_user_ns, user->uid),
			   user->privileged ? " (privileged)" : "", atomic64_read(&user->used));
	spin_unlock(&budget->lock);
}

/* --- accounts --- */

static struct edgetpu_account *account_create(struct edgetpu_budget *budget, kuid_t uid,
					      bool privileged)
{
	struct edgetpu_account *account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);

	if (!account)
		return NULL;
	kref_init(&account->ref);
	account->user = user_get(budget, uid, privileged);
	if (account->user)
		return account;
	kfree(account);
	return NULL;
}

/* For a client of the process that asks */
struct edgetpu_account *edgetpu_account_create(struct edgetpu_budget *budget, u64 client)
{
	struct edgetpu_account *account;

	account = account_create(budget, payer(),
				 ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE));
	if (account)
		account->client = client;
	return account;
}

struct edgetpu_account *edgetpu_account_get(struct edgetpu_account *account)
{
	if (account)
		kref_get(&account->ref);
	return account;
}

static void edgetpu_account_release(struct kref *ref)
{
	struct edgetpu_account *account = container_of(ref, struct edgetpu_account, ref);

	WARN_ON(atomic64_read(&account->used));
	user_put(account->user);
	kfree(account);
}

void edgetpu_account_put(struct edgetpu_account *account)
{
	if (account)
		kref_put(&account->ref, edgetpu_account_release);
}

/* Adds @bytes unless that makes more than @limit. */
static bool take(atomic64_t *used, u64 bytes, u64 limit)
{
	s64 old = atomic64_read(used);

	do {
		if (bytes > limit || (u64)old > limit - bytes)
			return false;
	} while (!atomic64_try_cmpxchg(used, &old, old + bytes));
	return true;
}

/**
 * edgetpu_account_charge() - before something is allocated for a client
 * @account: of the client; NULL for the driver itself
 * @bytes: size
 *
 * Return: 0 or -ENOMEM
 */
int edgetpu_account_charge(struct edgetpu_account *account, u64 bytes)
{
	struct edgetpu_budget *budget;
	struct edgetpu_user *user;
	u64 user_limit, limit;

	if (!account)
		return 0;
	user = account->user;
	budget = user->budget;
	user_limit = user->privileged ? budget->limit : budget->user_limit;
	limit = user->privileged ? budget->limit : budget->limit - budget->reserve;
	if (!take(&account->used, bytes, budget->client_limit))
		return -ENOMEM;
	if (!take(&user->used, bytes, user_limit))
		goto err_account;
	if (take(&budget->used, bytes, limit)) {
		trace_edgetpu_memory(account, bytes);
		return 0;
	}
	atomic64_sub(bytes, &user->used);
err_account:
	atomic64_sub(bytes, &account->used);
	return -ENOMEM;
}

void edgetpu_account_uncharge(struct edgetpu_account *account, u64 bytes)
{
	if (!account)
		return;
	atomic64_sub(bytes, &account->user->budget->used);
	atomic64_sub(bytes, &account->user->used);
	atomic64_sub(bytes, &account->used);
	trace_edgetpu_memory(account, -(s64)bytes);
}

/* Whom it makes an account for is not said from outside: a part of this file. */
#ifdef EDGETPU_KUNIT
#include "tests/edgetpu_account_test.c"
#endif
