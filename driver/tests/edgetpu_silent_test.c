// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of a device that does not do as it is told, whose registers are memory. */
#include <linux/delay.h>
#include <linux/kthread.h>

#include <kunit/test.h>

#include "../edgetpu_bind.h"
#include "../edgetpu_device.h"
#include "../edgetpu_firmware.h"
#include "../edgetpu_mailbox.h"
#include "../edgetpu_recovery.h"

/* @left: what ID reads when the reset that is awaited is done */
struct silent_world {
	struct edgetpu_device edev;
	u32 *regs;
	u32 left;
	struct task_struct *hardware;
	atomic_t resets;
};

static u32 *reg(struct silent_world *w, u32 offset)
{
	return w->regs + offset / sizeof(*w->regs);
}

static void count_reset(struct work_struct *work)
{
	atomic_inc(&container_of(work, struct silent_world, edev.reset_work)->resets);
}

static int silent_test_init(struct kunit *test)
{
	struct silent_world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->regs = kunit_kzalloc(test, EDGETPU_REG_DOORBELL(0), GFP_KERNEL);
	if (!w->regs)
		return -ENOMEM;
	w->edev.regs = (void __iomem __force *)w->regs;
	*reg(w, EDGETPU_REG_ID) = EDGETPU_ID;
	mutex_init(&w->edev.hw_lock);
	init_waitqueue_head(&w->edev.mbox_wait);
	INIT_WORK(&w->edev.reset_work, count_reset);
	w->edev.recovery_wq = system_wq;
	test->priv = w;
	return 0;
}

static void silent_test_exit(struct kunit *test)
{
	struct silent_world *w = test->priv;

	if (!w)
		return;
	if (w->hardware)
		kthread_stop(w->hardware);
	cancel_work_sync(&w->edev.reset_work);
}

static int ask(struct silent_world *w)
{
	u32 answer;
	int ret;

	mutex_lock(&w->edev.hw_lock);
	ret = edgetpu_mailbox_call(&w->edev, EDGETPU_MBOX_HELLO, NULL, 0, &answer, 1);
	mutex_unlock(&w->edev.hw_lock);
	return ret;
}

/* What is not answered is no success, whatever the registers of the answer hold. */
static void no_answer_is_no_success(struct kunit *test)
{
	struct silent_world *w = test->priv;

	w->edev.interrupted = true;
	KUNIT_EXPECT_EQ(test, ask(w), -EAGAIN);
	w->edev.interrupted = false;
	*reg(w, EDGETPU_REG_CORE_STATUS) = EDGETPU_CORE_CRASHED;
	KUNIT_EXPECT_EQ(test, ask(w), -EIO);
	*reg(w, EDGETPU_REG_CORE_STATUS) = 0;
	*reg(w, EDGETPU_REG_ID) = 0;
	KUNIT_EXPECT_EQ(test, ask(w), -EIO);
	*reg(w, EDGETPU_REG_ID) = U32_MAX;
	KUNIT_EXPECT_EQ(test, ask(w), -EIO);
	w->edev.lost = true;
	KUNIT_EXPECT_EQ(test, ask(w), -ENODEV);
}

static unsigned int resets_after(struct silent_world *w, int error)
{
	int ret;

	mutex_lock(&w->edev.hw_lock);
	w->edev.offline = false;
	ret = edgetpu_hardware_failed(&w->edev, error);
	mutex_unlock(&w->edev.hw_lock);
	flush_work(&w->edev.reset_work);
	return ret == error && w->edev.offline ? atomic_read(&w->resets) : UINT_MAX;
}

/* Nothing is asked of it any more, and it is reset: by us only where nobody else does. */
static void who_is_interrupted_asks_for_no_reset(struct kunit *test)
{
	struct silent_world *w = test->priv;

	KUNIT_EXPECT_EQ(test, resets_after(w, -EAGAIN), 0);
	KUNIT_EXPECT_EQ(test, resets_after(w, -EIO), 1);
	KUNIT_EXPECT_EQ(test, resets_after(w, -ETIMEDOUT), 2);
}

/* Ends resets, and leaves the device as it is to be then. */
static int end_resets(void *opaque)
{
	struct silent_world *w = opaque;

	while (!kthread_should_stop()) {
		if (READ_ONCE(*reg(w, EDGETPU_REG_RESET))) {
			WRITE_ONCE(*reg(w, EDGETPU_REG_ID), w->left);
			/* The device is dead before it can be seen to be out of reset. */
			smp_store_release(reg(w, EDGETPU_REG_RESET), 0);
		}
		usleep_range(20, 50);
	}
	return 0;
}

static int reset(struct silent_world *w)
{
	int ret;

	mutex_lock(&w->edev.hw_lock);
	ret = edgetpu_firmware_reset(&w->edev);
	mutex_unlock(&w->edev.hw_lock);
	return ret;
}

/* It may still touch memory, as far as anybody knows. */
static void a_dead_device_is_not_reset(struct kunit *test)
{
	struct silent_world *w = test->priv;
	struct task_struct *hardware;

	*reg(w, EDGETPU_REG_ID) = U32_MAX;
	KUNIT_EXPECT_EQ(test, reset(w), -ENODEV);
	KUNIT_EXPECT_EQ(test, *reg(w, EDGETPU_REG_RESET), 0);

	*reg(w, EDGETPU_REG_ID) = EDGETPU_ID;
	w->left = EDGETPU_ID;
	hardware = kthread_run(end_resets, w, "edgetpu-kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(hardware));
	w->hardware = hardware;
	KUNIT_EXPECT_EQ(test, reset(w), 0);
	/* dead when it comes out of it */
	w->left = 0;
	KUNIT_EXPECT_EQ(test, reset(w), -ENODEV);
}

static void who_is_interrupted_does_not_wait_for_a_reset(struct kunit *test)
{
	struct silent_world *w = test->priv;

	w->edev.interrupted = true;
	KUNIT_EXPECT_EQ(test, reset(w), -EAGAIN);
	KUNIT_EXPECT_EQ(test, *reg(w, EDGETPU_REG_RESET), 1);
}

/* Whoever resets its function sees to it that it is booted; until then it is not there. */
static void it_does_not_wake_while_its_function_is_reset(struct kunit *test)
{
	struct silent_world *w = test->priv;

	w->edev.asleep = true;
	w->edev.offline = true;
	w->edev.away = true;
	w->edev.interrupted = true;
	KUNIT_EXPECT_EQ(test, edgetpu_recovery_wake(&w->edev), -EAGAIN);
	KUNIT_EXPECT_EQ(test, *reg(w, EDGETPU_REG_RESET), 0);
	KUNIT_EXPECT_FALSE(test, w->edev.asleep);
	KUNIT_EXPECT_TRUE(test, w->edev.offline);
}

static struct kunit_case silent_cases[] = {
	KUNIT_CASE(no_answer_is_no_success),
	KUNIT_CASE(who_is_interrupted_asks_for_no_reset),
	KUNIT_CASE(a_dead_device_is_not_reset),
	KUNIT_CASE(who_is_interrupted_does_not_wait_for_a_reset),
	KUNIT_CASE(it_does_not_wake_while_its_function_is_reset),
	{}
};

static struct kunit_suite silent_suite = {
	.name = "edgetpu_silent",
	.init = silent_test_init,
	.exit = silent_test_exit,
	.test_cases = silent_cases,
};

kunit_test_suite(silent_suite);
