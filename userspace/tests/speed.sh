#!/bin/bash
# SPDX-License-Identifier: MIT
# speed.sh [MODEL]: host time of an inference on sim beside that of TensorFlow
# Lite's fast (ruy) kernels on one thread, measured in turn on this machine, and
# their ratio. To be run by hand on an idle machine: it proves nothing on a busy one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
shared=${EDGETPU_SHARED:-$top/../shared}
infer=${MNET_INFER:-${EDGETPU_BUILD:-$top/build}/userspace/programs/mnet-infer}
model=${1:-$shared/models/mobilenet_edgetpu_1.0_224_uint8.tflite}
photo=$shared/images/grace_hopper.bmp

best() { # VALUE...: the least
	printf '%s\n' "$@" | sort -g | head -n 1
}

ours=() theirs=()
for _ in 1 2 3; do
	line=$("$here/reference.sh" --speed "$model") || {
		echo "$line"
		exit 77
	}
	theirs+=("$(sed -n 's/.* median=\([0-9.]*\) .*p90.*/\1/p' <<<"$line")")
	ours+=("$("$infer" -m "$model" -i "$photo" -d sim --repeat 20 --json |
		sed -n 's/.*"host_ms":[^0-9]*\([0-9.]*\).*/\1/p')")
done
awk -v a="$(best "${ours[@]}")" -v b="$(best "${theirs[@]}")" -v m="$(basename "$model")" 'BEGIN {
	printf "%s: sim %.1f ms, TFLite (ruy, one thread) %.1f ms, ratio %.2f\n", m, a, b, a / b }'
