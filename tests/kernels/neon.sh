#!/bin/bash
# SPDX-License-Identifier: MIT
# The CPU engine on Arm: all of it is compiled as Meson would there, and the kernels' tests run under qemu-user, with NEON.
# Exits 77 (skipped) where the tools are missing. neon.sh WORKFOLDER GOOGLETEST ARM_TARGETS
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=${1:?where to build?}
googletest=${2:?where is the source of GoogleTest?}
arm_targets=${3:?which define keeps Highway to NEON?}
compiler=aarch64-linux-gnu-g++
emulator=qemu-aarch64

for tool in "$compiler" "$emulator"; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool (Debian: g++-aarch64-linux-gnu, qemu-user)"; exit 77; }
done
[[ -f $googletest/src/gtest-all.cc ]] || { echo "skipped: no source of GoogleTest in $googletest (Debian: googletest)"; exit 77; }
command -v ccache >/dev/null && launcher=(ccache) || launcher=()

# Highway's headers serve every processor; its library, which chooses at run time, is this machine's.
includes=(-I"$root/model" -I"$root/model/include" -I"$root/tests/support" -I"$work/include" -isystem "$googletest/include")
flags=(-std=c++20 -O2 -DHWY_COMPILE_ONLY_STATIC "${includes[@]}")
kernels=$root/model/kernels
sources=("$root"/model/backends/cpu/thread_pool.cpp
  "$kernels"/conv/winograd/{winograd,winograd_columns,activation_range,winograd_weights}.cpp
  "$kernels"/conv/x86_stubs.cpp
  "$kernels"/conv/direct/{direct_convolution,image_layer,output_stage}.cpp
  "$kernels"/norm/{instance_norm,partial_moments}.cpp
  "$kernels"/image/{pixels,resample,style_blur,yuv_matrix,yuv_pack,yuv_unpack}.cpp
  "$root"/tests/kernels/{direct_convolution,instance_norm,resample,style_kernels,winograd,winograd_columns,yuv}_test.cpp
  "$root"/tests/support/yuv_reference.cpp)

compile() {
  local object
  object=$work/$(basename "$1").o
  echo "$object: $1"
  "${launcher[@]}" "$compiler" "${flags[@]}" "${@:2}" -c "$1" -o "$object"
}

mkdir -p "$work/include"
rm -f "$work"/*.o
ln -sfn "$(pkg-config --variable=includedir libhwy)/hwy" "$work/include/hwy"
jobs=()
for source in "$root"/model/backends/cpu/*.cpp "$kernels"/*/*.cpp "$kernels"/*/*/*.cpp; do
  [[ $source != *_avx512.cpp && $source != *_x86.cpp && $source != */amx_convolution.cpp ]] || continue
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
  echo "checks $source"
  "$compiler" -std=c++20 -fsyntax-only "$arm_targets" "${includes[@]}" "$source" & jobs+=($!)
done
for source in "${sources[@]}"; do
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
  compile "$source" & jobs+=($!)
done
compile "$googletest/src/gtest-all.cc" -I"$googletest" & jobs+=($!)
compile "$googletest/src/gtest_main.cc" & jobs+=($!)
for job in "${jobs[@]}"; do wait "$job"; done
"$compiler" -static "$work"/*.o -o "$work/neon-kernels-test" -pthread

# The large map takes minutes on an emulator and has nothing of its own there.
"$emulator" "$work/neon-kernels-test" --gtest_brief=1 --gtest_filter='-Winograd.NonTemporalStoresGiveSameOutput'
