// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scratch memory: what is dirty in it, and cleaning it.
 */
#include <string.h>

#include "internal.h"

void sram_touch(struct edgetpu_device *dev, const struct op *op)
{
	unsigned int i;

	for (i = 0; i < op->num_reads; i++)
		if (span_end(&op->reads[i]) > dev->high_water)
			dev->high_water = span_end(&op->reads[i]);
	if (op->writes && span_end(&op->write) > dev->high_water)
		dev->high_water = span_end(&op->write);
}

void sram_scrub(struct edgetpu_device *dev, uint32_t bytes)
{
	if (bytes > dev->config.sram_size)
		bytes = dev->config.sram_size;
	memset(dev->sram, 0, bytes);
	if (bytes >= dev->high_water)
		dev->high_water = 0;
	dev->scrub_until = dev->core.cycle + hwmodel_scrub_cycles(bytes);
}

void sram_reset(struct edgetpu_device *dev)
{
	memset(dev->sram, 0, dev->high_water);
	dev->high_water = 0;
	dev->scrub_until = 0;
}
