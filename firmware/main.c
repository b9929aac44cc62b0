// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event loop. Interrupts stay disabled: an event only ends WFI, and what
 * there is to do is read from the registers.
 */
#include "dispatch.h"
#include "log.h"
#include "mailbox.h"
#include "version.h"

static void serve_events(void)
{
	uint32_t pending = reg_read(CORE_EVENT_PENDING);

	/* cleared before it is served: what comes meanwhile is seen next time */
	if (pending)
		reg_write(CORE_EVENT_PENDING, pending);
	if (pending & CORE_EVENT_MAILBOX)
		mailbox_serve();
	if (pending & CORE_EVENT_DOORBELL)
		dispatch_doorbells();
	if (pending & CORE_EVENT_TIMER)
		dispatch_tick();
}

int main(void);

int main(void)
{
	uint32_t heartbeat = 0, wait;

	log_info("firmware %u.%u.%u, protocol %u", (uint32_t)FW_VERSION_MAJOR,
		 (uint32_t)FW_VERSION_MINOR, (uint32_t)FW_VERSION_PATCH,
		 (uint32_t)EDGETPU_PROTOCOL);
	reg_write(CORE_BOOT_READY, 1);
	for (;;) {
		reg_write(CORE_HEARTBEAT, ++heartbeat);
		serve_events();
		wait = dispatch_step();
		if (wait)
			core_wait(wait | CORE_EVENT_MAILBOX | CORE_EVENT_DOORBELL |
				  CORE_EVENT_TIMER);
	}
}
