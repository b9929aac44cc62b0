// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as a whole: its parts wired together, reset, boot, and the loop in
 * which model time passes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/device.h"
#include "core/parts.h"
#include "core/processor/bootrom.h"

const struct edgetpu_config edgetpu_config_soc = HWMODEL_SOC;
const struct edgetpu_config edgetpu_config_pcie = HWMODEL_PCIE;

static bool config_valid(const struct edgetpu_config *c)
{
	const uint32_t max_lanes = 1024;

	return c->array_rows && c->array_rows <= max_lanes && c->array_cols &&
	       c->array_cols <= max_lanes && c->vector_lanes && c->vector_lanes <= max_lanes &&
	       c->vector_macs && c->vector_macs <= max_lanes && c->clock_khz &&
	       c->clock_khz <= 10000000 && c->sram_size && c->sram_size % 65536 == 0 &&
	       c->sram_size <= 1u << 30 && c->dram_mbps && c->dram_latency <= 1000000;
}

/* --- what parts say to each other ------------------------------------------------ */

/* A register write of the host's that the run thread should know of */
static void called(void *opaque)
{
	struct edgetpu_device *dev = opaque;

	atomic_store(&dev->attention, true);
	atomic_store(&dev->kick, true);
}

static void transfer_began(void *opaque, const struct hwmodel_cost *cost, bool to_host)
{
	struct edgetpu_device *dev = opaque;

	counters_transfer(&dev->counters, cost, to_host);
}

static void cdma_done(void *opaque)
{
	struct edgetpu_device *dev = opaque;

	processor_latch(&dev->processor, CORE_EVENT_CDMA);
}

static bool engine_events(void *opaque)
{
	const struct edgetpu_device *dev = opaque;

	return dev->engines.events;
}

static uint8_t *outgoing(void *opaque, uint64_t addr, uint8_t *data, uint32_t len)
{
	struct edgetpu_device *dev = opaque;

	return faults_outgoing(&dev->faults, addr, data, len);
}

static void incoming(void *opaque, uint64_t addr, uint8_t *data, uint32_t len)
{
	struct edgetpu_device *dev = opaque;

	faults_incoming(&dev->faults, addr, data, len);
}

static bool answer(void *opaque)
{
	struct edgetpu_device *dev = opaque;

	return faults_answer(&dev->faults, dev->mailbox.req, dev->mailbox.rsp);
}

static bool lose(void *opaque)
{
	struct edgetpu_device *dev = opaque;

	return faults_take(&dev->faults, EDGETPU_FAULT_IRQ);
}

static void serve_invalidate(struct edgetpu_device *dev)
{
	if (faults_on(&dev->faults, EDGETPU_FAULT_INVALIDATE))
		return;
	pthread_mutex_lock(&dev->mutex);
	if (dev->control.invalidate) {
		mmu_invalidate(&dev->mmu, dev->control.invalidate);
		dev->control.invalidate = 0;
	}
	pthread_mutex_unlock(&dev->mutex);
}

/* Between two events: the host does not wait for a third. A reset ends all of them. */
static bool between_events(void *opaque)
{
	struct edgetpu_device *dev = opaque;

	if (!atomic_load_explicit(&dev->attention, memory_order_relaxed))
		return false;
	serve_invalidate(dev);
	return control_reset_pending(&dev->control);
}

/* --- life ------------------------------------------------------------------------ */

/* The mutex is held, or there is one thread yet. */
static void reset_bar(struct edgetpu_device *dev)
{
	irq_reset(&dev->irq);
	mailbox_reset(&dev->mailbox);
	sensors_reset(&dev->sensors);
	control_reset(&dev->control);
}

static void reset_hardware(struct edgetpu_device *dev)
{
	arbiter_settle(&dev->arbiter);
	clock_reset(&dev->clock);
	arbiter_reset(&dev->arbiter);
	sram_reset(&dev->sram);
	mmu_reset(&dev->mmu);
	regions_reset(&dev->regions);
	engines_reset(&dev->engines);
	cdma_reset(&dev->cdma);
	trace_reset(&dev->trace);
	recorder_reset(&dev->recorder);
	debug_open(&dev->debug, false);
	processor_reset(&dev->processor);
}

