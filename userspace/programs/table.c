// SPDX-License-Identifier: MIT
#include "programs/table.h"

#include <inttypes.h>

#include "programs/report.h"

struct sums {
	unsigned int accelerated;
	unsigned int cpu;
	uint64_t macs;
	uint64_t macs_accelerated;
	uint64_t bytes;
	uint64_t cycles;
};

static void print_op(FILE *out, unsigned int index, const struct mnet_op_info *op)
{
	char name[64], reason[160], where[24] = "CPU";

	if (op->accelerated)
		snprintf(where, sizeof(where), "accel %u", op->subgraph);
	fprintf(out, "%4u  %-22s  %-8s %12" PRIu64 " %11" PRIu64 " %10" PRIu64, index,
		printable(name, sizeof(name), op->name), where, op->macs, op->bytes, op->cycles);
	if (op->reason && *op->reason)
		fprintf(out, "  %s", printable(reason, sizeof(reason), op->reason));
	fputc('\n', out);
}

static void add(struct sums *sums, const struct mnet_op_info *op)
{
	sums->macs += op->macs;
	sums->bytes += op->bytes;
	sums->cycles += op->cycles;
	if (op->accelerated) {
		sums->accelerated++;
		sums->macs_accelerated += op->macs;
	} else {
		sums->cpu++;
	}
}

void table_print(const struct mnet_executable *exe, FILE *out)
{
	unsigned int n = mnet_executable_num_ops(exe);
	const struct mnet_hw_config *config = mnet_executable_config(exe);
	unsigned int subgraphs = mnet_executable_num_subgraphs(exe);
	struct sums sums = { 0 };
	struct mnet_op_info op;

	fprintf(out, "%4s  %-22s  %-8s %12s %11s %10s  %s\n", "#", "operator", "where", "MACs",
		"bytes", "cycles", "why");
	for (unsigned int i = 0; i < n; i++) {
		if (mnet_executable_op(exe, i, &op))
			continue;
		print_op(out, i, &op);
		add(&sums, &op);
	}
	fprintf(out, "%4s  %-22s  %-8s %12" PRIu64 " %11" PRIu64 " %10" PRIu64 "\n", "", "sum", "",
		sums.macs, sums.bytes, sums.cycles);
	fprintf(out, "%u of %u operators on the accelerator in %u subgraph%s, %u on the CPU",
		sums.accelerated, n, subgraphs, subgraphs == 1 ? "" : "s", sums.cpu);
	if (sums.macs)
		fprintf(out, "; %.1f %% of the MACs accelerated",
			100.0 * (double)sums.macs_accelerated / (double)sums.macs);
	fputc('\n', out);
	if (config->clock_khz)
		fprintf(out, "engines' cycles in sequence: %.3f ms at %u MHz\n",
			(double)sums.cycles / config->clock_khz, config->clock_khz / 1000);
}
