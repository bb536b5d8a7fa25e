#!/bin/bash
# What the golden programs make of the folder that CUT_GOLDEN names: sets_of_numbers.sh GOLDEN-PROGRAM.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
program=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# runs FOLDER TEXT: the program passes with this set, and says so.
runs() { CUT_GOLDEN=$1 "$program" | grep -F "$2"; }

refuses() {
  ! CUT_GOLDEN=$1 "$program" 2>"$scratch/said" || { echo "it passed"; return 1; }
  grep -F "$1 has no index.json" "$scratch/said"
}

mkdir "$scratch/none" "$scratch/other"
echo '{"cases": {}}' >"$scratch/none/index.json"
echo '{"cases": {"sonnet/a": {}, "sonnet/b": {}, "ode/c": {}}}' >"$scratch/other/index.json"

check "the set in tests/golden is named and counted" runs "$root/tests/golden" "golden numbers of $root/tests/golden: "
check "a set without cases passes" runs "$scratch/none" ": 0 cases"
check "kinds that are not known are counted and pass" runs "$scratch/other" ": 3 cases, 1 ode, 2 sonnet"
check "a folder that does not exist is refused" refuses "$scratch/nowhere"
done_checking
