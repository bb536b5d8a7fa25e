#!/bin/bash
# SPDX-License-Identifier: MIT
# The element in processes: gst-inspect-1.0, gst-launch-1.0, and how processes end. Prints TAP.
#   process.sh MODEL LEAVE-PROGRAM    MODEL: a generator of 3 channels
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
model=$1
leave=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

source="videotestsrc num-buffers=3 ! video/x-raw,width=32,height=24"

inspected() { gst-inspect-1.0 cuttranslate >"$work/inspect" 2>"$work/inspect-errors" && [[ ! -s $work/inspect-errors ]]; }

# says PROPERTY TEXT...: gst-inspect-1.0 prints each text between this property and the next.
says() {
  local property=$1 text part
  shift
  part=$(awk -v name="$property" '$1 == name && $2 == ":" { on = 1; print; next } on && /^  [a-z]/ { on = 0 } on' "$work/inspect" |
    tr -s ' \n' ' ')
  for text in "$@"; do
    [[ $part == *"$text"* ]] || { echo "$property lacks \"$text\": $part"; return 1; }
  done
}

documented() {
  says model 'READY, PAUSED or PLAYING state' '.pth' 'Default: null'
  says engine auto torch cpu 'Default: 0, "auto"'
  says device auto cpu cuda 'cuda:N' 'Default: "auto"'
  says precision auto fp32 tf32 fp16 bf16 int8 'Default: 0, "auto"'
  says threads 'Range: 0 - 1024' 'Default: 0'
  says verify 'Boolean' 'Default: false' '0.001'
  says allow-code 'Boolean' 'Default: false'
  says qos 'Default: true'
  says enabled 'controllable' 'PLAYING' 'Default: true'
  says strength 'controllable' 'Range: 0 - 1' 'Default: 1'
  says output controllable translated original split 'Default: 0, "translated"'
  says split-position controllable 'Range: 0 - 1' 'Default: 0.5'
  says crossfade PLAYING 'Range: 0 - 100000' 'Default: 0'
  says late drop repeat passthrough 'Default: 0, "drop"'
  says on-error fail drop passthrough repeat 'Default: 0, "fail"'
  says frame-timeout Nanoseconds 'Default: 0'
  says frames-in-flight 'Range: 1 - 64' 'Default: 1'
  says stats-interval Nanoseconds cuttranslate-stats 'Default: 0'
  says stats readable frames-in fps p95 memory-process
  says active-model 'readable' 'READY'
  says active-engine 'readable' 'READY'
  says active-device 'readable' 'READY'
  says active-precision 'readable' 'READY'
}

shows_examples() {
  local text
  for text in 'gst-launch-1.0 filesrc' 'Contrastive Learning' 'Interlaced' 'Filter/Effect/Video' 'model-updated' GstCutTranslateMeta GST_TRACERS; do
    grep -qF -- "$text" "$work/inspect" || { echo "no \"$text\""; return 1; }
  done
}

# loaded_by COMMAND...: the libraries that the process opened.
loaded_by() {
  rm -f "$work"/libraries.*
  LD_DEBUG=files LD_DEBUG_OUTPUT="$work/libraries" "$@" >/dev/null 2>&1
  cat "$work"/libraries.* | grep -E 'calling init|file=' || true
}

inspecting_loads_no_engine() {
  local libraries
  libraries=$(GST_REGISTRY_1_0=$work/fresh-registry.bin loaded_by gst-inspect-1.0 cuttranslate)
  grep -q libgstcuttranslate <<<"$libraries" || { echo "not even the plugin was loaded"; return 1; }
  ! grep -E 'libtorch|libc10|libcuttranslate-(torch|cpu)' <<<"$libraries"
}

# shellcheck disable=SC2086
play() { gst-launch-1.0 -q $source ! cuttranslate device=cpu model="$model" ! "$@" >"$work/out" 2>"$work/errors"; }