static void wire_bar(struct edgetpu_device *dev, const struct edgetpu_config *config)
{
	dev->control.mutex = &dev->mutex;
	dev->control.called = called;
	dev->control.opaque = dev;
	dev->control.config = *config;
	dev->irq.mutex = &dev->mutex;
	dev->irq.raise = dev->port.ops.irq;
	dev->irq.host = dev->port.host;
	dev->irq.lose = lose;
	dev->irq.opaque = dev;
	dev->mailbox.mutex = &dev->mutex;
	dev->mailbox.called = called;
	dev->mailbox.answer = answer;
	dev->mailbox.opaque = dev;
	dev->recorder.mutex = &dev->mutex;
	dev->debug.mutex = &dev->mutex;
	dev->debug.called = called;
	dev->debug.opaque = dev;
	dev->debug.tcm = dev->processor.tcm;
	control_registers(&dev->control, &dev->bar, &dev->processor.bus);
	irq_registers(&dev->irq, &dev->bar, &dev->processor.bus);
	mailbox_registers(&dev->mailbox, &dev->bar, &dev->processor.bus);
	sensors_registers(&dev->sensors, &dev->bar);
	recorder_registers(&dev->recorder, &dev->bar);
	debug_registers(&dev->debug, &dev->bar);
}

/* Streams end and engines start in the order they are made here. */
static void wire_engines(struct edgetpu_device *dev)
{
	dev->arbiter.clock = &dev->clock;
	dev->engines.clock = &dev->clock;
	dev->engines.tcm = dev->processor.tcm;
	dev->engines.env = (struct unit_env){
		.model = &dev->model, .sram = &dev->sram, .mmu = &dev->mmu,
		.regions = &dev->regions,
	};
	engines_init(&dev->engines, &dev->arbiter);
	dev->cdma.model = &dev->model;
	dev->cdma.mmu = &dev->mmu;
	dev->cdma.tcm = dev->processor.tcm;
	dev->cdma.pmp = &dev->processor.rv32.pmp;
	dev->cdma.began = transfer_began;
	dev->cdma.done = cdma_done;
	dev->cdma.outgoing = outgoing;
	dev->cdma.incoming = incoming;
	dev->cdma.opaque = dev;
	cdma_init(&dev->cdma, &dev->arbiter);
	dev->trace.env = &dev->engines.env;
	dev->trace.clock = &dev->clock;
	dev->trace.began = transfer_began;
	dev->trace.opaque = dev;
	trace_watch(&dev->trace, &dev->engines, &dev->arbiter);
	dev->counters.clock = &dev->clock;
	dev->counters.mmu = &dev->mmu;
	counters_watch(&dev->counters, &dev->engines);
	races_watch(&dev->races, &dev->engines);
	dev->recorder.clock = &dev->clock;
	recorder_watch(&dev->recorder, &dev->engines);
	sensors_watch(&dev->sensors, &dev->arbiter);
}

static void wire_core(struct edgetpu_device *dev)
{
	const struct event_level doorbell = {
		.bit = CORE_EVENT_DOORBELL, .active = mailbox_rung, .opaque = &dev->mailbox,
	};
	const struct event_level engine = {
		.bit = CORE_EVENT_ENGINE, .active = engine_events, .opaque = dev,
	};
	struct reg_map *bus = &dev->processor.bus;

	processor_add_level(&dev->processor, &doorbell);
	processor_add_level(&dev->processor, &engine);
	mmu_registers(&dev->mmu, bus);
	regions_registers(&dev->regions, bus);
	sram_registers(&dev->sram, bus);
	engines_registers(&dev->engines, bus);
	cdma_registers(&dev->cdma, bus);
	trace_registers(&dev->trace, bus);
	counters_registers(&dev->counters, bus);
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
	pthread_mutex_init(&dev->mutex, NULL);
	sensors_init(&dev->sensors, &dev->model, ops->time, host);
	dev->port.ops = *ops;
	dev->port.host = host;
	dev->port.dead = &dev->faults.left[EDGETPU_FAULT_DMA];
	dev->clock.between = between_events;
	dev->clock.opaque = dev;
	dev->processor.clock = &dev->clock;
	dev->mmu.port = &dev->port;
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
	if (!processor_init(&dev->processor) || !sram_init(&dev->sram, config->sram_size) ||
	    !registers_init(&dev->bar, EDGETPU_BAR0_MSIX_TABLE)) {
		edgetpu_device_free(dev);
		return NULL;
	}
	wire_bar(dev, config);
	wire_engines(dev);
	wire_core(dev);
	reset_hardware(dev);
	reset_bar(dev);
	return dev;
}

