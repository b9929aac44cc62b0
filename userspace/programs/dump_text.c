// SPDX-License-Identifier: MIT
/* A dump as text, what went wrong first. */
#include <endian.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "edgetpu_isa.h"
#include "programs/dump.h"
#include "programs/report.h"

static const char *const engines[EDGETPU_NUM_ENGINES] = {
	[EDGETPU_ENGINE_LOAD] = "load",
	[EDGETPU_ENGINE_STORE] = "store",
	[EDGETPU_ENGINE_ARRAY] = "MAC array",
	[EDGETPU_ENGINE_VECTOR] = "vector unit",
};

static const char *name_of(const char *const names[], size_t count, uint32_t value)
{
	return value < count && names[value] ? names[value] : "unknown";
}

#define NAME(names, value) name_of(names, sizeof(names) / sizeof((names)[0]), value)

/* --- who, when, why --- */

static const char *const reasons[] = {
	[EDGETPU_DUMP_ASKED] = "a reset was asked for, by somebody or because a request failed",
	[EDGETPU_DUMP_CRASHED] = "the firmware crashed",
	[EDGETPU_DUMP_HUNG] = "nothing moved any more",
	[EDGETPU_DUMP_DEAD] = "the device did not answer",
	[EDGETPU_DUMP_STUCK] = "a job did not get on, and was ended",
	[EDGETPU_DUMP_OVERTIME] = "a job was over its limit, and was ended",
	[EDGETPU_DUMP_LOST] = "the device could not be made to work again",
};

static const char *const causes[] = {
	[0] = "instruction address misaligned", [1] = "instruction access fault",
	[2] = "illegal instruction",		[3] = "breakpoint",
	[4] = "load address misaligned",	[5] = "load access fault",
	[6] = "store address misaligned",	[7] = "store access fault",
	[11] = "environment call",
};

static const char *const cores[] = {
	[EDGETPU_CORE_RESET] = "in reset",	[EDGETPU_CORE_RUNNING] = "running",
	[EDGETPU_CORE_WAITING] = "waiting",	[EDGETPU_CORE_CRASHED] = "crashed",
	[EDGETPU_CORE_HALTED] = "halted for this dump",
};

static void print_text(const uint8_t *text, size_t size, FILE *out)
{
	char from[65] = "", to[260];

	memcpy(from, text, size < sizeof(from) ? size : sizeof(from) - 1);
	fputs(printable(to, sizeof(to), from), out);
}

static void print_version(const char *what, uint32_t v, FILE *out)
{
	fprintf(out, "%s %u.%u.%u", what, v >> 16, v >> 8 & 0xff, v & 0xff);
}

