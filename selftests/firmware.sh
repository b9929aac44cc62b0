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

# Loads the module on the image now in place. The kernel must say of it what TEXT
# says, and nothing but that: each refusal has words of its own.
refused() {	# NAME TEXT
	dmesg -c >/dev/null
	modprobe edgetpu
	[ "$(dmesg | grep -c 'edgetpu .*; install ')" -eq 1 ] &&
		dmesg | grep 'edgetpu .*; install ' | grep -qF -- "$2"
	result $? "$1: the kernel says so ($2)"
	! ls /dev/accel/accel* >/dev/null 2>&1 && ! [ -e /dev/edgetpu0 ]
	result $? "$1: no node"
	rmmod edgetpu && ! [ -d /sys/module/edgetpu ]
	result $? "$1: the module unloads"
}

# Overwrites bytes of the image in place: OFFSET HEX...
overwrite() {
	offset=$1
	shift
	for byte; do
		printf "\\$(printf %o "0x$byte")" |
			dd of="$target" bs=1 seek="$offset" conv=notrunc 2>/dev/null
		offset=$((offset + 1))
	done
}

# The same on a good image
patch() {
	cp "$image" "$target"
	overwrite "$@"
}

# Gives the image in place the checksum that the driver finds it should have.
mend_crc() {
	dmesg -c >/dev/null
	modprobe edgetpu
	crc=$(dmesg | sed -n 's/.*is damaged: CRC 0x\([0-9a-f]\{8\}\),.*/\1/p')
	rmmod edgetpu
	[ ${#crc} -eq 8 ] || crc=00000000
	overwrite 12 "${crc#??????}" "$(echo "$crc" | cut -c 5-6)" \
		"$(echo "$crc" | cut -c 3-4)" "${crc%??????}"
}

# A number as the bytes that overwrite() takes, the lowest first
bytes() {
	printf '%02x %02x %02x %02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
		$(($1 >> 24 & 255))
}

mkdir -p "$(dirname "$target")"
size=$(wc -c <"$image")

rm -f "$target"
refused "missing firmware" "cannot be loaded (-2)"

: >"$target"
refused "empty firmware" "cannot be loaded (-22)"

head -c 63 "$image" >"$target"
refused "firmware shorter than its header" "is truncated: 63 bytes, the header has 64"

head -c $((size - 4)) "$image" >"$target"
refused "truncated firmware" "is truncated: $((size - 4)) bytes of $size"

patch $((size / 2)) 5a a5 5a
refused "firmware with flipped bytes" "is damaged: CRC"

patch 0 00
refused "firmware of another kind" "is no image for this device: bad magic"

patch 4 63 00
refused "firmware with a header version of the future" "has header version 99, this driver knows 1"

patch 6 44 00
refused "firmware with a longer header" "has header version 1, this driver knows 1"

# the size field says more than there is
patch 8 ff ff ff 7f
refused "firmware that claims to be larger than it is" "is truncated: $size bytes of 2147483711"

{ cat "$image"; printf '\0\0\0\0'; } >"$target"
refused "firmware with bytes behind its end" "has a bad size: $((size + 4)) bytes, $size by its header"

# a header that is right about a size which is not
{ cat "$image"; head -c 400000 /dev/zero; } | head -c 400000 >"$target"
overwrite 8 $(bytes $((400000 - 64)))
refused "firmware larger than the device's memory" "has a bad size: 400000 bytes, 400000 by its header"

patch 28 63 00 00 00
mend_crc
refused "firmware of another protocol" "speaks protocol 99, this driver"

patch 32 63 00 00 00
mend_crc
refused "firmware for other hardware" "is for hardware 99.x"

# what only the boot ROM looks at
patch 20 00 00 00 00
mend_crc
refused "firmware that starts outside memory" "boot ROM refuses the firmware: load address or entry"

patch 16 00 00 00 00
mend_crc
refused "firmware to be loaded outside memory" "boot ROM refuses the firmware: load address or entry"

patch 36 ff ff ff 7f
mend_crc
refused "firmware that wants more memory than there is" "boot ROM refuses the firmware: bad size"

cp "$image" "$target"
modprobe edgetpu
node_appears
result $? "good firmware: the node appears"
"$(dirname "$0")"/query >/dev/null 2>&1
result $? "good firmware: the device answers"
rmmod edgetpu
result $? "good firmware: the module unloads"
! [ -e /dev/edgetpu0 ] && ! ls /dev/accel/accel* >/dev/null 2>&1
result $? "after unloading: the node is gone"
modprobe edgetpu && node_appears && "$(dirname "$0")"/submit >/dev/null 2>&1
result $? "loaded again: jobs run"

echo "1..$number"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
