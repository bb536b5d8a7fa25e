#!/bin/bash
# SPDX-License-Identifier: MIT
# The engine module `cpu` against the runtimes that a user would pick instead, in turns in one run. Does all of its own
# set-up; safe to run again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/tests/bench
trained=$root/pipelines/street.pt
clip=$root/pipelines/clip.mp4
quality_size=320x240
programs=(model/backends/cpu/libcuttranslate-cpu.so model/tool/cut-model tests/bench/engine-bench tests/bench/translate-floats tests/bench/layers-bench
  tests/bench/element-bench tests/bench/random-model gst/libgstcuttranslate.so)

usage() {
  cat <<'END2'
Usage: tests/bench/peers.sh [options]

Builds, installs PyTorch, ONNX Runtime, OpenVINO, NNCF, MNN, ncnn and OpenCV into a folder of their own (8 GB, once), and
prints for resnet_9blocks with 64 filters at 256x256 and 640x360, and for the light model: seconds per frame, ratios within
the run, PSNR, memory, the first frame; what the element adds; and each layer's time against the multiply-add peak. Writes
the same as JSON. Where there is AVX-512, ours, OpenVINO and OpenCV run with AVX2 alone too, and where there is AMX, without it.
What this machine cannot measure is a blank with its reason; CUT_CPU_ISA=avx2 (or sse4, ...) caps the module cpu.
Takes about a quarter of an hour on two cores after the set-up. For figures that mean something, let nothing else run.

  --out FILE       where the JSON goes (default: BUILDDIR/peers.json)
  --builddir DIR   build there (default: build-peers; without LibTorch)
  --venv DIR       the peers' folder (default: in the user's cache)
  --prepare        stop after the set-up
  --no-build       take the programs as they are in BUILDDIR
  --turns N        turns that each contender gets (default: 6)
  --only "NAME..."        of cpu, eager, compile, onnxruntime, openvino, mnn, ncnn, opencv; cpu alone needs no download
  --precisions "P..."     of fp32, tf32, bf16, int8
  --parts "PART..."       of quality, speed, light, element, layers
  --sizes "WxH..."        other sizes than 256x256 and 640x360
  --threads N      CPU threads of all (default: as many as this process may use)
  --quick          everything once with tiny networks and frames: shows that it runs, not how fast
  -h, --help       this text
END2
}

step() { printf '\n== %s\n' "$*" >&2; }

