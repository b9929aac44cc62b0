#!/bin/bash
# SPDX-License-Identifier: MIT
# bad_input.sh [BUILD]: what the programs do with input that is wrong. BUILD is a
# build of userspace/, default build/userspace; build/userspace-asan has the
# sanitizers. Whatever the input, a program must end by itself with status 0 or
# with status 1 (2: wrong usage), nothing on stdout and one line on stderr that
# starts with its name. A crash or a report of a sanitizer fails that. Speaks TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
shared=${EDGETPU_SHARED:-$top/../shared}
build=${1:-${EDGETPU_BUILD:-$top/build}/userspace}
infer=$build/programs/mnet-infer
compile=$build/programs/mnet-compile
quantize=$build/programs/mnet-quantize
show=$build/programs/mnet-top
dump=$build/programs/edgetpu-dump
[ -x "$infer" ] && [ -x "$compile" ] && [ -x "$build/tests/make_models" ] || {
	echo "bad_input.sh: $build is no build of userspace/" >&2
	exit 1
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# A sanitizer's report must not look like a program's own failure.
export ASAN_OPTIONS=exitcode=99:detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:exitcode=99:print_stacktrace=1
"$build/tests/make_models" . || exit 1

n=0 failed=0

# result CONDITION NAME: shows what was printed when the condition does not hold
result() {
	n=$((n + 1))
	if [ "$1" = yes ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		failed=$((failed + 1))
		printf '# %s\n' "$3"
		head -c 2000 err | sed 's/^/# /'
	fi
}

# run COMMAND...: into out and err; sets status. The limit only ends what hangs.
run() {
	timeout 900 "$@" >out 2>err </dev/null
	status=$?
}

# one_line PROGRAM: what err holds is one line of PROGRAM's, and nothing is in out
one_line() {
	[ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] && grep -q "^$(basename "$1"): " err
}

# refuse STATUS NAME PATTERN COMMAND...: one line that has PATTERN
refuse() {
	local want=$1 name=$2 pattern=$3 good=no
	shift 3
	run "$@"
	[ $status -eq "$want" ] && one_line "$1" && grep -qE -- "$pattern" err && good=yes
	result $good "$name" "status $status (not $want?), or not the one line with /$pattern/:"
}

# survive NAME COMMAND...: in any way that the rules allow; quiet while all is well
survive() {
	local name=$1
	shift
	run "$@"
	case $status in
	0) [ ! -s err ] && return 0 ;;
	1) one_line "$1" && return 0 ;;
	esac
	result no "$name" "status $status of $*"
	return 1
}

# flip FROM TO BIT: copies with one bit the other way
flip() {
	local at=$(($3 / 8)) byte
	cp "$1" "$2"
	byte=$(od -An -tu1 -j $at -N 1 "$1")
	printf "\\$(printf %o $((byte ^ 1 << $3 % 8)))" |
		dd of="$2" bs=1 seek=$at conv=notrunc status=none
}

seed=1
# random N: sets r to a number below N, the same in each run
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	r=$((seed / 8 % $1))
}

photo=$work/photo.bmp
# 2 x 2 pixels of 24 bits
printf 'BM\106\0\0\0\0\0\0\0\066\0\0\0\050\0\0\0\002\0\0\0\002\0\0\0\001\0\030\0' >"$photo"
printf '\0\0\0\0\020\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >>"$photo"
printf 'abcdef\0\0ghijkl\0\0' >>"$photo"
head -c 768 /dev/zero >input.raw
printf 'zero\none\n' >labels.txt
mkdir folder
printf 'hello' >text
: >empty
mkfifo fifo

for device in cpu sim; do
	run "$infer" -m small.tflite -i "$photo" -d $device
	if [ $device = sim ] && [ $status -ne 0 ] && grep -q 'libmnet-sim.so is neither' err; then
		echo "# sim is not built here: it is left out"
		continue
	fi
	good=no
	[ $status -eq 0 ] && [ ! -s err ] && good=yes
	result $good "good input is taken on $device" "status $status"
	devices="${devices:-} $device"
done