static void print_info(const struct dump *dump, FILE *out)
{
	struct dump_section section = { 0 };
	struct edgetpu_dump_info info;
	char date[64] = "?";
	struct tm tm;
	time_t at;

	if (!dump_next(dump, EDGETPU_DUMP_INFO, &section))
		return;
	memcpy(&info, section.data, sizeof(info));
	at = (time_t)(le64toh(info.time) / 1000000000);
	if (gmtime_r(&at, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &tm);
	fputs("device   ", out);
	print_text(info.device, sizeof(info.device), out);
	fprintf(out, ", %s, %.1f s after the system's start\nreason   %s\nkernel   ", date,
		(double)le64toh(info.uptime) / 1e9, NAME(reasons, le32toh(info.reason)));
	print_text(info.kernel, sizeof(info.kernel), out);
	print_version(", driver", le32toh(info.driver), out);
	print_version(", firmware", le32toh(info.firmware), out);
	fprintf(out, ", protocol %u, hardware %u.%u\n", le32toh(info.protocol),
		le32toh(info.hw_version) >> 16, le32toh(info.hw_version) & 0xffff);
	fprintf(out, "history  %u resets before, %u boots%s\n", le32toh(info.resets),
		le32toh(info.boots),
		le32toh(info.flags) & EDGETPU_DUMP_ALIVE ? "" : "; it answers no more");
	if (dump->cut)
		fputs("note     there was more than room or time for it\n", out);
}

static uint32_t core_status(const struct dump *dump)
{
	uint32_t status;

	return dump_register(dump, EDGETPU_REG_CORE_STATUS, &status) ? status : UINT32_MAX;
}

static bool core_stopped(const struct dump *dump)
{
	const uint32_t status = core_status(dump);

	return status == EDGETPU_CORE_CRASHED || status == EDGETPU_CORE_HALTED;
}

static uint32_t reason_of(const struct dump *dump)
{
	struct dump_section section = { 0 };
	struct edgetpu_dump_info info;

	if (!dump_next(dump, EDGETPU_DUMP_INFO, &section))
		return UINT32_MAX;
	memcpy(&info, section.data, sizeof(info));
	return le32toh(info.reason);
}

static void print_core(const struct dump *dump, FILE *out)
{
	const uint32_t status = core_status(dump);
	uint32_t pc = 0, cause = 0, tval = 0;

	if (status == UINT32_MAX)
		return;
	fprintf(out, "core     %s", NAME(cores, status));
	dump_register(dump, EDGETPU_REG_CRASH_PC, &pc);
	dump_register(dump, EDGETPU_REG_CRASH_CAUSE, &cause);
	dump_register(dump, EDGETPU_REG_CRASH_TVAL, &tval);
	if (status == EDGETPU_CORE_HALTED)
		fprintf(out, " at pc 0x%x", pc);
	else if (status == EDGETPU_CORE_CRASHED)
		fprintf(out, ": pc 0x%x, cause %u (%s), value 0x%x", pc, cause, NAME(causes, cause),
			tval);
	fputc('\n', out);
}

/* --- commands --- */

static const char *const states[] = {
	[EDGETPU_RECORD_RUNS] = "running",
	[EDGETPU_RECORD_DONE] = "done",
	[EDGETPU_RECORD_FAULTED] = "faulted",
	[EDGETPU_RECORD_STOPPED] = "stopped half way",
};

static void print_operator(const struct dump_options *o, uint32_t index, uint32_t tag, FILE *out)
{
	char name[64], output[256];
	struct mnet_op_info op;

	fprintf(out, ", tag %u", tag);
	if (!o->exe || index >= EDGETPU_MAX_COMMANDS)
		return;
	if (mnet_executable_op(o->exe, tag, &op)) {
		fputs(", which is no operator of the model", out);
		return;
	}
	fprintf(out, ": operator %u, %s (%s)", tag, printable(name, sizeof(name), op.name),
		printable(output, sizeof(output), op.output));
}

static void print_record(const struct dump_options *o, const struct edgetpu_command_record *record,
			 FILE *out)
{
	const uint32_t index = le32toh(record->index), what = le32toh(record->what);
	const char *name = dump_opcode_name(EDGETPU_RECORD_OPCODE(what));

	if (index < EDGETPU_MAX_COMMANDS)
		fprintf(out, "command %u", index);
	else
		fputs("the firmware's own", out);
	if (name)
		fprintf(out, " %s", name);
	else
		fprintf(out, " of opcode 0x%x", EDGETPU_RECORD_OPCODE(what));
	print_operator(o, index, le32toh(record->tag), out);
	fprintf(out, ", from cycle %u on, %s", le32toh(record->began),
		NAME(states, EDGETPU_RECORD_STATE(what)));
	if (EDGETPU_RECORD_STATE(what) == EDGETPU_RECORD_FAULTED)
		fprintf(out, " with status %u", EDGETPU_RECORD_STATUS(what));
	fputc('\n', out);
}

static bool engine_of(const struct dump *dump, unsigned int e, struct edgetpu_engine_state *state)
{
	struct dump_section section = { 0 };

	if (!dump_next(dump, EDGETPU_DUMP_ENGINES, &section))
		return false;
	memcpy(state, section.data + e * sizeof(*state), sizeof(*state));
	return true;
}

/* What ran when the dump was taken, or was stopped with the core or with the job at fault */
static bool was_at_work(const struct dump *dump, const struct edgetpu_command_record *record)
{
	const uint32_t state = EDGETPU_RECORD_STATE(le32toh(record->what));

	return state == EDGETPU_RECORD_RUNS ||
	       (state == EDGETPU_RECORD_STOPPED &&
		(core_stopped(dump) || reason_of(dump) == EDGETPU_DUMP_OVERTIME));
}

/* Others' commands may have come after what the job was ended at; its operands are gone then. */
static bool print_stopped(const struct dump *dump, const struct dump_options *o,
			  const struct edgetpu_engine_state *state,
			  const struct edgetpu_command_record *last, const char *engine, FILE *out)
{
	if (reason_of(dump) != EDGETPU_DUMP_OVERTIME || !state->stopped.what ||
	    !memcmp(&state->stopped, last, sizeof(*last)))
		return false;
	fprintf(out, "  %s: ", engine);
	print_record(o, &state->stopped, out);
	return true;
}

static void print_at_work(const struct dump *dump, const struct dump_options *o, FILE *out)
{
	struct edgetpu_engine_state state;
	bool any = false;

	if (!engine_of(dump, 0, &state))
		return;
	fputs("\nat work\n", out);
	for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES; e++) {
		const struct edgetpu_command_record *record;

		engine_of(dump, e, &state);
		record = &state.records[(le32toh(state.begun) - 1) % EDGETPU_RECORD_DEPTH];
		any |= print_stopped(dump, o, &state, record, engines[e], out);
		if (!le32toh(state.begun) || !was_at_work(dump, record))
			continue;
		fprintf(out, "  %s: ", engines[e]);
		print_record(o, record, out);
		dump_print_command((const uint8_t *)state.command, out);
		any = true;
	}
	if (!any)
		fputs("  no command\n", out);
}