# Complete only when the mark of these very versions is there. Where one of them cannot be had, it is a blank later.
install_peers() {
  local venv=$1 line
  cmp --silent "$here/peers.txt" "$venv/DONE" && return
  step "Installing the peers into $venv"
  python3 -c 'import venv, ensurepip' 2>/dev/null || apt-get install --yes --no-install-recommends python3-venv >&2
  # torch.compile calls the compiler on C++ that includes Python's headers.
  [[ -f $(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] ||
    apt-get install --yes --no-install-recommends python3-dev >&2
  python3 -m venv "$venv"
  if ! "$venv/bin/pip" install --quiet --requirement "$here/peers.txt" >&2; then
    grep -v '^#' "$here/peers.txt" | while read -r line; do
      "$venv/bin/pip" install --quiet "$line" >&2 || step "$line is left out: pip cannot install it here"
    done
  fi
  cp "$here/peers.txt" "$venv/DONE"
}

build_ours() {
  local builddir=$1
  [[ -f $builddir/build.ninja ]] || "$root/pipelines/build.sh" --for tests --no-torch --builddir "$builddir" --target cut-model >&2
  ninja -C "$builddir" "${programs[@]}" >&2
}

# frames SIZE FIRST STEP COUNT FILE: of the demo's clip, packed RGB.
frames() {
  ffmpeg -nostdin -v error -y -i "$clip" -vf "select='gte(n,$2)*not(mod(n-$2,$3))',scale=${1/x/:}" -vsync 0 \
    -frames:v "$4" -f rawvideo -pix_fmt rgb24 "$5"
}

# calibration NAME COUNT: frames for int8, as one file and as pictures.
calibration() {
  mkdir -p "$work/$1"
  frames "$calibration_size" 20 16 "$2" "$work/$1.rgb"
  ffmpeg -nostdin -v error -y -f rawvideo -pix_fmt rgb24 -s "$calibration_size" -i "$work/$1.rgb" "$work/$1/%d.png"
}

# quantize MODEL CALIBRATION OPTIONS...: adds int8's ranges. Without them the module cpu says why it has no int8.
quantize() {
  "$builddir/model/tool/cut-model" quantize "${@:3}" "$work/$1.pt" "$work/$2" >&2 || step "$1.pt stays without ranges for int8"
}

# prepare SIZE...: weights and frames.
prepare() {
  local size
  step "Weights and frames"
  mkdir -p "$work"
  "$builddir/tests/bench/random-model" "resnet_${network%x*}blocks" "${network#*x}" instance "$work/full.pt"
  "$builddir/tests/bench/random-model" "resnet_${light%x*}blocks" "${light#*x}" instance "$work/light.pt"
  # Another trained model than last time: what was exported from that one is old.
  cmp --silent "$trained" "$work/trained.source" || rm -f "$work"/trained.*.exported
  cp "$trained" "$work/trained.source"
  cp "$trained" "$work/trained.pt"
  for size in "$@"; do frames "$size" 100 1 1 "$work/$size.rgb"; done
  frames "$quality_size" 5 40 4 "$work/quality.rgb"
  calibration calibration 9
  calibration glance 1
  # Of random weights all layers, as the peers have it: only their speed counts.
  quantize full glance --all-layers
  quantize light glance --all-layers
  quantize trained calibration
}

# export_to PYTHON FORMAT...: what the peers read instead of our files, once. What fails is told where it is missed.
export_to() {
  local python=$1 format name mark seen
  shift
  for name in full light trained; do
    seen=glance
    [[ $name != trained ]] || seen=calibration
    for format in "$@"; do
      mark=$work/$name.$format.exported
      [[ $mark -nt $here/export.py && $mark -nt $here/generator.py && $mark -nt $here/peers.txt ]] && continue
      step "Exporting $name for $format"
      rm -f "$work/$name.$format.why"
      "$python" "$here/export.py" "$format" "$work/$name.pt" "${calibration_size%x*}" "${calibration_size#*x}" "$work/$seen.rgb" \
        >"$work/export.log" 2>&1 || { tail -n 1 "$work/export.log" | tee "$work/$name.$format.why" >&2; }
      touch "$mark"
    done
  done
}

main() {
  local out='' venv=${XDG_CACHE_HOME:-~/.cache}/cuttranslate/peers python=python3 only_prepare='' build=yes quick='' word words
  local only='' formats=()
  local arguments=() sizes=(256x256 640x360)
  builddir=$root/build-peers network=9x64 light=4x16 light_size=640x360 calibration_size=256x256
  while (($#)); do
    case $1 in
      --out) out=$(realpath -m "${2:?--out where?}"); shift ;;
      --builddir) builddir=$(realpath -m "${2:?--builddir where?}"); shift ;;
      --venv) venv=$(realpath -m "${2:?--venv where?}"); shift ;;
      --prepare) only_prepare=yes ;;
      --no-build) build='' ;;
      --quick) quick=-quick ;;
      --turns | --threads) arguments+=("$1" "${2:?$1 what?}"); shift ;;
      --sizes) read -ra sizes <<<"${2:?--sizes which?}"; shift ;;
      --only) only=${2:?--only whom?}; read -ra words <<<"$2"; arguments+=("$1" "${words[@]}"); shift ;;
      --precisions | --parts) read -ra words <<<"${2:?$1 which?}"; arguments+=("$1" "${words[@]}"); shift ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  if [[ $quick ]]; then
    sizes=(32x32) network=1x8 light=1x4 light_size=32x32 calibration_size=32x32 quality_size=32x32
    arguments=(--turns 1 --quick "${arguments[@]}")
  fi
  work=$builddir/peers$quick

  [[ -z $build ]] || build_ours "$builddir"
  prepare "${sizes[@]}" "$light_size"
  if [[ $only != cpu ]]; then
    install_peers "$venv"
    python=$venv/bin/python
    formats=(onnx)
    for word in onnxruntime openvino mnn ncnn; do
      [[ " ${only:-$word} " != *" $word "* ]] || formats+=("$word")
    done
    # Its int8 is OpenCV's too.
    [[ " $only " != *" opencv "* || " ${formats[*]} " == *" onnxruntime "* ]] || formats+=(onnxruntime)
    export_to "$python" "${formats[@]}"
  fi
  [[ -z $only_prepare ]] || exit 0

  step "Measuring"
  "$python" "$here/peers.py" --builddir "$builddir" --work "$work" --out "${out:-$builddir/peers$quick.json}" \
    --quality-size "$quality_size" --light-size "$light_size" --sizes "${sizes[@]}" \
    --networks "resnet_${network%x*}blocks ngf ${network#*x}" "resnet_${light%x*}blocks ngf ${light#*x}" \
    --versions "$(grep -v '^#' "$here/peers.txt" | tr '\n' ' ')" "${arguments[@]}"
}

main "$@"
