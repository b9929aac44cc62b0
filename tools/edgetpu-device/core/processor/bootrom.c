// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot ROM: checks a firmware image and puts it into TCM.
 */
#include <string.h>

#include "core/processor/bootrom.h"
#include "edgetpu_core.h"

/*
 * Cycles, counted by hand for the loops a ROM would run on the control
 * processor, with the costs of rv32.c:
 */
enum {
	COST_HEADER = 200,	/* some 60 loads, compares and branches */
	/*
	 * CRC by byte: lbu 2, xor 1, addi 1, bne 3;
	 * twice andi 1, slli 1, add 1, lw 2, srli 1, xor 1
	 */
	COST_CRC_BYTE = 21,
	/* copy by word: lw 2, sw 2, addi 1, addi 1, bne 3 */
	COST_COPY_WORD = 9,
	/* clear by four words: sw 2 each, addi 1, bne 3 */
	COST_CLEAR_16 = 12,
};

/* One nibble's step of CRC-32 (IEEE 802.3, reflected); two make a byte's. */
static const uint32_t crc_nibble[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158,
	0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4,
	0xa00ae278, 0xbdbdf21c,
};

static uint32_t crc_update(uint32_t crc, const uint8_t *data, size_t len)
{
	while (len--) {
		crc ^= *data++;
		crc = crc >> 4 ^ crc_nibble[crc & 15];
		crc = crc >> 4 ^ crc_nibble[crc & 15];
	}
	return crc;
}

static uint32_t image_crc(const struct edgetpu_fw_header *header, const uint8_t *payload)
{
	struct edgetpu_fw_header zeroed = *header;
	uint32_t crc;

	zeroed.crc = 0;
	crc = crc_update(0xffffffffu, (const uint8_t *)&zeroed, sizeof(zeroed));
	return ~crc_update(crc, payload, header->payload_size);
}

/* Are [addr, addr + len) all in TCM? */
static int in_tcm(uint32_t addr, uint64_t len)
{
	return addr >= EDGETPU_TCM_BASE &&
	       (uint64_t)addr + len <= (uint64_t)EDGETPU_TCM_BASE + EDGETPU_TCM_SIZE;
}

unsigned int edgetpu_bootrom_load(const uint8_t *image, size_t size, uint8_t *tcm,
				  uint32_t *entry, uint64_t *cycles)
{
	struct edgetpu_fw_header h;
	const uint8_t *payload = image + sizeof(h);

	*cycles = COST_HEADER;
	if (size < sizeof(h) || size > EDGETPU_FW_MAX_SIZE)
		return EDGETPU_BOOT_ERR_SIZE;
	memcpy(&h, image, sizeof(h));
	if (h.magic != EDGETPU_FW_MAGIC)
		return EDGETPU_BOOT_ERR_MAGIC;
	if (h.header_version != EDGETPU_FW_HEADER_VERSION || h.hw_major != EDGETPU_HW_VERSION >> 16)
		return EDGETPU_BOOT_ERR_VERSION;
	if (h.header_size != sizeof(h) || !h.payload_size || h.payload_size % 4 ||
	    h.payload_size > size - sizeof(h))
		return EDGETPU_BOOT_ERR_SIZE;
	*cycles += COST_CRC_BYTE * (sizeof(h) + (uint64_t)h.payload_size);
	if (image_crc(&h, payload) != h.crc)
		return EDGETPU_BOOT_ERR_CRC;
	if (h.load_addr % 4 || !in_tcm(h.load_addr, h.payload_size))
		return EDGETPU_BOOT_ERR_ENTRY;
	if (!in_tcm(h.load_addr, (uint64_t)h.payload_size + h.bss_size))
		return EDGETPU_BOOT_ERR_SIZE;
	if (h.entry % 2 || h.entry < h.load_addr || h.entry - h.load_addr >= h.payload_size)
		return EDGETPU_BOOT_ERR_ENTRY;

	memset(tcm, 0, EDGETPU_TCM_SIZE);
	memcpy(tcm + (h.load_addr - EDGETPU_TCM_BASE), payload, h.payload_size);
	*cycles += COST_COPY_WORD * (uint64_t)(h.payload_size / 4) +
		   COST_CLEAR_16 * (uint64_t)((EDGETPU_TCM_SIZE - h.payload_size) / 16);
	*entry = h.entry;
	return EDGETPU_BOOT_ERR_NONE;
}
