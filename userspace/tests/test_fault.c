// SPDX-License-Identifier: MIT
/*
 * test_fault DEVICE MODEL: jobs that go wrong on a real device, and what becomes
 * of those that do not. Two sessions of one network; the commands of one are
 * spoiled in its buffer, in a way at a time.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "runtime/runtime.h"

struct network {
	struct mnet_executable *exe;
	struct mnet_session *session;
	uint8_t *output; /* of the first run */
	size_t size;
};

static struct mnet_device *device;

static void must(int ret, const struct mnet_error *err)
{
	if (!ret)
		return;
	check(false, "%s", err->message);
	exit(check_done());
}

static void open_network(struct network *n, const struct mnet_model *model)
{
	struct mnet_tensor_info info;
	struct mnet_error err = { "" };

	must(mnet_compile(model, mnet_device_config(device), NULL, &n->exe, &err), &err);
	must(mnet_session_create(device, n->exe, &n->session, &err), &err);
	must(mnet_executable_input(n->exe, 0, &info), &err);
	for (size_t i = 0; i < info.bytes; i++)
		((uint8_t *)mnet_session_input(n->session, 0))[i] = i * 7;
	must(mnet_session_run(n->session, NULL, &err), &err);
	must(mnet_executable_output(n->exe, 0, &info), &err);
	n->size = info.bytes;
	n->output = malloc(n->size);
	memcpy(n->output, mnet_session_output(n->session, 0), n->size);
}

static void close_network(struct network *n)
{
	mnet_session_free(n->session);
	mnet_executable_free(n->exe);
	free(n->output);
}

static bool works(struct network *n)
{
	struct mnet_error err;

	memset((void *)mnet_session_output(n->session, 0), 0, n->size);
	if (mnet_session_run(n->session, NULL, &err)) {
		check_note("%s", err.message);
		return false;
	}
	return !memcmp(mnet_session_output(n->session, 0), n->output, n->size);
}

/* Spoils command 0 of @bad, runs it, puts it right; all the while @good must work. */
static void spoil(struct network *bad, struct network *good, const char *what,
		  void (*change)(struct edgetpu_command *), const char *say)
{
	struct edgetpu_command *c = bad->session->program->jobs[0].commands->map, before = *c;
	struct mnet_error err = { "" };
	int ret;

	change(c);
	ret = mnet_session_run(bad->session, NULL, &err);
	check_note("%s", err.message);
	check(ret == -EIO && strstr(err.message, say) && strstr(err.message, "command 0"),
	      "%s fails its job, and the error says what and where", what);
	check(works(good), "%s: another session's next job succeeds", what);
	*c = before;
	check(works(bad), "%s: the session itself works again", what);
}

static void wild_offset(struct edgetpu_command *c)
{
	c->u.dma.offset = htole64(1ull << 40);
}

static void unbound_region(struct edgetpu_command *c)
{
	c->u.dma.region = htole32(EDGETPU_NUM_REGIONS - 1);
}

static void bad_opcode(struct edgetpu_command *c)
{
	c->opcode = 0xee;
}

static void beyond_sram(struct edgetpu_command *c)
{
	c->u.dma.sram = htole32(0xffffffc0);
}

static void commands_as_data(struct edgetpu_command *c)
{
	c->u.dma.region = htole32(EDGETPU_REGION_COMMAND);
}

int main(int argc, char **argv)
{
	struct network bad = { 0 }, good = { 0 };
	struct mnet_model *model;
	struct mnet_error err = { "" };
	int ret;

	if (argc != 3)
		return 2;
	ret = mnet_device_open(argv[1], &device, &err);
	if (ret == -ENOENT)
		check_skip_all("%s: %s", argv[1], err.message);
	must(ret, &err);
	must(mnet_model_load(argv[2], &model, &err), &err);
	open_network(&bad, model);
	open_network(&good, model);
	mnet_model_free(model);

	spoil(&bad, &good, "an offset outside its region", wild_offset, "outside its region");
	spoil(&bad, &good, "a region that is not bound", unbound_region, "outside its region");
	spoil(&bad, &good, "an unknown opcode", bad_opcode, "bad command");
	spoil(&bad, &good, "an address outside SRAM", beyond_sram, "outside SRAM");
	spoil(&bad, &good, "commands read as data", commands_as_data, "failed");
	/* More failures than the device has queues or contexts */
	for (int i = 0; i < 70; i++) {
		struct edgetpu_command *c = bad.session->program->jobs[0].commands->map;
		struct edgetpu_command before = *c;

		bad_opcode(c);
		ret = mnet_session_run(bad.session, NULL, &err);
		*c = before;
		if (ret != -EIO)
			break;
	}
	check(ret == -EIO && works(&bad) && works(&good), "70 failures leave the device usable");

	close_network(&bad);
	close_network(&good);
	mnet_device_close(device);
	return check_done();
}
