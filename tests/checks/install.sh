#!/bin/bash
# SPDX-License-Identifier: MIT
# What `meson install` leaves in a prefix works from there, without devenv: install.sh MESON BUILD-FOLDER.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
meson=$1 build=$2
model=$root/tests/golden/generator/resnet_9blocks.pth

# option NAME: how the build folder was configured.
option() {
  "$meson" introspect --buildoptions "$build" |
    python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == sys.argv[1]))' "$1"
}

# A clean place: nothing of devenv, no registry that others share, no library path.
unset LD_LIBRARY_PATH CUT_MODULE_PATH GST_PLUGIN_SYSTEM_PATH_1_0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch$(option prefix)
libdir=$prefix/$(option libdir)
export GST_PLUGIN_PATH=$libdir/gstreamer-1.0 GST_REGISTRY=$scratch/registry.bin
export PKG_CONFIG_PATH=$libdir/pkgconfig

installs() { "$meson" install -C "$build" --no-rebuild --destdir "$scratch"; }
has_headers() {
  diff <(cd "$root/model/include/cuttranslate" && printf '%s\n' ./*.hpp ./*.hpp.in | sed 's/\.in$//' | sort) \
    <(cd "$prefix/include/cuttranslate" && printf '%s\n' ./*.hpp | sort)
}

# Every library and program of ours that was installed; links to libraries are left out, and so is LibTorch's folder.
installed_binaries() { find "$prefix" -type f \( -name '*.so*' -o -path '*/bin/*' \); }

has_relative_runpaths() {
  local binary
  while read -r binary; do
    ! readelf -d "$binary" | grep -E '(RUNPATH|RPATH).*[[::]/' || { echo "in $binary"; return 1; }
  done < <(installed_binaries)
}

has_man_pages() {
  local pages subcommand
  pages=$prefix/$(option mandir)/man1
  for subcommand in convert inspect quantize verify; do
    grep -q "cut.-model $subcommand\|cut-model-$subcommand" "$pages/cut-model-$subcommand.1" || return
    grep -q "^$subcommand" "$pages/cut-model.1" || return
  done
  # groff tells of what it cannot format; where there is none, man itself is missing too.
  ! command -v man >/dev/null || ! man --warnings -l "$pages/cut-model.1" 2>&1 >/dev/null | grep .
}

has_own_soname() { readelf -d "$libdir/libcuttranslate.so" | grep -F '[libcuttranslate.so.1]'; }

# Names of std and of libraries would stand in for those of the programs that load ours.
exports_only_cut() {
  nm -DC --defined-only "$libdir/libcuttranslate.so" | cut -d' ' -f3- >"$scratch/exported"
  grep -q '^cut::readModelFile' "$scratch/exported" || return
  ! grep -vE '^(cut::|typeinfo (name )?for cut::|vtable for cut::)' "$scratch/exported"
}
inspects() { gst-inspect-1.0 cuttranslate; }
flags() { pkg-config --define-variable=prefix="$prefix" "$@" cuttranslate; }

embeds() {
  # shellcheck disable=SC2046 # flags are words
  g++ -std=c++20 $(flags --cflags) "$root/tests/checks/embed.cpp" -o "$scratch/embed" $(flags --libs)
  LD_LIBRARY_PATH=$libdir "$scratch/embed" "$model" | grep '^read a '
  LD_LIBRARY_PATH=$libdir "$scratch/embed" "$root/meson.build" | grep '^refused: '
  LD_LIBRARY_PATH=$libdir "$scratch/embed" "$model" | grep -F "version $(pkg-config --modversion cuttranslate)"
}

says_what_was_found() {
  local part
  for part in 'LibTorch' 'nvcc (own CUDA kernels)' 'gstreamer-cuda' 'OpenCV, libtiff, libwebp, giflib (trainer)' 'FFmpeg (trainer)'; do
    grep -E "^ +${part//[()]/.} *: +.*[a-z0-9]" "$build/meson-logs/meson-log.txt" || { echo "nothing of $part"; return 1; }
  done
}

cut_model_runs() { "$prefix/bin/cut-model" inspect "$model"; }

# The README's lines in C++ as a program: it fails where they leave the picture as it was.
serves_the_readme() {
  local lines
  # shellcheck disable=SC2016 # a code fence, not a command
  lines=$(awk '/^```/ { on = /cpp$/; next } on' "$root/README.md")
  cat >"$scratch/readme.cpp" <<EOF
#include <vector>
$(grep '^#include' <<<"$lines")
int main() {
  const int width = 16, height = 9;
  std::vector<unsigned char> frame(3 * width * height), result(frame);
  auto *rgb = frame.data(), *out = result.data();
$(grep -v '^#include' <<<"$lines" | sed "s|\"street.pt\"|\"$model\"|")
  return result == frame;
}
EOF
  # shellcheck disable=SC2046 # flags are words
  g++ $(flags --cflags) "$scratch/readme.cpp" -o "$scratch/readme" $(flags --libs)
  LD_LIBRARY_PATH=$libdir "$scratch/readme"
}

# translates ENGINE: one frame through the installed element finds the installed module.
translates() {
  gst-launch-1.0 -q videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=16,height=16 ! \
    cuttranslate "model=$model" device=cpu "engine=$1" ! fakesink
}

# All that the element needs on a CPU.
parts() { printf '%s\n' "$libdir/gstreamer-1.0/libgstcuttranslate.so" "$libdir/libcuttranslate.so" "$libdir/cuttranslate/libcuttranslate-cpu.so"; }

is_small() {
  local part total=0
  while read -r part; do
    strip -o "$scratch/stripped" "$part"
    total=$((total + $(stat -c %s "$scratch/stripped")))
  done < <(parts)
  echo "$total bytes"
  ((total <= 4 * 1000 * 1000))
}

needs_nothing_large() {
  local part
  while read -r part; do
    readelf -d "$part" | grep NEEDED
  done < <(parts) >"$scratch/needed"
  grep -q libstdc++ "$scratch/needed" || return
  ! grep -Ei 'torch|libc10|python|gomp|iomp|mkl|blas|cudart' "$scratch/needed"
}

check "meson setup says what was found" says_what_was_found
check "meson install works" installs
check "plugin, libcuttranslate and module cpu are 4 MB at most" is_small
check "they need neither LibTorch nor Python, nor another OpenMP or BLAS" needs_nothing_large
check "the public headers are there" has_headers
check "no RUNPATH is absolute" has_relative_runpaths
check "libcuttranslate.so has a soversion of its own" has_own_soname
check "libcuttranslate.so exports names of cut:: alone" exports_only_cut
check "the header of the frames' meta is there" test -f "$prefix/include/cuttranslate/gstcuttranslatemeta.h"
check "gst-inspect-1.0 finds the element" inspects
check "cut-model runs" cut_model_runs
if command -v help2man >/dev/null; then
  check "man pages are there, and name each subcommand" has_man_pages
else
  skip "man pages are there" "no help2man (Debian: help2man)"
fi
check "a program builds and runs with cuttranslate.pc" embeds
check "the README's program in C++ translates a picture" serves_the_readme
check "the element translates with the installed engine module cpu" translates cpu
check "the recipes' options are there" test -f "$prefix/$(option datadir)/cuttranslate/recipes/gta5-cityscapes.toml"
if [[ -f $build/trainer/cut-trainer ]]; then
  check "cut-trainer runs" "$prefix/bin/cut-trainer" --help
else
  skip "cut-trainer runs" "this build has none"
fi
if [[ -f $build/model/backends/cuda/libcuttranslate-cuda.so ]]; then
  check "our CUDA kernels are beside the engine modules" test -f "$libdir/cuttranslate/libcuttranslate-cuda.so"
else
  skip "our CUDA kernels are beside the engine modules" "this build has none"
fi
if [[ -f $libdir/cuttranslate/libcuttranslate-torch.so ]]; then
  check "the element translates with the installed engine module torch" translates torch
else
  skip "the element translates with the installed engine module torch" "this build has no LibTorch"
fi
done_checking
