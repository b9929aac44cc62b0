#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Firmware images that must be refused: a clear message in the kernel log, no
# node, a module that unloads, and then a good image that works.
#   firmware.sh IMAGE	(in a guest where edgetpu.ko is not loaded)
image=${1:?usage: firmware.sh IMAGE}
target=/lib/firmware/edgetpu/edgetpu-fw.bin
passed=0 failed=0 number=0

result() {	# STATUS NAME
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $number $2"
	else
		failed=$((failed + 1))
		echo "not ok $number $2"
		dmesg | tail -n 8 | sed 's/^/# /'
	fi
}

node_appears() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -e /dev/edgetpu0 ] && return 0
		sleep 0.2
	done
	return 1
}

# Loads the module on the image now in place: the kernel log must match PATTERN.
refused() {	# NAME PATTERN
	dmesg -c >/dev/null
	modprobe edgetpu
	dmesg | grep -q "edgetpu.*$2"
	result $? "$1: the kernel says so ($2)"
	! ls /dev/accel/accel* >/dev/null 2>&1 && ! [ -e /dev/edgetpu0 ]
	result $? "$1: no node"
	rmmod edgetpu && ! [ -d /sys/module/edgetpu ]
	result $? "$1: the module unloads"
}

# Overwrites bytes of the image: OFFSET HEX...
patch() {
	cp "$image" "$target"
	offset=$1
	shift
	for byte; do
		printf "\\$(printf %o "0x$byte")" |
			dd of="$target" bs=1 seek="$offset" conv=notrunc 2>/dev/null
		offset=$((offset + 1))
	done
}

mkdir -p "$(dirname "$target")"
size=$(wc -c <"$image")

rm -f "$target"
refused "missing firmware" "firmware"

: >"$target"
refused "empty firmware" "firmware"

head -c 40 "$image" >"$target"
refused "firmware shorter than its header" "[Tt]runcated\|too short\|shorter"

head -c $((size - 100)) "$image" >"$target"
refused "truncated firmware" "[Tt]runcated\|too short\|shorter"

patch $((size / 2)) 5a a5 5a
refused "firmware with a flipped byte" "CRC"

patch 0 00
refused "firmware of another kind" "magic\|not .*firmware\|no .*firmware"

patch 4 63 00
refused "firmware with a header version of the future" "version"

# the size field says more than there is
patch 8 ff ff ff 7f
refused "firmware that claims to be larger than it is" "[Tt]runcated\|too short\|shorter\|size\|large"

head -c 400000 /dev/zero >"$target"
refused "firmware larger than the device's memory" "large\|magic\|not .*firmware\|no .*firmware"

cp "$image" "$target"
modprobe edgetpu
node_appears
result $? "good firmware: the node appears"
"$(dirname "$0")"/query >/dev/null 2>&1
result $? "good firmware: the device answers"
rmmod edgetpu
result $? "good firmware: the module unloads"
! [ -e /dev/edgetpu0 ] || ! [ -e "$(readlink -f /dev/edgetpu0)" ]
result $? "after unloading: the node is gone"
modprobe edgetpu && node_appears && "$(dirname "$0")"/submit >/dev/null 2>&1
result $? "loaded again: jobs run"

echo "1..$number"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
