// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mailbox: requests of the host, one at a time.
 */
#include "area.h"
#include "context.h"
#include "dispatch.h"
#include "log.h"
#include "mailbox.h"
#include "version.h"

static uint64_t address(const uint32_t *words)
{
	return words[0] | (uint64_t)words[1] << 32;
}

static uint32_t hello(const uint32_t *arg, uint32_t *result)
{
	result[0] = EDGETPU_PROTOCOL;
	result[1] = FW_VERSION;
	return arg[0] == EDGETPU_PROTOCOL ? EDGETPU_MBOX_OK : EDGETPU_MBOX_EINVAL;
}

static uint32_t set_log(const uint32_t *arg)
{
	if (!arg[2]) {
		log_close();
		return EDGETPU_MBOX_OK;
	}
	return log_open(address(arg), arg[2]) ? EDGETPU_MBOX_OK : EDGETPU_MBOX_EINVAL;
}

static uint32_t serve(const uint32_t *request, uint32_t *result)
{
	const uint32_t *arg = request + 1;

	switch (request[0]) {
	case EDGETPU_MBOX_HELLO:
		return hello(arg, result);
	case EDGETPU_MBOX_LOG:
		return set_log(arg);
	case EDGETPU_MBOX_CONTEXT_CREATE:
		return context_create(arg[0], address(arg + 1));
	case EDGETPU_MBOX_CONTEXT_DESTROY:
		return context_destroy(arg[0]);
	case EDGETPU_MBOX_RING_CREATE:
		return dispatch_create_ring(arg[0], arg[1], arg[2], address(arg + 3), arg[5],
					    arg[6]);
	case EDGETPU_MBOX_RING_DESTROY:
		return dispatch_destroy_ring(arg[0]);
	case EDGETPU_MBOX_SAVE_AREA:
		return area_set(arg[0], arg[1], address(arg + 2), arg[4], arg[5]);
	case EDGETPU_MBOX_RING_STOP:
		return dispatch_stop_ring(arg[0], arg[1], result);
	case EDGETPU_MBOX_RING_PARK:
		return dispatch_park_ring(arg[0], result);
	}
	return EDGETPU_MBOX_EOPCODE;
}

void mailbox_serve(void)
{
	uint32_t request[EDGETPU_MBOX_WORDS], reply[EDGETPU_MBOX_WORDS] = { 0 }, seq, i;

	for (i = 0; i < EDGETPU_MBOX_WORDS; i++)
		request[i] = reg_read(CORE_MBOX_REQ(i));
	seq = reg_read(CORE_MBOX_REQ_SEQ);
	reply[0] = serve(request, reply + 1);
	/* the host asks for some things until they go */
	if (reply[0] && reply[0] != EDGETPU_MBOX_EBUSY)
		log_warn("mailbox request %u refused: %u", request[0], reply[0]);
	for (i = 0; i < EDGETPU_MBOX_WORDS; i++)
		reg_write(CORE_MBOX_RSP(i), reply[i]);
	reg_write(CORE_MBOX_RSP_SEQ, seq);
	reg_write(CORE_HOST_IRQ, EDGETPU_IRQ_MAILBOX);
}
