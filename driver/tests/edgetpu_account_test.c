// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of what clients and users may take; included by edgetpu_account.c. */
#include <kunit/test.h>

static void account_test_budget(struct edgetpu_budget *budget, u64 limit)
{
	edgetpu_budget_init(budget, "test");
	budget->limit = limit;
	budget->reserve = 0;
	budget->user_limit = limit;
	budget->client_limit = limit;
}

static struct edgetpu_account *account_of(struct kunit *test, struct edgetpu_budget *budget,
					  unsigned int uid, bool privileged)
{
	struct edgetpu_account *account = account_create(budget, KUIDT_INIT(uid), privileged);

	KUNIT_ASSERT_NOT_NULL(test, account);
	return account;
}

static void a_client_has_a_limit(struct kunit *test)
{
	struct edgetpu_account *a, *b;
	struct edgetpu_budget budget;

	account_test_budget(&budget, 1000);
	budget.client_limit = 600;
	a = account_of(test, &budget, 1, false);
	b = account_of(test, &budget, 1, false);
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(a, 601));
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(a, U64_MAX));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(a, 600));
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(a, 1));
	/* refused for all clients together, nothing stays charged to the one */
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(b, 401));
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&b->used));
	KUNIT_EXPECT_EQ(test, 600, atomic64_read(&b->user->used));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(b, 400));
	KUNIT_EXPECT_EQ(test, 1000, atomic64_read(&budget.used));
	edgetpu_account_uncharge(a, 600);
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(b, 200));
	edgetpu_account_uncharge(b, 600);
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&budget.used));
	edgetpu_account_put(a);
	edgetpu_account_put(b);
	KUNIT_EXPECT_TRUE(test, list_empty(&budget.users));
}

static void a_user_has_one_limit_for_all_his_clients(struct kunit *test)
{
	struct edgetpu_account *his[3], *another;
	struct edgetpu_budget budget;
	unsigned int i;

	account_test_budget(&budget, 1000);
	budget.user_limit = 500;
	for (i = 0; i < ARRAY_SIZE(his); i++)
		his[i] = account_of(test, &budget, 1, false);
	another = account_of(test, &budget, 2, false);
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(his[0], 200));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(his[1], 200));
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(his[2], 101));
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&his[2]->used));
	KUNIT_EXPECT_EQ(test, 400, atomic64_read(&budget.used));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(another, 500));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(his[2], 100));
	edgetpu_account_uncharge(another, 500);
	edgetpu_account_put(another);
	/* closing a file takes along only what was charged to it */
	edgetpu_account_uncharge(his[0], 200);
	edgetpu_account_put(his[0]);
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(his[1], 201));
	edgetpu_account_uncharge(his[1], 200);
	edgetpu_account_put(his[1]);
	edgetpu_account_uncharge(his[2], 100);
	edgetpu_account_put(his[2]);
	KUNIT_EXPECT_TRUE(test, list_empty(&budget.users));
}

static void a_reserve_is_left_for_the_privileged(struct kunit *test)
{
	struct edgetpu_account *a, *b, *root;
	struct edgetpu_budget budget;

	account_test_budget(&budget, 1000);
	budget.reserve = 125;
	budget.user_limit = 500;
	a = account_of(test, &budget, 1, false);
	b = account_of(test, &budget, 2, false);
	root = account_of(test, &budget, 1, true);
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(a, 500));
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(b, 376));
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&b->user->used));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(b, 375));
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(root, 125));
	KUNIT_EXPECT_EQ(test, -ENOMEM, edgetpu_account_charge(root, 1));
	edgetpu_account_uncharge(b, 375);
	/* nor does the limit of a user hold for them */
	KUNIT_EXPECT_EQ(test, 0, edgetpu_account_charge(root, 375));
	edgetpu_account_uncharge(root, 500);
	edgetpu_account_uncharge(a, 500);
	edgetpu_account_put(root);
	edgetpu_account_put(b);
	edgetpu_account_put(a);
	KUNIT_EXPECT_TRUE(test, list_empty(&budget.users));
}

static struct kunit_case account_cases[] = {
	KUNIT_CASE(a_client_has_a_limit),
	KUNIT_CASE(a_user_has_one_limit_for_all_his_clients),
	KUNIT_CASE(a_reserve_is_left_for_the_privileged),
	{}
};

static struct kunit_suite account_suite = {
	.name = "edgetpu_account",
	.test_cases = account_cases,
};

kunit_test_suite(account_suite);
