#!/bin/bash
# SPDX-License-Identifier: MIT
# How fast the element and its engine are on this machine, beside the same weights in eager PyTorch. Does all of its own
# set-up; safe to run again.
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
torch_version=2.15.0
numpy_version=2.4.6

usage() {
  cat <<'END'
Usage: tests/bench/run.sh [options]

Builds, installs PyTorch for Python into a folder of its own (5.4 GB, once), and prints seconds per frame of the element in a
pipeline, of the engine alone, and of eager PyTorch, for resnet_9blocks with 64 filters at 256x256 and 640x360. Takes
about five minutes on two cores after the set-up. For figures that mean something, let nothing else run.

  --out FILE       where the JSON goes (default: BUILDDIR/bench.json)
  --builddir DIR   build there (default: build; with --engine cpu build-peers, without LibTorch)
  --engine NAME    the engine module (default: auto)
  --turns N        turns that each program gets at 256x256 (default: 10)
  --sizes "WxH..." other sizes
  --threads N      CPU threads of all three (default: as many as this process may use)
  -h, --help       this text
END
}

step() { printf '\n== %s\n' "$*" >&2; }

# The peer as a Python user has it. Complete only when its mark is there.
get_python() {
  local venv=${XDG_CACHE_HOME:-~/.cache}/cuttranslate/eager-torch-$torch_version
  if [[ ! -f $venv/DONE ]]; then
    step "Installing PyTorch $torch_version for Python into $venv"
    python3 -c 'import venv, ensurepip' 2>/dev/null || apt-get install --yes --no-install-recommends python3-venv >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet "torch==$torch_version" "numpy==$numpy_version" >&2
    touch "$venv/DONE"
  fi
  echo "$venv/bin/python"
}

# build_ours ENGINE BUILDDIR: LibTorch only where that engine may want it, and where there is one for the processor.
build_ours() {
  local options=(--for tests --builddir "$2")
  if [[ $1 == cpu || ($(uname -m) != x86_64 && -z ${LIBTORCH:-}) ]]; then options+=(--no-torch); fi
  "$root/pipelines/build.sh" "${options[@]}" >&2
}

main() {
  local builddir='' engine=auto out='' python work arguments=()
  while (($#)); do
    case $1 in
      --out) out=$(realpath -m "${2:?--out where?}"); shift ;;
      --builddir) builddir=$(realpath -m "${2:?--builddir where?}"); shift ;;
      --engine) engine=${2:?--engine which?}; arguments+=("$1" "$2"); shift ;;
      --turns | --threads) arguments+=("$1" "${2:?$1 what?}"); shift ;;
      --sizes) read -ra sizes <<<"${2:?--sizes which?}"; shift ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  ((${#sizes[@]})) || sizes=(256x256 640x360)

  [[ -n $builddir ]] || builddir=$root/$([[ $engine == cpu ]] && echo build-peers || echo build)
  build_ours "$engine" "$builddir"
  python=$(get_python)

  step "Weights and frames"
  work=$builddir/bench
  "$python" "$root/tests/bench/make_inputs.py" "$work" full 9 64 "${sizes[@]}"
  "$python" "$root/tests/bench/make_inputs.py" "$work" tiny 4 1
  for name in full tiny; do
    "$builddir/model/tool/cut-model" convert --no-sample "$work/$name.pth" "$work/$name.pt" >&2
  done

  step "Measuring"
  "$python" "$root/tests/bench/compare.py" --builddir "$builddir" --python "$python" --work "$work" \
    --out "${out:-$builddir/bench.json}" --sizes "${sizes[@]}" --model "resnet_9blocks ngf 64, random weights" \
    --torch "eager PyTorch $torch_version" "${arguments[@]}"
}

sizes=()
main "$@"