# --- usage ---
refuse 2 'no model is wrong usage' 'no model' "$infer" -i "$photo"
refuse 2 'no image is wrong usage' 'no image' "$infer" -m small.tflite
refuse 2 'an unknown option is wrong usage' '--frobnicate' "$infer" --frobnicate
refuse 2 'an unknown letter among others is named' 'no such option: -x ' \
	"$infer" -m small.tflite -xk5
refuse 2 'an option without its value is wrong usage' 'needs a value' "$infer" -m
refuse 2 'a word too many is wrong usage' 'more' "$infer" -m small.tflite -i "$photo" more
refuse 2 '-k 0 is wrong usage' '-k 0' "$infer" -m small.tflite -i "$photo" -k 0
refuse 2 '-k x is wrong usage' '-k x' "$infer" -m small.tflite -i "$photo" -k x
refuse 2 '--repeat -1 is wrong usage' '--repeat -1' \
	"$infer" -m small.tflite -i "$photo" --repeat -1
refuse 2 'mnet-compile without a model is wrong usage' 'no model' "$compile"
refuse 2 'mnet-compile --config of another name is wrong usage' 'neither' \
	"$compile" small.tflite --config usb
for program in "$infer" "$compile" "$show" "$dump"; do
	for option in --help --version; do
		run "$program" $option
		good=no
		[ $status -eq 0 ] && [ -s out ] && [ ! -s err ] && good=yes
		result $good "${program##*/} $option prints to stdout" "status $status"
	done
done

# --- mnet-top ---
refuse 2 'mnet-top --delay 0 is wrong usage' '--delay 0' "$show" --delay 0
refuse 2 'mnet-top --delay nan is wrong usage' '--delay nan' "$show" --delay nan
refuse 2 'mnet-top sorts by what it knows' '--sort colour' "$show" --sort colour
refuse 2 'mnet-top shows one thing at a time' 'alone' "$show" --json --prometheus
refuse 2 'mnet-top takes no words' 'more' "$show" more
refuse 1 'mnet-top looks at a directory' 'nowhere' "$show" --once --root nowhere
refuse 1 'mnet-top resets what is there' 'no such device' "$show" --reset 0000:00:99.0

# --- edgetpu-dump ---
"$build/tests/make_dump" good.dump || exit 1
run "$dump" --memory --model small.tflite good.dump
good=no
[ $status -eq 0 ] && [ ! -s err ] && grep -q 'array: command 7 CONV, tag 0: operator 0, ' out && good=yes
result $good 'a dump names command and operator' "status $status"
refuse 2 'edgetpu-dump shows one file' 'more' "$dump" good.dump more
for file in missing folder empty text fifo small.tflite; do
	refuse 1 "$file is no dump" "$file: ." "$dump" "$file"
done
refuse 1 'a model that is none names no operators' 'text: ' "$dump" --model text good.dump

# --- mnet-quantize ---
refuse 2 'mnet-quantize without a model is wrong usage' 'needed' "$quantize" -o out.tflite
refuse 2 'mnet-quantize without an output is wrong usage' 'needed' "$quantize" small.tflite
refuse 2 'an empty list of images is wrong usage' '--calibrate needs images' \
	"$quantize" small.tflite --calibrate -o out.tflite
refuse 2 '--percentile x is wrong usage' '--percentile x' \
	"$quantize" small.tflite --percentile x -o out.tflite
refuse 2 '--input of another type is wrong usage' '--input int4' \
	"$quantize" small.tflite --input int4 -o out.tflite
refuse 1 'a model that is quantised is not quantised again' 'small.tflite: .*quantised already' \
	"$quantize" small.tflite --calibrate "$photo" -o out.tflite
refuse 1 'no images to calibrate with' 'small.tflite: no images' \
	"$quantize" small.tflite -o out.tflite
refuse 1 'a model that is missing cannot be quantised' 'none.tflite' \
	"$quantize" none.tflite --calibrate "$photo" -o out.tflite
good=yes
for left in out.tflite*; do
	[ ! -e "$left" ] || good=no
