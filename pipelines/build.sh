#!/bin/bash
# SPDX-License-Identifier: MIT
# Everything between a fresh checkout and a built tree: Debian packages, LibTorch, Meson, compile. The demo and the
# tests call it; run again, it does only what is left to do. What the demo compiled, the full build need not.
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

# libcuttranslate, the engine module cpu, the element and cut-model.
build_packages=(g++ meson ninja-build pkg-config libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libzip-dev zlib1g-dev
  nlohmann-json3-dev libhwy-dev libcli11-dev libpng-dev libjpeg-dev)
trainer_packages=(libtomlplusplus-dev libopencv-dev libtiff-dev libwebp-dev libgif-dev libavformat-dev libavcodec-dev libavfilter-dev libavutil-dev)
demo_packages=(gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly
  gstreamer1.0-libav ffmpeg)
test_packages=("${demo_packages[@]}" help2man libgstreamer-plugins-bad1.0-dev libgtest-dev libgmock-dev clang clang-format clang-tidy libclang-rt-14-dev shellcheck git
  chromium g++-aarch64-linux-gnu qemu-user
  python3 python3-venv python3-gi gir1.2-gstreamer-1.0 python3-torch)

usage() {
  cat <<'EOF'
Usage: pipelines/build.sh [options] [-Doption=value ...]

Installs what is missing (Debian packages, LibTorch) and builds into build/. Safe to run again at any time.

  --for demo|tests|library  what to prepare for (default: library, which is everything but tests). demo is
                            libcuttranslate, engine module cpu, the element and cut-model, without LibTorch
  --builddir DIR            build there (default: build)
  --target NAME             build only this target of Meson's
  --torch                   for the demo too: LibTorch and the engine module torch
  --cuda                    LibTorch with its CUDA libraries even where no card is found; implies --torch
  --no-torch                without LibTorch: libcuttranslate, the element and cut-model, but no engine module torch
  -Doption=value            passed on to Meson
  LIBTORCH=DIR              environment: a LibTorch >= 2.13 that you have; nothing is downloaded then
EOF
}

step() { printf '\n== %s\n' "$*"; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }
needs_value() { (($# > 1)) || die "$1 needs a value"; }

# missing_packages NAME...: those that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null || true) == installed ]] || echo "$name"
  done
}

install_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: nothing is installed. Needed are what Debian calls $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  step "Installing ${missing[*]}"
  [[ $(id -u) == 0 ]] || die "these packages are missing, and installing needs root: apt-get install ${missing[*]}"
  apt-get -o DPkg::Lock::Timeout=300 update
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}"
}

# get_libtorch ARGUMENTS...: the folder, on stdout. pip is installed only where there is something to download.
get_libtorch() {
  local status=0
  "$root/subprojects/libtorch/get.sh" --offline "$@" 2>/dev/null || status=$?
  ((status)) || return 0
  ((status != 3)) || install_packages python3-pip >&2
  "$root/subprojects/libtorch/get.sh" "$@"
}

# usable DIR: Meson's own records are there and name this folder and this source (it may have been copied or moved).
usable() {
  [[ -f $1/build.ninja && -f $1/meson-private/coredata.dat ]] &&
    grep -qF "\"build\": \"$1\"" "$1/meson-info/meson-info.json" 2>/dev/null &&
    grep -qF "\"source\": \"$root\"" "$1/meson-info/meson-info.json"
}

# discard DIR: removes a build folder; anything else in its place is left alone.
discard() {
  [[ -e $1 ]] || return 0
  [[ -d $1/meson-private || -d $1/meson-logs || -z $(ls -A "$1") ]] || die "$1 exists and is no build folder; please move it away."
  rm -rf "$1"
}

# extends OLD NEW...: NEW has every option of the text OLD, so that reconfiguring will do. Meson would keep a value that
# is not named any more, and hands changed values to subprojects/libtorch only in a new folder. A folder without
# LibTorch, as the demo makes it, has no such subproject yet: that one goes on with LibTorch.
extends() {
  local old=$1
  shift
  [[ -n $old && -z $(comm -23 <(grep -vE '^-Dtests=|^-Dtorch=disabled$' <<<"$old" | sort) <(printf '%s\n' "$@" | sort)) ]]
}

