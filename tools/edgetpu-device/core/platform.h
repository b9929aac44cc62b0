/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device is built with: its figures, and its host.
 */
#ifndef EDGETPU_PLATFORM_H
#define EDGETPU_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct edgetpu_config - how the hardware is built
 * @array_rows: reduction lanes of the MAC array
 * @array_cols: output channel lanes of the MAC array
 * @vector_lanes: channels the vector unit works on at once
 * @vector_macs: int8 MACs per vector lane and cycle
 * @clock_khz: one clock for array, vector unit, SRAM and control processor
 * @sram_size: bytes of scratch SRAM, a multiple of 64 KiB
 * @dram_mbps: bandwidth to host memory, 10^6 bytes/s
 * @dram_latency: cycles of one access to host memory
 */
struct edgetpu_config {
	uint32_t array_rows;
	uint32_t array_cols;
	uint32_t vector_lanes;
	uint32_t vector_macs;
	uint32_t clock_khz;
	uint32_t sram_size;
	uint32_t dram_mbps;
	uint32_t dram_latency;
};

/**
 * struct edgetpu_host_ops - what the device needs of its host
 * @map: pointer to host memory at DMA address @addr, or NULL when it is not
 *	there or (with @write) read-only. *@len is in: bytes wanted; out: bytes
 *	contiguous from there, at least 1 and at most those wanted. Called on the
 *	thread that runs edgetpu_device_run(); the pointer is used before the
 *	next call to @unlock.
 * @lock: host memory must not go away from here ...
 * @unlock: ... to here. Never held across one command.
 * @irq: raise MSI-X vector EDGETPU_VECTOR_*; any thread
 * @kick: there is work: edgetpu_device_run() should be called soon; any thread.
 *	NULL when the front end calls it by itself.
 * @time: nanoseconds of a clock that goes on while the device has nothing to do, for
 *	its sensors alone; any thread. NULL: no time passes then.
 */
struct edgetpu_host_ops {
	void *(*map)(void *host, uint64_t addr, uint64_t *len, bool write);
	void (*lock)(void *host);
	void (*unlock)(void *host);
	void (*irq)(void *host, unsigned int vector);
	void (*kick)(void *host);
	uint64_t (*time)(void *host);
};

#endif /* EDGETPU_PLATFORM_H */
