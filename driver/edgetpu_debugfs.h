/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_DEBUGFS_H_
#define _EDGETPU_DEBUGFS_H_

struct edgetpu_device;

#ifdef CONFIG_DEBUG_FS
void edgetpu_debugfs_init(struct edgetpu_device *edev);
#else
static inline void edgetpu_debugfs_init(struct edgetpu_device *edev)
{
}
#endif

#endif /* _EDGETPU_DEBUGFS_H_ */