# recorded DIR: the options that DIR was configured with, one a line; nothing where there are none.
recorded() { ! usable "$1" || cat "$1/meson-private/build.sh.options" 2>/dev/null || true; }

# configure DIR OPTIONS...: sets up once, and again only when the options are others.
configure() {
  local dir=$1 record=$1/meson-private/build.sh.options old
  shift
  old=$(recorded "$dir")
  [[ $old != "$(printf '%s\n' "$@")" ]] || return 0
  step "Configuring $dir: $*"
  if ! { extends "$old" "$@" && "$meson" setup --reconfigure "$@" "$dir" "$root"; }; then
    discard "$dir"
    "$meson" setup "$@" "$dir" "$root"
  fi
  printf '%s\n' "$@" >"$record"
}

# one_at_a_time: waits for another run in this checkout, which may be configuring or discarding the same folder.
one_at_a_time() {
  exec 9<"$root"
  flock --nonblock 9 || { step "Another build.sh runs in $root; waiting for it"; flock 9; }
}

# jobs OPTIONS...: as many compilers at once as there is memory for. LibTorch's headers take up to 2.5 GB in each.
jobs() {
  local by_memory each=700000
  [[ "$*" != *-Dtorch=enabled* ]] || each=2500000
  by_memory=$(awk -v each="$each" '/^MemAvailable/ { print int($2 / each) }' /proc/meminfo)
  echo "$((by_memory < 1 ? 1 : by_memory < $(nproc) ? by_memory : $(nproc)))"
}

main() {
  local dir=build target=() purpose=library torch='' torch_arguments=() options=() packages=("${build_packages[@]}") old libtorch
  while (($#)); do
    case $1 in
      --for) needs_value "$@"; purpose=$2; shift ;;
      --builddir) needs_value "$@"; dir=$2; shift ;;
      --target) needs_value "$@"; target=("$2"); shift ;;
      --torch) torch=yes ;;
      --cuda) torch=yes torch_arguments=(--cuda) ;;
      --no-torch) torch=no ;;
      -D*) options+=("$1") ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  case $purpose in
    library) packages+=("${trainer_packages[@]}") ;;
    demo)
      packages+=("${demo_packages[@]}")
      ((${#target[@]})) || target=(demo)
      ;;
    tests) packages+=("${trainer_packages[@]}" "${test_packages[@]}") ;;
    *) usage >&2; exit 2 ;;
  esac
  dir=$(realpath -m "$dir")
  [[ $torch ]] || torch=$([[ $purpose == demo ]] && echo no || echo yes)
  [[ $purpose$torch != demoyes ]] || target+=(cuttranslate-torch)

  install_packages "${packages[@]}"
  # Debian's Meson: one that comes with another Python in PATH may lack its modules.
  meson=/usr/bin/meson
  [[ -x $meson ]] || meson=$(command -v meson) || die "no meson found"

  one_at_a_time
  mapfile -t old < <(recorded "$dir")
  if [[ $purpose == demo && $torch == no && ${#options[@]} == 0 && ${#old[@]} != 0 ]]; then
    options=("${old[@]}") # whatever was built before has what the demo runs
  else
    # Tests once asked for stay: switching them off would only rebuild things.
    options=("-Dtests=$([[ $purpose == tests || ${old[*]} == *-Dtests=true* ]] && echo true || echo false)" "${options[@]}")
    if [[ $torch == yes ]]; then
      libtorch=$(get_libtorch "${torch_arguments[@]}")
      options+=(-Dtorch=enabled "-Dlibtorch=$libtorch")
      ((${#torch_arguments[@]} == 0)) || options+=(-Dtorch_cuda=enabled)
    else
      options+=(-Dtorch=disabled)
    fi
  fi

  # ccache, which Meson takes where it is installed, leaves precompiled headers alone without this, and another checkout's objects.
  export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}" CCACHE_BASEDIR="${CCACHE_BASEDIR:-$root}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR-1}"
  configure "$dir" "${options[@]}"
  step "Building $dir"
  "$meson" compile -C "$dir" --jobs "$(jobs "${options[@]}")" "${target[@]}"
}

main "$@"
