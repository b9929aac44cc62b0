#!/bin/sh
# SPDX-License-Identifier: MIT
# golden.sh DEVICE: do the outputs of real networks equal TensorFlow Lite's, byte
# for byte? DEVICE is as for mnet-infer -d. Speaks TAP; also runs in the virtual
# machine. The networks, inputs and outputs are in $EDGETPU_SHARED (default:
# ../shared beside the repository); without them each is skipped.
# $MNET_INFER is the program, by default that of build/ or of PATH.
set -u

device=${1:?usage: golden.sh DEVICE}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${EDGETPU_BUILD:-$top/build}
shared=${EDGETPU_SHARED:-$top/../shared}
infer=${MNET_INFER:-$build/userspace/programs/mnet-infer}
[ -x "$infer" ] || infer=$(command -v mnet-infer) || {
	echo 'golden.sh: no mnet-infer: build it first' >&2
	exit 1
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

n=0 failed=0

# there NAME: is the test data? If not, the test NAME is skipped.
there() {
	[ ! -d "$shared/golden" ] || return 0
	n=$((n + 1))
	echo "ok $n $1 # SKIP no test data beside the repository (../shared)"
	return 1
}

result() { # ok|"not ok" NAME
	n=$((n + 1))
	echo "$1 $n $2"
	[ "$1" = ok ] || {
		failed=$((failed + 1))
		sed 's/^/# /' "$work/log"
	}
}

# equal NAME MODEL INPUT GOLDEN: output 0 of MODEL on the bytes of INPUT
equal() {
	there "$1" || return
	rm -f "$work/out.output0.raw"
	if "$infer" -m "$2" --raw-input "$3" --raw-output "$work/out" -d "$device" \
		>"$work/log" 2>&1 && cmp "$work/out.output0.raw" "$4" >>"$work/log" 2>&1; then
		result ok "$1"
	else
		result 'not ok' "$1"
	fi
}

# top MODEL: its first class for the photo of Grace Hopper
top() {
	there "$1 sees a military uniform on $device" || return
	if "$infer" -m "$shared/models/$1.tflite" -i "$shared/images/grace_hopper.bmp" \
		-l "$shared/labels/imagenet_labels.txt" -d "$device" -k 1 >"$work/log" 2>&1 &&
		grep -q '^  1\. .* 653  military uniform$' "$work/log"; then
		result ok "$1 sees a military uniform on $device"
	else
		result 'not ok' "$1 sees a military uniform on $device"
	fi
}

# An executable compiled ahead of time does as its model does.
compiled() {
	compile=${infer%mnet-infer}mnet-compile
	model=mobilenet_v3_small_1.0_224_uint8
	[ ! -d "$shared/golden" ] || "$compile" "$shared/models/$model.tflite" -o "$work/compiled.mnet" >"$work/log" 2>&1
	equal "$model compiled ahead of time on $device equals TFLite's" "$work/compiled.mnet" \
		"$shared/golden/bird_224.rgb" "$shared/golden/$model.bird.output0.raw"
}

# The reference for a network without one: made here, once, kept beside the build
person() {
	model=$shared/models/person_detect_96_int8.tflite
	kept=$build/golden
	mkdir -p "$kept" 2>/dev/null
	for photo in grace_hopper bird cat; do
		name="person_detect on $photo on $device equals TFLite's"
		input=$kept/person_detect.$photo.raw
		golden=$kept/person_detect.$photo.output0.raw
		there "$name" || continue
		if [ ! -s "$golden" ]; then
			# any bytes are an input: the start of a photo
			head -c 9216 "$shared/golden/${photo}_224.rgb" >"$input" &&
				"$here/fix_axis.py" "$model" "$work/model" >"$work/log" 2>&1 &&
				"$here/reference.sh" "$work/model" "$input" "$golden" \
					>"$work/log" 2>&1 || {
				n=$((n + 1))
				echo "ok $n $name # SKIP $(tail -n 1 "$work/log")"
				continue
			}
		fi
		equal "$name" "$model" "$input" "$golden"
	done
}

for model in mobilenet_edgetpu_1.0_224_uint8 mobilenet_edgetpu_0.75_224_int8 \
	mobilenet_v2_1.0_224_uint8 mobilenet_v3_small_1.0_224_uint8; do
	for photo in grace_hopper bird cat; do
		equal "$model on $photo on $device equals TFLite's" "$shared/models/$model.tflite" \
			"$shared/golden/${photo}_224.rgb" "$shared/golden/$model.$photo.output0.raw"
	done
	top "$model"
done
person
[ "$device" = cpu ] || compiled

echo "1..$n"
echo "# $((n - failed)) of $n"
[ "$failed" -eq 0 ]
