#!/bin/bash
# SPDX-License-Identifier: MIT
# subprojects/libtorch/get.sh takes the LibTorch that LIBTORCH names, and refuses what cannot be built with. No download.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
# bash warns of a locale that is not installed, and messages are counted in lines.
export LC_ALL=C.UTF-8
get=$root/subprojects/libtorch/get.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# fake FOLDER ABI: as much of LibTorch as get.sh looks at; the version is put there by the caller.
fake() {
  mkdir -p "$1/lib" "$1/include/torch/headeronly" "$1/include/torch/csrc/api"
  touch "$1/lib/libtorch_cpu.so"
  case $2 in
    new) printf '\0_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE\0' ;;
    old) printf '\0_ZN3c105ErrorC1ENS_14SourceLocationESs\0' ;;
  esac >"$1/lib/libc10.so"
}

header() { printf '#define TORCH_VERSION_%s\n' "MAJOR $1" "MINOR $2" "PATCH 0" "ABI_TAG 0"; }

takes() { # FOLDER EXPECTED
  local got
  got=$(LIBTORCH=$1 "$get")
  [[ $got == "$2" ]] || { echo "expected $2, got $got"; return 1; }
}

refuses() { # FOLDER WORDS...: in one line, which holds each of the words
  local folder=$1 said word
  shift
  if said=$(LIBTORCH=$folder "$get" 2>&1 >/dev/null); then
    echo "it took $folder"
    return 1
  fi
  echo "$said"
  [[ $(wc -l <<<"$said") == 1 ]]
  for word in "$@"; do
    [[ $said == *"$word"* ]] || { echo "no word of $word"; return 1; }
  done
}

fake "$scratch/unpacked" new
header 2 13 >"$scratch/unpacked/include/torch/headeronly/version.h"
check "an unpacked libtorch is taken" takes "$scratch/unpacked" "$scratch/unpacked"
check "a relative path becomes absolute" env -C "$scratch" LIBTORCH=unpacked bash -c "[[ \$('$get') == '$scratch/unpacked' ]]"
check "CDPATH leads no relative path elsewhere" env -C "$scratch" CDPATH=/:. LIBTORCH=unpacked bash -c "[[ \$('$get') == '$scratch/unpacked' ]]"

fake "$scratch/site packages/torch" new
echo "__version__ = '2.14.1+cu132'" >"$scratch/site packages/torch/version.py"
check "the site-packages around a pip-installed torch is taken" takes "$scratch/site packages" "$scratch/site packages/torch"

fake "$scratch/three" new
echo "3.0.0+cpu" >"$scratch/three/build-version"
check "a newer major version is taken" takes "$scratch/three" "$scratch/three"

fake "$scratch/older" new
header 2 9 >"$scratch/older/include/torch/headeronly/version.h"
check "an older version is refused, naming found and needed" refuses "$scratch/older" "found version 2.9.0" "needed 2.13"

fake "$scratch/abi" old
header 2 15 >"$scratch/abi/include/torch/headeronly/version.h"
check "the old C++ ABI is refused" refuses "$scratch/abi" "2.15.0" "old C++ ABI" "needed the new"

fake "$scratch/unknown" new
check "a folder without a version is refused" refuses "$scratch/unknown" "no version" "needed 2.13"

fake "$scratch/bare" new
header 2 15 >"$scratch/bare/include/torch/headeronly/version.h"
rm -r "$scratch/bare/include/torch/csrc"
check "a LibTorch without headers is refused" refuses "$scratch/bare" "2.15.0" "headers"

mkdir "$scratch/empty"
check "any other folder is refused" refuses "$scratch/empty" "libtorch_cpu.so"
check "a folder that does not exist is refused" refuses "$scratch/nowhere" "$scratch/nowhere"

offline() { local status=0; env -u LIBTORCH XDG_CACHE_HOME="$scratch/cache" "$get" --offline || status=$?; ((status == 3)); }
check "without a download, an empty cache is status 3" offline

in_home() {
  local said
  said=$(env -u LIBTORCH HOME="$scratch" XDG_CACHE_HOME=here "$get" --cpu --offline 2>&1) || true
  [[ $said == *" $scratch/.cache/cuttranslate/"* ]] || { echo "$said"; return 1; }
}
homeless() {
  local said
  said=$(env -u LIBTORCH -u HOME -u XDG_CACHE_HOME "$get" --cpu --offline 2>&1) || true
  [[ $said == */.cache/cuttranslate/libtorch-* ]] || { echo "$said"; return 1; }
}
# names SET ARGUMENT...: which set it would take.
names() {
  local said
  said=$(env -u LIBTORCH XDG_CACHE_HOME="$scratch/cache" "$get" "${@:2}" --offline 2>&1) || true
  [[ $said == *"/libtorch-"*"-$1 is not there"* ]] || { echo "$said"; return 1; }
}
mkdir "$scratch/bin"
install -m 755 /dev/null "$scratch/bin/nvidia-smi"
check "--cpu takes the small set" names cpu --cpu
check "--cuda takes the whole set" names cuda --cuda
check "with a card the whole set is the default" env PATH="$scratch/bin:$PATH" scratch="$scratch" get="$get" bash -c "$(declare -f names); names cuda"
check "a cache folder that is not absolute does not count" in_home
check "without HOME the cache is in the user's home" homeless

# A wheel of 9.9.9 with as much as get.sh asks for, where pip looks instead of the index.
wheel() {
  mkdir -p "$scratch/house" "$scratch/own"
  cp "$get" "$scratch/own"
  /usr/bin/python3 - "$scratch/house/torch-9.9.9-cp311-cp311-manylinux_2_28_x86_64.whl" <<'EOF'
import sys, zipfile
files = {f"torch/{name}": "" for name in ("lib/libtorch_cpu.so", "lib/libc10.so", "include/torch/csrc/api/include/torch/torch.h")}
files |= {f"nvidia/cu13/lib/{name}": "" for name in ("libcudart.so.13", "libcupti.so.13")}
files |= {"torch-9.9.9.dist-info/METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 9.9.9\n",
          "torch-9.9.9.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_28_x86_64\n",
          "torch-9.9.9.dist-info/RECORD": ""}
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name, text in files.items():
        archive.writestr(name, text)
EOF
}

# downloads HASH: with that checksum for the wheel.
downloads() {
  echo "torch==9.9.9 --hash=sha256:$1" >"$scratch/own/wheels.txt"
  env -u LIBTORCH XDG_CACHE_HOME="$scratch/cache" PIP_NO_INDEX=1 PIP_FIND_LINKS="file://${scratch// /%20}/house" "$scratch/own/get.sh" --cpu
}

refuses_the_wheel() {
  ! downloads "$(printf '%064d' 7)" || return 1
  [[ ! -e $scratch/cache/cuttranslate/libtorch-9.9.9-cpu ]]
}

takes_the_wheel() {
  local got
  got=$(downloads "$(sha256sum "$scratch"/house/*.whl | cut -d' ' -f1)")
  [[ $got == "$scratch/cache/cuttranslate/libtorch-9.9.9-cpu/torch" && -f $got/lib/libtorch_cpu.so ]]
}

if [[ $(uname -sm) == "Linux x86_64" ]] && /usr/bin/python3 -m pip --version >/dev/null 2>&1; then
  wheel
  check "a wheel with another checksum is refused" refuses_the_wheel
  check "a wheel with its checksum is unpacked" takes_the_wheel
else
  skip "a wheel with another checksum is refused" "no pip here"
  skip "a wheel with its checksum is unpacked" "no pip here"
fi
done_checking