void edgetpu_device_free(struct edgetpu_device *dev)
{
	if (!dev)
		return;
	registers_free(&dev->bar);
	trace_free(&dev->trace);
	sram_free(&dev->sram);
	processor_free(&dev->processor);
	sensors_free(&dev->sensors);
	pthread_mutex_destroy(&dev->mutex);
	free(dev);
}

uint64_t edgetpu_device_sram_races(const struct edgetpu_device *dev)
{
	return atomic_load(&dev->races.found);
}

void edgetpu_device_set_serial(struct edgetpu_device *dev, uint64_t serial)
{
	dev->sensors.serial = serial;
}

/* --- the message thread ---------------------------------------------------------- */

uint32_t edgetpu_device_read(struct edgetpu_device *dev, uint32_t offset)
{
	uint32_t value;

	if (faults_bar(&dev->faults, &value))
		return value;
	return registers_read(&dev->bar, offset, &value) ? value : 0;
}

static void kick(struct edgetpu_device *dev)
{
	if (atomic_exchange(&dev->kick, false) && dev->port.ops.kick)
		dev->port.ops.kick(dev->port.host);
}

/* The interrupt that a temperature's becoming too high asks for */
static void alarm(struct edgetpu_device *dev)
{
	if (sensors_take_alarm(&dev->sensors))
		irq_raise(&dev->irq, EDGETPU_IRQ_ALARM);
}

static void write_register(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	registers_write(&dev->bar, offset, value);
	irq_send(&dev->irq);
	alarm(dev);
	kick(dev);
}

void edgetpu_device_write(struct edgetpu_device *dev, uint32_t offset, uint32_t value)
{
	uint32_t instead;

	if (!faults_bar(&dev->faults, &instead))
		write_register(dev, offset, value);
}

void edgetpu_device_reset(struct edgetpu_device *dev)
{
	write_register(dev, EDGETPU_REG_RESET, 1);
}

void edgetpu_device_inject(struct edgetpu_device *dev, uint32_t fault)
{
	if (!faults_arm(&dev->faults, fault))
		return;
	called(dev);
	kick(dev);
}

/* --- boot ------------------------------------------------------------------------ */

static unsigned int load_image(struct edgetpu_device *dev, uint64_t addr, uint32_t size,
			       uint32_t *entry, uint64_t *cycles)
{
	struct access access = { .direct = true };
	struct hwmodel_walks walks = { 0 };
	struct hwmodel_cost cost;
	unsigned int error;
	uint8_t *image;

	if (!size || size > EDGETPU_FW_MAX_SIZE)
		return EDGETPU_BOOT_ERR_SIZE;
	image = malloc(size);
	if (!image)
		return EDGETPU_BOOT_ERR_DMA;
	error = EDGETPU_BOOT_ERR_DMA;
	if (!access_copy(&dev->mmu, &access, addr, image, size))
		error = edgetpu_bootrom_load(image, size, dev->processor.tcm, entry, cycles);
	free(image);
	if (error)
		return error;
	hwmodel_transfer(&dev->model, addr, size, &walks, &cost);
	*cycles += cost.cycles;
	return EDGETPU_BOOT_ERR_NONE;
}

static void boot(struct edgetpu_device *dev)
{
	uint64_t addr, cycles;
	unsigned int error;
	uint32_t size, entry;

	pthread_mutex_lock(&dev->mutex);
	addr = dev->control.fw_addr;
	size = dev->control.fw_size;
	pthread_mutex_unlock(&dev->mutex);

	if (faults_take(&dev->faults, EDGETPU_FAULT_BOOT))
		error = EDGETPU_BOOT_ERR_CRC;
	else
		error = load_image(dev, addr, size, &entry, &cycles);
	if (error) {
		control_set_boot_status(&dev->control, EDGETPU_BOOT_FAILED | error << 8);
		return;
	}
	processor_start(&dev->processor, entry, cycles);
	control_set_boot_status(&dev->control, EDGETPU_BOOT_RUNNING);
}

