# SPDX-License-Identifier: GPL-2.0-only
# Read by every make of the kernel's build before its own files (MAKEFILES=).
# Instrumentation costs most of the build and slows the machine down; it is left
# out where the driver's mistakes do not end up.
ifneq ($(filter net net/% drivers/acpi drivers/acpi/% drivers/tty drivers/tty/% \
	fs/netfs fs/9p crypto crypto/% lib/zstd lib/zstd/%,$(obj)),)
KASAN_SANITIZE := n
UBSAN_SANITIZE := n
endif

# KCSAN: what the driver shares data with, and nothing else, so that all reports are
# about it and can be strict. A module is built with obj=. and gets it.
ifneq ($(filter-out . /%,$(obj)),)
ifeq ($(filter drivers/gpu/% drivers/dma-buf drivers/accel,$(obj)),)
KCSAN_SANITIZE := n
endif
endif
