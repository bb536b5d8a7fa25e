#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the folder of a LibTorch to build with: the user's own (LIBTORCH), or the pinned wheels, downloaded once.
set -euo pipefail

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
needed_minor=13 # of LibTorch 2: 2.13 is the first with these headers in C++20

usage() {
  cat <<'EOF'
Usage: subprojects/libtorch/get.sh [--cpu | --cuda] [--offline]

Prints on stdout the folder of LibTorch (lib/, include/) to build with; everything else goes to stderr.

  LIBTORCH=DIR  use this one, download nothing: an unpacked libtorch, a pip-installed torch, or the
                site-packages that holds it; version >= 2.13, new C++ ABI
  --cpu         the small set of wheels: 0.6 GB to download, 1.1 GB on disk
  --cuda        the whole set, with the CUDA libraries: 2.7 GB to download, 4.2 GB on disk
                (default: --cuda where an NVIDIA card is found, --cpu elsewhere)
  --offline     fail with status 3 where a download would be needed

Downloads are kept in ${XDG_CACHE_HOME:-~/.cache}/cuttranslate.
EOF
}

say() { printf 'LibTorch: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

has_card() { [[ -e /dev/nvidia0 ]] || command -v nvidia-smi >/dev/null; }

# version_of DIR: the version of the LibTorch in DIR, or nothing.
version_of() {
  local header parts
  for header in "$1"/include/torch/headeronly/version.h "$1"/include/torch/version.h; do
    [[ -f $header ]] || continue
    parts=$(sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' "$header" | paste -sd.)
    [[ $parts != *.*.* ]] || { echo "$parts"; return; }
  done
  # An unpacked libtorch says `2.15.0+cpu`, a pip-installed one `__version__ = '2.15.0+cu132'`.
  cat "$1"/build-version "$1"/version.py 2>/dev/null | sed -nE "s/^(__version__ = ')?([0-9]+\.[0-9]+[0-9.]*).*/\2/p" | sed -n 1p || true
}

# resolve DIR: the folder itself, or the torch/ in it; absolute. (Not by `cd`, which CDPATH may lead elsewhere.)
resolve() {
  local folder
  for folder in "$1" "$1/torch"; do
    [[ ! -f $folder/lib/libtorch_cpu.so ]] || { realpath --no-symlinks -- "$folder"; return; }
  done
  die "$1 holds no lib/libtorch_cpu.so. Needed: an unpacked libtorch, a pip-installed torch, or the site-packages with torch/ in it."
}

# check DIR: stops with one sentence unless the project builds with this LibTorch.
check() {
  local found major minor
  found=$(version_of "$1")
  [[ -n $found ]] || die "found no version in $1 (include/torch/version.h, version.py, build-version), needed 2.$needed_minor or newer."
  IFS=. read -r major minor _ <<<"$found"
  ((major > 2 || (major == 2 && minor >= needed_minor))) ||
    die "found version $found in $1, needed 2.$needed_minor or newer."
  [[ -d $1/include/torch/csrc/api ]] || die "found version $found without C++ headers in $1, needed include/torch/csrc/api."
  # Any function of c10 that takes a std::string tells the ABI: it is mangled as std::__cxx11::basic_string or as Ss.
  grep -qaE '_ZNK?3c10[A-Za-z0-9_]*__cxx11' "$1/lib/libc10.so" ||
    die "found version $found in $1 with the old C++ ABI, needed the new one (_GLIBCXX_USE_CXX11_ABI=1)."
}

find_pip() {
  local python
  # Debian's first: another python in PATH (pyenv, conda) may come without pip or with an old one.
  for python in /usr/bin/python3 python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  die "pip is needed to download it: apt-get install python3-pip (or set LIBTORCH to a folder that you have)."
}

# complete DIR SET: the unpacked wheels are all there. DIR appears by one rename, so this only fails on later damage.
complete() {
  local file files=(torch/lib/libtorch_cpu.so torch/lib/libc10.so torch/include/torch/csrc/api/include/torch/torch.h
    nvidia/cu13/lib/libcudart.so.13 nvidia/cu13/lib/libcupti.so.13)
  [[ $2 == cpu ]] || files+=(nvidia/cudnn/lib/libcudnn.so.9 nvidia/nccl/lib/libnccl.so.2 nvidia/cu13/lib/libcublas.so.13)
  for file in "${files[@]}"; do
    [[ -f $1/$file ]] || return 1
  done
}

require_space() { # DIR MEGABYTES
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  ((free >= $2)) || die "found $free MB free in $1, needed $2 MB. Free some, or point XDG_CACHE_HOME elsewhere."
}

# download DIR SET: the wheels into DIR/wheels; those that an interrupted run left there are checked and kept.
download() {
  local python tag arguments=(-r "$here/wheels.txt")
  python=$(find_pip)
  [[ $2 == cpu ]] || arguments+=(-r "$here/wheels-cuda.txt")
  # pip takes the listed tags literally: an older one is not implied by a newer one.
  for tag in manylinux_2_{28,27,25,18,17,12,5} manylinux2014 manylinux2010 manylinux1; do
    arguments+=(--platform "${tag}_x86_64")
  done
  mkdir -p "$1/wheels" "$1/tmp"
  # TMPDIR: pip writes half a gigabyte there first, and /tmp may be small.
  TMPDIR=$1/tmp "$python" -m pip download --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 --dest "$1/wheels" "${arguments[@]}" >&2 ||
    die "the download failed. Run it again, or set LIBTORCH to a LibTorch >= 2.$needed_minor that you have."
}

# unpack DIR: what C++ needs of DIR/wheels into DIR/tree; each wheel goes as soon as it is unpacked, to halve the peak.
unpack() {
  say "unpacking"
  "$(find_pip)" - "$1" <<'EOF'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
wanted = ("torch/lib/", "torch/include/", "torch/version.py", "nvidia/")
for wheel in sorted((folder / "wheels").glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "tree", [name for name in archive.namelist() if name.startswith(wanted)])
    wheel.unlink()
EOF
}

# install_wheels DIR SET: downloads under a lock and puts DIR in place with one rename.
install_wheels() {
  local partial=$1.partial megabytes=2000
  [[ $2 == cpu ]] || megabytes=6000
  [[ $(uname -sm) == "Linux x86_64" ]] || die "the pinned wheels are for Linux on x86-64, not $(uname -sm). Set LIBTORCH to a folder that you have."
  mkdir -p "${1%/*}"
  exec 9>"${1%/*}/lock"
  flock --nonblock 9 || { say "another run is downloading; waiting for it"; flock 9; }
  if ! complete "$1" "$2"; then
    mkdir -p "$partial"
    require_space "$partial" "$megabytes"
    rm -rf "$1" "$partial/tree" "$partial/tmp" # what an interrupted run left; its whole wheels stay
    say "downloading $(sed -nE 's/^torch==([^ ]*).*/\1/p' "$here/wheels.txt") ($2) into $1"
    download "$partial" "$2"
    unpack "$partial"
    complete "$partial/tree" "$2" || die "the wheels do not hold what was expected; please report this."
    mv "$partial/tree" "$1"
  fi
  rm -rf "$partial"
  exec 9>&-
}

main() {
  local offline='' set=cpu cache folder
  if has_card; then set=cuda; fi
  while (($#)); do
    case $1 in
      --cpu | --cuda) set=${1#--} ;;
      --offline) offline=1 ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  if [[ -z ${LIBTORCH:-} ]]; then
    cache=~/.cache # also where HOME is not set; a relative XDG_CACHE_HOME does not count, says its standard
    [[ ${XDG_CACHE_HOME:-} != /* ]] || cache=$XDG_CACHE_HOME
    cache+=/cuttranslate
    folder=$cache/libtorch-$(sed -nE 's/^torch==([^ ]*).*/\1/p' "$here/wheels.txt")-$set
    if ! complete "$folder" "$set"; then
      [[ -z $offline ]] || { say "$folder is not there, and a download was not allowed"; exit 3; }
      install_wheels "$folder" "$set"
    fi
    echo "$folder/torch"
    return
  fi
  folder=$(resolve "$LIBTORCH")
  check "$folder"
  echo "$folder"
}

main "$@"