done
result $good 'mnet-quantize leaves nothing behind when it fails' "$(ls)"

# --- devices ---
refuse 1 'an unknown device is named' 'tpu: no such device' \
	"$infer" -m small.tflite -i "$photo" -d tpu
refuse 1 'a missing node is named' '/dev/edgetpu99: no such device' \
	"$infer" -m small.tflite -i "$photo" -d /dev/edgetpu99
refuse 1 'a node of another driver is named' '/dev/null: not a device' \
	"$infer" -m small.tflite -i "$photo" -d /dev/null
MNET_PLUGIN_PATH=/nonexistent refuse 1 'a missing plug-in is named' 'sim: libmnet-sim.so' \
	"$infer" -m small.tflite -i "$photo" -d sim

# --- models that are none ---
for file in missing.tflite folder empty text fifo "$photo"; do
	refuse 1 "${file##*/} is no model" "${file##*/}: ." "$infer" -m "$file" -i "$photo" -d cpu
	refuse 1 "${file##*/} cannot be compiled" "${file##*/}: ." "$compile" "$file" -o x.mnet
done
refuse 1 'a model of a name with a newline stays one line' 'no.such' \
	"$infer" -m $'no\nsuch' -i "$photo" -d cpu
refuse 1 'an unknown operator is named' 'unknown.tflite: .*Mystery' \
	"$infer" -m unknown.tflite -i "$photo" -d cpu
refuse 1 'an unknown operator cannot be compiled' 'unknown.tflite: .*Mystery' \
	"$compile" unknown.tflite -o x.mnet
refuse 1 '--json says errors on stderr' 'unknown.tflite: .*Mystery' \
	"$infer" -m unknown.tflite -i "$photo" -d cpu --json
good=no
[ ! -e x.mnet ] && good=yes
result $good 'no file is left of what was not compiled' "$(ls)"

# --- inputs ---
head -c 767 input.raw >short.raw
printf x | cat input.raw - >long.raw
for raw in short:767 long:769; do
	refuse 1 "a ${raw%:*} raw input is refused with both sizes" "${raw#*:} bytes.* 768" \
		"$infer" -m small.tflite --raw-input "${raw%:*}.raw" -d cpu
done
refuse 1 'a missing raw input is named' 'missing.raw: No such file' \
	"$infer" -m small.tflite --raw-input missing.raw -d cpu
refuse 1 'a folder is no raw input' 'folder: Is a directory' \
	"$infer" -m small.tflite --raw-input folder -d cpu
for file in missing.jpg folder empty text fifo small.tflite; do
	refuse 1 "$file is no image" "$file: ." "$infer" -m small.tflite -i "$file" -d cpu
done
refuse 1 'a model that takes no image says so' 'photo.bmp: .*--raw-input' \
	"$infer" -m vector.tflite -i "$photo" -d cpu
refuse 1 'a model of two inputs takes no image' 'photo.bmp: .*2 inputs' \
	"$infer" -m two.tflite -i "$photo" -d cpu
{ head -c 18 "$photo"; printf '\377\377\377\177\377\377\377\177'; tail -c +27 "$photo"; } >huge.bmp
refuse 1 'a BMP that claims 2^62 pixels is refused' 'huge.bmp: .*too many' \
	"$infer" -m small.tflite -i huge.bmp -d cpu
{ printf '\211PNG\r\n\032\n\0\0\0\015IHDR\177\377\377\377\177\377\377\377\010\002\0\0\0'
	printf '\233\253\234\061'; } >huge.png
refuse 1 'a PNG that claims 2^62 pixels is refused' 'huge.png: .*' \
	"$infer" -m small.tflite -i huge.png -d cpu
printf '\377\330\377\340' >short.jpg
refuse 1 'a JPEG that ends at once is refused' 'short.jpg: bad JPEG' \
	"$infer" -m small.tflite -i short.jpg -d cpu
head -c 60 "$photo" >short.bmp
refuse 1 'a truncated BMP is refused' 'short.bmp: ' "$infer" -m small.tflite -i short.bmp -d cpu

