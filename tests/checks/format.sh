#!/bin/bash
# SPDX-License-Identifier: MIT
# Every C, C++ and CUDA file is laid out as clang-format does it; mend with `tests/checks/format.sh --fix`.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
cd "$root"

laid_out() { sources | xargs clang-format --dry-run --Werror; }

[[ ${1:-} != --fix ]] || { sources | xargs clang-format -i; exit; }
check "files are laid out as clang-format does it" laid_out
done_checking
