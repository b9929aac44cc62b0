// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware image: found, checked, booted and greeted. What is wrong with an
 * image is said here, by name; the device's boot ROM checks it all again.
 */
#include <linux/crc32.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/iopoll.h>

#include "edgetpu_device.h"
#include "edgetpu_firmware.h"
#include "edgetpu_mailbox.h"

#define RESET_TIMEOUT_US	(5 * USEC_PER_SEC)
/* The boot ROM computes a CRC on a processor that may be emulated on a busy host. */
#define BOOT_TIMEOUT_US		(20 * USEC_PER_SEC)

#define FW_ADVICE		"install " EDGETPU_FW_NAME " of this driver's version"

static u32 image_crc(const u8 *data, size_t size)
{
	struct edgetpu_fw_header header;
	u32 crc;

	memcpy(&header, data, sizeof(header));
	header.crc = 0;
	crc = crc32_le(~0, (const u8 *)&header, sizeof(header));
	return ~crc32_le(crc, data + sizeof(header), size - sizeof(header));
}

static int image_check(struct edgetpu_device *edev, const u8 *data, size_t size)
{
	struct device *dev = edev->drm.dev;
	struct edgetpu_fw_header header;
	u32 payload, crc, protocol, hw_major;

	if (size < sizeof(header)) {
		dev_err(dev, "firmware %s is truncated: %zu bytes, the header has %zu; %s\n",
			EDGETPU_FW_NAME, size, sizeof(header), FW_ADVICE);
		return -EINVAL;
	}
	memcpy(&header, data, sizeof(header));
	if (le32_to_cpu(header.magic) != EDGETPU_FW_MAGIC) {
		dev_err(dev, "firmware %s is no image for this device: bad magic %#x; %s\n",
			EDGETPU_FW_NAME, le32_to_cpu(header.magic), FW_ADVICE);
		return -EINVAL;
	}
	if (le16_to_cpu(header.header_version) != EDGETPU_FW_HEADER_VERSION ||
	    le16_to_cpu(header.header_size) != sizeof(header)) {
		dev_err(dev, "firmware %s has header version %u, this driver knows %u; %s\n",
			EDGETPU_FW_NAME, le16_to_cpu(header.header_version),
			EDGETPU_FW_HEADER_VERSION, FW_ADVICE);
		return -EINVAL;
	}
	payload = le32_to_cpu(header.payload_size);
	if (size - sizeof(header) < payload) {
		dev_err(dev, "firmware %s is truncated: %zu bytes of %zu; %s\n", EDGETPU_FW_NAME,
			size, sizeof(header) + payload, FW_ADVICE);
		return -EINVAL;
	}
	if (size - sizeof(header) > payload || size > EDGETPU_FW_MAX_SIZE) {
		dev_err(dev, "firmware %s has a bad size: %zu bytes, %zu by its header, at most %u; %s\n",
			EDGETPU_FW_NAME, size, sizeof(header) + payload, EDGETPU_FW_MAX_SIZE,
			FW_ADVICE);
		return -EINVAL;
	}
	crc = image_crc(data, size);
	if (le32_to_cpu(header.crc) != crc) {
		dev_err(dev, "firmware %s is damaged: CRC %#010x, its header says %#010x; %s\n",
			EDGETPU_FW_NAME, crc, le32_to_cpu(header.crc), FW_ADVICE);
		return -EINVAL;
	}
	protocol = le32_to_cpu(header.protocol);
	if (protocol != EDGETPU_PROTOCOL) {
		dev_err(dev, "firmware %s speaks protocol %u, this driver %u; %s\n",
			EDGETPU_FW_NAME, protocol, EDGETPU_PROTOCOL, FW_ADVICE);
		return -EINVAL;
	}
	hw_major = le32_to_cpu(header.hw_major);
	if (hw_major != edev->hw.hw_version >> 16) {
		dev_err(dev, "firmware %s is for hardware %u.x, this is %u.x; %s\n",
			EDGETPU_FW_NAME, hw_major, edev->hw.hw_version >> 16, FW_ADVICE);
		return -EINVAL;
	}
	edev->fw.version = le32_to_cpu(header.fw_version);
	return 0;
}

/* Loads the image to where the device can fetch it, now and after each reset. */
int edgetpu_firmware_load(struct edgetpu_device *edev)
{
	struct device *dev = edev->drm.dev;
	const struct firmware *fw;
	int ret;

	ret = firmware_request_nowarn(&fw, EDGETPU_FW_NAME, dev);
	if (ret) {
		dev_err(dev, "firmware %s cannot be loaded (%d); %s\n", EDGETPU_FW_NAME, ret,
			FW_ADVICE);
		return ret;
	}
	ret = image_check(edev, fw->data, fw->size);
	if (ret)
		goto out_release;

	edev->fw.size = fw->size;
	edev->fw.image = dmam_alloc_coherent(dev, fw->size, &edev->fw.dma, GFP_KERNEL);
	if (edev->fw.image)
		memcpy(edev->fw.image, fw->data, fw->size);
	edev->log = dmam_alloc_coherent(dev, sizeof(*edev->log) + EDGETPU_LOG_SIZE,
					&edev->log_dma, GFP_KERNEL);
	if (!edev->fw.image || !edev->log)
		ret = -ENOMEM;
out_release:
	release_firmware(fw);
	return ret;
}

/*
 * Stops everything on the device: when it returns 0, nothing there touches memory.
 * -EAGAIN when somebody is about to reset the function.
 */
