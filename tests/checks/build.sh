#!/bin/bash
# SPDX-License-Identifier: MIT
# pipelines/build.sh in one checkout: the demo first, then everything, and the other way round. With a project of two
# files in place of ours, and a LibTorch that is an empty folder.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
record=$tree/build/meson-private/build.sh.options

mkdir -p "$tree/pipelines" "$tree/subprojects/libtorch" "$scratch/bin" "$scratch/libtorch"
cp "$root/pipelines/build.sh" "$tree/pipelines"
cp "$root/meson_options.txt" "$tree"
cat >"$tree/compile.sh" <<'END'
#!/bin/sh
echo "$1" >>"$2"
touch "$3"
END
cat >"$tree/meson.build" <<END
project('tree')
compile = find_program('compile.sh')
foreach name : ['demo', 'cuttranslate-torch', 'trainer']
  custom_target(name, output: name, command: [compile, name, '$scratch/compiled', '@OUTPUT@'], build_by_default: true)
endforeach
if not get_option('torch').disabled()
  subproject('libtorch', default_options: ['path=' + get_option('libtorch')])
endif
END
echo "option('path', type: 'string', value: '')" >"$tree/subprojects/libtorch/meson_options.txt"
cat >"$tree/subprojects/libtorch/meson.build" <<'END'
project('libtorch')
assert(get_option('path') != '', 'the subproject got no folder')
END
cat >"$tree/subprojects/libtorch/get.sh" <<END
#!/bin/sh
echo "\$*" >>'$scratch/got'
echo '$scratch/libtorch'
END
# Every package is installed.
cat >"$scratch/bin/dpkg-query" <<END
#!/bin/sh
for name; do :; done
echo "\$name" >>'$scratch/packages'
printf installed
END
chmod +x "$tree/compile.sh" "$tree/subprojects/libtorch/get.sh" "$scratch/bin/dpkg-query"

# build ARGUMENT...: notes what was compiled, which packages were asked for, and whether LibTorch was.
build() {
  rm -f "$scratch"/{compiled,packages,got}
  touch "$scratch"/{compiled,packages,got}
  env PATH="$scratch/bin:$PATH" "$tree/pipelines/build.sh" --builddir "$tree/build" "$@"
}

compiled() { # NAME...
  local got
  got=$(sort "$scratch/compiled" | paste -sd ' ')
  [[ $got == "$*" ]] || { echo "expected to compile '$*', compiled '$got'"; return 1; }
}

fresh() { rm -rf "$tree/build"; }

demo_alone() {
  fresh
  build --for demo
  compiled demo
  [[ ! -s $scratch/got ]] || { echo "it asked for LibTorch"; return 1; }
  ! grep -E 'opencv|gtest|clang|python3-torch' "$scratch/packages"
}

all_after_demo() {
  fresh
  build --for demo
  build
  compiled cuttranslate-torch trainer # the demo's is as it was
  grep -qx -- -Dtorch=enabled "$record"
}

tests_after_demo() {
  fresh
  build --for demo
  build --for tests
  compiled cuttranslate-torch trainer
  grep -qx -- -Dtests=true "$record"
}

demo_after_all() {
  local before
  fresh
  build --for tests
  before=$(<"$record")
  build --for demo
  compiled # nothing
  [[ ! -s $scratch/got && $(<"$record") == "$before" && -e $tree/build/trainer ]]
}

demo_with_torch() {
  fresh
  build --for demo --torch
  compiled cuttranslate-torch demo
  grep -qx -- -Dtorch=enabled "$record"
}

demo_with_cuda() {
  fresh
  build --for demo --cuda
  grep -q -- --cuda "$scratch/got" && grep -qx -- -Dtorch_cuda=enabled "$record"
}

another_libtorch() {
  fresh
  build
  mkdir -p "$scratch/other"
  sed -i "s|/libtorch'\$|/other'|" "$tree/subprojects/libtorch/get.sh"
  build
  compiled cuttranslate-torch demo trainer # a new folder: Meson hands a subproject its options once
  grep -qx -- "-Dlibtorch=$scratch/other" "$record"
}

check "the demo compiles its own target, without LibTorch and without packages of the trainer or the tests" demo_alone
check "the whole build after a demo compiles the rest alone" all_after_demo
check "the build for the tests after a demo compiles the rest alone" tests_after_demo
check "a demo after the whole build compiles nothing and leaves the folder as it is" demo_after_all
check "build.sh --for demo --torch builds the engine module torch too" demo_with_torch
check "build.sh --for demo --cuda asks for LibTorch with CUDA" demo_with_cuda
check "another LibTorch gets a new folder" another_libtorch
done_checking
