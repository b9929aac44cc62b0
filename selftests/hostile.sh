#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The driver on a device that lies (tools/vm/run --hostile SEED --no-module): it is loaded,
# worked with and unloaded again and again. Whatever the device says, every call comes
# back, the module unloads, and the kernel's log has no splat (which the host looks at).
#   hostile.sh SECONDS [SEED]
seconds=${1:?usage: hostile.sh SECONDS [SEED]}
seed=${2:-1}
here=$(cd "$(dirname "$0")" && pwd)
end=$(($(date +%s) + seconds))
round=0 worked=0 calls=0

fail() {
	echo "not ok round $round: $1"
	dmesg | tail -n 20 | sed 's/^/# /'
	echo t >/proc/sysrq-trigger
	exit 1
}

# What the kernel's workers still hold of a process that ended, they soon let go of; a
# reference that leaked stays.
await_unused() {
	tries=0
	until [ "$(cat /sys/module/edgetpu/refcnt)" -eq 0 ] || [ $tries -ge 600 ]; do
		usleep 50000
		tries=$((tries + 1))
	done
}

# All that the device tells through sysfs, and a threshold for it, a few times
look() {
	for _ in 1 2 3 4 5; do
		cat /sys/bus/pci/drivers/edgetpu/*/edgetpu/* \
			/sys/bus/pci/drivers/edgetpu/*/hwmon/hwmon*/*_* >/dev/null 2>&1
		for max in /sys/bus/pci/drivers/edgetpu/*/hwmon/hwmon*/temp1_max; do
			[ ! -w "$max" ] || echo 20000 >"$max" 2>/dev/null
		done
		usleep 50000
	done
}

while [ "$(date +%s)" -lt "$end" ]; do
	round=$((round + 1))
	timeout 120 modprobe edgetpu timeout_ms=500 || fail "the module does not load"
	tries=0
	until [ -e /dev/edgetpu0 ] || [ $tries -ge 20 ]; do
		usleep 50000
		tries=$((tries + 1))
	done
	if [ -e /dev/edgetpu0 ]; then
		look &
		looks=$!
		out=$(timeout 120 "$here/fuzz_ioctl" --seed $((seed * 1000 + round)) --seconds 3 2>&1)
		status=$?
		[ $status -lt 124 ] || echo "$out" | sed 's/^/# /'
		case $status in
		124|143) fail "a call does not come back" ;;
		esac
		tries=0
		while kill -0 $looks 2>/dev/null; do
			[ $tries -lt 1200 ] || fail "reading sysfs does not come back"
			usleep 50000
			tries=$((tries + 1))
		done
		wait $looks
		[ $status -lt 124 ] || fail "fuzz_ioctl ends with status $status"
		n=$(echo "$out" | sed -n 's/# fuzz executions: //p')
		calls=$((calls + ${n:-0}))
		worked=$((worked + 1))
	fi
	await_unused
	timeout 120 rmmod edgetpu || fail "the module does not unload"
	dmesg -c >/dev/null
done
echo "ok 1 $round rounds, $worked of them with a device"
[ "$worked" -gt 0 ]
status=$?
[ $status -eq 0 ] && echo "ok 2 some had one" || echo "not ok 2 none had one"
echo "1..2"
echo "# fuzz executions: $calls"
exit $status
