/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_MAILBOX_H_
#define _EDGETPU_MAILBOX_H_

#include <linux/types.h>

struct edgetpu_device;

int edgetpu_mailbox_call(struct edgetpu_device *edev, u32 opcode, const u32 *args,
			 unsigned int num_args, u32 *results, unsigned int num_results);

#endif /* _EDGETPU_MAILBOX_H_ */