static void print_last_commands(const struct dump *dump, const struct dump_options *o, FILE *out)
{
	struct edgetpu_engine_state state;

	for (unsigned int e = 0; e < EDGETPU_NUM_ENGINES && engine_of(dump, e, &state); e++) {
		const uint32_t begun = le32toh(state.begun);

		fprintf(out, "\nlast commands of %s%s: %u since the reset\n",
			e == EDGETPU_ENGINE_ARRAY || e == EDGETPU_ENGINE_VECTOR ? "the " : "",
			engines[e], begun);
		for (uint32_t back = EDGETPU_RECORD_DEPTH; back; back--) {
			if (begun < back)
				continue;
			fputs("  ", out);
			print_record(o, &state.records[(begun - back) % EDGETPU_RECORD_DEPTH], out);
		}
	}
}

/* --- jobs, rings, contexts --- */

static void print_jobs(const struct dump *dump, FILE *out)
{
	struct dump_section section = { 0 };

	while (dump_next(dump, EDGETPU_DUMP_JOB, &section)) {
		struct edgetpu_dump_job job;

		memcpy(&job, section.data, sizeof(job));
		fprintf(out, "\njob %" PRIu64 " %s the engines%s\n", le64toh(job.id),
			le32toh(job.flags) & EDGETPU_DUMP_ENDED ? "had" : "has",
			le32toh(job.flags) & EDGETPU_DUMP_BLAMED ? ", and is to blame" : "");
		fprintf(out, "  client %" PRIu64 ", process %d, queue %u, number %" PRIu64 " there\n",
			le64toh(job.client), (int)le32toh(job.pid), le32toh(job.queue),
			le64toh(job.seqno));
		fprintf(out, "  ring %u, number %u there; %u commands, %" PRIu64 " cycles so far\n",
			le32toh(job.ring), le32toh(job.seq), le32toh(job.num_commands),
			le64toh(job.used));
	}
}

static void print_descriptor(const struct edgetpu_job *job, FILE *out)
{
	fprintf(out, "  descriptor %u: job %" PRIu64 ", %u commands, flags 0x%x, limit %" PRIu64 "\n",
		le32toh(job->seq), le64toh(job->id), le32toh(job->num_commands),
		le32toh(job->flags), le64toh(job->limit));
	for (unsigned int i = 0; i < EDGETPU_NUM_REGIONS; i++) {
		if (job->regions[i].size)
			fprintf(out, "    region %u: 0x%" PRIx64 ", 0x%" PRIx64 " bytes, flags 0x%x\n",
				i, le64toh(job->regions[i].va), le64toh(job->regions[i].size),
				le32toh(job->regions[i].flags));
	}
}

static void print_ring(const struct dump_section *section, FILE *out)
{
	static const char *const where[] = {
		[EDGETPU_RING_IDLE] = "idle", [EDGETPU_RING_RUNNING] = "running",
		[EDGETPU_RING_SAVED] = "saved",
	};
	struct edgetpu_dump_ring ring;
	struct edgetpu_job job;

	memcpy(&ring, section->data, sizeof(ring));
	fprintf(out, "\nring %u of client %" PRIu64 ", queue %u, context %d, priority %u%s%s\n",
		le32toh(ring.ring), le64toh(ring.client), le32toh(ring.queue),
		(int)le32toh(ring.context), le32toh(ring.priority),
		le32toh(ring.flags) & EDGETPU_DUMP_BROKEN ? ", broken" : "",
		le32toh(ring.flags) & EDGETPU_DUMP_HELD ? ", held" : "");
	fprintf(out, "  emitted %u, completed %u, last %u\n", le32toh(ring.emitted),
		le32toh(ring.completed), le32toh(ring.last));
	fprintf(out, "  header: %s, fence %u, running %u, progress %u, area %d, used %" PRIu64 "\n",
		NAME(where, le32toh(ring.header.state)), le32toh(ring.header.fence),
		le32toh(ring.header.running), le32toh(ring.header.progress),
		(int)le32toh(ring.header.area), le64toh(ring.header.used));
	for (uint32_t at = sizeof(ring); section->size - at >= sizeof(job); at += sizeof(job)) {
		memcpy(&job, section->data + at, sizeof(job));
		print_descriptor(&job, out);
	}
}

