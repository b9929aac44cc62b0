# SPDX-License-Identifier: GPL-2.0-only
#
# The front door: each part has a build of its own, this starts them.
# `make help` lists what there is.

PREFIX	?= /usr/local
DESTDIR	?=
KDIR	?= $(shell tools/setup/kernel --headers)
KSELFTEST ?= $(shell tools/setup/kernel --source)/tools/testing/selftests
B	:= $(abspath $(or $(EDGETPU_BUILD),build))

PARTS	:= firmware userspace device models driver selftests

# The device and models take libmnet from the userspace build, not installed.
UNINSTALLED := PKG_CONFIG_PATH=$(B)/userspace/meson-uninstalled$${PKG_CONFIG_PATH:+:$$PKG_CONFIG_PATH}

all: $(PARTS)

help:
	@echo 'make            build everything into build/'
	@echo 'make demo       set up, build, boot the virtual machine, cut a person out of a photo on /dev/edgetpu0'
	@echo 'make check      set up, build, run every test; closes with "N passed, N failed"'
	@echo 'make check-kernel  the driver under debug kernels: sanitizers, leaks, faults, fuzzing, coverage'
	@echo 'make check-kernels the driver on 6.12 and on the newest kernel that Debian has: builds, loads, selftests'
	@echo 'make check-series  the driver as a series of patches against the kernel: style, builds, documentation'
	@echo 'make check-systems  demo and check in bare roots of Debian 12, 13 and sid (hours)'
	@echo 'make check-mutants  defects in driver, firmware and device core: do the tests notice? (hours)'
	@echo 'make install    programs and libraries under PREFIX ($(PREFIX)), firmware, udev rule, module'
	@echo 'make clean      remove build/'
	@echo 'make setup      install the Debian packages named in tools/setup/packages'
	@echo
	@echo 'Parts: $(PARTS)'
	@echo 'KDIR=DIR        kernel headers for the module (default: 6.12, kept by tools/setup/kernel)'
	@echo 'WERROR=1        warnings are errors, as in make check'
	@echo 'DESTDIR=DIR     stage an installation there'
	@echo 'tools/vm/run    runs a command in the virtual machine (--help)'

setup:
	@tools/setup/install

firmware:
	+$(MAKE) -C firmware O=$(B)/firmware

# meson DIR, BUILD, ENVIRONMENT. WERROR=1 makes warnings errors, in a build that had them
# let through too.
define meson
	@[ -f $(2)/build.ninja ] || \
		$(3) meson setup $(if $(WERROR),--werror) --prefix $(PREFIX) $(2) $(1)
	@$(if $(WERROR),grep -q -e -Werror $(2)/build.ninja || meson configure $(2) -Dwerror=true)
	ninja -C $(2)
endef

userspace:
	$(call meson,userspace,$(B)/userspace,)

device: userspace firmware
	$(call meson,tools/edgetpu-device,$(B)/device,$(UNINSTALLED))

models: userspace
	$(call meson,models,$(B)/models,$(UNINSTALLED))

# A tree of links, so that the module's objects stay out of the sources.
# C= and W= reach the kernel's build: make driver W=1 C=2
driver:
	@tools/setup/link-tree $(B)/driver Kbuild driver uapi
	+$(MAKE) -C $(KDIR) M=$(B)/driver modules

selftests:
	+$(MAKE) -C selftests O=$(B)/selftests KSELFTEST=$(KSELFTEST)

# What the virtual machine takes
vm: firmware device driver selftests

sanitizers: userspace firmware
	@tools/checks/asan-build

demo: setup
	@echo 'Building (the log: $(B)/logs/make.log) ...'
	@mkdir -p $(B)/logs
	@$(MAKE) -j"$$(nproc)" --no-print-directory all >$(B)/logs/make.log 2>&1 || \
		{ grep -m 20 -E 'error:|ERROR|\*\*\*' $(B)/logs/make.log; exit 1; }
	@tools/vm/demo

check: setup
	@tools/checks/run

# The README's commands in bare roots of Debian 12, 13 and sid: hours, 10 GB
check-systems: setup
	@tools/checks/systems

check-kernel: setup
	@tools/checks/kernel

check-kernels: setup
	@tools/checks/kernels

check-series: setup
	@tools/upstream/series --check

# Each of 60 defects, in a tree of its own: an hour and more for the driver
check-mutants: setup
	@status=0; \
	tools/checks/mutate firmware --goal 90 || status=1; \
	tools/checks/mutate tools/edgetpu-device/core --goal 90 || status=1; \
	tools/checks/mutate driver --goal 85 || status=1; \
	exit $$status

install: firmware userspace device models driver
	for part in userspace device models; do \
		meson install -C $(B)/$$part --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR))) \
			|| exit 1; \
	done
	+$(MAKE) -C firmware O=$(B)/firmware DESTDIR=$(DESTDIR) install
	install -D -m 644 driver/60-edgetpu.rules $(DESTDIR)/usr/lib/udev/rules.d/60-edgetpu.rules
	+$(MAKE) -C $(KDIR) M=$(B)/driver $(if $(DESTDIR),INSTALL_MOD_PATH=$(abspath $(DESTDIR))) \
		modules_install

clean:
	rm -rf build

.PHONY: all help setup $(PARTS) vm sanitizers demo check check-systems check-kernel check-kernels check-series check-mutants install clean