int edgetpu_firmware_reset(struct edgetpu_device *edev)
{
	int ret;

	if (!edgetpu_alive(edev))
		return -ENODEV;
	edgetpu_sensors_halt(edev);
	edgetpu_write(edev, EDGETPU_REG_RESET, 1);
	ret = edgetpu_wait_zero(edev, EDGETPU_REG_RESET, 100, RESET_TIMEOUT_US);
	/* A device that died meanwhile reads 0 as well. */
	return !ret && !edgetpu_alive(edev) ? -ENODEV : ret;
}

static bool boot_settled(u32 status)
{
	const u32 state = EDGETPU_BOOT_STATE(status);

	return state == EDGETPU_BOOT_READY || state >= EDGETPU_BOOT_FAILED;
}

static const char *boot_error(u32 status)
{
	switch (EDGETPU_BOOT_ERROR(status)) {
	case EDGETPU_BOOT_ERR_DMA:
		return "cannot read the image";
	case EDGETPU_BOOT_ERR_SIZE:
		return "bad size";
	case EDGETPU_BOOT_ERR_MAGIC:
		return "bad magic";
	case EDGETPU_BOOT_ERR_VERSION:
		return "wrong version";
	case EDGETPU_BOOT_ERR_CRC:
		return "bad CRC";
	case EDGETPU_BOOT_ERR_ENTRY:
		return "load address or entry out of range";
	default:
		return "unknown error";
	}
}

static int hello(struct edgetpu_device *edev)
{
	const u32 protocol = EDGETPU_PROTOCOL;
	u32 reply[2];
	int ret;

	ret = edgetpu_mailbox_call(edev, EDGETPU_MBOX_HELLO, &protocol, 1, reply,
				   ARRAY_SIZE(reply));
	if (ret)
		return ret;
	if (reply[0] != EDGETPU_PROTOCOL || reply[1] != edev->fw.version) {
		drm_err(&edev->drm, "firmware says protocol %u, version %#x; its image %u, %#x\n",
			reply[0], reply[1], EDGETPU_PROTOCOL, edev->fw.version);
		return -EPROTO;
	}
	return 0;
}

/*
 * What the boots before have said stays, and a line says where the next one begins. Of
 * the head, which is the device's word, no more is taken than the place that it points to;
 * the firmware goes on from there, word by word.
 */
static void mark_boot(struct edgetpu_device *edev)
{
	struct edgetpu_log *log = edev->log;
	u32 head = round_down(le32_to_cpu(READ_ONCE(log->head)), 4);
	char line[32];
	unsigned int i, len;

	if (head > EDGETPU_LOG_SIZE)
		head = EDGETPU_LOG_SIZE + head % EDGETPU_LOG_SIZE;
	len = scnprintf(line, sizeof(line) - 4, "%s--- boot %u ---",
			head && log->text[(head - 1) % EDGETPU_LOG_SIZE] != '\n' ? "\n" : "",
			++edev->boots);
	while (len % 4 != 3)
		line[len++] = ' ';
	line[len++] = '\n';
	for (i = 0; i < len; i++)
		log->text[head++ % EDGETPU_LOG_SIZE] = line[i];
	log->head = cpu_to_le32(head);
	log->size = cpu_to_le32(EDGETPU_LOG_SIZE);
}

static int give_log(struct edgetpu_device *edev)
{
	const u32 args[] = {
		lower_32_bits(edev->log_dma), upper_32_bits(edev->log_dma), EDGETPU_LOG_SIZE,
	};

	mark_boot(edev);
	return edgetpu_mailbox_call(edev, EDGETPU_MBOX_LOG, args, ARRAY_SIZE(args), NULL, 0);
}

/**
 * edgetpu_firmware_boot() - from reset to a firmware that answers
 * @edev: device, in reset, hw_lock held
 *
 * Return: 0; -EAGAIN when somebody is about to reset the function; or a negative
 * errno after a message
 */
int edgetpu_firmware_boot(struct edgetpu_device *edev)
{
	u32 status;
	int ret;

	edgetpu_sensors_boot(edev);
	edgetpu_write(edev, EDGETPU_REG_IRQ_ENABLE, EDGETPU_IRQ_ALL);
	edgetpu_write(edev, EDGETPU_REG_FW_ADDR_LO, lower_32_bits(edev->fw.dma));
	edgetpu_write(edev, EDGETPU_REG_FW_ADDR_HI, upper_32_bits(edev->fw.dma));
	edgetpu_write(edev, EDGETPU_REG_FW_SIZE, edev->fw.size);
	edgetpu_write(edev, EDGETPU_REG_BOOT, 1);
	ret = read_poll_timeout(edgetpu_read, status,
				boot_settled(status) || READ_ONCE(edev->interrupted), 1000,
				BOOT_TIMEOUT_US, false, edev, EDGETPU_REG_BOOT_STATUS);
	if (READ_ONCE(edev->interrupted))
		return -EAGAIN;
	if (ret) {
		drm_err(&edev->drm, "firmware does not become ready: boot status %#x\n", status);
		return ret;
	}
	if (EDGETPU_BOOT_STATE(status) != EDGETPU_BOOT_READY) {
		drm_err(&edev->drm, "boot ROM refuses the firmware: %s (status %#x); %s\n",
			boot_error(status), status, FW_ADVICE);
		return -EIO;
	}
	/* Whatever was answered before, the next request has another number. */
	edev->mbox_seq = edgetpu_read(edev, EDGETPU_REG_MBOX_RSP_SEQ);
	ret = hello(edev);
	return ret ?: give_log(edev);
}