# --- labels, outputs ---
refuse 1 'missing labels are named' 'missing.txt: No such file' \
	"$infer" -m small.tflite -i "$photo" -l missing.txt -d cpu
refuse 1 'a folder has no labels' 'folder: Is a directory' \
	"$infer" -m small.tflite -i "$photo" -l folder -d cpu
refuse 1 'a photo has no labels' 'photo.bmp: line 1' \
	"$infer" -m small.tflite -i "$photo" -l "$photo" -d cpu
run "$infer" -m small.tflite -i "$photo" -l labels.txt -k 10 -d cpu
good=no
[ $status -eq 0 ] && grep -qE ' 1  one$' out && grep -qE ' 9  9$' out && good=yes
result $good 'classes beyond the labels are numbers' "status $status"
refuse 1 'outputs that cannot be written are named' 'nowhere/x.output0.raw: ' \
	"$infer" -m small.tflite -i "$photo" -d cpu --raw-output nowhere/x
refuse 1 'a profile that cannot be written is named' 'nowhere/p.json: ' \
	"$infer" -m small.tflite -i "$photo" -d cpu --profile nowhere/p.json
refuse 1 'an executable that cannot be written is named' 'nowhere/x.mnet: ' \
	"$compile" small.tflite -o nowhere/x.mnet

# A name that is no file of its own must still be what it was afterwards.
# stays NAME OPTION COMMAND...: COMMAND OPTION writes to a FIFO and through a link
stays() {
	local name=$1 option=$2 good=no reader
	shift 2
	rm -rf special
	mkdir special
	mkfifo special/fifo
	echo old >special/target
	ln -s target special/link
	timeout 900 cat special/fifo >special/got &
	reader=$!
	run "$@" "$option" special/fifo
	# whatever took its place, the reader must end
	[ $status -eq 0 ] && [ -p special/fifo ] || kill "$reader" 2>/dev/null
	wait "$reader" && [ -s special/got ] && good=yes
	run "$@" "$option" special/link
	[ $status -eq 0 ] && [ -L special/link ] && cmp -s special/got special/target || good=no
	result $good "$name" "status $status, $(ls -l special)"
}
stays 'an executable goes into a FIFO and through a link' -o "$compile" small.tflite
stays 'a profile goes into a FIFO and through a link' --profile \
	"$infer" -m small.tflite -i "$photo" -d cpu
refuse 1 'a pass that is none is named' 'nonesuch' "$compile" small.tflite -d nonesuch

# --- segmentation ---
run "$infer" -m classes.tflite -i "$photo" -d cpu --save-mask mask.png --save-overlay overlay.png
good=no
[ $status -eq 0 ] && [ ! -s err ] && [ -s mask.png ] && [ -s overlay.png ] &&
	grep -q '^picture    8 x 8' out && good=yes
result $good 'an output with rows and columns is a segmentation' "status $status"
rm -f mask.png overlay.png
run "$infer" -m classes.tflite -i "$photo" -d cpu --json
good=no
[ $status -eq 0 ] && [ ! -s err ] && python3 -c '
import json, sys
found = json.load(open("out"))
s = found["segmentation"]
assert found["top"] == [] and (s["width"], s["height"]) == (8, 8)
assert abs(sum(c["share"] for c in s["classes"]) - 1) < 1e-9
assert all(sorted(c) == ["index", "label", "share"] for c in s["classes"])' 2>err && good=yes
result $good 'a segmentation in JSON has its classes and their shares' "status $status"
refuse 2 '--as of another kind is wrong usage' 'potato' \
	"$infer" -m small.tflite -i "$photo" --as potato
refuse 2 'a mask of a classification is wrong usage' 'classify .*--save-mask' \
	"$infer" -m small.tflite -i "$photo" --as classify --save-mask mask.png
refuse 2 'an overlay without a photo is wrong usage' 'needs a photo' \
	"$infer" -m classes.tflite --raw-input input.raw --save-overlay overlay.png
for range in 1 1,1 a,b 0,nan; do
	refuse 2 "--image-range $range is wrong usage" "image-range $range" \
		"$infer" -m small.tflite -i "$photo" --image-range $range
