/* SPDX-License-Identifier: MIT */
/*
 * Edge TPU-style accelerator: faults injected on purpose, to test those who must
 * live with them. No real device has this: the model has it when asked to
 * (edgetpu-device --inject), else the window reads 0 and ignores writes.
 */
#ifndef _UAPI_EDGETPU_FAULT_H_
#define _UAPI_EDGETPU_FAULT_H_

#include "edgetpu_hw.h"

/*
 * In BAR0. Write code | argument << 16; reads EDGETPU_FAULT_ID where there is one.
 * It can be written, and has its effect, whatever fault there is.
 */
#define EDGETPU_REG_FAULT		0x6000
#define EDGETPU_FAULT_ID		0x464c5421	/* "!TLF" */
#define EDGETPU_FAULT(code, argument)	((code) | (__u32)(argument) << 16)
#define EDGETPU_FAULT_CODE(v)		((v) & 0xffff)
#define EDGETPU_FAULT_ARGUMENT(v)	((v) >> 16)

#define EDGETPU_FAULT_NONE		0	/* all faults are over, but for what is done */

/* Once; a reset of the device ends it. */
#define EDGETPU_FAULT_ENGINE_HANG	1	/* of engine ARGUMENT the command that runs, or the next */
#define EDGETPU_FAULT_CORE_HANG		2	/* the firmware stops where it is */
#define EDGETPU_FAULT_CORE_TRAP		3	/* the firmware meets an exception */

/* The next ARGUMENT times; 0: each time until NONE */
#define EDGETPU_FAULT_FENCE		4	/* a fence far beyond the jobs posted */
#define EDGETPU_FAULT_SEQ		5	/* a completion of another job */
#define EDGETPU_FAULT_STATUS		6	/* a completion that says OK, and that no command ran */
#define EDGETPU_FAULT_RUNNING		7	/* a header that names a job that was never posted */
#define EDGETPU_FAULT_PROGRESS		8	/* a header whose progress stands still */
#define EDGETPU_FAULT_LOG		9	/* a log head that makes no sense */
#define EDGETPU_FAULT_REPLY		10	/* a mailbox reply that makes no sense */
#define EDGETPU_FAULT_SILENCE		11	/* a mailbox request without a reply */
#define EDGETPU_FAULT_IRQ		12	/* an interrupt that is not sent */
#define EDGETPU_FAULT_BOOT		13	/* a boot that fails, with ERR_CRC */

/* From now on; ARGUMENT 0: until the device is reset, 1: until NONE */
#define EDGETPU_FAULT_DMA		14	/* it reaches no host memory */
#define EDGETPU_FAULT_INVALIDATE	15	/* no invalidation of the MMU ends */
#define EDGETPU_FAULT_LIMIT		20	/* jobs have no limit, whatever their descriptors say */

/* From now on, for ARGUMENT milliseconds of the host's time; 0: until NONE */
#define EDGETPU_FAULT_ONES		16	/* BAR0 reads all ones and ignores writes */
#define EDGETPU_FAULT_ZEROS		17	/* BAR0 reads all zeros and ignores writes */

/* Of the process that is the device; for ever */
#define EDGETPU_FAULT_REMOVE		18	/* as if pulled out: configuration space is ones, too */
#define EDGETPU_FAULT_EXIT		19	/* it ends, with status 3 */
#define EDGETPU_NUM_FAULTS		21

#endif /* _UAPI_EDGETPU_FAULT_H_ */