# quiet COMMAND...: exit status 0, and nothing on stderr.
quiet() {
  local status=0
  "$@" 2>"$work/errors" || status=$?
  cat "$work/errors"
  [[ $status == 0 && ! -s $work/errors ]] || { echo "exit status $status"; return 1; }
}

plays_quietly() { quiet play fakesink && [[ ! -s $work/errors ]]; }

# traced COMMAND...: with the leaks tracer; its status is the command's.
traced() {
  rm -f "$work/traces"
  GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7 GST_DEBUG_FILE=$work/traces GST_DEBUG_NO_COLOR=1 "$@"
}

# alive [TYPE]: the tracer saw an object, or one of this type, that was not freed in the end.
alive() { grep -E "object-alive, type-name=\(string\)${1:-[A-Za-z]}" "$work/traces"; }

# Without this the tests that find no leak would prove nothing.
shows_a_leak() { G_DEBUG='' traced "$leave" "$model" leak && alive GstCutTranslate; } # the tracer warns of it

none_alive() { [[ -f $work/traces ]] && ! alive; }

leaks_nothing() {
  traced play videoconvert ! fakesink
  none_alive
}

fails_without_leaks() {
  ! traced gst-launch-1.0 -q videotestsrc ! cuttranslate model=/nowhere/none.pt ! fakesink 2>"$work/errors" || return 1
  grep -q none.pt "$work/errors" && none_alive
}

# GStreamer brings a second unwinder, libunwind, into programs like this one; every error of ours is an exception first.
reports_an_error() {
  local status=0
  gst-launch-1.0 -q videotestsrc ! cuttranslate "$@" ! fakesink >/dev/null 2>"$work/errors" || status=$?
  cat "$work/errors"
  [[ $status == 1 || $status == 255 ]] || { echo "exit status $status"; return 1; }
  grep -q 'ERROR: from element' "$work/errors"
}

# first_error LINE...: the first error that gst-launch-1.0 prints. The process is killed: 1.22 can hang after an error that
# is posted before its main loop runs.
first_error() {
  local line='' pid
  exec 3< <(exec gst-launch-1.0 "$@" 2>&1)
  pid=$!
  while IFS= read -r line <&3 && [[ $line != 'ERROR: from element'* ]]; do :; done
  exec 3<&-
  kill "$pid" 2>/dev/null || true
  echo "$line"
}

# says_why TEXT LINE...: the first error is the element's and contains TEXT, in each of four runs.
says_why() {
  local text=$1 run said
  for run in 1 2 3 4; do
    said=$(first_error "${@:2}")
    [[ $said == *GstCutTranslate*"This video is refused: "*"$text"* ]] || { echo "run $run: $said"; return 1; }
  done
}

# video NAME FFMPEG-OPTIONS...: four frames of 32x24.
video() { ffmpeg -v error -f lavfi -i testsrc=size=32x24:rate=4:duration=1 "${@:2}" "$work/$1"; }

refused_behind_decodebin() {
  local end=(cuttranslate device=cpu model="$model" '!' fakesink)
  video interlaced.mp4 -vf tinterlace=interleave_top -flags +ilme+ildct -x264opts tff=1 -pix_fmt yuv420p
  video grey.mkv -c:v ffv1 -pix_fmt gray
  says_why 'put deinterlace before it' filesrc location="$work/interlaced.mp4" '!' decodebin '!' "${end[@]}"
  says_why 'put deinterlace before it' uridecodebin uri="file://$work/interlaced.mp4" '!' queue '!' "${end[@]}"
  says_why 'GRAY8, and the model takes RGB and YUV' filesrc location="$work/grey.mkv" '!' decodebin '!' "${end[@]}"
}

