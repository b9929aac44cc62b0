// SPDX-License-Identifier: MIT
/* Energy of a job: its commands' work, and the fetching of the commands. */
#include "hwmodel/cost.h"
#include "runtime/runtime.h"

static struct hwmodel_config hwmodel_of(const struct mnet_hw_config *config)
{
	return (struct hwmodel_config){
		.array_rows = config->array_rows,
		.array_cols = config->array_cols,
		.vector_lanes = config->vector_lanes,
		.vector_macs = config->vector_macs,
		.clock_khz = config->clock_khz,
		.sram_size = config->sram_size,
		.dram_mbps = config->dram_mbps,
		.dram_latency = config->dram_latency,
	};
}

static bool complete(const struct mnet_hw_config *c)
{
	return c->array_rows && c->array_cols && c->vector_lanes && c->vector_macs &&
	       c->clock_khz && c->dram_mbps;
}

double mnet_energy_dynamic_pj(const struct mnet_hw_config *config,
			      const struct mnet_subgraph *sub)
{
	struct hwmodel_config hw = hwmodel_of(config);
	const struct hwmodel_walks none = { 0 };
	struct hwmodel_cost cost;
	double pj;

	if (!complete(config))
		return -1;
	hwmodel_transfer(&hw, 0, (uint64_t)sub->num_commands * sizeof(*sub->commands), &none,
			 &cost);
	pj = hwmodel_dynamic_pj(&cost);
	for (unsigned int i = 0; i < sub->num_commands; i++) {
		hwmodel_command(&hw, &sub->commands[i], &cost);
		pj += hwmodel_dynamic_pj(&cost);
	}
	return pj;
}

double mnet_energy_static_pj(const struct mnet_hw_config *config, uint64_t cycles)
{
	struct hwmodel_config hw = hwmodel_of(config);

	return hwmodel_static_pj(&hw, cycles);
}
