#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# blob.sh IMAGE OUT DEPFILE: an assembler file that carries the firmware image
set -eu
image=$1 out=$2 depfile=$3
if [ ! -s "$image" ]; then
	echo "the firmware image $image is not there: build the firmware first" >&2
	exit 1
fi
cat >"$out" <<-END
	.section .rodata
	.globl sim_firmware, sim_firmware_end
	.hidden sim_firmware, sim_firmware_end
	.balign 16
	sim_firmware:
	.incbin "$image"
	sim_firmware_end:
	.section .note.GNU-stack, "", @progbits
END
echo "$out: $image" >"$depfile"
