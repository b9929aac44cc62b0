// SPDX-License-Identifier: GPL-2.0-only
/* The mailbox: one question to the firmware at a time, each answered in bounded time. */
#include <linux/jiffies.h>
#include <linux/wait.h>

#include "edgetpu_device.h"
#include "edgetpu_mailbox.h"

/* A model of the device on a busy host is slow; a live one answers in microseconds. */
#define MAILBOX_TIMEOUT		(10 * HZ)
/* How often the device's life is looked at meanwhile */
#define MAILBOX_POLL		(HZ / 5)

static bool mailbox_answered(struct edgetpu_device *edev)
{
	return READ_ONCE(edev->interrupted) ||
	       edgetpu_read(edev, EDGETPU_REG_MBOX_RSP_SEQ) == edev->mbox_seq;
}

static int mailbox_wait(struct edgetpu_device *edev, u32 opcode)
{
	unsigned long deadline = jiffies + MAILBOX_TIMEOUT;

	while (!wait_event_timeout(edev->mbox_wait, mailbox_answered(edev), MAILBOX_POLL)) {
		if (!edgetpu_alive(edev)) {
			drm_err(&edev->drm, "device does not answer any more\n");
			return -EIO;
		}
		if (edgetpu_read(edev, EDGETPU_REG_CORE_STATUS) == EDGETPU_CORE_CRASHED)
			return -EIO;
		if (time_after(jiffies, deadline)) {
			drm_err(&edev->drm, "firmware does not answer request %u\n", opcode);
			return -ETIMEDOUT;
		}
	}
	return READ_ONCE(edev->interrupted) ? -EAGAIN : 0;
}

/**
 * edgetpu_mailbox_call() - ask the firmware
 * @edev: device, hw_lock held
 * @opcode: EDGETPU_MBOX_*
 * @args: words 1.. of the request
 * @num_args: their number
 * @results: where words 1.. of the reply go
 * @num_results: their number
 *
 * Return: 0; -EBUSY, -EOPNOTSUPP and -ENODATA when the firmware says so; -ENODEV when the
 * device is lost; -EIO when the firmware refuses or has died, -ETIMEDOUT when it is
 * silent: then only a reset helps; -EAGAIN when somebody is about to reset the
 * function
 */
int edgetpu_mailbox_call(struct edgetpu_device *edev, u32 opcode, const u32 *args,
			 unsigned int num_args, u32 *results, unsigned int num_results)
{
	unsigned int i;
	u32 status;
	int ret;

	lockdep_assert_held(&edev->hw_lock);
	if (edev->lost)
		return -ENODEV;

	edgetpu_write(edev, EDGETPU_REG_MBOX_REQ(0), opcode);
	/* What an argument is that is not given: 0, not one of the request before. */
	for (i = 0; i < EDGETPU_MBOX_WORDS - 1; i++)
		edgetpu_write(edev, EDGETPU_REG_MBOX_REQ(1 + i), i < num_args ? args[i] : 0);
	edgetpu_write(edev, EDGETPU_REG_MBOX_REQ_SEQ, ++edev->mbox_seq);

	ret = mailbox_wait(edev, opcode);
	if (ret)
		return ret;
	status = edgetpu_read(edev, EDGETPU_REG_MBOX_RSP(0));
	if (status == EDGETPU_MBOX_EBUSY)
		return -EBUSY;
	if (status == EDGETPU_MBOX_EOPCODE)
		return -EOPNOTSUPP;
	if (status == EDGETPU_MBOX_ENODATA)
		return -ENODATA;
	if (status != EDGETPU_MBOX_OK) {
		drm_err(&edev->drm, "firmware refuses request %u: status %u\n", opcode, status);
		return -EIO;
	}
	for (i = 0; i < num_results; i++)
		results[i] = edgetpu_read(edev, EDGETPU_REG_MBOX_RSP(1 + i));
	return 0;
}
