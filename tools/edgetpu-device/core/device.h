/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The accelerator itself, free of any attachment: registers, control
 * processor, MMU, engines, SRAM and their time. A front end (vfio-user for
 * QEMU, usbredir, or the in-process transport) gives it host memory and
 * interrupts and passes register accesses on.
 */
#ifndef EDGETPU_DEVICE_H
#define EDGETPU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edgetpu_hw.h"

struct edgetpu_device;

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

/* 64x64 array at 480 MHz, 8 MiB; memory like a phone's SoC (12.8 GB/s) */
extern const struct edgetpu_config edgetpu_config_soc;
/* the same behind PCIe as Coral's is (0.5 GB/s) */
extern const struct edgetpu_config edgetpu_config_pcie;

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
 */
struct edgetpu_host_ops {
	void *(*map)(void *host, uint64_t addr, uint64_t *len, bool write);
	void (*lock)(void *host);
	void (*unlock)(void *host);
	void (*irq)(void *host, unsigned int vector);
	void (*kick)(void *host);
};

/* NULL when memory is short or the configuration impossible. */
struct edgetpu_device *edgetpu_device_new(const struct edgetpu_config *config,
					  const struct edgetpu_host_ops *ops, void *host);
void edgetpu_device_free(struct edgetpu_device *dev);

/*
 * BAR0 below the MSI-X table, aligned 32-bit accesses. Thread safe, and never
 * wait for a running command, so a front end's message thread may call them.
 */
uint32_t edgetpu_device_read(struct edgetpu_device *dev, uint32_t offset);
void edgetpu_device_write(struct edgetpu_device *dev, uint32_t offset, uint32_t value);

/**
 * edgetpu_device_run - let model time pass
 *
 * Runs the control processor and engines until all wait for the host, then
 * returns. One thread at a time.
 *
 * Return: true when work arrived meanwhile and it should be called again.
 */
bool edgetpu_device_run(struct edgetpu_device *dev);

/* As writing 1 to EDGETPU_REG_RESET: PCI function level reset, bus reset. Any thread. */
void edgetpu_device_reset(struct edgetpu_device *dev);

/*
 * SRAM races: commands that touched bytes which another engine's command that
 * overlapped it in time wrote (or that wrote what it read). A correct command
 * stream has none; tests assert that.
 */
uint64_t edgetpu_device_sram_races(const struct edgetpu_device *dev);

#endif /* EDGETPU_DEVICE_H */
