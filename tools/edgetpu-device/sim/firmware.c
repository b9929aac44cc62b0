// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware image: the one built in, or a file that EDGETPU_FIRMWARE names.
 * What is good about an image is the boot ROM's to say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* blob.sh */
extern const uint8_t sim_firmware[], sim_firmware_end[];

/* The boot ROM's limit and a byte more, so that it sees what is too long. */
#define READ_LIMIT	(EDGETPU_FW_MAX_SIZE + 1)

static int read_image(const char *path, uint8_t *image, size_t *size, struct mnet_error *err)
{
	FILE *f = fopen(path, "rb");
	int ret = 0;

	if (!f)
		return sim_fail(err, -errno, "EDGETPU_FIRMWARE: cannot read %s: %s", path,
				strerror(errno));
	*size = fread(image, 1, READ_LIMIT, f);
	if (ferror(f))
		ret = sim_fail(err, -EIO, "EDGETPU_FIRMWARE: cannot read %s: %s", path,
			       strerror(errno));
	else if (!*size)
		ret = sim_fail(err, -EINVAL, "EDGETPU_FIRMWARE: %s is empty", path);
	fclose(f);
	return ret;
}

int sim_boot(struct mnet_transport *t, struct mnet_error *err)
{
	const char *path = getenv("EDGETPU_FIRMWARE");
	size_t size = sim_firmware_end - sim_firmware;
	struct hostmem_block block;
	char why[LINK_MESSAGE];
	int ret;

	ret = hostmem_alloc(t->hm, READ_LIMIT, &block);
	if (ret)
		return sim_fail(err, ret, "out of memory");
	if (path && *path) {
		ret = read_image(path, block.host, &size, err);
	} else {
		path = "the firmware built in";
		memcpy(block.host, sim_firmware, size);
	}
	if (!ret) {
		ret = link_boot(&t->link, block.addr, size, why);
		if (ret)
			sim_fail(err, ret, "%s does not boot: %s", path, why);
	}
	hostmem_release(t->hm, block.addr);
	return ret;
}
