// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "edgetpu_account.h"

static unsigned int memory_mb;
module_param(memory_mb, uint, 0444);
MODULE_PARM_DESC(memory_mb, "Memory in MiB that all clients of a device may take (default 0: half of the machine's)");

static unsigned int client_memory_mb;
module_param(client_memory_mb, uint, 0444);
MODULE_PARM_DESC(client_memory_mb, "Memory in MiB that one client may take (default 0: half of memory_mb)");

void edgetpu_budget_init(struct edgetpu_budget *budget)
{
	u64 limit = (u64)memory_mb << 20, client_limit = (u64)client_memory_mb << 20;

	atomic64_set(&budget->used, 0);
	budget->limit = limit ?: (u64)totalram_pages() << PAGE_SHIFT >> 1;
	budget->client_limit = client_limit ?: budget->limit >> 1;
}

struct edgetpu_account *edgetpu_account_create(struct edgetpu_budget *budget)
{
	struct edgetpu_account *account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);

	if (!account)
		return NULL;
	kref_init(&account->ref);
	account->budget = budget;
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

	if (!account)
		return 0;
	budget = account->budget;
	if (!take(&account->used, bytes, budget->client_limit))
		return -ENOMEM;
	if (take(&budget->used, bytes, budget->limit))
		return 0;
	atomic64_sub(bytes, &account->used);
	return -ENOMEM;
}

void edgetpu_account_uncharge(struct edgetpu_account *account, u64 bytes)
{
	if (!account)
		return;
	atomic64_sub(bytes, &account->budget->used);
	atomic64_sub(bytes, &account->used);
}