done
refuse 1 'a classifier makes no segmentation' 'small.tflite: --as segment: .* 1x10 int8' \
	"$infer" -m small.tflite -i "$photo" -d cpu --as segment
refuse 1 'a segmentation is no classification' 'classes.tflite: --as classify: .* 1x8x8x8 int8' \
	"$infer" -m classes.tflite -i "$photo" -d cpu --as classify
refuse 1 'a classifier makes no mask' 'small.tflite: --save-mask: .* 1x10 int8' \
	"$infer" -m small.tflite -i "$photo" -d cpu --save-mask mask.png
refuse 1 'a mask that cannot be written is named' 'nowhere/mask.png: .*No such file' \
	"$infer" -m classes.tflite -i "$photo" -d cpu --save-mask nowhere/mask.png \
	--save-overlay overlay.png
refuse 1 'an overlay that cannot be written is named' 'folder: .*' \
	"$infer" -m classes.tflite -i "$photo" -d cpu --save-overlay folder
good=no
[ ! -e mask.png ] && [ ! -e overlay.png ] && [ -z "$(ls folder)" ] && good=yes
result $good 'no picture is left of what went wrong' "$(ls)"

# --- executables ---
run "$compile" small.tflite -o small.mnet
good=no
[ $status -eq 0 ] && [ -s small.mnet ] && [ ! -s err ] && good=yes
result $good 'a good model is compiled' "status $status"
refuse 1 'an executable for the accelerator does not run on the CPU' 'small.mnet: .*accelerator' \
	"$infer" -m small.mnet -i "$photo" -d cpu
head -c 8 small.mnet >magic.mnet
refuse 1 'an executable of its magic alone is refused' 'magic.mnet: ' "$compile" magic.mnet

# --- all cuts, and flips at random ---
# mangle FILE WHAT COMMAND...: COMMAND on FILE cut short, and with bits flipped; @ stands for it
mangle() {
	local file=$1 what=$2 size bad=0 i step
	shift 2
	size=$(stat -c %s "$file")
	step=$((size / 60 + 1))
	# what ends a model may be a description, which no one needs
	for ((i = 0; i < size - 64; i += step)); do
		head -c $i "$file" >mangled
		run "${@//@/mangled}"
		if [ $status -ne 1 ] || ! one_line "$1"; then
			result no "$what cut after $i bytes is refused" "status $status"
			bad=1
		fi
	done
	[ $bad -eq 1 ] || result yes "$what cut short anywhere is refused" ''
	bad=0
	for ((i = 0; i < 300; i++)); do
		# one half of them in the structure, before weights begin
		random $((i % 2 ? size * 8 : (size < 2048 ? size : 2048) * 8))
		flip "$file" mangled $r
		survive "$what with bit $r flipped is survived" "${@//@/mangled}" || bad=1
	done
	[ $bad -eq 1 ] || result yes "$what with one of 300 bits flipped is survived" ''
}
mangle small.tflite 'a model on the CPU' "$infer" -m @ --raw-input input.raw -d cpu
mangle small.tflite 'a model for the compiler' "$compile" @ -o x.mnet
mangle small.mnet 'an executable' "$compile" @
case ${devices:-} in
*sim*) mangle small.mnet 'an executable on sim' "$infer" -m @ --raw-input input.raw -d sim ;;
esac

mangle good.dump 'a dump' "$dump" --memory --model small.tflite @

# --- a real model, where there is one ---
real=$shared/models/person_detect_96_int8.tflite
if [ -r "$real" ]; then
	head -c 9216 /dev/zero >input.raw
	mangle "$real" 'person_detect' "$infer" -m @ --raw-input input.raw -d cpu
	refuse 1 'an operator of DeepLab that is not there is named' 'deeplab.*: .*(TILE|ARG_MAX)' \
		"$infer" -m "$shared/models/deeplab_mobilenet_edgetpu_slim_513_uint8.tflite" \
		-i "$photo" -d cpu
fi

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ $failed -eq 0 ]
