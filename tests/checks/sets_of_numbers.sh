#!/bin/bash
# SPDX-License-Identifier: MIT
# What the golden programs make of the folder that CUT_GOLDEN names: sets_of_numbers.sh GOLDEN-PROGRAM...
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# with FOLDER PROGRAM: on that set, without what looks at no set.
with() {
  echo "$2"
  CUT_GOLDEN=$1 "$2" --gtest_filter='-ShippedModel*' >"$scratch/said" 2>&1
}

# run FOLDER TEXT PROGRAM...: each program passes with this set, and says so.
run() {
  local program
  for program in "${@:3}"; do
    with "$1" "$program" || { cat "$scratch/said"; return 1; }
    grep -F "$2" "$scratch/said"
  done
}

# refuse FOLDER PROGRAM...: each program fails and says why.
refuse() {
  local program
  for program in "${@:2}"; do
    ! with "$1" "$program" || { echo "it passed"; return 1; }
    grep -F "$1 has no index.json" "$scratch/said"
  done
}

mkdir "$scratch/none" "$scratch/other"
echo '{"cases": {}}' >"$scratch/none/index.json"
echo '{"cases": {"sonnet/a": {}, "sonnet/b": {}, "ode/c": {}}}' >"$scratch/other/index.json"

check "the set in tests/golden is named and counted" run "$root/tests/golden" "golden numbers of $root/tests/golden: " "$1"
check "a set without cases passes in every program" run "$scratch/none" ": 0 cases" "$@"
check "kinds that are not known are counted and pass in every program" run "$scratch/other" ": 3 cases, 1 ode, 2 sonnet" "$@"
check "a folder that does not exist is refused by every program" refuse "$scratch/nowhere" "$@"
done_checking
