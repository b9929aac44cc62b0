/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FW_MAILBOX_H
#define FW_MAILBOX_H

/* Answers the request in the mailbox. */
void mailbox_serve(void);

#endif /* FW_MAILBOX_H */