/* --- the run thread -------------------------------------------------------------- */

static void show_core(struct edgetpu_device *dev, uint32_t status)
{
	atomic_store(&dev->control.core_status, status);
	atomic_store(&dev->control.cycle, dev->processor.rv32.cycle);
}

/* Nothing goes on any more, and the host may look. */
static void stop(struct edgetpu_device *dev, uint32_t status)
{
	dev->processor.state = status;
	engines_stop(&dev->engines);
	debug_open(&dev->debug, true);
	show_core(dev, status);
}

/* The core stopped for good: by its own word, or by a trap inside a trap. */
static void crashed(struct edgetpu_device *dev)
{
	const struct rv32 *rv32 = &dev->processor.rv32;

	if (dev->processor.state != EDGETPU_CORE_CRASHED)
		control_set_crash(&dev->control, rv32->mepc, rv32->mcause, rv32->mtval);
	stop(dev, EDGETPU_CORE_CRASHED);
	irq_raise(&dev->irq, EDGETPU_IRQ_FATAL);
}

/* The host wants to look at a core that runs. */
static void serve_halt(struct edgetpu_device *dev)
{
	if (!debug_take_halt(&dev->debug) || dev->processor.state != EDGETPU_CORE_RUNNING)
		return;
	control_set_crash(&dev->control, dev->processor.rv32.pc, 0, 0);
	stop(dev, EDGETPU_CORE_HALTED);
}

static void serve_reset(struct edgetpu_device *dev)
{
	reset_hardware(dev);
	pthread_mutex_lock(&dev->mutex);
	faults_reset(&dev->faults);
	reset_bar(dev);
	pthread_mutex_unlock(&dev->mutex);
}

/* What is to be done to the hardware itself */
static void serve_faults(struct edgetpu_device *dev)
{
	const uint32_t now = atomic_exchange(&dev->faults.now, 0);

	if (now & 1u << EDGETPU_FAULT_ENGINE_HANG)
		engines_hang(&dev->engines, atomic_load(&dev->faults.engine));
	if (now & 1u << EDGETPU_FAULT_CORE_HANG)
		processor_hang(&dev->processor);
	if (now & 1u << EDGETPU_FAULT_CORE_TRAP)
		processor_trap(&dev->processor);
}

/* Serves what the message thread left. Returns true when the core may have work from it. */
static bool serve_host(struct edgetpu_device *dev)
{
	bool booting;

	atomic_store(&dev->control.cycle, dev->processor.rv32.cycle);
	sensors_look(&dev->sensors);
	alarm(dev);
	if (!atomic_exchange(&dev->attention, false))
		return false;
	if (control_reset_pending(&dev->control))
		serve_reset(dev);
	serve_invalidate(dev);
	serve_faults(dev);
	serve_halt(dev);

	pthread_mutex_lock(&dev->mutex);
	booting = dev->control.boot_pending;
	dev->control.boot_pending = false;
	if (mailbox_take_posted(&dev->mailbox))
		processor_latch(&dev->processor, CORE_EVENT_MAILBOX);
	pthread_mutex_unlock(&dev->mutex);

	if (booting) {
		boot(dev);
		show_core(dev, dev->processor.state);
	}
	return true;
}

bool edgetpu_device_run(struct edgetpu_device *dev)
{
	sensors_wake(&dev->sensors);
	for (;;) {
		const bool asked = serve_host(dev);
		enum processor_stop stop;

		if (dev->processor.state != EDGETPU_CORE_RUNNING) {
			if (!asked)
				break;
			continue;
		}
		atomic_store(&dev->control.core_status, EDGETPU_CORE_RUNNING);
		stop = processor_step(&dev->processor);
		if (stop == PROCESSOR_HALTED) {
			crashed(dev);
		} else if (stop == PROCESSOR_IDLE && !atomic_load(&dev->attention)) {
			show_core(dev, EDGETPU_CORE_WAITING);
			break;
		}
	}
	sensors_rest(&dev->sensors);
	alarm(dev);
	return atomic_load(&dev->attention);
}
