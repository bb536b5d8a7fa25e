#!/bin/bash
# SPDX-License-Identifier: MIT
# Each public header compiles alone, with nothing but the standard library: headers.sh FOLDER-OF-GENERATED-HEADERS COMPILER...
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
cd "$root"

alone() {
  printf '#include "cuttranslate/%s"\n#include "cuttranslate/%s"\n' "$1" "$1" |
    "${compiler[@]}" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Imodel/include -I"$generated" -x c++ -
}

generated=$1
compiler=("${@:2}")
for header in model/include/cuttranslate/*.hpp "$generated"/cuttranslate/*.hpp; do
  check "cuttranslate/${header##*/} compiles alone, and twice" alone "${header##*/}"
done
done_checking
