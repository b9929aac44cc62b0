// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace unit: when each command of the job ran.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void trace_start(struct edgetpu_device *dev)
{
	dev->trace.count = 0;
	dev->trace.zero = dev->core.cycle;
}

/* Room for record @index; those between are zero. False when memory is short. */
static bool trace_grow(struct trace *trace, uint32_t index)
{
	uint32_t capacity = trace->capacity ? trace->capacity : 1024;
	struct edgetpu_trace *records;

	while (capacity <= index)
		capacity *= 2;
	if (capacity > trace->capacity) {
		records = realloc(trace->records, capacity * sizeof(*records));
		if (!records)
			return false;
		trace->records = records;
		trace->capacity = capacity;
	}
	if (index >= trace->count) {
		memset(&trace->records[trace->count], 0,
		       (index + 1 - trace->count) * sizeof(*trace->records));
		trace->count = index + 1;
	}
	return true;
}

void trace_record(struct edgetpu_device *dev, unsigned int e, uint64_t start)
{
	const struct engine *engine = &dev->engines[e];
	const uint32_t index = engine->current.index;
	struct trace *trace = &dev->trace;

	if (index >= EDGETPU_MAX_COMMANDS || !trace_grow(trace, index))
		return;
	trace->records[index] = (struct edgetpu_trace){
		.start = htole32((uint32_t)(start - trace->zero)),
		.end = htole32((uint32_t)(dev->now - trace->zero)),
		.issued = htole32((uint32_t)(engine->current.issued - trace->zero)),
		.engine = htole32(e),
		.tag = engine->current.command.tag,
		.bytes = htole32((uint32_t)engine->bytes),
	};
}

void trace_flush(struct edgetpu_device *dev, uint32_t region)
{
	struct access access = {
		.context = dev->job_context, .right = EDGETPU_PTE_WRITE, .write = true,
	};
	const uint64_t len = dev->trace.count * sizeof(struct edgetpu_trace);
	struct trace *trace = &dev->trace;
	struct hwmodel_cost cost;

	if (trace->status == CORE_CDMA_BUSY)
		return;
	trace->outcome = EDGETPU_STATUS_OK;
	if (region == EDGETPU_REGION_COMMAND || region >= EDGETPU_NUM_REGIONS ||
	    !(dev->regions[region].flags & EDGETPU_REGION_WRITE) ||
	    dev->regions[region].size < len) {
		trace->status = EDGETPU_STATUS_BAD_REGION;
		return;
	}
	if (len) {
		host_lock(dev);
		trace->outcome = access_copy(dev, &access, dev->regions[region].va,
					     trace->records, len);
		host_unlock(dev);
	}
	trace->status = CORE_CDMA_BUSY;
	hwmodel_transfer(&dev->model, dev->regions[region].va, len, &access.walks, &cost);
	stream_begin(dev, STREAM_FLUSH, &cost);
}

void trace_finish(struct edgetpu_device *dev)
{
	dev->trace.status = dev->trace.outcome;
}
