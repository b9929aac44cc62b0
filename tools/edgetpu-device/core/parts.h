/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device taken apart: for device.c, which wires it, and for unit tests.
 *
 * Two threads meet here: the front end's message thread reads and writes host
 * registers, which are under the mutex; everything else belongs to the thread in
 * edgetpu_device_run().
 */
#ifndef EDGETPU_PARTS_H
#define EDGETPU_PARTS_H

#include "core/bar/control.h"
#include "core/bar/irq.h"
#include "core/bar/mailbox.h"
#include "core/clock.h"
#include "core/engines/arbiter.h"
#include "core/engines/engines.h"
#include "core/memory/hostport.h"
#include "core/memory/mmu.h"
#include "core/memory/regions.h"
#include "core/memory/sram.h"
#include "core/observers/counters.h"
#include "core/observers/faults.h"
#include "core/observers/races.h"
#include "core/observers/recorder.h"
#include "core/observers/sensors.h"
#include "core/observers/trace.h"
#include "core/processor/cdma.h"
#include "core/processor/debug.h"
#include "core/processor/processor.h"

/**
 * struct edgetpu_device
 * @mutex: for what the host sees
 * @bar: registers the host sees
 * @control: of the device as a whole
 * @irq: to the host
 * @mailbox: to the firmware
 * @attention: there is something for the run thread to look at
 * @kick: and the front end does not know of it yet
 * @model: the hardware, for the cost model
 * @clock: time
 * @port: host memory
 * @mmu: the way there
 * @regions: what a job may reach
 * @sram: scratch memory
 * @arbiter: of what engines and transfers share
 * @engines: that run commands
 * @cdma: control DMA
 * @counters: of work done
 * @faults: injected
 * @races: between commands
 * @recorder: of the last commands
 * @sensors: of what all of it takes, and how warm it becomes
 * @trace: of commands
 * @processor: that runs the firmware
 * @debug: the host's look at it when it has stopped
 */
struct edgetpu_device {
	pthread_mutex_t mutex;
	struct reg_map bar;
	struct control control;
	struct irq irq;
	struct mailbox mailbox;
	atomic_bool attention;
	atomic_bool kick;
	struct hwmodel_config model;
	struct clock clock;
	struct hostport port;
	struct mmu mmu;
	struct regions regions;
	struct sram sram;
	struct arbiter arbiter;
	struct engines engines;
	struct cdma cdma;
	struct counters counters;
	struct faults faults;
	struct races races;
	struct recorder recorder;
	struct sensors sensors;
	struct trace trace;
	struct processor processor;
	struct debug debug;
};

#endif /* EDGETPU_PARTS_H */
