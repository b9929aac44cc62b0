// SPDX-License-Identifier: MIT
/*
 * Costs by engine: which function charges an opcode, and what all share.
 */
#include <string.h>

#include "cost_internal.h"

const struct hwmodel_config hwmodel_config_soc = HWMODEL_SOC;
const struct hwmodel_config hwmodel_config_pcie = HWMODEL_PCIE;

void hwmodel_command(const struct hwmodel_config *config, const struct edgetpu_command *command,
		     struct hwmodel_cost *cost)
{
	memset(cost, 0, sizeof(*cost));
	cost->cycles = HWMODEL_ISSUE_CYCLES;
	switch (command->opcode) {
	case EDGETPU_OP_LOAD:
	case EDGETPU_OP_STORE: {
		struct hwmodel_walks walks = hwmodel_cold_walks(command);

		hwmodel_dma(config, command, &walks, cost);
		break;
	}
	case EDGETPU_OP_CONV:
		hwmodel_array(config, &command->u.conv, cost);
		break;
	case EDGETPU_OP_DEPTHWISE:
	case EDGETPU_OP_AVG_POOL:
	case EDGETPU_OP_MAX_POOL:
		hwmodel_window(config, command->opcode, &command->u.conv, cost);
		break;
	case EDGETPU_OP_ADD:
	case EDGETPU_OP_RESCALE:
		hwmodel_elementwise(config, command->opcode, &command->u.elementwise, cost);
		break;
	case EDGETPU_OP_COPY:
	case EDGETPU_OP_FILL:
		hwmodel_copy(command->opcode, &command->u.copy, cost);
		break;
	}
}

uint64_t hwmodel_bound(const struct hwmodel_config *config, const struct edgetpu_command *command)
{
	struct hwmodel_cost cost;

	if (command->opcode == EDGETPU_OP_LOAD || command->opcode == EDGETPU_OP_STORE) {
		const struct hwmodel_walks walks = hwmodel_most_walks(command);

		hwmodel_dma(config, command, &walks, &cost);
	} else {
		hwmodel_command(config, command, &cost);
	}
	return cost.cycles;
}

uint64_t hwmodel_scrub_cycles(uint64_t bytes)
{
	return ceil_div(bytes, HWMODEL_SRAM_LINE * HWMODEL_SRAM_BANKS);
}

struct hwmodel_load hwmodel_load(const struct hwmodel_cost *cost)
{
	uint64_t cycles = cost->cycles ? cost->cycles : 1;

	return (struct hwmodel_load){
		.sram = (uint32_t)(cost->sram_lines * 256 / cycles),
		.dram = (uint32_t)(cost->dram_cycles * 256 / cycles),
	};
}

/*
 * A line meets a line of another engine in its bank with probability (the
 * others' lines a cycle) / banks and waits one cycle in half of these cases.
 * The memory bus is shared in proportion to demand once that exceeds it.
 */
uint32_t hwmodel_rate(const struct hwmodel_load *own, const struct hwmodel_load *all)
{
	uint64_t others = all->sram - own->sram;
	uint64_t slow = HWMODEL_RATE_ONE + own->sram * others / (2 * HWMODEL_SRAM_BANKS);
	uint64_t rate = ((uint64_t)HWMODEL_RATE_ONE * HWMODEL_RATE_ONE) / slow;

	if (own->dram && all->dram > 256)
		rate = rate * 256 / all->dram;
	return rate ? (uint32_t)rate : 1;
}
