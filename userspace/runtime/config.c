// SPDX-License-Identifier: MIT
/*
 * Configurations to compile for without a device: those of the hardware model
 * (hwmodel/cost.c), which says where the figures come from.
 */
#include "mnet.h"

const struct mnet_hw_config mnet_hw_config_soc = {
	.array_rows = 64,
	.array_cols = 64,
	.vector_lanes = 64,
	.vector_macs = 9,
	.clock_khz = 480000,
	.sram_size = 8 << 20,
	.dram_mbps = 12800,
	.dram_latency = 48,
};

const struct mnet_hw_config mnet_hw_config_pcie = {
	.array_rows = 64,
	.array_cols = 64,
	.vector_lanes = 64,
	.vector_macs = 9,
	.clock_khz = 480000,
	.sram_size = 8 << 20,
	.dram_mbps = 500,
	.dram_latency = 480,
};

const struct mnet_hw_config mnet_hw_config_cpu = { 0 };
