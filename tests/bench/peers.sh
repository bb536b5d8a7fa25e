#!/bin/bash
# The engine module `cpu` against the runtimes that a user would pick instead, in turns in one run. Does all of its own
# set-up; safe to run again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/tests/bench
trained=$root/pipelines/street.pt
clip=$root/pipelines/clip.mp4
quality_size=320x240
light_blocks=4
light_ngf=16

usage() {
  cat <<'END2'
Usage: tests/bench/peers.sh [options]

Builds, installs PyTorch, ONNX Runtime, OpenVINO and NNCF into a folder of their own (8 GB, once), and prints seconds per
frame of resnet_9blocks with 64 filters at 256x256 and 640x360, ratios within the run, PSNR, memory, the first frame,
the light model's frames per second, what the element adds to them, and each layer's time against the multiply-add peak; writes
the same as JSON. Where there is AVX-512, ours and OpenVINO run with AVX2 alone too, and where there is AMX, without it.
Takes about ten minutes on two cores after the set-up. For figures that mean something, let nothing else run.

  --out FILE       where the JSON goes (default: BUILDDIR/peers.json)
  --builddir DIR   build there (default: build-peers; without LibTorch)
  --venv DIR       the peers' folder (default: in the user's cache)
  --prepare        stop after the set-up
  --turns N        turns that each contender gets (default: 6)
  --sizes "WxH..." other sizes
  --precisions "P..." of the module cpu (default: fp32, and those of bf16 and int8 that the machine has)
  --threads N      CPU threads of all (default: as many as this process may use)
  -h, --help       this text
END2
}

step() { printf '\n== %s\n' "$*" >&2; }

# Complete only when the mark of these very versions is there.
install_peers() {
  local venv=$1
  cmp --silent "$here/peers.txt" "$venv/DONE" && return
  step "Installing the peers into $venv"
  python3 -c 'import venv, ensurepip' 2>/dev/null || apt-get install --yes --no-install-recommends python3-venv >&2
  # torch.compile calls the compiler on C++ that includes Python's headers.
  [[ -f $(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] ||
    apt-get install --yes --no-install-recommends python3-dev >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement "$here/peers.txt" >&2
  cp "$here/peers.txt" "$venv/DONE"
}

build_ours() {
  local builddir=$1
  [[ -f $builddir/build.ninja ]] || "$root/pipelines/build.sh" --for tests --no-torch --builddir "$builddir" --target cut-model >&2
  ninja -C "$builddir" model/cpu/libcut-cpu.so model/tool/cut-model tests/bench/engine-bench tests/bench/translate-floats \
    tests/bench/layers-bench tests/bench/element-bench gst/libgstcuttranslate.so >&2
}

# frames SIZE FIRST STEP COUNT FILE: of the demo's clip, packed RGB.
frames() {
  ffmpeg -nostdin -v error -y -i "$clip" -vf "select='gte(n,$2)*not(mod(n-$2,$3))',scale=${1/x/:}" -vsync 0 \
    -frames:v "$4" -f rawvideo -pix_fmt rgb24 "$5"
}

# Weights, frames, and what other runtimes read instead; once for each work folder.
prepare() {
  local work=$1 builddir=$2 python=$3
  shift 3
  step "Weights and frames"
  "$python" "$here/make_inputs.py" "$work" full 9 64 640x360 "$@"
  "$python" "$here/make_inputs.py" "$work" light "$light_blocks" "$light_ngf"
  for name in full light; do
    "$builddir/model/tool/cut-model" convert --no-sample "$work/$name.pth" "$work/$name.pt" >&2
  done
  # Another trained model than last time: what was exported from that one is old.
  cmp --silent "$trained" "$work/trained.source" || rm -f "$work/trained.int8.onnx"
  cp "$trained" "$work/trained.source"
  cp "$trained" "$work/trained.pt"
  frames "$quality_size" 5 40 4 "$work/quality.rgb"
  frames 256x256 20 16 9 "$work/calibration.rgb"
  mkdir -p "$work/calibration"
  ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s 256x256 -i "$work/calibration.rgb" "$work/calibration/%d.png"
  # Of random weights all layers too, as the peers have it: only their speed counts.
  for name in full light; do
    "$builddir/model/tool/cut-model" quantize --all-layers "$work/$name.pt" "$work/calibration" >&2
  done
  "$builddir/model/tool/cut-model" quantize "$work/trained.pt" "$work/calibration" >&2
  for name in full trained; do
    [[ $work/$name.int8.onnx -nt $here/export.py && $work/$name.int8.onnx -nt $here/generator.py ]] && continue
    step "Exporting and quantising $name for the peers"
    "$python" "$here/export.py" "$work/$name.pt" 256 256 "$work/calibration.rgb" >"$work/export.log" 2>&1 ||
      { tail -30 "$work/export.log" >&2; exit 1; }
  done
}

main() {
  local builddir=$root/build-peers out='' venv=${XDG_CACHE_HOME:-~/.cache}/cuttranslate/peers
  local precisions python work only_prepare='' arguments=() sizes=(256x256 640x360)
  while (($#)); do
    case $1 in
      --out) out=$(realpath -m "${2:?--out where?}"); shift ;;
      --builddir) builddir=$(realpath -m "${2:?--builddir where?}"); shift ;;
      --venv) venv=$(realpath -m "${2:?--venv where?}"); shift ;;
      --prepare) only_prepare=yes ;;
      --turns | --threads) arguments+=("$1" "${2:?$1 what?}"); shift ;;
      --sizes) read -ra sizes <<<"${2:?--sizes which?}"; shift ;;
      --precisions) read -ra precisions <<<"${2:?--precisions which?}"; arguments+=(--precisions "${precisions[@]}"); shift ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  work=$builddir/peers
  python=$venv/bin/python

  install_peers "$venv"
  build_ours "$builddir"
  prepare "$work" "$builddir" "$python" "${sizes[@]}"
  [[ -z $only_prepare ]] || exit 0

  step "Measuring"
  "$python" "$here/peers.py" --builddir "$builddir" --work "$work" --out "${out:-$builddir/peers.json}" \
    --quality-size "$quality_size" --sizes "${sizes[@]}" \
    --versions "$(grep -v '^#' "$here/peers.txt" | tr '\n' ' ')" "${arguments[@]}"
}

main "$@"
