// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as a whole: life, reset, boot, and the loop in which model time
 * passes.
 */
#include <stdlib.h>
#include <string.h>

#include "bootrom.h"
#include "internal.h"

const struct edgetpu_config edgetpu_config_soc = HWMODEL_SOC;
const struct edgetpu_config edgetpu_config_pcie = HWMODEL_PCIE;

/* Cycles the core runs before it looks whether the host wants something */
#define SLICE 4096

/* The kernels may be given weights by 64-byte lines */
#define SRAM_ALIGN 4096

static bool config_valid(const struct edgetpu_config *c)
{
	const uint32_t max_lanes = 1024;

	return c->array_rows && c->array_rows <= max_lanes && c->array_cols &&
	       c->array_cols <= max_lanes && c->vector_lanes && c->vector_lanes <= max_lanes &&
	       c->vector_macs && c->vector_macs <= max_lanes && c->clock_khz &&
	       c->clock_khz <= 10000000 && c->sram_size && c->sram_size % 65536 == 0 &&
	       c->sram_size <= 1u << 30 && c->dram_mbps && c->dram_latency <= 1000000;
}

struct edgetpu_device *edgetpu_device_new(const struct edgetpu_config *config,
					  const struct edgetpu_host_ops *ops, void *host)
{
	struct edgetpu_device *dev;

	if (!config_valid(config))
		return NULL;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return NULL;
	dev->tcm = calloc(1, EDGETPU_TCM_SIZE);
	dev->sram = aligned_alloc(SRAM_ALIGN, config->sram_size);
	if (!dev->tcm || !dev->sram) {
		free(dev->tcm);
		free(dev->sram);
		free(dev);
		return NULL;
	}
	dev->config = *config;
	dev->model = (struct hwmodel_config){
		.array_rows = config->array_rows,
		.array_cols = config->array_cols,
		.vector_lanes = config->vector_lanes,
		.vector_macs = config->vector_macs,
		.clock_khz = config->clock_khz,
		.sram_size = config->sram_size,
		.dram_mbps = config->dram_mbps,
		.dram_latency = config->dram_latency,
	};
	dev->ops = *ops;
	dev->host = host;
	host_init(dev);
	dev->high_water = config->sram_size;
	device_hw_reset(dev);
	return dev;
}

void edgetpu_device_free(struct edgetpu_device *dev)
{
	if (!dev)
		return;
	pthread_mutex_destroy(&dev->hs.mutex);
	free(dev->trace.records);
	free(dev->tcm);
	free(dev->sram);
	free(dev);
}

uint64_t edgetpu_device_sram_races(const struct edgetpu_device *dev)
{
	return atomic_load(&dev->races);
}

void device_hw_reset(struct edgetpu_device *dev)
{
	memset(dev->tcm, 0, EDGETPU_TCM_SIZE);
	sram_reset(dev);
	mmu_reset(dev);
	rv32_reset(&dev->core, EDGETPU_TCM_BASE);
	dev->core.memory = dev->tcm;
	dev->core.memory_base = EDGETPU_TCM_BASE;
	dev->core.memory_size = EDGETPU_TCM_SIZE;
	dev->core.load = bus_load;
	dev->core.store = bus_store;
	dev->core.opaque = dev;
	dev->core_state = EDGETPU_CORE_RESET;
	memset(dev->streams, 0, sizeof(dev->streams));
	memset(dev->engines, 0, sizeof(dev->engines));
	memset(&dev->cdma, 0, sizeof(dev->cdma));
	memset(dev->regions, 0, sizeof(dev->regions));
	dev->trace.count = 0;
	dev->trace.zero = 0;
	dev->trace.status = EDGETPU_STATUS_OK;
	dev->now = 0;
	dev->next = NEVER;
	dev->timer = NEVER;
	dev->job_context = 0;
	dev->context_select = 0;
	dev->events = 0;
	dev->event_enable = 0;
	dev->engine_events = 0;
	dev->cycles_hi = 0;
}

/* The image as the boot ROM reads it from host memory. */
static unsigned int fetch_image(struct edgetpu_device *dev, uint64_t addr, uint8_t *image,
				uint32_t size)
{
	struct access access = { .direct = true };
	unsigned int status;

	host_lock(dev);
	status = access_copy(dev, &access, addr, image, size);
	host_unlock(dev);
	return status ? EDGETPU_BOOT_ERR_DMA : EDGETPU_BOOT_ERR_NONE;
}