static void print_contexts(const struct dump *dump, FILE *out)
{
	struct dump_section section = { 0 };
	struct edgetpu_dump_context context;
	bool any = false;

	while (dump_next(dump, EDGETPU_DUMP_CONTEXT, &section)) {
		memcpy(&context, section.data, sizeof(context));
		if (!any)
			fputs("\ncontexts\n", out);
		any = true;
		fprintf(out, "  %u: client %" PRIu64 ", %u rings, page table 0x%" PRIx64 "\n",
			le32toh(context.context), le64toh(context.client), le32toh(context.users),
			le64toh(context.table));
	}
}

/* --- as it was --- */

static void print_registers(const struct dump *dump, FILE *out)
{
	struct dump_section section = { 0 };
	struct edgetpu_dump_register reg;

	while (dump_next(dump, EDGETPU_DUMP_REGISTERS, &section)) {
		fputs("\nregisters", out);
		for (uint32_t i = 0; i < section.size / sizeof(reg); i++) {
			memcpy(&reg, section.data + i * sizeof(reg), sizeof(reg));
			fprintf(out, "%s%04x: %08x", i % 4 ? "  " : "\n  ", le32toh(reg.offset),
				le32toh(reg.value));
		}
		fputc('\n', out);
	}
}

/* Line by line; of the first the beginning may be lost. */
static void print_log(const struct dump *dump, FILE *out)
{
	struct dump_section section = { 0 };

	while (dump_next(dump, EDGETPU_DUMP_LOG, &section)) {
		fputs("\nfirmware's log\n  ", out);
		for (uint32_t i = 0; i < section.size; i++) {
			const uint8_t c = section.data[i];

			if (c == '\n')
				fputs(i + 1 < section.size ? "\n  " : "", out);
			else if (c)
				fputc(c >= ' ' && c < 0x7f ? c : '?', out);
		}
		fputc('\n', out);
	}
}

static void print_memory(const struct dump_section *section, FILE *out)
{
	struct edgetpu_dump_tcm tcm;
	uint32_t word;

	memcpy(&tcm, section->data, sizeof(tcm));
	for (uint32_t at = 0; section->size - sizeof(tcm) - at >= 4; at += 4) {
		memcpy(&word, section->data + sizeof(tcm) + at, sizeof(word));
		if (at % 32 == 0)
			fprintf(out, "  %08x:", le32toh(tcm.addr) + at);
		fprintf(out, " %08x%s", le32toh(word), at % 32 == 28 ? "\n" : "");
	}
}

static void print_tcm(const struct dump *dump, const struct dump_options *o, FILE *out)
{
	struct dump_section section = { 0 };
	uint32_t bytes = 0;

	while (dump_next(dump, EDGETPU_DUMP_TCM, &section))
		bytes += section.size - sizeof(struct edgetpu_dump_tcm);
	if (!bytes)
		return;
	fprintf(out, "\nTCM: %u bytes%s\n", bytes, o->memory ? "" : " (--memory shows them)");
	section = (struct dump_section){ 0 };
	while (o->memory && dump_next(dump, EDGETPU_DUMP_TCM, &section))
		print_memory(&section, out);
}

void dump_print(const struct dump *dump, const struct dump_options *options, FILE *out)
{
	struct dump_section ring = { 0 };

	print_info(dump, out);
	print_core(dump, out);
	print_jobs(dump, out);
	print_at_work(dump, options, out);
	print_last_commands(dump, options, out);
	while (dump_next(dump, EDGETPU_DUMP_RING, &ring))
		print_ring(&ring, out);
	print_contexts(dump, out);
	print_registers(dump, out);
	print_log(dump, out);
	print_tcm(dump, options, out);
}