refused_behind_a_source() {
  local end=(cuttranslate device=cpu model="$model" '!' fakesink) raw=video/x-raw,format=RGB,width=32,height=24,framerate=4/1
  head -c 2304 /dev/zero >"$work/frame"
  says_why 'GRAY8, and the model takes RGB and YUV' videotestsrc '!' video/x-raw,format=GRAY8 '!' "${end[@]}"
  says_why 'put deinterlace before it' videotestsrc '!' video/x-raw,interlace-mode=interleaved '!' "${end[@]}"
  says_why 'split the views before it' filesrc location="$work/frame" blocksize=2304 '!' $raw,multiview-mode=side-by-side '!' "${end[@]}"
}

# The tracer's own events go through the element with the frames.
is_measured_by_the_latency_tracer() {
  GST_TRACERS='latency(flags=pipeline+element)' GST_DEBUG=GST_TRACER:7 GST_DEBUG_FILE=$work/latency GST_DEBUG_NO_COLOR=1 \
    play fakesink
  grep -E 'element-latency, .*element=\(string\)cuttranslate0' "$work/latency" | grep -q 'time=(guint64)[1-9]' ||
    { echo "no latency of the element"; return 1; }
  grep -q 'latency, src-element' "$work/latency" || { echo "no latency of the pipeline"; return 1; }
}

logs_its_work() {
  GST_DEBUG=cuttranslate:4,cuttranslate-frame:6 GST_DEBUG_FILE=$work/debug GST_DEBUG_NO_COLOR=1 play fakesink
  grep -q 'latency is now' "$work/debug" && grep -q 'translated 3 frames in' "$work/debug" &&
    [[ $(grep -c 'cuttranslate-frame .*finished: translated' "$work/debug") == 3 ]]
}

compiles_as_c() {
  # shellcheck disable=SC2046 # flags are words
  printf '#include "%s"\nint main(void) { GstCutTranslateInfo info; return gst_buffer_get_cut_translate_info(0, &info); }\n' \
    "$root/gst/gstcuttranslatemeta.h" | gcc -std=c99 -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags gstreamer-1.0) -x c -
}

check "gst-inspect-1.0 describes the element without an error" inspected
check "gst-inspect-1.0 prints range, default and mutability of each property" documented
check "gst-inspect-1.0 prints example pipelines and the paper" shows_examples
check "registering and inspecting the plugin loads no engine module and no LibTorch" inspecting_loads_no_engine
check "gstcuttranslatemeta.h compiles as C" compiles_as_c
check "GST_TRACERS=latency measures the element" is_measured_by_the_latency_tracer
check "GST_DEBUG logs latency, frames per second and each frame" logs_its_work
check "gst-launch-1.0 plays with exit status 0 and nothing on stderr" plays_quietly
check "gst-launch-1.0 without a model prints an error message" reports_an_error
check "gst-launch-1.0 with a script as model prints an error message" reports_an_error model="$0"
check "gst-launch-1.0 with a missing device prints an error message" reports_an_error model="$model" device=cuda:99
check "gst-launch-1.0 with an unsupported precision prints an error message" reports_an_error model="$model" device=cpu precision=int8
check "gst-launch-1.0 prints why the caps of a source are refused, in each of four runs" refused_behind_a_source
check "gst-launch-1.0 prints why the caps of a decoder are refused, in each of four runs" refused_behind_decodebin
check "the leaks tracer shows an element that is not freed" shows_a_leak
check "the leaks tracer finds nothing after a pipeline" leaks_nothing
check "the leaks tracer finds nothing after a model failed to open" fails_without_leaks
check "a program that sets NULL before it ends exits with status 0 and nothing on stderr" quiet "$leave" "$model" null
check "a program that returns from main in PLAYING exits with status 0 and nothing on stderr" quiet "$leave" "$model" return
check "a program that calls exit in PLAYING exits with status 0 and nothing on stderr" quiet "$leave" "$model" exit
check "a program that calls exit on another thread in PLAYING exits with status 0 and nothing on stderr" quiet "$leave" "$model" thread
done_checking
