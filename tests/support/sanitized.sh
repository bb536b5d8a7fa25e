# SPDX-License-Identifier: MIT
# For the scripts that build with sanitizers. Sourced after `root` is set.
# shellcheck shell=bash

: "${root:?the folder of the project}"

# build_sanitized DIR SANITIZERS [BUILD.SH-ARGUMENT...]: by clang where it is, which compiles this in half of GCC's time and has
# libFuzzer. Debugging information names lines alone, and little is optimised: for ThreadSanitizer nothing, since the fake
# engine has nothing to compute.
build_sanitized() {
  local compiler level=1
  [[ $2 != thread ]] || level=0
  compiler=$(command -v clang++-14 || command -v clang++ || true)
  [[ -z $compiler ]] || compiler="$(command -v ccache || true) $compiler"
  ${compiler:+env "CXX=${compiler# }"} "$root/pipelines/build.sh" --for tests --no-torch --builddir "$1" \
    -Db_lundef=false -Doptimization="$level" -Ddebug=true -Dcpp_args=-g1 "-Db_sanitize=$2" "${@:3}"
}
