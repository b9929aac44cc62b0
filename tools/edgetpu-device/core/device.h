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

#include "core/platform.h"
#include "edgetpu_hw.h"

struct edgetpu_device;

/* 64x64 array at 480 MHz, 8 MiB; memory like a phone's SoC (12.8 GB/s) */
extern const struct edgetpu_config edgetpu_config_soc;
/* the same behind PCIe as Coral's is (0.5 GB/s) */
extern const struct edgetpu_config edgetpu_config_pcie;

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

/* Before anybody reads it: the unit's serial number instead of the default. */
void edgetpu_device_set_serial(struct edgetpu_device *dev, uint64_t serial);

/* Does the device harm, as edgetpu_fault.h has it: EDGETPU_FAULT(). Any thread. */
void edgetpu_device_inject(struct edgetpu_device *dev, uint32_t fault);

/*
 * SRAM races: commands that touched bytes which another engine's command that
 * overlapped it in time wrote (or that wrote what it read). A correct command
 * stream has none; tests assert that.
 */
uint64_t edgetpu_device_sram_races(const struct edgetpu_device *dev);

#endif /* EDGETPU_DEVICE_H */
