// SPDX-License-Identifier: GPL-2.0-only
/* The code of the trace events, which sees what their header only names. */
#include <linux/dma-fence.h>

#include "edgetpu_account.h"
#include "edgetpu_device.h"
#include "edgetpu_file.h"
#include "edgetpu_job.h"
#include "edgetpu_queue.h"
#include "edgetpu_slot.h"

/* What the firmware says of a job, which may be nothing */

static int edgetpu_trace_status(const struct edgetpu_completion *completion)
{
	return completion ? le32_to_cpu(completion->status) : -1;
}

static int edgetpu_trace_engine(const struct edgetpu_completion *completion)
{
	return completion ? le32_to_cpu(completion->engine) : -1;
}

static int edgetpu_trace_command(const struct edgetpu_completion *completion)
{
	return completion ? le32_to_cpu(completion->command) : -1;
}

static u32 edgetpu_trace_busy(const struct edgetpu_completion *completion, unsigned int engine)
{
	return completion ? le32_to_cpu(completion->busy[engine]) : 0;
}

static u32 edgetpu_trace_instructions(const struct edgetpu_completion *completion)
{
	return completion ? le32_to_cpu(completion->instructions) : 0;
}

static const struct edgetpu_counts *
edgetpu_trace_counts(const struct edgetpu_completion *completion)
{
	static const struct edgetpu_counts none;

	return completion ? &completion->counts : &none;
}

/* What a job may reach in memory */
static u64 edgetpu_trace_bytes(const struct edgetpu_task *task)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < EDGETPU_NUM_REGIONS; i++)
		bytes += le64_to_cpu(task->desc.regions[i].size);
	return bytes;
}

#define CREATE_TRACE_POINTS
#include "edgetpu_trace.h"