static unsigned int load_image(struct edgetpu_device *dev, uint64_t addr, uint32_t size,
			       uint32_t *entry, uint64_t *cycles)
{
	struct hwmodel_walks walks = { 0 };
	struct hwmodel_cost cost;
	unsigned int error;
	uint8_t *image;

	if (!size || size > EDGETPU_FW_MAX_SIZE)
		return EDGETPU_BOOT_ERR_SIZE;
	image = malloc(size);
	if (!image)
		return EDGETPU_BOOT_ERR_DMA;
	error = fetch_image(dev, addr, image, size);
	if (!error)
		error = edgetpu_bootrom_load(image, size, dev->tcm, entry, cycles);
	free(image);
	if (error)
		return error;
	hwmodel_transfer(&dev->model, addr, size, &walks, &cost);
	*cycles += cost.cycles;
	return EDGETPU_BOOT_ERR_NONE;
}

void device_boot(struct edgetpu_device *dev)
{
	uint64_t addr, cycles = 0;
	unsigned int error;
	uint32_t size, entry = 0;

	pthread_mutex_lock(&dev->hs.mutex);
	addr = dev->hs.fw_addr;
	size = dev->hs.fw_size;
	pthread_mutex_unlock(&dev->hs.mutex);

	error = load_image(dev, addr, size, &entry, &cycles);
	if (error) {
		host_set_boot_status(dev, EDGETPU_BOOT_FAILED | error << 8);
		return;
	}
	dev->core.pc = entry;
	dev->core.cycle += cycles;
	dev->core_state = EDGETPU_CORE_RUNNING;
	host_set_boot_status(dev, EDGETPU_BOOT_RUNNING);
	host_set_core_status(dev, EDGETPU_CORE_RUNNING);
}

/* The core stopped for good: by its own word, or by a trap inside a trap. */
static void crashed(struct edgetpu_device *dev)
{
	if (dev->core_state != EDGETPU_CORE_CRASHED) {
		pthread_mutex_lock(&dev->hs.mutex);
		dev->hs.crash[0] = dev->core.mepc;
		dev->hs.crash[1] = dev->core.mcause;
		dev->hs.crash[2] = dev->core.mtval;
		pthread_mutex_unlock(&dev->hs.mutex);
		dev->core_state = EDGETPU_CORE_CRASHED;
	}
	engine_reset_all(dev);
	host_set_core_status(dev, EDGETPU_CORE_CRASHED);
	host_raise(dev, EDGETPU_IRQ_FATAL);
}

/* The core has nothing to do: time jumps to what happens next. False when nothing does. */
static bool skip_ahead(struct edgetpu_device *dev)
{
	const uint64_t next = time_next(dev);

	if (next == NEVER)
		return false;
	if (next > dev->core.cycle)
		dev->core.cycle = next;
	time_advance(dev, dev->core.cycle);
	bus_update_irq(dev);
	return true;
}

/* Runs the core until the next event or look at the host. False when all waits for the host. */
static bool step(struct edgetpu_device *dev)
{
	uint64_t until = time_next(dev);
	enum rv32_stop stop;
	bool had_irq;

	if (until > dev->core.cycle + SLICE)
		until = dev->core.cycle + SLICE;
	had_irq = dev->core.meip;
	stop = rv32_run(&dev->core, until);
	time_advance(dev, dev->core.cycle);
	bus_update_irq(dev);
	if (stop == RV32_HALT) {
		crashed(dev);
		return false;
	}
	if (stop != RV32_WFI || (dev->core.meip && !had_irq))
		return true;
	return skip_ahead(dev);
}

bool edgetpu_device_run(struct edgetpu_device *dev)
{
	for (;;) {
		const bool asked = host_poll(dev);

		if (dev->core_state != EDGETPU_CORE_RUNNING) {
			if (!asked)
				break;
			continue;
		}
		atomic_store(&dev->hs.core_status, EDGETPU_CORE_RUNNING);
		if (!step(dev) && dev->core_state == EDGETPU_CORE_RUNNING &&
		    !atomic_load(&dev->hs.attention)) {
			host_set_core_status(dev, EDGETPU_CORE_WAITING);
			break;
		}
	}
	return atomic_load(&dev->hs.attention);
}
