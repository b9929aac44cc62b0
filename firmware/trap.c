// SPDX-License-Identifier: GPL-2.0-only
/*
 * An exception is the firmware's own fault: report it and stop. The host sees
 * the crash registers and an interrupt, and resets the device.
 */
#include "log.h"

void trap_report(uint32_t pc, uint32_t cause, uint32_t tval);

void trap_report(uint32_t pc, uint32_t cause, uint32_t tval)
{
	/* first, in case the log cannot be written either */
	reg_write(CORE_CRASH_PC, pc);
	reg_write(CORE_CRASH_CAUSE, cause);
	reg_write(CORE_CRASH_TVAL, tval);
	log_error("crash: pc %x, cause %x, value %x", pc, cause, tval);
	reg_write(CORE_CRASH, 1);
	for (;;)
		core_wfi();
}
