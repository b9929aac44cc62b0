/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _EDGETPU_SYSFS_H_
#define _EDGETPU_SYSFS_H_

struct attribute_group;

extern const struct attribute_group *edgetpu_sysfs_groups[];

#endif /* _EDGETPU_SYSFS_H_ */
